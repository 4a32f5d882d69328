package mcts

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen"
)

// candidate is an ordered pair of siblings.
type candidate struct {
	chosen, rejected nodeID
	probability      float64
}

// siblingPairs returns the step preferences of every node: pairs of its children of which one is
// better with high probability, no child in two pairs, surest first.
// It also returns the pairs that pass the gate but have a child in another.
func (r *search) siblingPairs(ctx context.Context, posteriors []posterior) (overlapping []candidate, err error) {
	t := r.tree
	used := map[nodeID]bool{}
	for id := range t.nodes {
		eligible := r.eligible(t.nodes[id].children)
		candidates := r.gate(eligible, posteriors)
		all := len(eligible) * (len(eligible) - 1) / 2
		r.counts["step_pairs"] += int64(all)
		r.counts["step_pairs.gated"] += int64(all - len(candidates))
		for _, c := range candidates {
			switch {
			case used[c.chosen] || used[c.rejected]:
				r.counts["step_pairs.overlapping"]++
				overlapping = append(overlapping, c)
				continue
			case t.nodes[c.chosen].firstPass < 0 || t.nodes[c.rejected].firstFail < 0:
				r.counts["step_pairs.no_ending"]++
				continue
			case alike(t.nodes[c.chosen].step, t.nodes[c.rejected].step):
				r.counts["step_pairs.alike"]++
				continue
			}
			record, err := r.siblingPair(ctx, nodeID(id), c)
			if err != nil {
				return nil, err
			}
			used[c.chosen], used[c.rejected] = true, true
			r.counts["step_pairs.written"]++
			r.find(nodeID(id), record)
		}
	}
	return overlapping, nil
}

// eligible are the children with evidence enough: a finished step whose outcome is known, or one
// with the rollouts that a side needs.
func (r *search) eligible(children []nodeID) []nodeID {
	return lo.Filter(children, func(id nodeID, _ int) bool {
		n := &r.tree.nodes[id]
		if n.terminal {
			return n.outcome.IsLabel()
		}
		return int(n.own().rollouts) >= r.cfg.MinRollouts
	})
}

// gate returns the pairs that pass, surest first; equally sure ones in order of creation.
func (r *search) gate(ids []nodeID, posteriors []posterior) []candidate {
	var passed []candidate
	curves := map[nodeID]*curve{} // each is dear, and of use for many pairs
	curveOf := func(id nodeID) *curve {
		c, ok := curves[id]
		if !ok {
			c = posteriors[id].curve()
			curves[id] = c
		}
		return c
	}
	for i, x := range ids {
		for _, y := range ids[i+1:] {
			chosen, rejected := x, y
			if posteriors[y].mean() > posteriors[x].mean() {
				chosen, rejected = y, x
			}
			if r.cfg.MinProbability >= nearOne && hopeless(posteriors[chosen], posteriors[rejected]) {
				continue
			}
			var p float64
			if posteriors[chosen].certain || posteriors[rejected].certain {
				p = better(posteriors[chosen], posteriors[rejected])
			} else {
				p = overlap(curveOf(chosen), curveOf(rejected))
			}
			if p >= r.cfg.MinProbability {
				passed = append(passed, candidate{chosen, rejected, p})
			}
		}
	}
	slices.SortStableFunc(passed, func(a, b candidate) int {
		switch {
		case a.probability > b.probability:
			return -1
		case a.probability < b.probability:
			return 1
		}
		return 0
	})
	return passed
}

// siblingPair writes a pair. Each side is a whole message to its end, by the first rollout through
// the step that ended as the side should: templates close every turn, so a side that stopped in
// mid-solution would teach the model to stop there.
func (r *search) siblingPair(ctx context.Context, parent nodeID, c candidate) (feedbackgen.Preference, error) {
	t := r.tree
	shared := t.text(parent)
	prompt, err := r.rendered(ctx, shared)
	if err != nil {
		return feedbackgen.Preference{}, err
	}
	chosen, rejected := t.whole(t.nodes[c.chosen].firstPass), t.whole(t.nodes[c.rejected].firstFail)
	record := feedbackgen.Preference{
		Prompt: prompt, Chosen: assistant(chosen), Rejected: assistant(rejected),
		Feedback: feedbackgen.PreferenceFeedback{
			Provenance: r.offPolicy(r.provenance(parent), chosen, rejected),
			Type:       feedbackgen.SiblingPair, Probability: feedbackgen.Real(c.probability), FirstWrong: r.firstWrong(c.rejected),
			Depth: int(t.nodes[parent].depth), SharedBytes: len(shared),
			Chosen: r.side(c.chosen, chosen), Rejected: r.side(c.rejected, rejected),
		},
	}
	if r.cfg.Segments {
		record.Chosen, record.Rejected = feedbackgen.Text(t.nodes[c.chosen].step), feedbackgen.Text(t.nodes[c.rejected].step)
	}
	return record, nil
}

