package sparsity_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"github.com/feedbackgen/feedbackgen/measure/sparsity"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors/safetensorstest"
)

// lowRank is a matrix of exactly that rank whose numbers are small and whole: a sum of outer products
// of vectors of -1, 0 and 1, each the last to begin, at its own place along the whole side.
func lowRank(rng *rand.Rand, rows, cols, rank int) []float32 {
	vector := func(n, r int) []float32 {
		at := r * (n - 1) / max(1, rank-1)
		v := make([]float32, n)
		for i := at + 1; i < n; i++ {
			v[i] = float32(rng.IntN(3) - 1)
		}
		v[at] = 1
		return v
	}
	sum := make([]float32, rows*cols)
	for r := range rank {
		left, right := vector(rows, r), vector(cols, r)
		for i := range sum {
			sum[i] += left[i/cols] * right[i%cols]
		}
	}
	return sum
}

// An update's rank is found, whether the matrix is wide or high, in one strip or several.
func TestPlantedRank(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, shape := range [][2]int{{1, 1}, {1, 7}, {7, 1}, {5, 5}, {30, 50}, {50, 30}, {40, 300}, {300, 40}, {40, 512}, {60, 1000}, {1000, 60}} {
		rows, cols := shape[0], shape[1]
		for _, rank := range []int{0, 1, min(4, rows, cols)} {
			dims := []int64{int64(rows), int64(cols)}
			report := compare(t,
				list(bf16("w", dims, make([]float32, rows*cols)...)),
				list(bf16("w", dims, lowRank(rng, rows, cols, rank)...)), sparsity.Options{RankLimit: 64})
			got := report.Tensors[0]
			if *got.Rank != rank || !is(got.EffectiveRank, float64(rank)/float64(min(rows, cols))) || !is(report.Ranks.Mean, *got.EffectiveRank) {
				t.Errorf("%v: rank %d, %v; want %d", shape, *got.Rank, *got.EffectiveRank, rank)
			}
		}
	}
}

// The rank is that of the singular values at torch's tolerance, of random and of nearly singular
// updates.
func TestRankIsThatOfTheSingularValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for n := range 60 {
		rows, cols := 1+rng.IntN(24), 1+rng.IntN(24)
		update := lowRank(rng, rows, cols, rng.IntN(min(rows, cols)+1))
		for i := range update {
			update[i] *= float32(1 + n%4*rng.IntN(2)) // more than one size
			if n%3 == 0 {
				update[i] += 0x1p-14 * float32(rng.IntN(2))
			}
			update[i] = roundBF16(update[i])
		}
		dims := []int64{int64(rows), int64(cols)}
		report := compare(t, list(bf16("w", dims, make([]float32, rows*cols)...)), list(bf16("w", dims, update...)), sparsity.Options{RankLimit: 24})
		var svd mat.SVD
		delta := mat.NewDense(rows, cols, nil)
		for i, v := range update {
			delta.Set(i/cols, i%cols, float64(v))
		}
		if !svd.Factorize(delta, mat.SVDNone) {
			t.Fatal("no singular values")
		}
		values, want := svd.Values(nil), 0
		for _, v := range values {
			if v > values[0]*float64(max(rows, cols))*0x1p-23 {
				want++
			}
		}
		if got := *report.Tensors[0].Rank; got != want {
			t.Errorf("%dx%d: rank %d, want %d of %v", rows, cols, got, want, values)
		}
	}
}

// What has no rank is left out, and what is too large is told.
func TestRanksThatAreLeftOut(t *testing.T) {
	zero := func(n int) []float32 { return make([]float32, n) }
	base := list(
		bf16("a.weight", []int64{2, 9}, zero(18)...),
		bf16("b.weight", []int64{3, 3}, zero(9)...),
		bf16("bias", []int64{3}, zero(3)...),
		bf16("conv.weight", []int64{2, 2, 2}, zero(8)...),
		bf16("LayerNorm.weight", []int64{2, 2}, zero(4)...),
		exact("mask", "BOOL", []int64{1, 1}, 1),
	)
	tuned := list(
		bf16("a.weight", []int64{2, 9}, append([]float32{1}, zero(17)...)...),
		base[1], base[2], base[3],
		bf16("LayerNorm.weight", []int64{2, 2}, 1, 0, 0, 1),
		base[5],
	)
	ranks := compare(t, base, tuned, sparsity.Options{RankLimit: 2}).Ranks
	half := .5
	want := &sparsity.Ranks{Limit: 2, Matrices: 1, Mean: &half, LeftOut: []sparsity.LeftOut{
		{Name: "b.weight", Shape: []int64{3, 3}, Why: "both sides are longer than 2"},
		{Name: "conv.weight", Shape: []int64{2, 2, 2}, Why: "3 dimensions"},
	}}
	if diff := cmp.Diff(want, ranks); diff != "" {
		t.Errorf("ranks (-want +got):\n%s", diff)
	}
	if got := compare(t, base, tuned, sparsity.Options{}); got.Ranks != nil || got.Tensors[1].Rank != nil {
		t.Error("ranks without being asked")
	}
	all := compare(t, base, tuned, sparsity.Options{RankLimit: 3}).Ranks
	if all.Matrices != 2 || !is(all.Mean, .25) {
		t.Errorf("with the unchanged matrix: %+v", all)
	}
}

func TestUpdateTooLargeForARank(t *testing.T) {
	const huge = 0x1p127
	base := checkpoint(t, "base", bf16("w", []int64{1, 2}, -huge, 0))
	tuned := checkpoint(t, "tuned", bf16("w", []int64{1, 2}, huge, 0))
	_, err := sparsity.Compare(context.Background(), base, tuned, sparsity.Options{RankLimit: 1})
	if err == nil || !strings.Contains(err.Error(), `tuned/model.safetensors, tensor "w"`) {
		t.Errorf("error %v", err)
	}
}

// A high matrix, a wide one, and a square one, of real size.
func BenchmarkRank(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, size := range [][2]int{{576, 1536}, {1536, 576}, {1024, 1024}} {
		dims := []int64{int64(size[0]), int64(size[1])}
		values := make([]float32, size[0]*size[1])
		base := safetensorstest.F32("w", dims, values...)
		for i := range values {
			values[i] = float32(rng.NormFloat64())
		}
		tuned := safetensorstest.F32("w", dims, values...)
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			for b.Loop() {
				compare(b, list(base), list(tuned), sparsity.Options{RankLimit: 2048})
			}
		})
	}
}
