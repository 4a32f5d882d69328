package mcts

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/samber/lo"
	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/verdict"
	"github.com/feedbackgen/feedbackgen/mcts/critic"
)

// MergeModel is the rule of [Config.Merge] by which the model itself says which steps are the same
// (AlphaLLM's state merge, arXiv:2404.12253). A step that is drawn for the first time is held against at most
// [MergeAsked] of its siblings, all at once, and joins the oldest of which most of [critic.Votes] draws say
// yes. Nobody is asked about siblings that hold other numbers, in whatever order, that end where the step
// does not, or that end with another answer; nor twice about one text.
//
// Steps are asked about when a simulation is applied, in order, so that the tree does not depend on timing:
// each round of questions holds up the problem's search for one call. Counts of merge_questions say what came
// of them; one that is refused, or that most draws answer by neither yes nor no, merges nothing.
const MergeModel = "model"

// MergeAsked is about how many siblings the model is asked when a new step comes up: the nearest by edit
// distance, the oldest where that is the same, or beyond 64 characters.
const MergeAsked = 3

// farOff is the edit distance from which on texts count as equally far, so that comparing them takes time
// that is linear in their length.
const farOff = 64

// What came of a question, as counts name it.
const (
	saidSame      = "same"
	saidDifferent = "different"
)

// askWhichIsSame asks the model, where that is the rule, about the one step of a draw that would become a new
// sibling of others, and notes the sibling that it joins.
func (r *search) askWhichIsSame(ctx context.Context, launch nodeID, drawn *feedbackgen.Trajectory, finished bool) error {
	if r.cfg.Merge != MergeModel || r.judge.undecided {
		return nil
	}
	parent, place, ok := r.tree.unknown(launch, drawn.Steps, finished)
	if !ok {
		return nil
	}
	step := drawn.Steps[place].Text
	siblings := r.tree.lookalikes(parent, step, place == len(drawn.Steps)-1, drawn, r.judge.rule.Equal)
	said, tokens, failures := make([]string, len(siblings)), make([]int64, len(siblings)), make([]error, len(siblings))
	var calls errgroup.Group // failures are told in order
	for i, id := range siblings {
		calls.Go(func() error {
			said[i], tokens[i], failures[i] = r.askWhetherSame(ctx, parent, r.tree.nodes[id].step, step)
			return nil
		})
	}
	_ = calls.Wait()
	var failed error
	for _, err := range failures {
		failed = worse(failed, err)
	}
	if failed != nil {
		return failed
	}
	for _, answer := range said {
		r.counts.Count("merge_questions", answer)
	}
	r.questionTokens += lo.Sum(tokens)
	if oldest := slices.Index(said, saidSame); oldest >= 0 {
		r.tree.alias(step, siblings[oldest])
	}
	return nil
}

// askWhetherSame asks about two steps after parent, in an order that does not depend on which came first, and
// says how many tokens the answer took.
func (r *search) askWhetherSame(ctx context.Context, parent nodeID, a, b string) (said string, tokens int64, err error) {
	question, err := r.cfg.Prompts.set.Render(mergeFile, merging{
		Problem: r.problem.Text(), Before: r.tree.text(parent),
		A: strings.TrimSpace(min(a, b)), B: strings.TrimSpace(max(a, b)),
	})
	if err != nil {
		return "", 0, err
	}
	asks := critic.Config{Seed: r.cfg.Sampling.Seed, Continuation: r.cfg.Continuation}
	draws, err := asks.Ask(ctx, r.backend, r.problem, "merge", question)
	switch {
	case errors.Is(err, backends.ErrRefused):
		return critic.Refused, 0, nil
	case err != nil:
		return "", 0, err
	}
	return mostSay(draws), lo.SumBy(draws, func(s backends.Sample) int64 { return int64(s.Tokens) }), nil
}

// mostSay is what more than half of the draws say. Log-probabilities are left aside: where a model says
// neither yes nor no, they still tell which of the two it would rather say, and to merge is to throw away.
func mostSay(draws []backends.Sample) string {
	share, readable, ok := verdict.Share(draws)
	switch {
	case !ok:
		return critic.Unreadable
	case 2*share*float64(readable) > float64(len(draws)):
		return saidSame
	}
	return saidDifferent
}

// lookalikes are the children of parent of which a step that is drawn there may say the same, the oldest first.
func (t *tree) lookalikes(parent nodeID, step string, terminal bool, drawn *feedbackgen.Trajectory, same func(a, b string) bool) []nodeID {
	held := slices.Sorted(slices.Values(numbers(step)))
	distances := map[nodeID]int{}
	var ids []nodeID
	for _, id := range t.nodes[parent].children {
		n := &t.nodes[id]
		if n.terminal != terminal || terminal && !t.answers(n, drawn, same) {
			continue
		}
		if slices.Equal(slices.Sorted(slices.Values(numbers(n.step))), held) {
			ids = append(ids, id)
			distances[id] = edits(n.step, step, farOff)
		}
	}
	slices.SortStableFunc(ids, func(a, b nodeID) int { return cmp.Compare(distances[a], distances[b]) })
	ids = ids[:min(len(ids), MergeAsked)]
	slices.Sort(ids)
	return ids
}
