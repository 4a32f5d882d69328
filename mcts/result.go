package mcts

import (
	"context"
	"slices"
	"strings"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen"
)

// result reads the finished tree. Records are in the order of their nodes, depth first; those of
// one node in the order: sibling pairs, first-wrong-step pairs, path pairs, stepwise labels, group, best
// path, value, tree advantages, correction seeds, tree.
func (r *search) result(ctx context.Context) (feedbackgen.Result, error) {
	posteriors := r.tree.posteriors(r.cfg.PriorStrength)
	r.stated = r.tree.stated()
	overlapping, err := r.siblingPairs(ctx, posteriors)
	if err != nil {
		return feedbackgen.Result{}, err
	}
	gated := r.rejected()
	r.capLatest("step_pairs", 0, func(record feedbackgen.Record) float64 {
		return float64(record.(feedbackgen.Preference).Feedback.Probability)
	})
	if err := r.firstWrongPairs(ctx, overlapping, gated); err != nil {
		return feedbackgen.Result{}, err
	}
	right, wrong := r.rightAndWrong()
	if err := r.pathPairs(ctx, right, wrong); err != nil {
		return feedbackgen.Result{}, err
	}
	r.imagined()
	before := len(r.found)
	r.stepwise()
	r.capLatest("step_records", before, func(record feedbackgen.Record) float64 {
		return float64(lo.Sum(record.(feedbackgen.Stepwise).Feedback.Rollouts))
	})
	r.group()
	r.best()
	r.values()
	r.treeAdvantages()
	r.correctionSeeds(wrong, posteriors)
	r.wholeTree()
	r.criticTokens()
	r.countExtraTokens()
	r.counts["nodes"] = int64(len(r.tree.nodes))
	r.counts["problems_without_answer"], r.counts["simulations_saved"] = 0, int64(r.saved)
	if r.judge.undecided {
		r.counts["problems_without_answer"] = 1
	}
	r.counts.Count("difficulty", string(r.difficulty()))
	slices.SortStableFunc(r.found, func(a, b finding) int { return slices.Compare(a.path, b.path) })
	records := lo.Map(r.found, func(f finding, _ int) feedbackgen.Record { return f.record })
	return feedbackgen.Result{Records: records, Counts: r.counts, Fault: r.fault}, nil
}

// finding is a record with the path of the node where it was made.
type finding struct {
	path   []int32
	record feedbackgen.Record
}

// find keeps a record that was made at a node.
func (r *search) find(node nodeID, record feedbackgen.Record) {
	r.found = append(r.found, finding{r.tree.numbers(node), record})
}

// provenance is what every record says; the node is where it was made.
func (r *search) provenance(node nodeID) feedbackgen.Provenance {
	whole := r.tree.nodes[root].own()
	return feedbackgen.Provenance{
		ProblemPasses: int(whole.passes), ProblemRollouts: int(whole.rollouts),
		Problem: r.problem.ID, Module: r.Name(), Node: r.tree.path(node),
		Policy: r.cfg.Policy, Sampling: r.cfg.Sampling, Prompts: r.cfg.Prompts.Digest(),
		Continuation: string(r.cfg.Continuation), Verifier: r.judge.name,
		AgreementVotes: r.judge.votes, AgreementSolutions: r.judge.solutions, Parents: r.parents(),
	}
}

// assistant is a whole solution as the assistant's message.
func assistant(solution feedbackgen.Trajectory) feedbackgen.Content {
	return feedbackgen.Conversation(feedbackgen.Message{
		Role: feedbackgen.RoleAssistant, Content: solution.Text(), Thinking: solution.Thinking,
	})
}

// group is all independent solutions of the whole problem that could be judged, if they differ: a
// group of equals has no advantage to learn from.
func (r *search) group() {
	g := feedbackgen.Group{Prompt: feedbackgen.Conversation(r.messages...)}
	passes := 0
	for i := range r.tree.rollouts {
		rollout := &r.tree.rollouts[i]
		if rollout.launch != root {
			continue
		}
		if !rollout.Outcome.IsLabel() {
			g.Feedback.Left++
			continue
		}
		reward := feedbackgen.Real(0)
		if rollout.Outcome == feedbackgen.Pass {
			reward = 1
			passes++
		}
		g.Completions = append(g.Completions, assistant(rollout.Trajectory))
		g.Rewards = append(g.Rewards, reward)
		g.Feedback.AnswerEnds = append(g.Feedback.AnswerEnds, len(rollout.Text()))
		g.Feedback.Answers = append(g.Feedback.Answers, rollout.Answer)
		g.Feedback.Outcomes = append(g.Feedback.Outcomes, rollout.Outcome)
		g.Feedback.Seeds = append(g.Feedback.Seeds, rollout.Seed)
		g.Feedback.Nodes = append(g.Feedback.Nodes, r.tree.path(rollout.node))
		if rollout.likely > 0 {
			g.Feedback.TokenProbabilities = append(g.Feedback.TokenProbabilities, feedbackgen.Real(rollout.likely))
		}
	}
	if len(g.Feedback.TokenProbabilities) < len(g.Completions) {
		g.Feedback.TokenProbabilities = nil
	}
	n := len(g.Rewards)
	if passes == 0 || passes == n {
		r.counts.Count("groups", "all_alike")
		return
	}
	r.counts.Count("groups", "written")
	mean := float64(passes) / float64(n)
	for _, reward := range g.Rewards {
		g.Advantages = append(g.Advantages, feedbackgen.Real(r.cfg.Advantages.advantage(float64(reward), mean, r.cfg.AdvantageCap)))
	}
	g.Feedback.Provenance = r.provenance(root)
	g.Feedback.Rate = feedbackgen.Real(mean)
	r.find(root, g)
}

