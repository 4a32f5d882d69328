package calibration

import (
	"cmp"
	"math"
	"slices"
)

// Bins is the usual number of bins: torchmetrics' default. RLCR (arXiv:2507.16806) uses 10.
const Bins = 15

// Bin is one row of a reliability table.
type Bin struct {
	// Low and High are the bin's edges if the bins are of equal width, and its least and greatest
	// confidence if they are of equal mass.
	Low  float64 `json:"lo"`
	High float64 `json:"hi"`
	N    int     `json:"n"`
	// Confidence and Accuracy are means over the bin; null in an empty one.
	Confidence *float64 `json:"mean_confidence"`
	Accuracy   *float64 `json:"accuracy"`
}

// gap is how far the bin's accuracy is from its confidence; 0 in an empty one.
func (b Bin) gap() float64 {
	if b.N == 0 {
		return 0
	}
	return math.Abs(*b.Accuracy - *b.Confidence)
}

// EqualWidth is the reliability table over bins [i/bins, (i+1)/bins), the last one closed. Empty
// bins are in it. It is nil for less than one bin.
//
// torchmetrics puts confidences of exactly 1 into a bin of their own, and scikit-learn's bins are
// open below and closed above.
func EqualWidth(pairs []Pair, bins int) []Bin {
	if bins < 1 {
		return nil
	}
	sums := make([]sum, bins)
	for _, p := range pairs {
		sums[widthBin(p.Confidence, bins)].add(p)
	}
	table := make([]Bin, bins)
	for i, s := range sums {
		table[i] = s.bin(edge(i, bins), edge(i+1, bins))
	}
	return table
}

func edge(i, bins int) float64 { return float64(i) / float64(bins) }

// widthBin agrees with the printed edges whatever rounding does to confidence*bins.
func widthBin(confidence float64, bins int) int {
	i := min(max(int(confidence*float64(bins)), 0), bins-1)
	switch {
	case i > 0 && confidence < edge(i, bins):
		return i - 1
	case i < bins-1 && confidence >= edge(i+1, bins):
		return i + 1
	}
	return i
}

// EqualMass is the reliability table over bins with as equal numbers of pairs as ties allow: the
// edges are the quantiles i/bins of the confidences, and a confidence belongs to the bin whose upper
// edge is the first that is not below it, as in scikit-learn's calibration_curve with
// strategy="quantile". Equal confidences share a bin, so the table does not depend on the pairs'
// order; bins that are left empty are not in it. It is nil for less than one bin.
func EqualMass(pairs []Pair, bins int) []Bin {
	if bins < 1 || len(pairs) == 0 {
		return nil
	}
	sorted := byConfidence(pairs)
	var table []Bin
	current, low, at := sum{}, sorted[0].Confidence, 0
	for i, p := range sorted {
		// The upper edge of bin number at lies between the order statistics around this rank; no
		// confidence is strictly between those, so the lower one decides, free of rounding.
		next := at
		for next < bins-1 && p.Confidence > sorted[(next+1)*(len(sorted)-1)/bins].Confidence {
			next++
		}
		if next != at && current.n > 0 {
			table = append(table, current.bin(low, sorted[i-1].Confidence))
			current, low = sum{}, p.Confidence
		}
		at = next
		current.add(p)
	}
	return append(table, current.bin(low, sorted[len(sorted)-1].Confidence))
}

func byConfidence(pairs []Pair) []Pair {
	return slices.SortedFunc(slices.Values(pairs), func(a, b Pair) int { return cmp.Compare(a.Confidence, b.Confidence) })
}

// sum gathers the pairs of a bin.
type sum struct {
	n                   int
	confidence, correct float64
}

func (s *sum) add(p Pair) {
	s.n++
	s.confidence += p.Confidence
	s.correct += p.outcome()
}

func (s *sum) bin(low, high float64) Bin {
	b := Bin{Low: low, High: high, N: s.n}
	if s.n > 0 {
		confidence, accuracy := s.confidence/float64(s.n), s.correct/float64(s.n)
		b.Confidence, b.Accuracy = &confidence, &accuracy
	}
	return b
}

// ECE is the expected calibration error of a reliability table, made by [EqualWidth] or [EqualMass]:
// the mean over pairs of |accuracy - mean confidence| of their bin (arXiv:1706.04599, equation 3).
func ECE(table []Bin) (float64, bool) {
	return norm(table, func(gap float64) float64 { return gap })
}

// RMSCE is the root mean square calibration error: as [ECE], with gaps squared, and the root taken.
func RMSCE(table []Bin) (float64, bool) {
	square, ok := norm(table, func(gap float64) float64 { return gap * gap })
	return math.Sqrt(square), ok
}

// MCE is the maximum calibration error: the largest gap of a bin with any pair in it. One pair alone
// in a bin can make it.
func MCE(table []Bin) (float64, bool) {
	largest, n := 0.0, 0
	for _, b := range table {
		largest = max(largest, b.gap())
		n += b.N
	}
	return largest, n > 0
}

func norm(table []Bin, of func(gap float64) float64) (float64, bool) {
	total, n := 0.0, 0
	for _, b := range table {
		total += float64(b.N) * of(b.gap())
		n += b.N
	}
	if n == 0 {
		return 0, false
	}
	return total / float64(n), true
}
