package mcts

import (
	"math"

	"github.com/feedbackgen/feedbackgen"
)

// treeAdvantages writes whole solutions with an advantage a step (TreeRL, arXiv:2506.11902): for a step
// that leads from p to s, global = V(s) - V(root), local = V(s) - V(p), and the advantage is their sum
// over the square root of the number of solutions written that go through s, so that steps which many
// share do not weigh that often. V is the posterior mean, which the policy's own draws alone speak for:
// a step that was drawn once differs little from its parent, and only the end of a solution is certain.
//
// Solutions come in the order in which they were drawn, the independent ones of the root first, each
// text once, as many as the cap allows.
func (r *search) treeAdvantages() {
	t := r.tree
	ends := r.ends()
	r.counts["tree_advantages"] += int64(len(ends))
	if whole := &t.nodes[root]; whole.firstPass < 0 || whole.firstFail < 0 {
		r.counts["tree_advantages.all_alike"] += int64(len(ends))
		return
	}
	written := ends[:min(len(ends), r.cfg.Cap)]
	r.counts["tree_advantages.written"] += int64(len(written))
	r.counts["tree_advantages.over_cap"] += int64(len(ends) - len(written))
	leaves := map[nodeID]int{}
	for _, end := range written {
		for at := end; at != root; at = t.nodes[at].parent {
			leaves[at]++
		}
	}
	for _, end := range written {
		r.find(end, r.treeAdvantage(end, leaves))
	}
}

// ends are the nodes in which solutions end that could be judged, in the order in which they were made.
func (r *search) ends() []nodeID {
	var ends []nodeID
	for id := range r.tree.nodes {
		if n := &r.tree.nodes[id]; n.terminal && max(n.firstPass, n.firstFail) >= 0 {
			ends = append(ends, nodeID(id))
		}
	}
	return ends
}

func (r *search) treeAdvantage(end nodeID, leaves map[nodeID]int) feedbackgen.Advantage {
	t := r.tree
	solution := t.whole(max(t.nodes[end].firstPass, t.nodes[end].firstFail))
	record := feedbackgen.Advantage{Prompt: feedbackgen.Conversation(r.messages...), Completion: assistant(solution)}
	f := &record.Feedback
	f.Provenance = r.offPolicy(r.provenance(end), solution)
	f.Answer, f.Outcome, f.Seed = solution.Answer, solution.Outcome, solution.Seed
	whole := r.stated[root].mean()
	f.RootValue = feedbackgen.Real(whole)
	before, bytes := whole, 0
	for _, id := range t.way(end) {
		n, value := &t.nodes[id], r.stated[id].mean()
		global, local := value-whole, value-before
		bytes += len(n.step)
		record.StepEnds = append(record.StepEnds, bytes)
		record.Advantages = append(record.Advantages, feedbackgen.Real((global+local)/math.Sqrt(float64(leaves[id]))))
		f.Global, f.Local = append(f.Global, feedbackgen.Real(global)), append(f.Local, feedbackgen.Real(local))
		f.Leaves, f.Values = append(f.Leaves, leaves[id]), append(f.Values, feedbackgen.Real(value))
		own := n.own()
		f.Passes, f.Rollouts = append(f.Passes, int(own.passes)), append(f.Rollouts, int(own.rollouts))
		f.Visits = append(f.Visits, int(n.visits))
		before = value
	}
	f.TokenProbabilities = t.tokenProbabilities(t.way(end))
	return record
}

// way are the nodes from the root to the node, without the root.
func (t *tree) way(id nodeID) []nodeID {
	way := make([]nodeID, t.nodes[id].depth)
	for at := id; at != root; at = t.nodes[at].parent {
		way[t.nodes[at].depth-1] = at
	}
	return way
}

// tokenProbabilities are the nodes' priors, nil if one is not known.
func (t *tree) tokenProbabilities(nodes []nodeID) []feedbackgen.Real {
	all := make([]feedbackgen.Real, len(nodes))
	for i, id := range nodes {
		if t.nodes[id].prior == 0 {
			return nil
		}
		all[i] = feedbackgen.Real(t.nodes[id].prior)
	}
	return all
}
