package mcts

import (
	"fmt"
	"math"
)

// Norm says how a group's rewards become advantages: always the reward less the group's mean, divided by
// something or nothing.
type Norm string

// The norms.
const (
	// NormNone divides by nothing, so that hard and easy problems weigh what they teach (Dr. GRPO,
	// arXiv:2503.20783).
	NormNone Norm = "none"
	// NormStd divides by the group's standard deviation (GRPO, arXiv:2402.03300).
	NormStd Norm = "std"
	// NormMean divides by the group's mean, which makes the gradient that of the log of the pass rate
	// (MaxRL, arXiv:2602.02710): hard problems weigh more.
	NormMean Norm = "mean"
)

// DefaultAdvantageCap bounds an advantage's size: a lone success among 8 has 2.65 under [NormStd], and
// 7 under [NormMean].
const DefaultAdvantageCap = 2.5

// check returns what is wrong with a norm and a cap, nil if nothing is.
func (n Norm) check(limit float64) error {
	switch {
	case n != NormNone && n != NormStd && n != NormMean:
		return bad("advantages", fmt.Sprintf("unknown norm %q; there are none, std, mean", n))
	case !(limit > 0) || math.IsInf(limit, 1):
		return bad("advantage-cap", "must be a number above 0")
	}
	return nil
}

// advantage is that of a reward in a group of zeros and ones whose mean is given and lies between the
// two, clipped to [-limit, limit].
func (n Norm) advantage(reward, mean, limit float64) float64 {
	by := 1.0
	switch n {
	case NormNone:
	case NormStd:
		by = math.Sqrt(mean * (1 - mean))
	case NormMean:
		by = mean
	}
	return max(-limit, min(limit, (reward-mean)/by))
}
