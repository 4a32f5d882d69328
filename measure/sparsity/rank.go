package sparsity

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// epsilon32 is the distance from 1 to the next float32.
const epsilon32 = 0x1p-23

// rankResult is what is known of one item's rank: the rank, or why there is none; neither where rank
// means nothing (vectors, norms, integers).
type rankResult struct {
	rank *int
	why  string
}

// measureRanks computes the ranks of the updates of two sides, two matrices at a time.
func measureRanks(ctx context.Context, items []item, limit int) ([]rankResult, error) {
	if limit <= 0 {
		return nil, nil
	}
	results := make([]rankResult, len(items))
	var measured []int
	for i, it := range items {
		if ranked(it) {
			results[i].why = whyNoRank(it.shape(), limit)
			if results[i].why == "" {
				measured = append(measured, i)
			}
		}
	}
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range workers {
		group.Go(func() error {
			for {
				at := int(next.Add(1)) - 1
				if at >= len(measured) {
					return nil
				}
				i := measured[at]
				rank, err := updateRank(ctx, items[i])
				if err != nil {
					return err
				}
				results[i].rank = &rank
			}
		})
	}
	return results, group.Wait()
}

// ranked reports whether an item's update is a matrix, or several, whose rank says something.
func ranked(it item) bool {
	return len(it.shape()) >= 2 && !it.exact() && !strings.Contains(strings.ToLower(it.name()), "norm")
}

// whyNoRank is why a shape's rank is not computed, "" if it is.
func whyNoRank(shape []int64, limit int) string {
	switch {
	case len(shape) != 2:
		return fmt.Sprintf("%d dimensions", len(shape))
	case slices.Min(shape) == 0:
		return "empty"
	case slices.Min(shape) > int64(limit):
		return fmt.Sprintf("both sides are longer than %d", limit)
	}
	return ""
}

// updateRank is torch.linalg.matrix_rank(delta.float()) of the bfloat16 update: the number of
// singular values above max(shape) * epsilon32 * the largest. They are the square roots of the
// eigenvalues of the Gram matrix, which float64 holds well enough: the squared tolerance is at least
// a hundred times its rounding error.
func updateRank(ctx context.Context, it item) (int, error) {
	gram, err := gramMatrix(ctx, it)
	if err != nil {
		return 0, err
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(gram, false) {
		return 0, it[1].Bad(errors.New("the eigenvalues of the update do not converge"), "leave the rank out")
	}
	values := eigen.Values(nil)
	tolerance := float64(slices.Max(it.shape())) * epsilon32
	least := tolerance * tolerance * max(0, slices.Max(values))
	rank := 0
	for _, v := range values {
		if v > least {
			rank++
		}
	}
	return rank, nil
}

// gramMatrix multiplies the update with its own transpose, on the shorter side: the sum over strips
// of the longer side, of which one is in memory at a time.
func gramMatrix(ctx context.Context, it item) (*mat.SymDense, error) {
	const width = 256
	rows, cols := it.shape()[0], it.shape()[1]
	short, long := min(rows, cols), max(rows, cols)
	sum := make([]float64, short*short)
	s := strip{short: int(short), data: make([]float64, short*width)}
	for first := int64(0); first < long; first += width {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.width = int(min(width, long-first))
		var err error
		if rows <= cols {
			err = s.readColumns(it, first)
		} else {
			err = s.readRows(it, first)
		}
		if err != nil {
			return nil, err
		}
		s.addGram(sum)
	}
	if !finite(sum) {
		return nil, it[1].Bad(errors.New("the update is too large for float32"), "")
	}
	return mat.NewSymDense(int(short), sum), nil
}

// strip is a part of a matrix's update: all of the shorter side by some of the longer, in lines along
// the longer, one after the other.
type strip struct {
	buffers
	short, width int
	data         []float64
	delta        []float64
}

func (s *strip) line(i int) []float64 { return s.data[i*s.width : (i+1)*s.width] }

// readColumns reads a strip of columns of a matrix that is wider than high.
func (s *strip) readColumns(it item, first int64) error {
	for row := range s.short {
		update, err := s.update(it, chunk{first: int64(row)*it.shape()[1] + first, n: int64(s.width)})
		if err != nil {
			return err
		}
		copy(s.line(row), update)
	}
	return nil
}

// readRows reads a strip of rows of a matrix that is higher than wide, and turns it over.
func (s *strip) readRows(it item, first int64) error {
	for row := range s.width {
		update, err := s.update(it, chunk{first: (first + int64(row)) * int64(s.short), n: int64(s.short)})
		if err != nil {
			return err
		}
		for i, v := range update {
			s.data[i*s.width+row] = v
		}
	}
	return nil
}

// update is the bfloat16 update of a stretch of weights, valid until the next call.
func (s *strip) update(it item, c chunk) ([]float64, error) {
	if err := s.read(it, c); err != nil {
		return nil, err
	}
	s.decode(it, c)
	s.delta = slices.Grow(s.delta[:0], int(c.n))[:c.n]
	for i, base := range s.values[0] {
		s.delta[i] = float64(roundBF16(s.values[1][i] - base))
	}
	return s.delta, nil
}

// addGram adds the products of every two lines to the upper triangle of the sum, in tiles that stay
// in the second cache.
func (s *strip) addGram(sum []float64) {
	const tile = 32
	for i0 := 0; i0 < s.short; i0 += tile {
		for j0 := i0; j0 < s.short; j0 += tile {
			for i := i0; i < min(i0+tile, s.short); i++ {
				for j := max(i, j0); j < min(j0+tile, s.short); j++ {
					sum[i*s.short+j] += floats.Dot(s.line(i), s.line(j))
				}
			}
		}
	}
}

func finite(values []float64) bool {
	for _, v := range values {
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return false
		}
	}
	return true
}
