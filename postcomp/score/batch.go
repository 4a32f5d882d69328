package score

import "github.com/feedbackgen/feedbackgen"

// Completion is one text and what rules found out about it.
type Completion struct {
	// Text is the whole completion: answer, marker, assessment.
	Text string
	// Correct is what the verifier says of the answer. What is none of the five outcomes counts as
	// [feedbackgen.Error]: nobody told.
	Correct feedbackgen.Outcome
	// True holds the other rewards that rules computed, by name, each in [0, 1]; what is not a number
	// in there counts as unknown. [RewardAccuracy] and [RewardFormat] are known without it, and what it
	// says of them is ignored.
	True map[string]float64
}

// Scored is what a completion earns. A part that is undefined is nil, never 0.
type Scored struct {
	Assessment
	// Outcome is the completion's: what the verifier said, but [feedbackgen.Invalid] where the
	// assessment cannot be read, unless infrastructure failed, which says nothing about the model.
	Outcome feedbackgen.Outcome
	// True holds the true rewards of those that were predicted, as far as they are known.
	True map[string]float64
	// Format is 1 for a completion that can be read and 0 for an invalid one; nil where text that
	// cannot be read comes from an error.
	Format *float64
	// Correct, RLCR and Brier are nil without a correctness label.
	Correct, RLCR, Brier *float64
	// Consistency is over the rewards in True; nil if there are none.
	Consistency *float64
	// Total is the weighted sum; nil where a part that has a weight is undefined. Such a completion
	// belongs into no group.
	Total *float64
	// FormatOnly marks the total of an invalid completion: it is the format reward's 0 and says nothing
	// about whether the answer is right.
	FormatOnly bool
}

// Score scores each completion by itself, in order: whatever one holds, the others are scored as if
// they were alone. See [Format.Check] and [Weights.Check] for what may be asked for.
func Score(batch []Completion, f Format, w Weights) []Scored {
	scored := make([]Scored, len(batch))
	for i, c := range batch {
		scored[i] = scoreOne(c, f, w)
	}
	return scored
}

func scoreOne(c Completion, f Format, w Weights) Scored {
	s := Scored{Assessment: Parse(c.Text, f), Outcome: outcome(c.Correct)}
	readable := s.Invalid == ""
	if !readable && s.Outcome != feedbackgen.Error {
		s.Outcome = feedbackgen.Invalid
	}
	switch {
	case s.Outcome == feedbackgen.Invalid:
		s.Format = new(0.0)
		if w.Format > 0 {
			s.Total, s.FormatOnly = new(0.0), true
		}
		return s
	case !readable:
		return s
	}
	s.Format = new(1.0)
	if s.Outcome.IsLabel() {
		correct := s.Outcome == feedbackgen.Pass
		s.Correct = new(indicator(correct))
		s.RLCR = new(RLCR(correct, *s.Confidence))
		s.Brier = new(BrierReward(correct, *s.Confidence))
	}
	s.True = s.truths(c.True)
	s.Consistency = s.consistency(f.rewards())
	s.Total = w.total(s)
	return s
}

// truths keeps the true rewards of what was predicted.
func (s *Scored) truths(given map[string]float64) map[string]float64 {
	known := make(map[string]float64, len(s.Predicted))
	for name := range s.Predicted {
		truth, ok := given[name]
		switch name {
		case RewardAccuracy:
			if ok = s.Correct != nil; ok {
				truth = *s.Correct
			}
		case RewardFormat:
			truth, ok = *s.Format, true
		}
		if ok && isUnit(truth) {
			known[name] = truth
		}
	}
	return known
}

// consistency sums in the order of the names, so that it is the same to the last bit every time.
func (s *Scored) consistency(names []string) *float64 {
	if !s.Listed {
		names = []string{RewardAccuracy}
	}
	predicted, truth := make([]float64, 0, len(names)), make([]float64, 0, len(names))
	for _, name := range names {
		if t, ok := s.True[name]; ok {
			predicted, truth = append(predicted, s.Predicted[name]), append(truth, t)
		}
	}
	value, ok := Consistency(predicted, truth)
	if !ok {
		return nil
	}
	return new(value)
}

// total is the weighted sum of the parts that have a weight.
func (w Weights) total(s Scored) *float64 {
	sum := 0.0
	for _, part := range [...]struct {
		weight float64
		value  *float64
	}{{w.Format, s.Format}, {w.Correct, s.Correct}, {w.RLCR, s.RLCR}, {w.Brier, s.Brier}, {w.Consistency, s.Consistency}} {
		if part.weight == 0 {
			continue
		}
		if part.value == nil {
			return nil
		}
		sum += part.weight * *part.value
	}
	return new(sum)
}

func outcome(o feedbackgen.Outcome) feedbackgen.Outcome {
	for _, known := range feedbackgen.Outcomes {
		if o == known {
			return o
		}
	}
	return feedbackgen.Error
}
