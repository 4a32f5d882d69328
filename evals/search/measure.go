package main

import (
	"context"
	"errors"

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
	selections            []mcts.Selection
	simulations, rollouts int
	seed                  int64
	strength, exploration float64
	step                  string
}

// problemsInFlight is how many problems are worked on at once: the embedded model batches them.
const problemsInFlight = 8

// outcome is what one system made of one problem.
type outcome struct {
	tokens, prompt, calls, rollouts int
	active                          bool
	pairs, forks                    []judged
	paths                           int
	found, answered                 bool
}

// comparison is a rule and best-of-n at its tokens, by problem.
type comparison struct {
	selection      mcts.Selection
	search, sample []outcome
}

// measurement is all of it.
type measurement struct {
	plan     plan
	problems int
	rules    []comparison
}

func (p plan) measure(ctx context.Context, problems []feedbackgen.Problem) (_ measurement, err error) {
	model, err := embedded.Default()
	if err != nil {
		return measurement{}, err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	b := bench{model: remember(model), fresh: newFresh(model, p.rollouts)}
	m := measurement{plan: p, problems: len(problems)}
	for _, selection := range p.selections {
		c := comparison{selection, make([]outcome, len(problems)), make([]outcome, len(problems))}
		search, err := p.search(ctx, model, selection)
		if err != nil {
			return measurement{}, err
		}
		work, ctx := errgroup.WithContext(ctx)
		work.SetLimit(problemsInFlight)
		for i, problem := range problems {
			work.Go(func() (err error) {
				c.search[i], c.sample[i], err = b.compare(ctx, search, problem)
				return err
			})
		}
		if err := work.Wait(); err != nil {
			return measurement{}, err
		}
		m.rules = append(m.rules, c)
	}
	return m, nil
}

func (p plan) search(ctx context.Context, model backends.Backend, selection mcts.Selection) (*mcts.Search, error) {
	policy, err := model.Policy(ctx)
	if err != nil {
		return nil, err
	}
	return mcts.New(mcts.Config{
		Simulations: p.simulations, Selection: selection, Continuation: backends.Native, Logprobs: true, Policy: policy,
		PriorStrength: p.strength, Exploration: p.exploration, Step: p.step, Entropies: true,
		Sampling: sampling(p.seed),
	})
}

// bench is what systems are measured with.
type bench struct {
	model backends.Backend
	fresh *fresh
}

// compare runs a search, and best-of-n at its tokens, on one problem.
func (b bench) compare(ctx context.Context, search *mcts.Search, problem feedbackgen.Problem) (searched, sampled outcome, err error) {
	books := &ledger{Backend: b.model}
	result, err := search.Run(ctx, books, problem)
	if err != nil {
		return searched, sampled, err
	}
	if searched, err = b.outcome(ctx, problem, books, result, nil, result.Counts["difficulty.active"] == 1); err != nil {
		return searched, sampled, err
	}
	tokens := books.sampled
	books = &ledger{Backend: b.model}
	baseline, err := search.BestOfN(ctx, books, problem, tokens)
	if err != nil {
		return searched, sampled, err
	}
	sampled, err = b.outcome(ctx, problem, books, baseline.Result, baseline.FirstDifferences, searched.active)
	return searched, sampled, err
}

// outcome judges what came of a problem. Pairs of a problem outside the band train nobody, and are
// not counted. Which those are, the gate says that both sides pass with the same draws: it would say
// otherwise now and then of all of best-of-n's, which are more, and whose pairs would then be lost.
func (b bench) outcome(ctx context.Context, problem feedbackgen.Problem, books *ledger, result feedbackgen.Result, forks []feedbackgen.Preference, active bool) (o outcome, err error) {
	rule, err := verify.For(problem, "", nil)
	if err != nil {
		return o, err
	}
	o = outcome{
		tokens: books.sampled, prompt: books.prompt, calls: books.calls, rollouts: int(result.Counts["rollouts"]),
		active: active, found: result.Counts["rollouts.pass"] > 0,
		answered: majority(rule, problem, books.solutions),
	}
	if !o.active {
		return o, nil
	}
	o.paths = int(result.Counts["path_pairs"])
	for _, record := range result.Records {
		if pair, ok := record.(feedbackgen.Preference); ok && pair.Feedback.Type == feedbackgen.SiblingPair {
			j, err := b.fresh.judge(ctx, rule, problem, pair)
			if err != nil {
				return o, err
			}
			o.pairs = append(o.pairs, j)
		}
	}
	for _, pair := range forks {
		j, err := b.fresh.judge(ctx, rule, problem, pair)
		if err != nil {
			return o, err
		}
		o.forks = append(o.forks, j)
	}
	return o, nil
}

// majority says whether the answer given most often, of any share, is right; a tie gives none.
func majority(rule verify.Verifier, problem feedbackgen.Problem, solutions []string) bool {
	answers := lo.FilterMap(solutions, func(text string, _ int) (string, bool) { return rule.Extract(text) })
	answer, ok := verify.Majority(rule, answers, 0)
	return ok && rule.Equal(answer, problem.Answer)
}
