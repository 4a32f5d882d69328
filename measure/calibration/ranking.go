package calibration

import "iter"

// AUROC is the chance that a right answer was given with more confidence than a wrong one, ties
// counted half (Mann and Whitney 1947): 0.5 is no idea. It is undefined unless there are both.
func AUROC(pairs []Pair) (float64, bool) {
	below, wins := 0.0, 0.0 // wrong answers seen so far; pairs of a right and a wrong one in order
	right := 0.0
	for group := range runs(byConfidence(pairs)) {
		r, w := split(group)
		wins += r * (below + w/2)
		below += w
		right += r
	}
	if right == 0 || below == 0 {
		return 0, false
	}
	return wins / (right * below), true
}

// AURC is the area under the risk-coverage curve (arXiv:1805.08206): answers are taken in falling
// order of confidence, and the share of wrong ones among the first i is averaged over i = 1 to n. 0
// is best; the accuracy bounds it. Among equal confidences the order is open, and the expectation
// over all orders is taken, so the result does not depend on the order of the pairs.
func AURC(pairs []Pair) (float64, bool) {
	if len(pairs) == 0 {
		return 0, false
	}
	sorted := byConfidence(pairs)
	// Groups from the most confident one.
	var groups [][]Pair
	for group := range runs(sorted) {
		groups = append(groups, group)
	}
	seen, wrong, area := 0, 0.0, 0.0
	for g := len(groups) - 1; g >= 0; g-- {
		_, w := split(groups[g])
		size := float64(len(groups[g]))
		for i := 1; i <= len(groups[g]); i++ {
			area += (wrong + w*float64(i)/size) / float64(seen+i)
		}
		seen += len(groups[g])
		wrong += w
	}
	return area / float64(len(pairs)), true
}

// runs yields stretches of equal confidence of sorted pairs.
func runs(sorted []Pair) iter.Seq[[]Pair] {
	return func(yield func([]Pair) bool) {
		for start := 0; start < len(sorted); {
			end := start + 1
			for end < len(sorted) && sorted[end].Confidence == sorted[start].Confidence {
				end++
			}
			if !yield(sorted[start:end]) {
				return
			}
			start = end
		}
	}
}

// split counts right and wrong answers.
func split(pairs []Pair) (right, wrong float64) {
	for _, p := range pairs {
		right += p.outcome()
	}
	return right, float64(len(pairs)) - right
}
