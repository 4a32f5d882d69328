// Package preference says whether preferences are right, and what else they prefer: the longer side,
// or the side that came first. A trainer cannot tell such a preference from the one that was meant.
//
// Intervals take problems for independent, not pairs: one problem's pairs share their sides.
package preference

import (
	"math"

	"github.com/feedbackgen/feedbackgen/measure/interval"
)

// Pair is one preference.
type Pair struct {
	// Problem is the problem's id.
	Problem  string `json:"problem"`
	Chosen   Side   `json:"chosen"`
	Rejected Side   `json:"rejected"`
}

// Side is one side of a preference.
type Side struct {
	// Truth is how good the side is by something better than what chose it: a verifier's 1 or 0, the
	// pass rate of fresh rollouts. Nil is unknown.
	Truth *float64 `json:"truth,omitempty"`
	// Length is the completion's, in any one unit; 0 or less is unknown.
	Length int `json:"length,omitempty"`
	// Position is where the side was shown or drawn, the first one having the least; nil is unknown.
	Position *int `json:"position,omitempty"`
}

// Share is the share of pairs that have a property, with its interval.
type Share struct {
	// Hits of Counted pairs have the property. Tied ones cannot have it, Unknown ones lack what it
	// takes to say; neither is counted.
	Hits    int `json:"hits"`
	Counted int `json:"counted"`
	Tied    int `json:"tied"`
	Unknown int `json:"unknown"`
	// Problems have counted pairs.
	Problems int `json:"problems"`
	// Share is null without counted pairs, the interval with less than two such problems.
	Share *float64 `json:"share"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

// Length is what preferences have to do with length.
type Length struct {
	// Longer is the share of pairs whose chosen side is the longer one; 0.5 is no bias.
	Longer Share `json:"chosen_is_longer"`
	// LogRatio is the mean of ln(length of chosen / length of rejected) over pairs whose lengths are
	// known, tied ones too; null without any.
	LogRatio *float64 `json:"mean_log_length_ratio"`
}

// Report is every measure of a set of preferences.
type Report struct {
	Pairs int `json:"pairs"`
	// Accuracy is the share of pairs whose chosen side is truly the better one.
	Accuracy Share  `json:"accuracy"`
	Length   Length `json:"length"`
	// First is the share of pairs whose chosen side came first; 0.5 is no bias.
	First Share `json:"chosen_is_first"`
}

// Measure computes every measure, with intervals at a level such as 0.95.
func Measure(pairs []Pair, level float64) Report {
	return Report{
		Pairs:    len(pairs),
		Accuracy: Accuracy(pairs, level),
		Length:   LengthBias(pairs, level),
		First:    PositionBias(pairs, level),
	}
}

// Accuracy is the share of pairs whose chosen side has the higher truth.
func Accuracy(pairs []Pair, level float64) Share {
	return count(pairs, level, func(p Pair) (difference float64, known bool) {
		if p.Chosen.Truth == nil || p.Rejected.Truth == nil {
			return 0, false
		}
		difference = *p.Chosen.Truth - *p.Rejected.Truth
		return difference, !math.IsNaN(difference)
	})
}

// LengthBias is the share of pairs whose chosen side is longer, and the mean log ratio of lengths.
func LengthBias(pairs []Pair, level float64) Length {
	known := func(p Pair) bool { return p.Chosen.Length > 0 && p.Rejected.Length > 0 }
	l := Length{Longer: count(pairs, level, func(p Pair) (float64, bool) {
		return float64(p.Chosen.Length) - float64(p.Rejected.Length), known(p)
	})}
	sum, n := 0.0, 0
	for _, p := range pairs {
		if known(p) {
			sum += math.Log(float64(p.Chosen.Length)) - math.Log(float64(p.Rejected.Length))
			n++
		}
	}
	if n > 0 {
		mean := sum / float64(n)
		l.LogRatio = &mean
	}
	return l
}

// PositionBias is the share of pairs whose chosen side came first.
func PositionBias(pairs []Pair, level float64) Share {
	return count(pairs, level, func(p Pair) (float64, bool) {
		if p.Chosen.Position == nil || p.Rejected.Position == nil {
			return 0, false
		}
		return float64(*p.Rejected.Position) - float64(*p.Chosen.Position), true
	})
}

// count is the share of pairs for which difference is above 0; at 0 they are tied.
func count(pairs []Pair, level float64, difference func(Pair) (float64, bool)) Share {
	var s Share
	number := map[string]int{}
	var clusters []interval.Cluster
	for _, p := range pairs {
		d, known := difference(p)
		switch {
		case !known:
			s.Unknown++
			continue
		case d == 0:
			s.Tied++
			continue
		}
		i, seen := number[p.Problem]
		if !seen {
			i = len(clusters)
			number[p.Problem] = i
			clusters = append(clusters, interval.Cluster{})
		}
		clusters[i].Total++
		if d > 0 {
			clusters[i].Hits++
			s.Hits++
		}
	}
	s.Problems = len(clusters)
	s.Counted = len(pairs) - s.Unknown - s.Tied
	if s.Counted > 0 {
		share := float64(s.Hits) / float64(s.Counted)
		s.Share = &share
	}
	if by, ok := interval.ByProblem(clusters, level); ok {
		s.Low, s.High = &by.Low, &by.High
	}
	return s
}
