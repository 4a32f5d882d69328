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
func (r *search) firstWrong(id nodeID, posteriors []posterior) bool {
	n := &r.tree.nodes[id]
	if r.tree.nodes[n.parent].passes == 0 || n.passes > 0 {
		return false
	}
	if n.terminal {
		return n.outcome == feedbackgen.Fail
	}
	return int(n.own().rollouts) >= r.cfg.MinRollouts && posteriors[id].mean() <= doubtful
}

// firstWrongPairs pairs first wrong steps with the right sibling that is most surely better (Step-DPO,
// arXiv:2406.18629), as far as they pass the gate of step pairs. Those that a sibling pair rejects
// already are left out, so what is added are wrong steps whose right siblings stand in other pairs; a
// right one may stand in several here. The surest come first, as many as the cap allows.
func (r *search) firstWrongPairs(ctx context.Context, posteriors []posterior) error {
	t := r.tree
	paired := r.rejected()
	var found []candidate
	for id := range t.nodes {
		if t.nodes[id].passes == 0 {
			continue
		}
		children := r.eligible(t.nodes[id].children)
		for _, wrong := range children {
			if !r.firstWrong(wrong, posteriors) {
				continue
			}
			r.counts["first_wrong_steps"]++
			if t.nodes[wrong].firstFail < 0 {
				r.counts["first_wrong_steps.no_ending"]++
				continue
			}
			if paired[t.path(wrong)] {
				r.counts["first_wrong_steps.in_step_pair"]++
				continue
			}
			if best := r.surest(children, wrong, posteriors); best.chosen == none {
				r.counts["first_wrong_steps.no_better_sibling"]++
			} else {
				found = append(found, best)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(b.probability, a.probability) })
	written := found[:min(len(found), r.cfg.Cap)]
	r.counts["first_wrong_steps.written"] += int64(len(written))
	r.counts["first_wrong_steps.over_cap"] += int64(len(found) - len(written))
	for _, c := range written {
		parent := t.nodes[c.chosen].parent
		record, err := r.siblingPair(ctx, parent, c, posteriors)
		if err != nil {
			return err
		}
		record.Feedback.Type = feedbackgen.FirstWrongPair
		r.find(parent, record)
	}
	return nil
}

// surest is the step's pair with the sibling that most probably is better, if one passes the gate; its
// chosen is none else.
func (r *search) surest(siblings []nodeID, wrong nodeID, posteriors []posterior) candidate {
	best := candidate{chosen: none, rejected: wrong}
	for _, id := range siblings {
		n := &r.tree.nodes[id]
		if n.firstPass < 0 || hopeless(posteriors[id], posteriors[wrong]) || alike(n.step, r.tree.nodes[wrong].step) {
			continue
		}
		if p := better(posteriors[id], posteriors[wrong]); p >= r.cfg.MinProbability && p > best.probability {
			best.chosen, best.probability = id, p
		}
	}
	return best
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
