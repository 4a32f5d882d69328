package replay

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/feedbackgen/feedbackgen"
)

// tally counts what became of the draws of one candidate on one probe.
type tally struct{ passed, failed, invalid, abstained, errors int }

func (t *tally) add(outcome feedbackgen.Outcome) {
	switch outcome {
	case feedbackgen.Pass:
		t.passed++
	case feedbackgen.Fail:
		t.failed++
	case feedbackgen.Invalid:
		t.invalid++
	case feedbackgen.Abstain:
		t.abstained++
	case feedbackgen.Error:
		t.errors++
	}
}

func (t *tally) plus(o tally) {
	t.passed += o.passed
	t.failed += o.failed
	t.invalid += o.invalid
	t.abstained += o.abstained
	t.errors += o.errors
}

// rate is the share of passes among the labels; undefined without any.
func (t tally) rate() (float64, bool) {
	n := t.passed + t.failed
	return float64(t.passed) / float64(n), n > 0
}

// Difference is how much more a candidate does than the incumbent, over what both were observed on.
type Difference struct {
	// Mean is over units, each counted equally; units are probes, or draws where Of says so.
	Mean float64 `json:"mean"`
	// Low and High are Mean -+ t * standard error, where t is the quantile of Student's t with Units-1
	// degrees of freedom at the tail probability of z. The standard error is at least 1/Units: what it
	// is if one unit differs by 1 and the others not at all. So a handful of equal probes proves nothing.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Units is how many there are; with less than 2, all of the above is undefined and 0.
	Units int `json:"units"`
}

// paired compares pass rates probe by probe, over the probes on which both have labels. The probe is
// the unit, because draws of one probe resemble each other, and because a gain must hold for tasks
// that are not among the probes.
func paired(candidate, incumbent []tally, z float64) Difference {
	var gains []float64
	for i := range candidate {
		a, okA := candidate[i].rate()
		b, okB := incumbent[i].rate()
		if okA && okB {
			gains = append(gains, a-b)
		}
	}
	return differ(gains, z)
}

// unparsed compares the shares of invalid draws among those that came back, probe by probe.
func unparsed(candidate, incumbent []tally, z float64) Difference {
	share := func(t tally) (float64, bool) {
		n := t.passed + t.failed + t.invalid + t.abstained
		return float64(t.invalid) / float64(n), n > 0
	}
	var gains []float64
	for i := range candidate {
		a, okA := share(candidate[i])
		b, okB := share(incumbent[i])
		if okA && okB {
			gains = append(gains, a-b)
		}
	}
	return differ(gains, z)
}

func differ(gains []float64, z float64) Difference {
	m := float64(len(gains))
	if m < 2 {
		return Difference{Units: len(gains)}
	}
	mean, squares := 0.0, 0.0
	for _, g := range gains {
		mean += g / m
	}
	for _, g := range gains {
		squares += (g - mean) * (g - mean)
	}
	deviation := max(math.Sqrt(squares/(m-1)/m), 1/m)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: m - 1}.Quantile(distuv.UnitNormal.CDF(z))
	return Difference{Mean: mean, Low: mean - t*deviation, High: mean + t*deviation, Units: len(gains)}
}
