package critic

import (
	"context"
	"errors"
	"fmt"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/verify"
)

// RolloutRole is on whose behalf [Rollout] has solutions completed; see [backends.ByRole].
const RolloutRole backends.Role = "rollout"

// Rollouts is how many completions a state gets by default, as in AlphaLLM.
const Rollouts = 4

// RolloutConfig says how [Rollout] has solutions completed. The zero value of each field means its
// default.
type RolloutConfig struct {
	// N is how many completions a state gets; default [Rollouts], at most 99.
	N int
	// Sampling is how they are drawn: as the search draws its own. Seed is not looked at, because
	// [Config] has the run's; MaxTokens, of each completion, defaults to 512.
	Sampling feedbackgen.Sampling
	// Continuation is how whoever plays [RolloutRole] goes on from a partial solution. With
	// [backends.None], the default, the critic abstains.
	Continuation backends.Continuation
	// Apart asks for one completion a request, of a server that would draw the same one N times.
	Apart bool
}

func (c RolloutConfig) withDefaults() (RolloutConfig, error) {
	if c.N == 0 {
		c.N = Rollouts
	}
	if c.Sampling.MaxTokens == 0 {
		c.Sampling.MaxTokens = 512
	}
	if c.Continuation == "" {
		c.Continuation = backends.None
	}
	if c.N < 1 || c.N > 99 {
		return c, feedbackgen.BadInput("critic", fmt.Errorf("%d rollouts of a partial solution", c.N), "rollout takes 1 to 99")
	}
	return c, nil
}

// Rollout has a partial solution completed, N times, and judges how the completions end:
// E_{τ ~ π_fast(s)}[ORM(τ)] of AlphaLLM ("fast rollout", arXiv:2404.12253), with a rule for ORM and
// whoever plays [RolloutRole] for π_fast, such as a smaller and faster model.
type Rollout struct{ Config Config }

// Name is "rollout".
func (Rollout) Name() string { return "rollout" }

// Score is the share of right completions among those that could be judged; where the right answer is
// not known, the mean of how far they agree with independent solutions. Truncated ones, and those
// without an answer that can be read, are not judged.
func (r Rollout) Score(ctx context.Context, backend backends.Backend, state State) (Score, error) {
	how := r.Config.Rollouts
	switch {
	case how.Continuation == backends.None:
		return Score{Abstained: NotContinued}, nil
	case state.Rule == nil || !verify.CanJudge(state.Rule, state.Problem) && len(state.Answers) == 0:
		return Score{Abstained: NoneJudged}, nil // whatever comes: do not pay for it
	case how.Apart:
		backend = backends.FanOut(backend, false)
	}
	reply, err := backend.Generate(ctx, r.request(state))
	switch {
	case errors.Is(err, backends.ErrRefused):
		return Score{Abstained: Refused}, nil
	case err != nil:
		return Score{}, err
	}
	sum, judged := 0.0, 0
	for _, sample := range reply.Samples {
		if sample.Finish != backends.FinishStop {
			continue
		}
		if value, ok := state.judged(state.Text() + sample.Text); ok {
			sum += value
			judged++
		}
	}
	if judged == 0 {
		return Score{Abstained: NoneJudged}, nil
	}
	return Score{Value: sum / float64(judged)}, nil
}

// request asks for the completions. Nothing in it tells a right answer.
func (r Rollout) request(state State) backends.Request {
	how := r.Config.Rollouts
	req := backends.Request{
		Role: RolloutRole, Messages: state.Messages, Prefix: state.Text(), Continue: how.Continuation,
		N: how.N, Sampling: how.Sampling,
	}
	if req.Messages == nil {
		req.Messages = state.Problem.Prompt
	}
	req.Sampling.Seed = backends.DrawSeed(r.Config.Seed, state.Problem.ID, req.Prefix, "critic "+r.Name(), 0)
	return req
}
