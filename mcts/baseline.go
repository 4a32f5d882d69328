package mcts

import (
	"context"
	"errors"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts/critic"
)

// FirstDifference is the type of preferences that [Search.BestOfN] makes of a right and a wrong
// solution: the two steps in which they first differ. That the one ended right and the other wrong
// does not show that the steps differ in value; the probability says what the posterior makes of it.
const FirstDifference = "first-difference"

// Baseline is what independent samples make of a problem.
type Baseline struct {
	// Result holds the same records as a search's: the samples are merged into a tree by their common
	// beginnings, and pass the same posterior and gates.
	feedbackgen.Result
	// FirstDifferences are the right solutions paired with the wrong ones, in the order in which they
	// were drawn, at their first differing steps; no step is in two pairs, and no gate is passed.
	FirstDifferences []feedbackgen.Preference
}

// BestOfN is the baseline that a search has to beat: it spends tokens on independent whole
// solutions of the problem. It begins with the very draws that a search begins with, passes the same
// difficulty gate, and then goes on, [GateBatch] solutions at a time, until at least so many tokens
// have been sampled; a problem that the gate ends is left as the gate leaves it. A backend that counts
// no tokens is an error, because the budget would never be reached. Its steps merge by the rule that
// the search's do, [MergeModel] included, whose questions it pays for out of these tokens. Give it what the
// search took of the policy: the counts tokens and extra_tokens.
func (s *Search) BestOfN(ctx context.Context, backend backends.Backend, problem feedbackgen.Problem, tokens int) (Baseline, error) {
	r, err := s.search(backend, problem)
	if err != nil {
		return Baseline{}, err
	}
	r.critics = nil // independent solutions need no hint where to look
	if err := r.begin(ctx); err != nil {
		return Baseline{}, err
	}
	if r.counts["tokens"] == 0 {
		return Baseline{}, uncounted(problem)
	}
	for !r.ended && r.ownTokens() < int64(tokens) {
		before := r.counts["tokens"]
		samples, err := r.drawWhole(ctx, GateBatch)
		if err != nil {
			return Baseline{}, err
		}
		for _, sample := range samples {
			if err := r.apply(ctx, root, sample, critic.Opinion{}); err != nil {
				return Baseline{}, err
			}
		}
		if r.counts["tokens"] == before {
			return Baseline{}, uncounted(problem)
		}
	}
	result, err := r.result(ctx)
	if err != nil {
		return Baseline{}, err
	}
	return Baseline{Result: result, FirstDifferences: r.firstDifferences()}, nil
}

// uncounted is the error of a comparison at equal tokens that nobody counts.
func uncounted(problem feedbackgen.Problem) error {
	return &feedbackgen.Failure{
		Op: "spend tokens", Subject: "problem " + problem.ID, Cause: errors.New("the backend counts no tokens"),
		Hint: "compare at equal tokens on a backend that counts them", Kind: feedbackgen.ErrInput,
	}
}

// firstDifferences pairs right with wrong solutions at their first differing step.
func (r *search) firstDifferences() []feedbackgen.Preference {
	t := r.tree
	posteriors := t.posteriors(r.cfg.PriorStrength)
	right, wrong := r.rightAndWrong()
	used := map[nodeID]bool{}
	var pairs []feedbackgen.Preference
	for i := range min(len(right), len(wrong)) {
		chosen, rejected := t.fork(t.rollouts[right[i]].node, t.rollouts[wrong[i]].node)
		if chosen == none || t.isVariant(right[i], chosen) || t.isVariant(wrong[i], rejected) || used[chosen] || used[rejected] || alike(t.nodes[chosen].step, t.nodes[rejected].step) {
			continue
		}
		used[chosen], used[rejected] = true, true
		parent := t.nodes[chosen].parent
		pass, fail := t.whole(right[i]), t.whole(wrong[i])
		pairs = append(pairs, feedbackgen.Preference{
			Prompt: feedbackgen.Conversation(r.messages...), Chosen: assistant(pass), Rejected: assistant(fail),
			Feedback: feedbackgen.PreferenceFeedback{
				Provenance: r.provenance(parent), Type: FirstDifference,
				Probability: feedbackgen.Real(better(posteriors[chosen], posteriors[rejected])),
				Depth:       int(t.nodes[parent].depth), SharedBytes: len(t.text(parent)),
				Chosen: r.side(chosen, pass), Rejected: r.side(rejected, fail),
			},
		})
	}
	return pairs
}

// isVariant reports whether a rollout went to a node by other words than the node's.
func (t *tree) isVariant(index int32, id nodeID) bool {
	return t.rollouts[index].variant && t.rollouts[index].node == id
}

// fork is where the ways to two nodes part: the first node of each that is not on the other's. It is
// none where one lies on the way to the other.
func (t *tree) fork(x, y nodeID) (nodeID, nodeID) {
	up := func(at *nodeID, last *nodeID) { *last, *at = *at, t.nodes[*at].parent }
	lastX, lastY := none, none
	for t.nodes[x].depth > t.nodes[y].depth {
		up(&x, &lastX)
	}
	for t.nodes[y].depth > t.nodes[x].depth {
		up(&y, &lastY)
	}
	if x == y {
		return none, none
	}
	for x != y {
		up(&x, &lastX)
		up(&y, &lastY)
	}
	return lastX, lastY
}
