// Package difficulty decides whether a problem is worth training on, from how often the policy
// solves it.
//
// Too easy a problem teaches nothing; too hard a one teaches shortcuts, because a lone lucky
// success in a group gets a huge advantage (arXiv:2605.28388). So a problem trains only once its
// pass rate has been shown to lie in a band. What has not been shown is deferred, which is neither
// "too hard" nor deleted: no success in eight draws is common at a pass rate of .1.
//
// The gate is sequential: draw, ask, and draw on while it is undecided. Its error rates are
// computed exactly by [Gate.Characteristic].
package difficulty

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mathext"

	"github.com/feedbackgen/feedbackgen"
)

// State is what is known of a problem's difficulty.
type State string

// The states of a problem. Only an active one trains.
const (
	// Undecided: draw more samples.
	Undecided State = "undecided"
	// Active: the pass rate is in the band.
	Active State = "active"
	// Deferred: nothing is shown yet; ask again later, with more samples or another policy.
	Deferred State = "deferred"
	// Hard: below the band, but solved at least once.
	Hard State = "hard"
	// Retired: above the band.
	Retired State = "retired"
)

// States lists all of them, in the order in which reports show them.
var States = [...]State{Active, Deferred, Hard, Retired, Undecided}

// Gate says when a pass rate is shown to lie in a band. With a uniform prior, passes k of n
// samples leave a Beta(k+1, n-k+1) posterior; its mass in the band decides.
type Gate struct {
	// Low and High bound the band; default 0.2 and 0.8.
	Low, High float64
	// Accept is the mass at which a problem is in the band; default 0.97.
	Accept float64
	// Reject is the mass at which it is not; default 0.40.
	Reject float64
	// First is the number of samples from which on the mass is looked at; default 4.
	First int
	// Last is the number of samples at which there has to be a decision; default 24.
	Last int
	// AcceptLast is the mass that is enough at Last samples; default 0.80.
	AcceptLast float64
}

// Default is the gate whose characteristic the documentation gives.
func Default() Gate {
	return Gate{Low: 0.2, High: 0.8, Accept: 0.97, Reject: 0.40, First: 4, Last: 24, AcceptLast: 0.80}
}

// Check says what is wrong with the gate's settings, or nil.
func (g Gate) Check() error {
	var what string
	switch {
	case !(0 <= g.Low && g.Low < g.High && g.High <= 1):
		what = "the band needs 0 <= low < high <= 1"
	case !(0 <= g.Reject && g.Reject < g.AcceptLast && g.AcceptLast <= g.Accept && g.Accept <= 1):
		what = "the masses need 0 <= reject < accept at last <= accept <= 1"
	case g.First < 1 || g.Last < g.First:
		what = "the samples need 1 <= first <= last"
	default:
		return nil
	}
	return &feedbackgen.Failure{Kind: feedbackgen.ErrInput, Subject: "difficulty gate", Cause: errors.New(what)}
}

// Mass is P(Low <= p <= High) after passes of n judged samples.
func (g Gate) Mass(passes, n int) float64 {
	a, b := float64(passes+1), float64(n-passes+1)
	return mathext.RegIncBeta(a, b, g.High) - mathext.RegIncBeta(a, b, g.Low)
}

// Decide says what passes of n judged samples show. Samples that are invalid or failed for reasons
// of infrastructure belong in neither number.
func (g Gate) Decide(passes, n int) State {
	if n < g.First {
		return Undecided
	}
	mass := g.Mass(passes, n)
	switch {
	case mass >= g.Accept, n >= g.Last && mass >= g.AcceptLast:
		return Active
	case mass <= g.Reject:
		return g.outside(passes, n)
	case n >= g.Last:
		return Deferred
	}
	return Undecided
}

// outside says on which side of the band a problem is that is not in it. One that was never solved
// may have any small pass rate, and a checker that refuses right answers looks the same.
func (g Gate) outside(passes, n int) State {
	above := 1 - mathext.RegIncBeta(float64(passes+1), float64(n-passes+1), g.High)
	switch {
	case above > 0.5*(1-g.Mass(passes, n)):
		return Retired
	case passes == 0:
		return Deferred
	}
	return Hard
}

// Characteristic is what the gate does to a problem of pass rate p whose samples come in batches:
// the chance that it is admitted, and how many samples are drawn on average. It is exact.
func (g Gate) Characteristic(p float64, batch int) (admitted, samples float64) {
	reach := []float64{1} // reach[k] is the chance to be undecided after n samples with k passes
	for n := 0; n < g.Last; {
		next := min(n+batch, g.Last)
		for ; n < next; n++ {
			grown := make([]float64, len(reach)+1)
			for k, chance := range reach {
				grown[k] += chance * (1 - p)
				grown[k+1] += chance * p
				samples += chance
			}
			reach = grown
		}
		for k := range reach {
			switch g.Decide(k, n) {
			case Undecided:
				continue
			case Active:
				admitted += reach[k]
			}
			reach[k] = 0
		}
	}
	return admitted, samples
}

// ExpectedGradient is the chance that a group of n rollouts has any advantage to learn from:
// 1 - p^n - (1-p)^n (arXiv:2509.25849).
func ExpectedGradient(p float64, n int) float64 {
	return 1 - math.Pow(p, float64(n)) - math.Pow(1-p, float64(n))
}

// LoneSuccess is the advantage of the only success among n rollouts, normalised by the population
// standard deviation: sqrt(n-1). It is why a lucky success in a large group of a hard problem is
// dangerous. Undefined for n < 2, where it is 0.
func LoneSuccess(n int) float64 {
	if n < 2 {
		return 0
	}
	return math.Sqrt(float64(n - 1))
}
