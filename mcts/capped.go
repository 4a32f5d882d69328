package mcts

import (
	"cmp"
	"slices"

	"github.com/feedbackgen/feedbackgen"
)

// capLatest takes out, of the records found since then, those of the least weight that are over the cap;
// of equal ones the later. They were counted as written, under the name, and are now counted apart.
func (r *search) capLatest(name string, since int, weight func(feedbackgen.Record) float64) {
	latest := r.found[since:]
	over := len(latest) - r.cfg.Cap
	r.counts[name+".over_cap"] += int64(max(0, over))
	if over <= 0 {
		return
	}
	r.counts[name+".written"] -= int64(over)
	slices.SortStableFunc(latest, func(a, b finding) int { return cmp.Compare(weight(b.record), weight(a.record)) })
	r.found = r.found[:len(r.found)-over]
}
