package critic

import (
	"context"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/verify"
)

// Critic scores states. Implementations are safe for concurrent use, and the same state always leads to
// the same requests.
type Critic interface {
	// Name is what flags, seeds and reports call it.
	Name() string
	// Score scores a state, in at most one request, or one for each draw. A refused one ([backends.ErrRefused]) is an abstention;
	// any other failure is an error, and says nothing about the state.
	Score(ctx context.Context, backend backends.Backend, state State) (Score, error)
}

// State is a partial solution.
type State struct {
	Problem feedbackgen.Problem
	// Messages ask for a solution, for [Rollout]; default the problem's own.
	Messages []feedbackgen.Message
	// Before and Step make it up: Step is its last one.
	Before, Step string
	// Whole is a whole solution that begins with it; empty if there is none.
	Whole string
	// Rule reads and compares answers, for [Outcome] and [Rollout].
	Rule verify.Verifier
	// Answers are those of independent solutions, for [Outcome] and [Rollout] where the right one is not known.
	Answers []string
}

// Text is the partial solution.
func (s State) Text() string { return s.Before + s.Step }

// Score is what a critic makes of a state: a value, or the reason why it abstains.
type Score struct {
	// Value is in [0, 1]: the higher, the likelier the solution ends right. It is no calibrated
	// probability. It has no meaning if the critic abstains.
	Value float64
	// Abstained is one of the reasons, fit to be counted; empty if the critic spoke.
	Abstained string
}

// Reasons to abstain.
const (
	// Refused: the backend will never answer, such as when the prompt does not fit.
	Refused = "refused"
	// Unreadable: not more than half of the draws begin with yes or no.
	Unreadable = "unreadable"
	// NoLogprobs: verdicts can be read, but came without the log-probabilities that they are scored by.
	NoLogprobs = "no_logprobs"
	// Unlikely: verdicts can be read, but the model so seldom says yes or no that they tell little; see Least in
	// package verdict.
	Unlikely = "unlikely"
	// NotWhole: there is no whole solution, or none with an answer that can be read.
	NotWhole = "not_whole"
	// NotContinued: who is to complete solutions cannot go on from a partial one.
	NotContinued = "not_continued"
	// NoneJudged: no completion can be judged, such as when all are truncated.
	NoneJudged = "none_judged"
)

// Spoke reports whether there is a value.
func (s Score) Spoke() bool { return s.Abstained == "" }
