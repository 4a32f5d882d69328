package critic

import (
	"context"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/verify"
)

var (
	_ Critic = Value{}
	_ Critic = Process{}
	_ Critic = Outcome{}
)

// Value asks whether a partial solution is right so far.
type Value struct{ Config Config }

// Name is "value".
func (Value) Name() string { return "value" }

// Score is the chance of a yes, or the share of votes for it.
func (v Value) Score(ctx context.Context, backend backends.Backend, state State) (Score, error) {
	return v.Config.ask(ctx, backend, v.Name(), valueFile, state, ofSolution{state.Problem.Text(), state.Text()})
}

// Process asks whether the last step of a partial solution is right.
type Process struct{ Config Config }

// Name is "process".
func (Process) Name() string { return "process" }

// Score is the chance of a yes, or the share of votes for it.
func (p Process) Score(ctx context.Context, backend backends.Backend, state State) (Score, error) {
	return p.Config.ask(ctx, backend, p.Name(), processFile, state, ofStep{state.Problem.Text(), state.Before, state.Step})
}

// Outcome judges a whole solution that goes through the state: by rule where the right answer is known
// (which says what the rollout itself says, once more), else by the share of independent solutions that
// give the same answer, and where there are none by asking the model (self-verification).
type Outcome struct{ Config Config }

// Name is "outcome".
func (Outcome) Name() string { return "outcome" }

// Score is 1 or 0, a share, or the chance of a yes.
func (o Outcome) Score(ctx context.Context, backend backends.Backend, state State) (Score, error) {
	if state.Whole == "" || state.Rule == nil {
		return Score{Abstained: NotWhole}, nil
	}
	if state.Problem.HasAnswer() {
		switch state.Rule.Verify(state.Whole, false, state.Problem.Answer).Outcome {
		case feedbackgen.Pass:
			return Score{Value: 1}, nil
		case feedbackgen.Fail:
			return Score{Value: 0}, nil
		case feedbackgen.Abstain, feedbackgen.Invalid, feedbackgen.Error:
		}
		return Score{Abstained: NotWhole}, nil
	}
	answer, ok := state.Rule.Extract(state.Whole)
	switch {
	case !ok:
		return Score{Abstained: NotWhole}, nil
	case len(state.Answers) > 0:
		return Score{Value: agreeing(state.Rule, answer, state.Answers)}, nil
	}
	return o.Config.ask(ctx, backend, o.Name(), outcomeFile, state, ofSolution{state.Problem.Text(), state.Whole})
}

// agreeing is the share of answers that equal one.
func agreeing(rule verify.Verifier, answer string, answers []string) float64 {
	same := 0
	for _, a := range answers {
		if rule.Equal(a, answer) {
			same++
		}
	}
	return float64(same) / float64(len(answers))
}
