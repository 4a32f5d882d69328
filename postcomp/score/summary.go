package score

import (
	"maps"
	"math"

	"github.com/feedbackgen/feedbackgen"
)

// resolution is what predictions are rounded to where they are counted, so that a summary's memory is
// bounded, however many completions it has seen.
const resolution = 1e-4

// Summary adds up scored completions, one at a time, in bounded memory. Its zero value is empty.
type Summary struct {
	n          int
	kinds      map[Kind]int
	invalid    map[Reason]int
	outcomes   map[feedbackgen.Outcome]int
	confidence spread
	verdicts   Verdicts
	components map[string]*component
}

// Add counts one completion.
func (s *Summary) Add(x Scored) {
	if s.kinds == nil {
		s.kinds, s.invalid = map[Kind]int{}, map[Reason]int{}
		s.outcomes, s.components = map[feedbackgen.Outcome]int{}, map[string]*component{}
	}
	s.n++
	s.kinds[x.Kind]++
	s.outcomes[x.Outcome]++
	if x.Invalid != "" {
		s.invalid[x.Invalid]++
		return
	}
	s.confidence.add(*x.Confidence)
	for name, predicted := range x.Predicted {
		if s.components[name] == nil {
			s.components[name] = &component{}
		}
		s.components[name].predictions.add(predicted)
		if truth, known := x.True[name]; known {
			s.components[name].add(predicted, truth)
		}
	}
	if predicted, ok := x.Predicted[RewardAccuracy]; ok && predicted != 0.5 {
		s.verdicts.Add(predicted > 0.5, x.Outcome)
	}
}

// Report is what a summary says of the completions so far. Rates and means are nil where there is
// nothing to take them of.
type Report struct {
	// N completions were added; Readable of them could be read, and the others are in Invalid.
	N, Readable int
	// Kinds adds up to N, Invalid to N-Readable, Outcomes to N.
	Kinds    map[Kind]int
	Invalid  map[Reason]int
	Outcomes map[feedbackgen.Outcome]int
	// Confidence is over all that could be read, whether anybody could judge the answer or not.
	Confidence ConfidenceReport
	// Verdicts takes a predicted accuracy above 1/2 for the verdict "right", one below for "wrong", and
	// 1/2 for none.
	Verdicts Verdicts
	// Components has the predicted rewards by name.
	Components map[string]ComponentReport
	Alarms     []Alarm
}

// ConfidenceReport is how far stated confidences differ from each other.
type ConfidenceReport struct {
	N int
	// Distinct counts the different ones, rounded to 0.0001.
	Distinct int
	// Commonest is the one that occurs most often (of several, the lowest), rounded to 0.0001, and
	// ConstantShare its share.
	Commonest, ConstantShare *float64
	// Mean, and StdDev of the population.
	Mean, StdDev *float64
}

// ComponentReport is how well one reward is predicted.
type ComponentReport struct {
	// Predictions are all that could be read.
	Predictions ConfidenceReport
	// N of them have a known truth. What follows is over these.
	N int
	// Exact is the share of predictions that are the truth.
	Exact *float64
	// AbsoluteError is the mean of |p-t|, and Brier that of (p-t)^2.
	AbsoluteError, Brier *float64
	// OverClaim is the share of predictions above 1/2 among the True0 whose truth is 0, and UnderClaim
	// that of predictions below 1/2 among the True1 whose truth is 1.
	OverClaim, UnderClaim *float64
	True0, True1          int
}

// Report says what was seen so far.
func (s *Summary) Report() Report {
	r := Report{
		N: s.n, Readable: s.confidence.n,
		Kinds: maps.Clone(s.kinds), Invalid: maps.Clone(s.invalid), Outcomes: maps.Clone(s.outcomes),
		Confidence: s.confidence.report(),
		Verdicts:   s.verdicts,
		Components: make(map[string]ComponentReport, len(s.components)),
	}
	for name, c := range s.components {
		r.Components[name] = c.report()
	}
	r.Alarms = append(confidenceAlarm(r.Confidence), verdictAlarm(r.Verdicts)...)
	return r
}

// component adds up one reward's predictions.
type component struct {
	predictions               spread
	n, exact                  int
	absolute, squared         float64
	true0, true1, over, under int
}

func (c *component) add(predicted, truth float64) {
	c.n++
	d := predicted - truth
	if math.Abs(d) <= agreement {
		c.exact++
	}
	c.absolute += math.Abs(d)
	c.squared += d * d
	switch truth {
	case 0:
		c.true0++
		c.over += int(indicator(predicted > 0.5))
	case 1:
		c.true1++
		c.under += int(indicator(predicted < 0.5))
	}
}

func (c *component) report() ComponentReport {
	return ComponentReport{
		Predictions: c.predictions.report(), N: c.n,
		Exact: ratio(float64(c.exact), c.n), AbsoluteError: ratio(c.absolute, c.n), Brier: ratio(c.squared, c.n),
		OverClaim: ratio(float64(c.over), c.true0), UnderClaim: ratio(float64(c.under), c.true1),
		True0: c.true0, True1: c.true1,
	}
}

// spread adds up numbers in [0, 1]. Its moments are Welford's, which do not cancel.
type spread struct {
	n              int
	mean, deviance float64
	counts         map[int]int
}

func (s *spread) add(x float64) {
	if s.counts == nil {
		s.counts = map[int]int{}
	}
	s.n++
	d := x - s.mean
	s.mean += d / float64(s.n)
	s.deviance += d * (x - s.mean)
	s.counts[int(math.Round(x/resolution))]++
}

func (s *spread) report() ConfidenceReport {
	r := ConfidenceReport{N: s.n, Distinct: len(s.counts)}
	if s.n == 0 {
		return r
	}
	cell, most := 0, 0
	for c, n := range s.counts {
		if n > most || n == most && c < cell {
			cell, most = c, n
		}
	}
	r.Commonest, r.ConstantShare = new(float64(cell)*resolution), ratio(float64(most), s.n)
	r.Mean, r.StdDev = new(s.mean), new(math.Sqrt(s.deviance/float64(s.n)))
	return r
}

func ratio(sum float64, n int) *float64 {
	if n == 0 {
		return nil
	}
	return new(sum / float64(n))
}
