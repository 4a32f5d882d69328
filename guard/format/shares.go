package format

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/stat"

	"github.com/feedbackgen/feedbackgen"
)

// Observation is one completion, as far as formats go.
type Observation struct {
	// Prompt is the id of the problem.
	Prompt string
	// Class is the index that [Model.Classify] gave.
	Class int
	// Outcome is empty if unknown.
	Outcome feedbackgen.Outcome
}

// Summary says how formats are spread.
type Summary struct {
	// N is the number of completions.
	N int `json:"n"`
	// Classes are in the model's order, other at last.
	Classes []ClassSummary `json:"classes"`
	// Entropy is H of the shares, other among them, in nats.
	Entropy float64 `json:"entropy_nats"`
	// Evenness is H/log K, from 0 to 1, over the model's K classes without other, which is a class only
	// in name; nil if K is 1, which can be neither even nor uneven, or if all completions are other.
	Evenness *float64 `json:"evenness"`
	// Effective is exp(H), the effective number of classes, at least 1.
	Effective float64 `json:"effective"`
	// Top is the most frequent class's index, the first of equals, and TopShare its share.
	Top      int     `json:"top"`
	TopShare float64 `json:"top_share"`
	// Drift is the Jensen-Shannon divergence of base shares and shares, in bits: 0 to 1.
	Drift float64 `json:"drift_bits"`
}

// ClassSummary is one class's part.
type ClassSummary struct {
	Name  string  `json:"name"`
	Count int     `json:"count"`
	Share float64 `json:"share"`
	// BaseShare is the base policy's.
	BaseShare float64 `json:"base_share"`
	// Right of Judged were right. Those that are invalid, or that nobody could judge, are in neither;
	// 0 of 0 is no accuracy at all.
	Right  int `json:"right"`
	Judged int `json:"judged"`
}

var (
	errNothing = errors.New("there are no completions")
	errClass   = errors.New("a completion is of a class that the model does not have")
)

// Summarise compares completions with the model's base. It is undefined for none, and for classes
// outside the model.
func Summarise(m Model, observed []Observation) (Summary, error) {
	counts := make([]int, m.Size())
	s := Summary{N: len(observed), Classes: make([]ClassSummary, m.Size())}
	for _, o := range observed {
		if o.Class < 0 || o.Class > m.Other() {
			return Summary{}, feedbackgen.BadInput("formats", errClass, "classify with the model that summarises")
		}
		counts[o.Class]++
		c := &s.Classes[o.Class]
		if o.Outcome.IsLabel() {
			c.Judged++
		}
		if o.Outcome == feedbackgen.Pass {
			c.Right++
		}
	}
	shares, some := Shares(counts)
	base, known := Shares(m.Counts())
	if !some || !known {
		return Summary{}, feedbackgen.BadInput("formats", errNothing, "there is nothing to summarise or to compare with")
	}
	for i, name := range m.Names() {
		c := &s.Classes[i]
		c.Name, c.Count, c.Share, c.BaseShare = name, counts[i], shares[i], base[i]
		if c.Share > s.TopShare {
			s.Top, s.TopShare = i, c.Share
		}
	}
	s.Entropy = stat.Entropy(shares)
	s.Effective = math.Exp(s.Entropy)
	if named, some := Shares(counts[:m.Other()]); some && len(named) > 1 {
		evenness := stat.Entropy(named) / math.Log(float64(len(named)))
		s.Evenness = &evenness
	}
	s.Drift = Drift(base, shares)
	return s, nil
}

// Shares are the counts as shares; not ok for no counts at all.
func Shares(counts []int) (shares []float64, ok bool) {
	total := 0
	for _, n := range counts {
		total += n
	}
	if total == 0 {
		return nil, false
	}
	shares = make([]float64, len(counts))
	for i, n := range counts {
		shares[i] = float64(n) / float64(total)
	}
	return shares, true
}

// Drift is the Jensen-Shannon divergence of two lists of shares, in bits: 0 for equal ones, 1 for
// those that have no class in common. The lists are equally long.
func Drift(p, q []float64) float64 {
	// Rounding may leave a hair below 0.
	return max(0, stat.JensenShannon(p, q)/math.Ln2)
}
