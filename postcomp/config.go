package postcomp

import (
	"context"
	"errors"
	"fmt"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/guard/difficulty"
	"github.com/feedbackgen/feedbackgen/postcomp/score"
	"github.com/feedbackgen/feedbackgen/verify"
)

// Mode says what follows the answer.
type Mode string

// The modes.
const (
	// Assess: after a marker the model evaluates its answer and says how sure it is.
	Assess Mode = "assess"
	// Correct: the model answers again, and judges its answer.
	Correct Mode = "correct"
)

// Config says what to draw and how to score it. The zero value of each field means its default;
// [New] checks it.
type Config struct {
	// Mode is what follows the answer; default [Assess].
	Mode Mode
	// Samples is how many answers a problem gets; default 8. While the gate is undecided, 4 more are
	// drawn, up to the gate's last sample.
	Samples int
	// Second is how many second answers each first one gets in mode correct; default 2.
	Second int
	// Gate decides from the answers whether the problem's difficulty suits training; a problem that
	// it does not find active gets no more than its answers. Default [difficulty.Default].
	Gate difficulty.Gate
	// NoGate works on every problem, however hard or easy.
	NoGate bool
	// Marker stands on a line of its own between answer and evaluation; default "<assess>".
	Marker string
	// EvaluationTokens bounds what follows the marker, and a verdict; default 128.
	EvaluationTokens int
	// Weights are what counts in the reward of an assessment; default [score.DefaultWeights].
	Weights score.Weights
	// DishonestWeight is what an evaluation whose prediction is not true counts in a loss; default
	// 0.01.
	DishonestWeight float64
	// Alpha is what a change from first to second answer counts in the second's reward; default 10,
	// SCoRe's.
	Alpha float64
	// Corrections is how many second answers of each class (right after right, and so on) a problem
	// may give as examples to imitate; default 0, because training on them is known to fail.
	Corrections int
	// MaxPairs bounds the preferences among second answers of a problem; default 4.
	MaxPairs int
	// Norm is how advantages are scaled: "none", the default, or "std". Cap bounds their size;
	// default 2.5.
	Norm score.Norm
	Cap  float64
	// Verdicts also asks, apart, whether each answer is right, and reads the probability of yes from
	// the tokens of that word, where most verdicts on a problem's answers can be read. It takes a backend with
	// log-probabilities.
	Verdicts bool
	// Foreign holds first attempts from elsewhere, by problem, for mode correct. Records say so.
	Foreign map[string][]string
	// Sampling is how completions are drawn. Seed is the run's.
	Sampling feedbackgen.Sampling
	// Verifier names the rule that judges answers, for problems that do not name one themselves;
	// default: chosen by the look of the answer. Rule judges all answers instead.
	Verifier string
	Rule     verify.Verifier
	// Load makes verifiers of names; default [verify.New]. A [verify.Loader]'s reads files, too.
	Load func(name string) (verify.Verifier, error)
	// Agreement is the share of valid answers that must agree for a problem without a known answer
	// to be judged by self-consistency; default 0.5.
	Agreement float64
	// Prompts are the prompt files; default [DefaultPrompts] of the policy's model.
	Prompts *Prompts
	// Policy is who answers, for the records.
	Policy feedbackgen.Policy
	// Continuation is how the backend goes on from an answer and its marker. With None, the whole is
	// drawn at once, and the model has to write the marker itself.
	Continuation backends.Continuation
	// Render renders messages and the beginning of an answer with the model's chat template; nil if
	// it is not known. Evaluations are then written as messages.
	Render func(ctx context.Context, messages []feedbackgen.Message, prefix string) (string, error)
}

// Largest numbers of draws, so that seeds of one problem never meet.
const most = 1 << 12

func (c Config) withDefaults() (Config, error) {
	setDefault(&c.Mode, Assess)
	setDefault(&c.Samples, 8)
	setDefault(&c.Second, 2)
	setDefault(&c.Gate, difficulty.Default())
	setDefault(&c.Marker, score.DefaultMarker)
	setDefault(&c.EvaluationTokens, 128)
	setDefault(&c.Weights, score.DefaultWeights())
	setDefault(&c.DishonestWeight, 0.01)
	setDefault(&c.Alpha, score.DefaultAlpha)
	setDefault(&c.MaxPairs, 4)
	setDefault(&c.Norm, score.NormNone)
	setDefault(&c.Cap, score.DefaultCap)
	setDefault(&c.Agreement, 0.5)
	setDefault(&c.Continuation, backends.None)
	setDefault(&c.Sampling.MaxTokens, 512)
	if c.Prompts == nil {
		c.Prompts = DefaultPrompts(c.Policy.Model)
	}
	switch {
	case c.Mode != Assess && c.Mode != Correct:
		return c, bad("mode", fmt.Sprintf("there are %s and %s, not %q", Assess, Correct, c.Mode))
	case c.Samples < 2 || c.Samples > most:
		return c, bad("samples", "must be at least 2, to compare answers, and at most 4096")
	case c.Second < 1 || c.Second > most:
		return c, bad("second", "must be at least 1 and at most 4096")
	case c.Gate.Check() != nil:
		return c, c.Gate.Check()
	case formatOf(c.Marker).Check() != nil:
		return c, formatOf(c.Marker).Check()
	case c.EvaluationTokens < 1:
		return c, bad("evaluation-tokens", "must be at least 1")
	case c.Weights.Check() != nil:
		return c, c.Weights.Check()
	case c.DishonestWeight < 0 || c.DishonestWeight > 1:
		return c, bad("dishonest-weight", "must be between 0 and 1")
	case c.Alpha < 0:
		return c, bad("alpha", "must not be negative: that would pay for making right answers wrong")
	case c.Corrections < 0:
		return c, bad("corrections", "must not be negative")
	case c.Norm != score.NormNone && c.Norm != score.NormStd:
		return c, bad("norm", fmt.Sprintf("there are none and std, not %q", c.Norm))
	case c.Cap <= 0:
		return c, bad("cap", "must be above 0")
	case c.Agreement < 0 || c.Agreement > 1:
		return c, bad("agreement", "is a share, between 0 and 1")
	case c.Foreign != nil && c.Mode != Correct:
		return c, bad("first-attempts", "belong to mode correct")
	}
	return c, nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func bad(setting, what string) error {
	return &feedbackgen.Failure{Kind: feedbackgen.ErrInput, Subject: setting, Cause: errors.New(what)}
}
