package agreement

// Alpha is Krippendorff's alpha for nominal labels (2011, "Computing Krippendorff's
// Alpha-Reliability"): 1 is full agreement, 0 is chance, below 0 is systematic disagreement. Each
// unit holds the labels that it got, by whichever judges, in any order; a missing one is simply not
// there. Units with less than two labels say nothing and are left out. It is undefined unless there
// is a unit with two labels, and at least two different labels in such units.
func Alpha[L comparable](units [][]L) (float64, bool) {
	totals := map[L]float64{}
	n, disagreement := 0.0, 0.0
	for _, unit := range units {
		if len(unit) < 2 {
			continue
		}
		counts := map[L]float64{}
		for _, label := range unit {
			counts[label]++
			totals[label]++
		}
		size := float64(len(unit))
		n += size
		disagreement += (size*size - squares(counts)) / (size - 1)
	}
	expected := n*n - squares(totals)
	if expected == 0 {
		return 0, false
	}
	return 1 - (n-1)*disagreement/expected, true
}

// squares is exact, and so does not depend on the map's order: the counts are whole.
func squares[L comparable](counts map[L]float64) float64 {
	total := 0.0
	for _, count := range counts {
		total += count * count
	}
	return total
}

// AlphaInterval is Krippendorff's alpha for numbers, such as grades or confidences: a disagreement
// counts by the squared difference. Units are as in [Alpha]; it is undefined unless there is a unit
// with two numbers, and at least two different numbers in such units.
func AlphaInterval(units [][]float64) (float64, bool) {
	var all []float64
	within := 0.0
	for _, unit := range units {
		if len(unit) < 2 {
			continue
		}
		all = append(all, unit...)
		within += spread(unit) * float64(len(unit)) / float64(len(unit)-1)
	}
	if len(all) == 0 {
		return 0, false
	}
	overall := spread(all)
	if overall == 0 {
		return 0, false
	}
	return 1 - within*float64(len(all)-1)/(overall*float64(len(all))), true
}

// spread is the sum of squared differences from the mean, which is that of all pairs' squared
// differences divided by their number. It is exactly 0 if all are equal.
func spread(values []float64) float64 {
	first, mean := values[0], 0.0
	for _, v := range values {
		mean += (v - first) / float64(len(values))
	}
	total := 0.0
	for _, v := range values {
		total += (v - first - mean) * (v - first - mean)
	}
	return total
}
