package betabinomial

import (
	"math"

	"github.com/feedbackgen/feedbackgen"
)

// tally holds all that the likelihood depends on. With B the beta function,
//
//	B(a+k, b+n-k) / B(a, b) = prod_{j<k} (a+j) * prod_{j<n-k} (b+j) / prod_{j<n} (a+b+j)
//
// so it is enough to know, for each j, how many problems have more than j passes, fails and draws.
// No gamma function is needed, and nothing cancels.
type tally struct {
	reachK, reachF, reachN []float64
	passes, draws          float64
	coefficients           float64 // the sum of ln C(n, k)
	allOrNothing           bool
}

func tabulate(problems []Counts) *tally {
	t := &tally{allOrNothing: true}
	for _, p := range problems {
		t.reachK = reach(t.reachK, p.K)
		t.reachF = reach(t.reachF, p.N-p.K)
		t.reachN = reach(t.reachN, p.N)
		t.passes += float64(p.K)
		t.draws += float64(p.N)
		t.coefficients += logChoose(p.N, p.K)
		t.allOrNothing = t.allOrNothing && (p.K == 0 || p.K == p.N)
	}
	for _, counts := range [][]float64{t.reachK, t.reachF, t.reachN} {
		for j := len(counts) - 2; j >= 0; j-- {
			counts[j] += counts[j+1]
		}
	}
	return t
}

// reach notes that a count has the value n; summing from the end makes it "at least".
func reach(counts []float64, n int) []float64 {
	if n == 0 {
		return counts
	}
	for len(counts) < n {
		counts = append(counts, 0)
	}
	counts[n-1]++
	return counts
}

func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

func (t *tally) logLikelihood(a, b float64) float64 {
	total := t.coefficients
	for j, count := range t.reachK {
		total += count * math.Log(a+float64(j))
	}
	for j, count := range t.reachF {
		total += count * math.Log(b+float64(j))
	}
	for j, count := range t.reachN {
		total -= count * math.Log(a+b+float64(j))
	}
	return total
}

// overdispersion is the slope of the likelihood in 1/strength at 0, with the mean at the pooled
// rate: above 0 the counts vary more than chance explains (Tarone 1979).
func (t *tally) overdispersion() float64 {
	p := t.passes / t.draws
	slope := 0.0
	for j, count := range t.reachK {
		slope += count * float64(j) / p
	}
	for j, count := range t.reachF {
		slope += count * float64(j) / (1 - p)
	}
	for j, count := range t.reachN {
		slope -= count * float64(j)
	}
	return slope
}

// Fit finds the model under which the counts are likeliest. It fails where none is: on no draws, on
// draws of one outcome, on single draws, where rates do not differ more than chance explains, and
// where every problem is always or never solved; the error says which. Below a few dozen problems
// the strength is known only roughly.
func Fit(problems []Counts) (Model, error) {
	if err := check(problems); err != nil {
		return Model{}, err
	}
	t := tabulate(problems)
	if err := t.undetermined(); err != nil {
		return Model{}, err
	}
	// For each strength there is one best mean. Along those, the likelihood rises to the best
	// strength and falls behind it; its slope changes sign there.
	start := 0.0
	if m, err := Moments(problems); err == nil {
		start = math.Log(m.Strength())
	}
	low, high, ok := t.bracket(start)
	if !ok {
		return Model{}, &feedbackgen.Failure{Op: "fit a beta-binomial", Cause: ErrNoSpread}
	}
	logStrength := bisect(low, high, t.slope)
	strength := math.Exp(logStrength)
	p := t.bestMean(strength)
	return Model{Alpha: p * strength, Beta: (1 - p) * strength}, nil
}

// bracket goes from a first guess to where the slope in the log of the strength changes sign. Down
// there is always such a place: towards strength 0 the slope is the number of problems that are
// solved sometimes. Up, it looks no further than strength 1e9, which chance cannot be told from.
func (t *tally) bracket(start float64) (low, high float64, ok bool) {
	const edge = 20.7 // ln 1e9
	low = min(start, edge)
	high = low
	for t.slope(low) <= 0 && low > -edge {
		high, low = low, low-1
	}
	for t.slope(high) > 0 {
		if high > edge {
			return 0, 0, false
		}
		low, high = high, high+1
	}
	return low, high, true
}

// slope is that of the likelihood in the log of the strength, at the best mean for it.
func (t *tally) slope(logStrength float64) float64 {
	s := math.Exp(logStrength)
	p := t.bestMean(s)
	total := 0.0
	// The j-th factor x+j of a product adds x/(x+j); written as 1 - j/(x+j), the ones cancel, because
	// each draw is a pass or a fail.
	for j, count := range t.reachK {
		total -= count * float64(j) / (p*s + float64(j))
	}
	for j, count := range t.reachF {
		total -= count * float64(j) / ((1-p)*s + float64(j))
	}
	for j, count := range t.reachN {
		total += count * float64(j) / (s + float64(j))
	}
	return total
}

// bestMean is where the likelihood is greatest for a strength; it is concave in the mean.
func (t *tally) bestMean(s float64) float64 {
	slope := func(p float64) float64 {
		total := 0.0
		for j, count := range t.reachK {
			total += count / (p*s + float64(j))
		}
		for j, count := range t.reachF {
			total -= count / ((1-p)*s + float64(j))
		}
		return total
	}
	return bisect(1e-12, 1-1e-12, slope)
}

// bisect finds where a falling function crosses 0, to the last digits.
func bisect(low, high float64, f func(float64) float64) float64 {
	for range 200 {
		middle := low + (high-low)/2
		if middle == low || middle == high {
			break
		}
		if f(middle) > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return low + (high-low)/2
}
