package mcts

import "github.com/feedbackgen/feedbackgen"

// wholeTree writes the tree as it is, if it is asked for.
func (r *search) wholeTree() {
	if !r.cfg.Trees {
		return
	}
	t := r.tree
	record := feedbackgen.Tree{Prompt: feedbackgen.Conversation(r.messages...), Nodes: make([]feedbackgen.TreeNode, len(t.nodes))}
	record.Feedback.Provenance = r.provenance(root)
	record.Feedback.ProblemPasses, record.Feedback.ProblemRollouts = 0, 0 // see feedbackgen.TreeFeedback
	for id := range t.nodes {
		n, own := &t.nodes[id], t.nodes[id].own()
		node := feedbackgen.TreeNode{
			Path: t.path(nodeID(id)), Parent: int(n.parent), Step: n.step, Depth: int(n.depth),
			Visits: int(n.visits), Draws: int(n.draws), Passes: int(own.passes), Rollouts: int(own.rollouts),
			Multiplicity: int(n.multiplicity), Value: feedbackgen.Real(r.stated[id].mean()),
			Terminal: n.terminal, Outcome: feedbackgen.Abstain, TokenProbability: feedbackgen.Real(n.prior),
		}
		if n.terminal {
			node.Outcome = n.outcome
			if first := max(n.firstPass, n.firstFail); first >= 0 {
				node.Answer = t.rollouts[first].Answer
			}
		}
		record.Nodes[id] = node
	}
	r.counts["trees"]++
	r.find(root, record)
}
