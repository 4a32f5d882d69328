package calibration

// Decomposition is the Brier score in parts (Murphy 1973): Brier = Reliability - Resolution +
// Uncertainty + Residual.
type Decomposition struct {
	Brier float64 `json:"brier"`
	// Reliability is how far groups' accuracy is from their confidence, squared; 0 is calibrated.
	Reliability float64 `json:"reliability"`
	// Resolution is how far groups' accuracy is from the overall one, squared: what confidence tells
	// about answers. The constant forecast has none.
	Resolution float64 `json:"resolution"`
	// Uncertainty is accuracy * (1 - accuracy): the Brier score of always saying the accuracy.
	Uncertainty float64 `json:"uncertainty"`
	// Residual is what differences of confidence within a group contribute; 0 where Exact.
	Residual float64 `json:"residual"`
	// Groups have pairs in them. Exact says that each holds one confidence only.
	Groups int  `json:"groups"`
	Exact  bool `json:"exact"`
}

// Murphy decomposes the Brier score. Pairs are grouped by distinct confidence where these are at
// most bins, which is exact; otherwise by equal-width bins, and the residual is reported. It is
// undefined without pairs and for less than one bin.
func Murphy(pairs []Pair, bins int) (Decomposition, bool) {
	brier, ok := Brier(pairs)
	if !ok || bins < 1 {
		return Decomposition{}, false
	}
	accuracy, _ := Accuracy(pairs)
	d := Decomposition{Brier: brier, Uncertainty: accuracy * (1 - accuracy)}
	groups := distinct(pairs)
	d.Exact = len(groups) <= bins
	if !d.Exact {
		groups = EqualWidth(pairs, bins)
	}
	for _, g := range groups {
		if g.N == 0 {
			continue
		}
		d.Groups++
		weight := float64(g.N) / float64(len(pairs))
		d.Reliability += weight * g.gap() * g.gap()
		d.Resolution += weight * (*g.Accuracy - accuracy) * (*g.Accuracy - accuracy)
	}
	if !d.Exact {
		d.Residual = brier - (d.Reliability - d.Resolution + d.Uncertainty)
	}
	return d, true
}

// distinct groups pairs by confidence, in rising order.
func distinct(pairs []Pair) []Bin {
	var groups []Bin
	for group := range runs(byConfidence(pairs)) {
		at := group[0].Confidence
		s := sum{}
		for _, p := range group {
			s.add(p)
		}
		b := s.bin(at, at)
		b.Confidence = &at // not the mean of equal numbers, which rounding may move
		groups = append(groups, b)
	}
	return groups
}
