package score

import (
	"fmt"
	"math"

	"github.com/feedbackgen/feedbackgen"
)

// RLCR is c - (q-c)^2 (arXiv:2507.16806, section 3), with c = 1 for a right answer and 0 for a wrong
// one, and q in [0, 1] the confidence. It lies in [-1, 1]. Whoever is right with probability p earns
// most, p^2 on average, by stating q = p: so it pays to give the likeliest answer and to know how
// likely it is. NaN where q is not in [0, 1].
func RLCR(correct bool, q float64) float64 {
	return indicator(correct) - squaredError(correct, q)
}

// BrierReward is 1 - (q-c)^2, in [0, 1]: the proper score alone, turned so that more is better (RLCR's
// code). NaN where q is not in [0, 1].
func BrierReward(correct bool, q float64) float64 {
	return 1 - squaredError(correct, q)
}

// squaredError is (q-c)^2, NaN where q is not in [0, 1].
func squaredError(correct bool, q float64) float64 {
	if !isUnit(q) {
		return math.NaN()
	}
	d := q - indicator(correct)
	return d * d
}

// Consistency is the mean of 1-(p-t)^2 over predicted rewards p and true rewards t, in [0, 1]: 1 for
// who foretells every reward, whatever the rewards. It is a proper score, component by component, so
// nothing pays like honesty: a failure that is admitted earns 1, one that is claimed to be a success 0.
//
// Post-Completion Learning's published code takes |p-t|/max(p,t) instead, which is 0/0 for an honest
// failure, and pays it 0 where over-claiming gets half.
//
// It is undefined (false) where there is nothing to compare, the lengths differ, or a number is not in
// [0, 1].
func Consistency(predicted, truth []float64) (float64, bool) {
	if len(predicted) == 0 || len(predicted) != len(truth) {
		return 0, false
	}
	sum := 0.0
	for i, p := range predicted {
		if !isUnit(p) || !isUnit(truth[i]) {
			return 0, false
		}
		d := p - truth[i]
		sum += 1 - d*d
	}
	return sum / float64(len(predicted)), true
}

// Weights says how much each part adds to a total. A part of weight 0 is left out.
type Weights struct {
	// Format: 1 for a completion that can be read, 0 for an invalid one.
	Format float64
	// Correct: 1 for a right answer, 0 for a wrong one.
	Correct float64
	// RLCR is [RLCR] of answer and confidence, in [-1, 1].
	RLCR float64
	// Brier is [BrierReward] of answer and confidence, in [0, 1].
	Brier float64
	// Consistency is [Consistency] of predicted and true rewards, in [0, 1].
	Consistency float64
}

// DefaultWeights is 1 for the format and 1 for RLCR. The format's has to be at least RLCR's: a wrong
// answer that is sure of itself earns -1 from RLCR, and would otherwise be paid less than babble that
// nobody can read.
func DefaultWeights() Weights { return Weights{Format: 1, RLCR: 1} }

// Check returns an error that is [feedbackgen.ErrInput] if a weight is negative or not finite, if all
// are 0, or if an unreadable completion could be paid better than a readable one. (With a format weight
// of 0 it is not paid at all: it has no total.)
func (w Weights) Check() error {
	all := []float64{w.Format, w.Correct, w.RLCR, w.Brier, w.Consistency}
	sum := 0.0
	for _, weight := range all {
		if weight < 0 || !isFinite(weight) {
			return feedbackgen.BadInput("weights", fmt.Errorf("%v is not a weight", weight), "weights are 0 or more")
		}
		sum += weight
	}
	switch {
	case sum == 0:
		return feedbackgen.BadInput("weights", fmt.Errorf("all are 0"), "such as 1 for format and 1 for RLCR")
	case w.Format > 0 && w.Format < w.RLCR:
		return feedbackgen.BadInput("weights", fmt.Errorf("format has %v and RLCR %v", w.Format, w.RLCR),
			"give the format at least RLCR's weight, or unreadable completions pay")
	}
	return nil
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func isUnit(x float64) bool { return x >= 0 && x <= 1 }

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