// best is the verified solution that the policy is surest of: from the root, always on to the
// child of the greatest value that a right solution goes through.
func (r *search) best() {
	t := r.tree
	if t.nodes[root].firstPass < 0 {
		r.counts.Count("best_paths", "none_right")
		return
	}
	at := root
	for {
		next := none
		for _, id := range t.nodes[at].children {
			if t.nodes[id].firstPass >= 0 && (next == none || r.stated[id].mean() > r.stated[next].mean()) {
				next = id
			}
		}
		if next == none {
			break
		}
		at = next
	}
	solution := t.whole(t.nodes[at].firstPass)
	open := at
	if t.nodes[at].terminal {
		open = t.nodes[at].parent
	}
	r.counts.Count("best_paths", "written")
	r.find(at, feedbackgen.SFT{
		Prompt:     feedbackgen.Conversation(r.messages...),
		Completion: assistant(solution),
		Feedback: feedbackgen.SFTFeedback{
			Provenance: r.offPolicy(r.provenance(at), solution), Answer: solution.Answer, Outcome: solution.Outcome,
			Value: feedbackgen.Real(r.stated[open].mean()), Seed: solution.Seed,
			Depth: int(t.nodes[at].depth), Visits: int(t.nodes[at].visits), TokenProbabilities: t.tokenProbabilities(t.way(at)),
		},
	})
}

// offPolicy flags a record whose solution goes on from steps that were sampled after reasoning
// which is not the solution's own.
func (r *search) offPolicy(p feedbackgen.Provenance, solutions ...feedbackgen.Trajectory) feedbackgen.Provenance {
	for _, s := range solutions {
		if s.Given > 0 && s.Thinking != "" {
			p.OffPolicy = true
		}
	}
	return p
}

// doubtful is the value at or below which a step that no rollout solved is labelled wrong.
const doubtful = 0.2

// stepwise labels the steps of every path, as far as there is evidence: a step is right if some
// rollout through it ended right (Math-Shepherd's hard estimate, arXiv:2312.08935), wrong if none
// did and its value is low, and ends the record before it if neither can be said.
func (r *search) stepwise() {
	t := r.tree
	labelled := func(id nodeID) (label, ok bool) {
		n := &t.nodes[id]
		switch {
		case n.terminal:
			return n.outcome == feedbackgen.Pass, n.outcome.IsLabel()
		case int(n.own().rollouts) < r.cfg.MinRollouts:
			return false, false
		case n.passes > 0:
			return true, true
		}
		return false, r.stated[id].mean() <= doubtful
	}
	var walk func(at nodeID)
	walk = func(at nodeID) {
		leaf := true
		for _, id := range t.nodes[at].children {
			if _, ok := labelled(id); ok {
				leaf = false
				walk(id)
			}
		}
		if !leaf || at == root {
			return
		}
		record := feedbackgen.Stepwise{Prompt: plain(r.messages)}
		record.Feedback.Provenance = r.provenance(at)
		record.Feedback.Outcome = feedbackgen.Abstain // an unfinished path has no outcome
		for id := at; id != root; id = t.nodes[id].parent {
			n := &t.nodes[id]
			label, _ := labelled(id)
			step := n.step
			if r.StepSeparator() != "" {
				step = strings.TrimRight(step, blanks)
			}
			record.Completions = append(record.Completions, step)
			record.Labels = append(record.Labels, label)
			record.SoftLabels = append(record.SoftLabels, feedbackgen.Real(r.stated[id].mean()))
			record.Feedback.Passes = append(record.Feedback.Passes, int(n.own().passes))
			record.Feedback.Rollouts = append(record.Feedback.Rollouts, int(n.own().rollouts))
			record.Feedback.Visits = append(record.Feedback.Visits, int(n.visits))
		}
		slices.Reverse(record.Completions)
		slices.Reverse(record.Labels)
		slices.Reverse(record.SoftLabels)
		slices.Reverse(record.Feedback.Passes)
		slices.Reverse(record.Feedback.Rollouts)
		slices.Reverse(record.Feedback.Visits)
		record.Feedback.TokenProbabilities = t.tokenProbabilities(t.way(at))
		if n := &t.nodes[at]; n.terminal {
			record.Feedback.Outcome = n.outcome
			first := t.rollouts[max(n.firstPass, n.firstFail)]
			record.Feedback.Answer, record.Feedback.Seed = first.Answer, first.Seed
		}
		r.counts.Count("step_records", "written")
		r.find(at, record)
	}
	walk(root)
}

// plain is a conversation as bare text, for a format that has no messages: the only user's words,
// or each turn after its role.
func plain(messages []feedbackgen.Message) string {
	if len(messages) == 1 {
		return messages[0].Content
	}
	var b strings.Builder
	for i, m := range messages {
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(m.Role + ": " + m.Content)
	}
	return b.String()
}

// rendered is the prompt column of a pair: the conversation, or in segment mode its rendered text
// with the shared prefix.
func (r *search) rendered(ctx context.Context, prefix string) (feedbackgen.Content, error) {
	if !r.cfg.Segments {
		return feedbackgen.Conversation(r.messages...), nil
	}
	text, err := r.cfg.Render(ctx, r.messages, prefix)
	if err != nil {
		return feedbackgen.Content{}, &feedbackgen.Failure{Op: "render prompt", Subject: "problem " + r.problem.ID, Cause: err}
	}
	return feedbackgen.Text(text), nil
}
