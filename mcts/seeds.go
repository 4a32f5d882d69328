package mcts

import "github.com/feedbackgen/feedbackgen"

// correctionSeeds writes wrong solutions of the whole problem, each beside a right one that shares the
// longest beginning with it: states to sample corrections from.
func (r *search) correctionSeeds(wrong []int32, posteriors []posterior) {
	r.counts["correction_seeds"] += int64(len(wrong))
	written := 0
	for _, index := range wrong {
		attempt, sibling, what := r.parting(index)
		if what == "written" && written == r.cfg.Cap {
			what = "over_cap"
		}
		r.counts["correction_seeds."+what]++
		if what == "written" {
			written++
			r.find(r.tree.nodes[attempt].parent, r.correctionSeed(index, attempt, sibling, posteriors))
		}
	}
}

// parting is where a wrong solution parts from the right one that is nearest: the step of each. If there is
// none, or the parting says nothing, what says so.
func (r *search) parting(wrong int32) (attempt, sibling nodeID, what string) {
	t := r.tree
	if t.rollouts[wrong].variant {
		return none, none, "merged" // what it says is no part of the tree
	}
	at := t.rollouts[wrong].node
	for at != none && t.nodes[at].firstPass < 0 {
		at = t.nodes[at].parent
	}
	if at == none {
		return none, none, "none_right"
	}
	attempt, sibling = t.fork(t.rollouts[wrong].node, t.rollouts[t.nodes[at].firstPass].node)
	switch {
	case attempt == none || t.rollouts[t.nodes[at].firstPass].variant:
		return none, none, "merged"
	case alike(t.nodes[attempt].step, t.nodes[sibling].step):
		return none, none, "alike"
	}
	return attempt, sibling, "written"
}

func (r *search) correctionSeed(wrong int32, attempt, sibling nodeID, posteriors []posterior) feedbackgen.CorrectionSeed {
	t := r.tree
	parent := t.nodes[attempt].parent
	fail, pass := t.whole(wrong), t.whole(t.nodes[parent].firstPass)
	return feedbackgen.CorrectionSeed{
		Prompt: feedbackgen.Conversation(r.messages...), Attempt: assistant(fail), Sibling: assistant(pass),
		Feedback: feedbackgen.CorrectionSeedFeedback{
			Provenance: r.offPolicy(r.provenance(parent), fail, pass), Use: feedbackgen.LiveCorrection,
			Depth: int(t.nodes[parent].depth), SharedBytes: len(t.text(parent)),
			Probability: feedbackgen.Real(better(posteriors[sibling], posteriors[attempt])),
			FirstWrong:  r.firstWrong(attempt),
			Attempt:     r.side(attempt, fail), Sibling: r.side(sibling, pass),
		},
	}
}
