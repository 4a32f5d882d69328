// Package agreement says whether two judges agree beyond chance, whether several do, and what a
// judge's mistakes do to a rate that it measured.
package agreement

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/feedbackgen/feedbackgen"
)

// Cohen is the agreement of two judges on the same items.
type Cohen struct {
	N int `json:"n"`
	// Observed is the share of items on which both say the same; Expected is that share if they
	// spoke independently, each with his own frequencies.
	Observed float64 `json:"observed"`
	Expected float64 `json:"expected"`
	// Kappa is (Observed - Expected) / (1 - Expected), in [-1, 1]; null where both always say one and
	// the same.
	Kappa *float64 `json:"kappa"`
	// Low and High are null too where the large-sample variance is 0, as it is where the judges agree
	// on every item: it does not mean that nothing is uncertain.
	Low  *float64 `json:"kappa_low"`
	High *float64 `json:"kappa_high"`
	// PABAK is kappa adjusted for prevalence and bias, (categories*Observed - 1)/(categories - 1):
	// where one label is rare, kappa is low even if the judges hardly ever differ, and PABAK is not.
	PABAK float64 `json:"pabak"`
}

// Kappa is Cohen's kappa (1960) of two judges' labels, item by item, with the large-sample interval
// of Fleiss, Cohen and Everitt (1969, equation 13) cut at -1 and 1, and PABAK (Byrt and others 1993)
// for the given number of categories, which is 2 for right and wrong. Leave out items that one of
// them did not judge. It fails without items, for lists of different lengths, if there are more
// labels than categories, and for a level outside (0, 1).
func Kappa[L comparable](a, b []L, categories int, level float64) (Cohen, error) {
	counts := newTable(a, b)
	var cause error
	switch {
	case len(a) != len(b):
		cause = errors.New("the judges have different numbers of labels")
	case len(a) == 0:
		cause = errors.New("there are no items")
	case categories < 2 || len(counts.rows) > categories:
		cause = errors.New("there are more labels than categories, or less than two categories")
	case !(0 < level && level < 1):
		cause = errors.New("the level is not between 0 and 1")
	}
	if cause != nil {
		return Cohen{}, &feedbackgen.Failure{Op: "measure kappa", Cause: cause, Kind: feedbackgen.ErrInput}
	}
	observed, expected := counts.agreement()
	c := Cohen{N: len(a), Observed: observed, Expected: expected}
	c.PABAK = (float64(categories)*observed - 1) / float64(categories-1)
	if len(counts.rows) == 1 { // Expected is 1
		return c, nil
	}
	kappa := (observed - expected) / (1 - expected)
	c.Kappa = &kappa
	if variance := counts.variance(kappa); variance > 1e-12 { // rounding leaves 1e-16 of 0
		deviation := math.Sqrt(variance/float64(len(a))) / (1 - expected)
		half := distuv.UnitNormal.Quantile((1+level)/2) * deviation
		low, high := max(-1, kappa-half), min(1, kappa+half)
		c.Low, c.High = &low, &high
	}
	return c, nil
}

// table counts items by both judges' labels, numbered in order of appearance.
type table struct {
	n             float64
	cells         [][]float64
	rows, columns []float64 // sums of cells: each judge's own counts
}

func newTable[L comparable](a, b []L) table {
	n := min(len(a), len(b))
	number := map[L]int{}
	for _, labels := range [2][]L{a, b} {
		for _, label := range labels {
			if _, seen := number[label]; !seen {
				number[label] = len(number)
			}
		}
	}
	t := table{n: float64(n), rows: make([]float64, len(number)), columns: make([]float64, len(number))}
	t.cells = make([][]float64, len(number))
	for i := range t.cells {
		t.cells[i] = make([]float64, len(number))
	}
	for k := range n {
		i, j := number[a[k]], number[b[k]]
		t.cells[i][j]++
		t.rows[i]++
		t.columns[j]++
	}
	return t
}

// agreement is observed and expected agreement. The sums are of whole numbers, so full agreement is
// exactly 1.
func (t table) agreement() (observed, expected float64) {
	for i := range t.cells {
		observed += t.cells[i][i]
		expected += t.rows[i] * t.columns[i]
	}
	return observed / t.n, expected / (t.n * t.n)
}

// variance is the numerator of kappa's variance, for one item.
func (t table) variance(kappa float64) float64 {
	_, expected := t.agreement()
	same, different := 0.0, 0.0
	for i, row := range t.cells {
		for j, count := range row {
			if i == j {
				off := 1 - (t.rows[i]+t.columns[i])/t.n*(1-kappa)
				same += count / t.n * off * off
			} else {
				off := (t.columns[i] + t.rows[j]) / t.n
				different += count / t.n * off * off
			}
		}
	}
	off := kappa - expected*(1-kappa)
	return same + (1-kappa)*(1-kappa)*different - off*off
}
