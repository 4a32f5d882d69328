package mcts

import (
	"cmp"
	"context"
	"slices"

	"github.com/feedbackgen/feedbackgen"
)

// firstWrong reports whether a step is shown to be the first wrong one of the solutions through it: none
// of them ended right, and enough were drawn for its value to be low, while some ended right from what
// comes before it. So it is the first step that stepwise labels call wrong.
func (r *search) firstWrong(id nodeID) bool {
	n := &r.tree.nodes[id]
	if r.tree.nodes[n.parent].passes == 0 || n.passes > 0 {
		return false
	}
	if n.terminal {
		return n.outcome == feedbackgen.Fail
	}
	return int(n.own().rollouts) >= r.cfg.MinRollouts && r.stated[id].mean() <= doubtful
}

// firstWrongPairs pairs first wrong steps with the right sibling that is most surely better (Step-DPO,
// arXiv:2406.18629), as far as they pass the gate of step pairs. Sibling pairs hold most of them already;
// what is added are wrong steps that could have none because their right siblings stand in other pairs,
// out of the pairs that overlap. A right step may stand in several here. The surest come first, as many
// as the cap allows. gated are the steps that a sibling pair rejected before the cap on those.
func (r *search) firstWrongPairs(ctx context.Context, overlapping []candidate, gated map[string]bool) error {
	t := r.tree
	surest := map[nodeID]candidate{} // by the rejected step
	for _, c := range overlapping {  // of one parent, the surest first
		_, seen := surest[c.rejected]
		if !seen && t.nodes[c.chosen].firstPass >= 0 && !alike(t.nodes[c.chosen].step, t.nodes[c.rejected].step) {
			surest[c.rejected] = c
		}
	}
	paired := r.rejected()
	var found []candidate
	for id := range t.nodes {
		wrong := nodeID(id)
		if wrong == root || !r.firstWrong(wrong) {
			continue
		}
		r.counts["first_wrong_steps"]++
		c, ok := surest[wrong]
		switch {
		case paired[t.path(wrong)]:
			r.counts["first_wrong_steps.in_step_pair"]++
		case gated[t.path(wrong)]:
			r.counts["first_wrong_steps.over_cap"]++
		case t.nodes[wrong].firstFail < 0:
			r.counts["first_wrong_steps.no_ending"]++
		case !ok:
			r.counts["first_wrong_steps.no_better_sibling"]++
		default:
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(b.probability, a.probability) })
	written := found[:min(len(found), r.cfg.Cap)]
	r.counts["first_wrong_steps.written"] += int64(len(written))
	r.counts["first_wrong_steps.over_cap"] += int64(len(found) - len(written))
	for _, c := range written {
		parent := t.nodes[c.chosen].parent
		record, err := r.siblingPair(ctx, parent, c)
		if err != nil {
			return err
		}
		record.Feedback.Type = feedbackgen.FirstWrongPair
		r.find(parent, record)
	}
	return nil
}

// rejected are the paths of the steps that a sibling pair rejects.
func (r *search) rejected() map[string]bool {
	paths := map[string]bool{}
	for _, f := range r.found {
		if p, ok := f.record.(feedbackgen.Preference); ok && p.Feedback.Type == feedbackgen.SiblingPair {
			paths[p.Feedback.Rejected.Node] = true
		}
	}
	return paths
}
