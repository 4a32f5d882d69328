package sparsity

// Overlap is how far two updates, A and B, of one base changed the same floating-point weights.
type Overlap struct {
	// Tolerance is [ToleranceBF16], the largest update that counts as none.
	Tolerance float64 `json:"tolerance"`
	Elements  int64   `json:"elements"`
	ChangedA  int64   `json:"changed_a"`
	ChangedB  int64   `json:"changed_b"`
	Both      int64   `json:"both"`
	// ShareOfA is Both of ChangedA; ChanceOfA is what it would be if B chose its weights at random,
	// the density of B: ChangedB of Elements. ShareOfB and ChanceOfB likewise (arXiv:2505.11711, o1,
	// o2 and their random baseline). All are in [0, 1], and null without anything to divide by.
	ShareOfA  *float64 `json:"share_of_a"`
	ChanceOfA *float64 `json:"chance_of_a"`
	ShareOfB  *float64 `json:"share_of_b"`
	ChanceOfB *float64 `json:"chance_of_b"`
}

func newOverlap(items []item, tallies []tally) Overlap {
	o := Overlap{Tolerance: ToleranceBF16}
	var sum tally
	for i, it := range items {
		if !it.exact() {
			o.Elements += it.elements()
			sum.add(tallies[i])
		}
	}
	o.ChangedA, o.ChangedB, o.Both = sum.changed[0], sum.changed[1], sum.both
	o.ShareOfA, o.ChanceOfA = ratio(o.Both, o.ChangedA), ratio(o.ChangedB, o.Elements)
	o.ShareOfB, o.ChanceOfB = ratio(o.Both, o.ChangedB), ratio(o.ChangedA, o.Elements)
	return o
}
