package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/samber/lo"
	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/embedded"
	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/verify"
)

// plan says what to measure.
type plan struct {
	selection             mcts.Selection
	simulations, rollouts int
	seed                  int64
	strength              float64
	noGate                bool
	cache                 string
}

// problemsInFlight is how many problems are worked on at once: the embedded model batches them.
const problemsInFlight = 4

// grown is a problem's tree, with what fresh rollouts say of its open steps.
type grown struct {
	problem string
	states  []mcts.State
	judged  map[int]judgement // by place among the states
}

// judgement is what fresh rollouts say of a state.
type judgement struct {
	// reserved is one rollout more, to calibrate on, which the truth does not hold; nil where it could
	// not be judged.
	reserved *bool
	truth    mcts.Share
}

// draw searches the problems and judges the open states of their trees, all but the roots.
func (p plan) draw(ctx context.Context, problems []feedbackgen.Problem) (trees []grown, err error) {
	model, err := embedded.Default()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	search, err := mcts.New(mcts.Config{
		Simulations: p.simulations, Selection: p.selection, NoGate: p.noGate, PriorStrength: p.strength,
		Continuation: backends.Native, Logprobs: true, Sampling: sampling(p.seed),
	})
	if err != nil {
		return nil, err
	}
	truth, err := newFresh(ctx, model, p.rollouts+1, p.cache)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, truth.Close()) }()
	trees = make([]grown, len(problems))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(problemsInFlight)
	for i, problem := range problems {
		work.Go(func() (err error) {
			trees[i], err = grow(ctx, search, model, truth, problem)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	return trees, nil
}

func grow(ctx context.Context, search *mcts.Search, model backends.Backend, truth *fresh, problem feedbackgen.Problem) (grown, error) {
	rule, err := verify.For(problem, "", nil)
	if err != nil {
		return grown{}, err
	}
	messages, err := search.Config().Prompts.Messages(problem)
	if err != nil {
		return grown{}, err
	}
	states, err := search.States(ctx, model, problem)
	if err != nil {
		return grown{}, err
	}
	tree := grown{problem.ID, states, map[int]judgement{}}
	for i, s := range states {
		if s.Terminal || s.Depth == 0 {
			continue
		}
		outcomes, err := truth.outcomes(ctx, rule, problem, messages, s.Text)
		if err != nil {
			return grown{}, err
		}
		var j judgement
		if outcomes[0] != '-' {
			j.reserved = lo.ToPtr(outcomes[0] == 'p')
		}
		j.truth.Passes = strings.Count(outcomes[1:], "p")
		j.truth.Rollouts = j.truth.Passes + strings.Count(outcomes[1:], "f")
		tree.judged[i] = j
	}
	return tree, nil
}

// readProblems are the bundled ones, at most so many; 0 for all.
func readProblems(ctx context.Context, most int) ([]feedbackgen.Problem, error) {
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(embedded.Problems())), nil }
	set, err := feedbackgen.CheckProblems(ctx, "tune.jsonl", open)
	if err != nil {
		return nil, err
	}
	var problems []feedbackgen.Problem
	for problem, err := range set.All(ctx) {
		if err != nil {
			return nil, fmt.Errorf("bundled problems: %w", err)
		}
		if most == 0 || len(problems) < most {
			problems = append(problems, problem)
		}
	}
	return problems, nil
}
