package critic

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/verdict"
)

// Votes is how many verdicts a state gets by default.
const Votes = 3

// Config says how a model is asked. The zero value of each field means its default.
type Config struct {
	// Votes is how many verdicts a state gets, in one request; default [Votes], at most 99. With
	// log-probabilities they find the ways in which the model says yes and no, and without they are
	// counted.
	Votes int
	// Tokens bounds a verdict; only its first word counts; default 8.
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
	if c.Votes == 0 {
		c.Votes = Votes
	}
	if c.Tokens == 0 {
		c.Tokens = 8
	}
	if c.Continuation == "" {
		c.Continuation = backends.None
	}
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

// ask puts a question of yes or no to the model.
func (c Config) ask(ctx context.Context, backend backends.Backend, critic, file string, state State, about promptData) (Score, error) {
	var words []string
	for _, m := range state.Problem.Prompt {
		words = append(words, m.Content)
	}
	about.Problem = strings.Join(words, "\n\n")
	text, err := c.Prompts.render(file, about)
	if err != nil {
		return Score{}, err
	}
	req := backends.Request{
		Messages: []feedbackgen.Message{feedbackgen.User(text)}, N: c.Votes, Logprobs: c.Logprobs,
		Sampling: feedbackgen.Sampling{
			// The model's own distribution, whatever solutions are drawn from.
			Temperature: 1, TopP: 1, MaxTokens: c.Tokens,
			Seed: backends.DrawSeed(c.Seed, state.Problem.ID, text, "critic "+critic, 0),
		},
	}
	if c.Continuation != backends.None {
		req.Continue = c.Continuation
	}
	reply, err := backend.Generate(ctx, req)
	switch {
	case errors.Is(err, backends.ErrRefused):
		return Score{Abstained: Refused}, nil
	case err != nil:
		return Score{}, err
	}
	return c.read(reply.Samples), nil
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
	p, ok := verdict.Probability(samples)
	if !ok {
		return Score{Abstained: NoLogprobs}
	}
	return Score{Value: p}
}
