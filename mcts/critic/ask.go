package critic

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/verdict"
)

// Votes is how many verdicts a state gets by default.
const Votes = 3

// VerdictTokens is how long a verdict may be by default.
const VerdictTokens = 8

// Config says how a model is asked. The zero value of each field means its default.
type Config struct {
	// Votes is how many verdicts a state gets, in one request; default [Votes], at most 99. With
	// log-probabilities they find the ways in which the model says yes and no, and without they are
	// counted.
	Votes int
	// Tokens bounds a verdict; only its first word counts; default [VerdictTokens].
	Tokens int
	// Logprobs scores by the log-probabilities of the verdict words, of a backend that has them.
	Logprobs bool
	// Seed is the run's.
	Seed int64
	// Continuation is the run's way of continuing; [backends.Raw] has the prompt rendered here, as all
	// the run's prompts are. Default [backends.None].
	Continuation backends.Continuation
	// Prompts are the prompt files; default [DefaultPrompts].
	Prompts *Prompts
	// Rollouts says how [Rollout] has solutions completed, in place of being asked.
	Rollouts RolloutConfig
}

func (c Config) withDefaults() (Config, error) {
	c = c.asking()
	if c.Prompts == nil {
		c.Prompts = DefaultPrompts("")
	}
	var err error
	if c.Rollouts, err = c.Rollouts.withDefaults(); err != nil {
		return c, err
	}
	if c.Votes < 1 || c.Votes > 99 || c.Tokens < 1 {
		return c, feedbackgen.BadInput("critic", fmt.Errorf("%d votes of %d tokens", c.Votes, c.Tokens), "it takes 1 to 99 votes, of at least one token")
	}
	return c, nil
}

// asking is c with the defaults of what a request holds.
func (c Config) asking() Config {
	c.Votes, c.Tokens = cmp.Or(c.Votes, Votes), cmp.Or(c.Tokens, VerdictTokens)
	c.Continuation = cmp.Or(c.Continuation, backends.None)
	return c
}

// ask puts a critic's question to the model.
func (c Config) ask(ctx context.Context, backend backends.Backend, critic, file string, state State, about any) (Score, error) {
	text, err := c.Prompts.set.Render(file, about)
	if err != nil {
		return Score{}, err
	}
	samples, err := c.Ask(ctx, backend, state.Problem, "critic "+critic, text)
	switch {
	case errors.Is(err, backends.ErrRefused):
		return Score{Abstained: Refused}, nil
	case err != nil:
		return Score{}, err
	}
	return c.read(samples), nil
}

// Ask puts a question of yes or no about a problem to the model, in one request, and returns what it drew:
// so many votes. The purpose goes into the seed; the prompt files do not matter.
func (c Config) Ask(ctx context.Context, backend backends.Backend, problem feedbackgen.Problem, purpose, question string) ([]backends.Sample, error) {
	c = c.asking()
	req := backends.Request{
		Messages: []feedbackgen.Message{feedbackgen.User(question)}, N: c.Votes, Logprobs: c.Logprobs,
		Sampling: feedbackgen.Sampling{
			// The model's own distribution, whatever solutions are drawn from.
			Temperature: 1, TopP: 1, MaxTokens: c.Tokens,
			Seed: backends.DrawSeed(c.Seed, problem.ID, question, purpose, 0),
		},
	}
	if c.Continuation != backends.None {
		req.Continue = c.Continuation
	}
	reply, err := backend.Generate(ctx, req)
	return reply.Samples, err
}

// read scores verdicts.
func (c Config) read(samples []backends.Sample) Score {
	share, _, ok := verdict.Share(samples)
	if !ok {
		return Score{Abstained: Unreadable}
	}
	if !c.Logprobs {
		return Score{Value: share}
	}
	p, mass, ok := verdict.Probability(samples)
	switch {
	case ok:
		return Score{Value: p}
	case mass > 0:
		return Score{Abstained: Unlikely}
	}
	return Score{Abstained: NoLogprobs}
}
