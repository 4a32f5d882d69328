package mcts

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"github.com/feedbackgen/feedbackgen"
)

// credible is how much of a posterior lies between its ends as values tell them.
const credible = 0.95

// values writes what partial solutions are worth, those of the most draws of the policy's own first, as
// many as the cap allows. Which states a search draws from is its own choice; what it says of one is
// not. Finished solutions are left out: their value is their outcome, which groups hold.
func (r *search) values() {
	t := r.tree
	var known []nodeID
	for id := range t.nodes {
		n := &t.nodes[id]
		if n.terminal {
			continue
		}
		r.counts["values"]++
		if int(n.own().rollouts) < r.cfg.MinRollouts {
			r.counts["values.few_rollouts"]++
			continue
		}
		known = append(known, nodeID(id))
	}
	slices.SortStableFunc(known, func(a, b nodeID) int {
		return cmp.Compare(t.nodes[b].own().rollouts, t.nodes[a].own().rollouts)
	})
	written := known[:min(len(known), r.cfg.Cap)]
	r.counts["values.written"] += int64(len(written))
	r.counts["values.over_cap"] += int64(len(known) - len(written))
	for _, id := range written {
		r.find(id, r.value(id, r.stated[id]))
	}
}

func (r *search) value(id nodeID, p posterior) feedbackgen.Value {
	n := &r.tree.nodes[id]
	own := n.own()
	provenance := r.provenance(id)
	for _, first := range []int32{n.firstPass, n.firstFail} {
		if first >= 0 && id != root && r.tree.rollouts[first].Thinking != "" {
			provenance.OffPolicy = true // the prefix lacks the reasoning that it was drawn after
		}
	}
	return feedbackgen.Value{
		Prompt: feedbackgen.Conversation(r.messages...), Prefix: r.tree.text(id), Target: feedbackgen.Real(p.mean()),
		Feedback: feedbackgen.ValueFeedback{
			Provenance: provenance,
			Low:        feedbackgen.Real(min(p.mean(), p.quantile((1-credible)/2))), High: feedbackgen.Real(max(p.mean(), p.quantile((1+credible)/2))),
			Passes: int(own.passes), Rollouts: int(own.rollouts), Visits: int(n.visits), Depth: int(n.depth),
			TokenProbability: feedbackgen.Real(n.prior),
		},
	}
}

// quantile is the value that the posterior lies below with probability q, which is between 0 and 1.
func (p posterior) quantile(q float64) float64 {
	if p.certain {
		return p.a
	}
	return mathext.InvRegIncBeta(p.a, p.b, q)
}
