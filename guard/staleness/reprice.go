package staleness

import (
	"errors"
	"fmt"
	"math"

	"github.com/feedbackgen/feedbackgen"
)

// Limits say which records of another policy may stay.
type Limits struct {
	// Cap bounds the importance ratio from above, at least 1; default 2. Truncation trades a little bias
	// for a bounded variance (Ionides 2008; IMPALA, arXiv:1802.01561, truncates at 1).
	Cap float64
	// Floor is the ratio below which a record is refused, 0 to 1; default 0.1: the current policy hardly
	// writes this any more, and what it does not do needs no correction.
	Floor float64
	// Rollouts is how many judged draws of the current policy it takes to measure the rate again, at
	// least 2; default 4.
	Rollouts int
}

// Default is a cap of 2, a floor of 0.1 and 4 rollouts.
func Default() Limits { return Limits{Cap: 2, Floor: 0.1, Rollouts: 4} }

// Check says what is wrong with the limits, or nil.
func (l Limits) Check() error {
	var what string
	switch {
	case !(l.Cap >= 1) || math.IsInf(l.Cap, 1):
		what = "the cap has to be at least 1"
	case !(0 <= l.Floor && l.Floor <= 1):
		what = "the floor has to be 0 to 1"
	case l.Rollouts < 2:
		what = "a rate takes at least 2 rollouts"
	default:
		return nil
	}
	return &feedbackgen.Failure{Kind: feedbackgen.ErrInput, Subject: "staleness limits", Cause: errors.New(what)}
}

// Measured is what the caller measured of a record under the current policy.
type Measured struct {
	// Reward is the record's own, in [0, 1].
	Reward float64
	// Passes of Rollouts new draws of the current policy, on the record's problem, were right.
	Passes, Rollouts int
	// Old and New are the natural log-probabilities of the record's whole completion: under the policy
	// that made it, when it did, and under the current one, at the same sampling. The ratio of whole
	// completions varies ever more with their length; the mean over tokens in place of both gives the
	// ratio of GSPO (arXiv:2507.18071).
	Old, New float64
}

// Verdict is what becomes of a record. A nil pointer, null in JSON, is undefined.
type Verdict struct {
	// Stays says that the record may train, with Weight and Advantage in place of its own.
	Stays bool `json:"stays"`
	// Why is for people.
	Why string `json:"why"`
	// Rate is Passes / Rollouts; undefined where they are no measurement.
	Rate *float64 `json:"rate"`
	// Ratio is exp(New - Old), and Weight min(Ratio, Cap); undefined where the log-probabilities are none.
	Ratio  *float64 `json:"ratio"`
	Weight *float64 `json:"weight"`
	// Advantage is Reward - Rate; Normalised is that over sqrt(Rate (1 - Rate)), the standard deviation
	// of a pass or fail, undefined at a rate of 0 or 1.
	Advantage  *float64 `json:"advantage"`
	Normalised *float64 `json:"normalised_advantage"`
}

// Judge re-prices a record of another policy. It stays if the current policy's rate was measured, is
// neither 0 nor 1, and the current policy still writes the like. Whether the problem suits training at
// that rate is for the difficulty guard to say, with the new passes and rollouts. The limits have to
// pass [Limits.Check].
func (l Limits) Judge(m Measured) Verdict {
	var v Verdict
	if m.Rollouts > 0 && 0 <= m.Passes && m.Passes <= m.Rollouts && 0 <= m.Reward && m.Reward <= 1 {
		rate := float64(m.Passes) / float64(m.Rollouts)
		advantage := m.Reward - rate
		v.Rate, v.Advantage = &rate, &advantage
		if m.Passes > 0 && m.Passes < m.Rollouts {
			normalised := advantage / math.Sqrt(rate*(1-rate))
			v.Normalised = &normalised
		}
	}
	if isLogProbability(m.Old) && !math.IsInf(m.Old, -1) && isLogProbability(m.New) {
		ratio := math.Exp(m.New - m.Old)
		weight := min(ratio, l.Cap)
		v.Weight = &weight
		if !math.IsInf(ratio, 1) { // JSON has no infinity; the weight is capped all the same
			v.Ratio = &ratio
		}
	}
	v.Stays, v.Why = l.decide(m, v)
	return v
}

func (l Limits) decide(m Measured, v Verdict) (stays bool, why string) {
	switch {
	case v.Rate == nil:
		return false, fmt.Sprintf("there is no new pass rate: %d of %d passes, reward %v", m.Passes, m.Rollouts, m.Reward)
	case m.Rollouts < l.Rollouts:
		return false, fmt.Sprintf("%d rollouts of the current policy are too few for a rate: it takes %d", m.Rollouts, l.Rollouts)
	case v.Normalised == nil:
		return false, fmt.Sprintf("the current policy is right in %d of %d: there is nothing to tell apart", m.Passes, m.Rollouts)
	case v.Weight == nil:
		return false, fmt.Sprintf("%v and %v are not log-probabilities of a completion", m.Old, m.New)
	case *v.Weight < l.Floor:
		return false, fmt.Sprintf("the current policy is %.3g times as likely to write this, below %v", *v.Weight, l.Floor)
	}
	return true, fmt.Sprintf("re-priced: weight %.3g, %d of %d right", *v.Weight, m.Passes, m.Rollouts)
}

// isLogProbability allows for a sum's rounding.
func isLogProbability(p float64) bool { return p <= 1e-6 }
