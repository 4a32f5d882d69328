package diversity

import "math"

// Classes is how evenly items fall into classes, such as completions into answers or formats. A nil
// pointer, null in JSON, is undefined.
type Classes struct {
	// Items is their number, and Distinct the number of classes that have at least one.
	Items    int `json:"items"`
	Distinct int `json:"distinct"`
	// Entropy is H = -sum p log p of the shares, in nats, from 0 to log K; undefined without items. It
	// is the plug-in estimate, which is low by about (Distinct-1)/(2 Items).
	Entropy *float64 `json:"entropy"`
	// Normalised is H / log K, in [0, 1], where K is the number of classes there could be; undefined
	// without items and for K < 2.
	Normalised *float64 `json:"normalised_entropy"`
	// Effective is exp(H): as many equally large classes would have this entropy.
	Effective *float64 `json:"effective_classes"`
	// Top is the share of the largest class, in (0, 1].
	Top *float64 `json:"top_share"`
}

// OfCounts measures the items of each class; K is the number of counts, those of 0 among them, so
// that a class that has died out still weighs in H / log K. A count below 0 is taken as 0.
func OfCounts(counts []int) Classes {
	var c Classes
	top := 0
	for _, n := range counts {
		if n > 0 {
			c.Items, c.Distinct, top = c.Items+n, c.Distinct+1, max(top, n)
		}
	}
	if c.Items == 0 {
		return c
	}
	entropy := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(c.Items)
			entropy -= p * math.Log(p)
		}
	}
	entropy = max(entropy, 0) // one class is 0, not -0
	c.Entropy = &entropy
	c.Normalised = defined(entropy/math.Log(float64(len(counts))), len(counts) > 1)
	c.Effective = defined(math.Exp(entropy), true)
	c.Top = defined(float64(top)/float64(c.Items), true)
	return c
}

// OfAnswers measures final answers, each a class of its own, compared byte for byte: put them into
// one form first. K is the number of different ones. Answers that could not be parsed are none: leave
// them out.
func OfAnswers(answers []string) Classes {
	numbers := map[string]int32{}
	var counts []int
	for _, answer := range answers {
		n := number(numbers, answer)
		if int(n) == len(counts) {
			counts = append(counts, 0)
		}
		counts[n]++
	}
	return OfCounts(counts)
}
