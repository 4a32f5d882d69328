package calibration

import (
	"cmp"
	"slices"
)

// FitIsotonic fits the rising function with the least weighted squared error, by pooling adjacent
// violators (Ayer and others 1955). Samples of one score are pooled first, so that it gets one value
// (the "secondary" treatment of ties), as scikit-learn's IsotonicRegression does. It needs at least
// one sample; below a few hundred it follows noise.
func FitIsotonic(samples []Sample) (Isotonic, error) {
	if err := checkSamples(samples); err != nil {
		return Isotonic{}, err
	}
	return knots(pool(levels(samples))), nil
}

// level is a stretch of scores that share a value.
type level struct {
	first, last    float64 // scores
	weight, passes float64
}

func (l level) value() float64 { return l.passes / l.weight }

// levels has one level for each score, in rising order.
func levels(samples []Sample) []level {
	sorted := slices.SortedStableFunc(slices.Values(samples), func(a, b Sample) int { return cmp.Compare(a.Score, b.Score) })
	var all []level
	for _, s := range sorted {
		if len(all) == 0 || all[len(all)-1].last != s.Score {
			all = append(all, level{first: s.Score, last: s.Score})
		}
		l := &all[len(all)-1]
		l.weight += s.Weight
		if s.Correct {
			l.passes += s.Weight
		}
	}
	return all
}

// pool merges levels until their values rise strictly.
func pool(levels []level) []level {
	var rising []level
	for _, l := range levels {
		for len(rising) > 0 && rising[len(rising)-1].value() >= l.value() {
			below := rising[len(rising)-1]
			rising = rising[:len(rising)-1]
			l = level{below.first, l.last, below.weight + l.weight, below.passes + l.passes}
		}
		rising = append(rising, l)
	}
	return rising
}

// knots puts one at each end of each level.
func knots(levels []level) Isotonic {
	var f Isotonic
	for _, l := range levels {
		f.Scores, f.Values = append(f.Scores, l.first), append(f.Values, l.value())
		if l.last != l.first {
			f.Scores, f.Values = append(f.Scores, l.last), append(f.Values, l.value())
		}
	}
	return f
}
