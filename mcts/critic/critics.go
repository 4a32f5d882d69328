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
	_ Critic = Rollout{}
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
	if value, ok := state.judged(state.Whole); ok {
		return Score{Value: value}, nil
	}
	if _, ok := state.Rule.Extract(state.Whole); !ok || verify.CanJudge(state.Rule, state.Problem) {
		return Score{Abstained: NotWhole}, nil
	}
	return o.Config.ask(ctx, backend, o.Name(), outcomeFile, state, ofSolution{state.Problem.Text(), state.Whole})
}

// judged is what a whole solution is worth: 1 or 0 by a rule that says what is right, else the share of
// independent solutions that give the same answer. It is false where neither tells.
func (s State) judged(solution string) (float64, bool) {
	if verify.CanJudge(s.Rule, s.Problem) {
		outcome := s.Rule.Verify(solution, false, s.Problem.Answer).Outcome
		if outcome == feedbackgen.Pass {
			return 1, true
		}
		return 0, outcome == feedbackgen.Fail
	}
	answer, ok := s.Rule.Extract(solution)
	if !ok || len(s.Answers) == 0 {
		return 0, false
	}
	return agreeing(s.Rule, answer, s.Answers), true
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
