package judge

import (
	"fmt"
	"slices"

	"github.com/feedbackgen/feedbackgen"
)

// tally counts ballots until they decide.
type tally struct {
	rubrics, limit int
	band           float64
	ballots        []Ballot
	votes          Votes
	yes            []int // per rubric, of the readable ballots
}

func (t *tally) add(b Ballot) {
	t.ballots = append(t.ballots, b)
	t.votes.Asked++
	switch b.Outcome {
	case feedbackgen.Error:
		t.votes.Refused++
	case feedbackgen.Invalid:
		t.votes.Invalid++
	default:
		t.votes.Readable++
		for i, yes := range b.Said {
			if yes {
				t.yes[i]++
			}
		}
	}
}

// quorum is how many readable ballots a decision takes: more than half of the limit.
func (t *tally) quorum() int { return t.limit/2 + 1 }

// decided says that no further ballot, whatever it says and whether it can be read, can change the
// outcome. Early or not, the outcome is the one that all ballots would have had.
func (t *tally) decided() bool {
	left := t.limit - t.votes.Asked
	n := t.votes.Readable
	switch {
	case left == 0 || n+left < t.quorum():
		return true
	case n < t.quorum():
		return false
	}
	// The weakest rubric's share can still move between these.
	least, most := 1.0, 1.0
	for _, yes := range t.yes {
		least = min(least, float64(yes)/float64(n+left))
		most = min(most, float64(yes+left)/float64(n+left))
	}
	return t.outcome(least) == t.outcome(most) && t.outcome(least).IsLabel()
}

// outcome reads the weakest rubric's share of yes.
func (t *tally) outcome(weakest float64) feedbackgen.Outcome {
	const slack = 1e-9 // .5+.1667 is not 2/3
	switch {
	case weakest > 0.5+t.band+slack:
		return feedbackgen.Pass
	case weakest < 0.5-t.band-slack:
		return feedbackgen.Fail
	}
	return feedbackgen.Abstain
}

func (t *tally) verdict() Verdict {
	v := Verdict{Votes: t.votes, Ballots: t.ballots}
	if t.votes.Readable > 0 {
		v.PerRubric = make([]float64, t.rubrics)
		for i, yes := range t.yes {
			v.PerRubric[i] = float64(yes) / float64(t.votes.Readable)
		}
		weakest := slices.Min(v.PerRubric)
		v.Pass = &weakest
		v.Probability = t.probability()
	}
	switch {
	case t.votes.Readable >= t.quorum():
		v.Outcome = t.outcome(*v.Pass)
		if v.Outcome == feedbackgen.Abstain {
			v.Reason = fmt.Sprintf("the votes are split: %.2f of them say yes to the weakest rubric", *v.Pass)
		}
	case t.votes.Refused >= t.votes.Invalid:
		v.Outcome, v.Reason = feedbackgen.Error, t.firstReason(feedbackgen.Error)
	default:
		v.Outcome, v.Reason = feedbackgen.Invalid, t.firstReason(feedbackgen.Invalid)
	}
	return v
}

// probability is the mean over readable ballots, nil unless all have one.
func (t *tally) probability() *float64 {
	sum := 0.0
	for _, b := range t.ballots {
		switch {
		case !b.Outcome.IsLabel():
		case b.Probability == nil:
			return nil
		default:
			sum += *b.Probability
		}
	}
	mean := sum / float64(t.votes.Readable)
	return &mean
}

func (t *tally) firstReason(of feedbackgen.Outcome) string {
	for _, b := range t.ballots {
		if b.Outcome == of {
			return b.Reason
		}
	}
	return ""
}
