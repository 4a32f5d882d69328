package diversity

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/feedbackgen/feedbackgen"
)

// VendiCap bounds the number of different items of a Vendi score, because its time grows with the
// cube: about a tenth of a second at the cap.
const VendiCap = 512

// Vendi is the Vendi score (arXiv:2210.02410): exp(-sum lambda log lambda) over the eigenvalues of
// K/n, the effective number of different items among n, from 1 (all the same) to n (nothing in
// common). K is the similarity of items i and j: symmetric (only i <= j is asked), positive
// semidefinite, with 1 on the diagonal. Eigenvalues at or below 0 count nothing. It is an error for n
// of 0 or above [VendiCap], for a similarity that is not finite, and for a diagonal other than 1.
func Vendi(n int, similarity func(i, j int) float64) (score float64, err error) {
	if n < 1 || n > VendiCap {
		return 0, badVendi(fmt.Sprintf("%d items", n), "draw some of them", "it is defined and affordable for 1 to %d", VendiCap)
	}
	kernel := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			k := similarity(i, j)
			if math.IsNaN(k) || math.IsInf(k, 0) {
				return 0, badVendi(fmt.Sprintf("items %d and %d", i, j), "", "their similarity is %v", k)
			}
			if i == j && math.Abs(k-1) > 1e-9 {
				return 0, badVendi(fmt.Sprintf("item %d", i), "divide k(i,j) by sqrt(k(i,i) k(j,j))", "its similarity to itself is %v, not 1", k)
			}
			kernel.SetSym(i, j, k/float64(n))
		}
	}
	return effective(kernel)
}

// VendiVectors is the Vendi score of vectors under the cosine, such as embeddings that the caller
// supplies. It is an error without vectors, for lengths that differ, for a vector that is 0 or not
// finite, and where both their number and their length exceed [VendiCap].
func VendiVectors(vectors [][]float64) (score float64, err error) {
	n := len(vectors)
	if n == 0 {
		return 0, badVendi("0 vectors", "", "it is defined from 1 on")
	}
	d := len(vectors[0])
	if d == 0 || min(n, d) > VendiCap {
		return 0, badVendi(fmt.Sprintf("%d vectors of length %d", n, d), "draw some of them", "the smaller of the two has to be 1 to %d", VendiCap)
	}
	units := mat.NewDense(n, d, nil)
	for i, v := range vectors {
		if len(v) != d {
			return 0, badVendi(fmt.Sprintf("vector %d", i), "", "its length is %d, that of the first %d", len(v), d)
		}
		length := floats.Norm(v, 2)
		if length == 0 || math.IsNaN(length) || math.IsInf(length, 0) {
			return 0, badVendi(fmt.Sprintf("vector %d", i), "leave it out", "a vector of length %v has no direction", length)
		}
		for j, x := range v {
			units.Set(i, j, x/length)
		}
	}
	// X X^T and X^T X have the same eigenvalues but for zeros: take the smaller.
	var smaller mat.Matrix = units
	if d < n {
		smaller = units.T()
	}
	var gram mat.SymDense
	gram.SymOuterK(1/float64(n), smaller)
	return effective(&gram)
}

func badVendi(subject, hint, cause string, args ...any) error {
	return &feedbackgen.Failure{
		Op: "vendi score", Subject: subject, Cause: fmt.Errorf(cause, args...), Hint: hint, Kind: feedbackgen.ErrInput,
	}
}

// effective is exp of the entropy of a kernel's eigenvalues, whose sum is 1.
func effective(kernel mat.Symmetric) (float64, error) {
	var eigen mat.EigenSym
	if !eigen.Factorize(kernel, false) {
		return 0, &feedbackgen.Failure{Op: "vendi score", Cause: errors.New("the eigenvalues do not converge")}
	}
	entropy := 0.0
	for _, lambda := range eigen.Values(nil) {
		if lambda > 0 {
			entropy -= lambda * math.Log(lambda)
		}
	}
	return math.Exp(entropy), nil
}

// VendiTexts is the Vendi score of texts under the mean, over n = 1 to 4, of the cosines of their
// n-gram counts. A text that is shorter than n tokens is its own, only n-gram of that order, so that
// k(x, x) = 1 for every text; for longer texts it is the kernel of the vendi-score package. Where
// more than [VendiCap] texts are different, VendiCap of all are drawn by the seed; used says how
// many texts counted. It is undefined without texts.
func VendiTexts(texts [][]string, seed uint64) (score float64, used int, ok bool) {
	return newCorpus(texts).vendi(seed)
}

func (c *corpus) vendi(seed uint64) (score float64, used int, ok bool) {
	all := make([]int, len(c.texts))
	for i := range all {
		all[i] = i
	}
	distinct, times := c.alike(all)
	if len(distinct) > VendiCap {
		all = rand.New(rand.NewPCG(seed, 0)).Perm(len(all))[:VendiCap]
		distinct, times = c.alike(all)
	}
	if len(distinct) == 0 {
		return 0, 0, false
	}
	score, err := effective(c.kernel(distinct, times, len(all)))
	return score, len(all), err == nil
}

// alike finds the different texts among some, and how often each occurs.
func (c *corpus) alike(some []int) (distinct, times []int) {
	place := map[string]int{}
	for _, t := range some {
		key := make([]byte, 0, 4*len(c.texts[t]))
		for _, token := range c.texts[t] {
			key = append(key, byte(token), byte(token>>8), byte(token>>16), byte(token>>24))
		}
		at, known := place[string(key)]
		if !known {
			at = len(distinct)
			place[string(key)] = at
			distinct, times = append(distinct, t), append(times, 0)
		}
		times[at]++
	}
	return distinct, times
}

// kernel is sqrt(p_i p_j) k(i, j) for texts of shares p: it has the same eigenvalues, but for zeros,
// as the kernel of all texts over n.
func (c *corpus) kernel(distinct, times []int, n int) *mat.SymDense {
	m := len(distinct)
	kernel := mat.NewSymDense(m, nil)
	for order := range maxOrder {
		profiles := make([]profile, m)
		for i, t := range distinct {
			profiles[i] = newProfile(c.grams[order][t], t, c.kinds[order])
		}
		for i := range m {
			for j := i; j < m; j++ {
				kernel.SetSym(i, j, kernel.At(i, j)+cosine(profiles[i], profiles[j]))
			}
		}
	}
	for i := range m {
		for j := i; j < m; j++ {
			share := math.Sqrt(float64(times[i])*float64(times[j])) / float64(n)
			kernel.SetSym(i, j, kernel.At(i, j)/maxOrder*share)
		}
	}
	return kernel
}

// profile is a sparse vector of counts by n-gram, and its length.
type profile struct {
	kinds  []int32
	times  []int
	length float64
}

// newProfile counts n-grams; a text without any has one that no other text has: its own number
// after all kinds.
func newProfile(grams []int32, text, kinds int) profile {
	if len(grams) == 0 {
		grams = []int32{int32(kinds + text)}
	}
	p := profile{}
	p.kinds, p.times = counts(slices.Clone(grams))
	squares := 0
	for _, n := range p.times {
		squares += n * n
	}
	p.length = math.Sqrt(float64(squares))
	return p
}

func cosine(a, b profile) float64 {
	dot, j := 0, 0
	for i, k := range a.kinds {
		for j < len(b.kinds) && b.kinds[j] < k {
			j++
		}
		if j < len(b.kinds) && b.kinds[j] == k {
			dot += a.times[i] * b.times[j]
		}
	}
	return float64(dot) / (a.length * b.length)
}