func (r *search) side(id nodeID, solution feedbackgen.Trajectory) feedbackgen.Side {
	n := &r.tree.nodes[id]
	own := n.own()
	return feedbackgen.Side{
		Node: r.tree.path(id), Step: n.step, Value: feedbackgen.Real(r.stated[id].mean()),
		Passes: int(own.passes), Rollouts: int(own.rollouts), Multiplicity: int(n.multiplicity),
		Visits: int(n.visits), TokenProbability: feedbackgen.Real(n.prior),
		Answer: solution.Answer, Outcome: solution.Outcome, Seed: solution.Seed,
	}
}

// pathPairs pairs right with wrong whole solutions, all drawn independently from the root, in the
// order in which they were drawn. The judge knows which is right, so the probability is 1.
func (r *search) pathPairs(ctx context.Context, right, wrong []int32) error {
	t := r.tree
	possible := min(len(right), len(wrong))
	written := min(possible, r.cfg.MaxPathPairs)
	r.counts["path_pairs"] += int64(possible)
	r.counts["path_pairs.written"] += int64(written)
	r.counts["path_pairs.over_limit"] += int64(possible - written)

	prompt, err := r.rendered(ctx, "")
	if err != nil {
		return err
	}
	for i := range written {
		chosen, rejected := t.rollouts[right[i]], t.rollouts[wrong[i]]
		record := feedbackgen.Preference{
			Prompt: prompt, Chosen: assistant(chosen.Trajectory), Rejected: assistant(rejected.Trajectory),
			Feedback: feedbackgen.PreferenceFeedback{
				Provenance: r.provenance(root), Type: feedbackgen.PathPair, Probability: 1,
				Chosen: r.wholeSide(chosen), Rejected: r.wholeSide(rejected),
			},
		}
		if r.cfg.Segments {
			record.Chosen, record.Rejected = feedbackgen.Text(chosen.Text()), feedbackgen.Text(rejected.Text())
		}
		r.find(root, record)
	}
	return nil
}

// rightAndWrong are the judged whole solutions that were drawn from the root, each text once, in the
// order in which they were drawn.
func (r *search) rightAndWrong() (right, wrong []int32) {
	seen := map[string]bool{}
	for i := range r.tree.rollouts {
		rollout := &r.tree.rollouts[i]
		if rollout.launch != root || !rollout.Outcome.IsLabel() {
			continue
		}
		text := rollout.Text()
		if seen[text] {
			continue
		}
		seen[text] = true
		if rollout.Outcome == feedbackgen.Pass {
			right = append(right, int32(i))
		} else {
			wrong = append(wrong, int32(i))
		}
	}
	return right, wrong
}

// wholeSide is the evidence for a whole solution: its own outcome, once.
func (r *search) wholeSide(solution rollout) feedbackgen.Side {
	side := feedbackgen.Side{
		Node: r.tree.path(solution.node), Step: solution.Text(), Rollouts: 1, Multiplicity: 1,
		Visits: int(r.tree.nodes[solution.node].visits), TokenProbability: feedbackgen.Real(solution.likely),
		Answer: solution.Answer, Outcome: solution.Outcome, Seed: solution.Seed,
	}
	if solution.Outcome == feedbackgen.Pass {
		side.Value, side.Passes = 1, 1
	}
	return side
}

// alike reports whether two steps differ in nothing but white space, capitals, and punctuation and marks around
// words: no such difference is what made one of them right. Signs and decimal points stay.
func alike(a, b string) bool {
	for {
		var x, y string
		x, a = bareWord(a)
		y, b = bareWord(b)
		if !strings.EqualFold(x, y) {
			return false
		}
		if x == "" {
			return true
		}
	}
}

// bareWord is the first word of a text without what stands around it, and what follows; "" at the end.
func bareWord(text string) (word, rest string) {
	for word == "" {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
		if text == "" {
			break
		}
		end := strings.IndexFunc(text, unicode.IsSpace)
		if end < 0 {
			end = len(text)
		}
		word, text = strings.TrimRight(strings.TrimLeft(text[:end], "\"'`*_(["), ".,:;?\"'`*_)]"), text[end:]
	}
	return word, text
}
