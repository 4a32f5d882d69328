package mcts

import (
	"context"
	"errors"
	"fmt"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/guard/difficulty"
	"github.com/feedbackgen/feedbackgen/mcts/critic"
	"github.com/feedbackgen/feedbackgen/verify"
)

// Config says how to search. The zero value of each field means its default; [New] checks it.
type Config struct {
	// Simulations is how many solutions are drawn for a problem, the root group included; default 48.
	Simulations int
	// Group is how many of them are whole solutions drawn first, from the root; default 8.
	Group int
	// Gate decides from whole solutions whether the problem's difficulty suits training: while it is
	// undecided, GateBatch more are drawn; a problem that it does not find active is searched no
	// further. Default [difficulty.Default].
	Gate difficulty.Gate
	// NoGate searches every problem, however hard or easy.
	NoGate bool
	// Width is how many draws a node gets before the search goes on to its children; default 4.
	Width int
	// Branching says how many draws those are: "fixed" (the default) is Width of them, everywhere;
	// "adaptive" gives more where steps change the value, n(s) = max(2, min(floor(alpha*I(s))+1, 10))
	// with I(s) = max_i |v([s,o_i]) - v(s)| (arXiv:2404.12253) and alpha 8; "adaptive:ALPHA" with
	// another. Only rules that walk down from the root ask: UCT, PUCT and Balanced.
	Branching string
	// Merge says which steps of one parent count as one, with their multiplicity: "exact" (the default),
	// those of equal text; "answer", finished ones of equal answers, too; "edit:N", those that differ in at
	// most N characters, none of them a digit, and if finished, give the same answer; "model", those of which
	// the model itself says so, see [MergeModel]. The first that was drawn stands for all, and only what was
	// drawn after it makes nodes below it.
	Merge string
	// Window is how many simulations of one tree may be in flight; default 6, at most a quarter of
	// Simulations (beyond that, regret grows), at least 1.
	Window int
	// Selection says where simulations start; default [Racing], which yields the most step pairs.
	Selection Selection
	// Bisect is in how many wrong solutions of a problem the first wrong step is looked for, by halving,
	// with 8 draws from each beginning tried, out of the simulations; default 0. It needs Continuation.
	Bisect int
	// EarlyStop ends a search once no further step pair is to be expected of the simulations that are
	// left, by Racing's reckoning, whatever the rule. Without Continuation none ends early.
	EarlyStop bool
	// Exploration is the constant of UCT, PUCT, Balanced and Frontier; default 1, AlphaLLM's for GSM8K.
	Exploration float64
	// Step says where a step ends; default "line". See [ParseStep].
	Step string
	// Sampling is how solutions are drawn. Seed is the run's. MaxTokens bounds a solution, however
	// many draws it is made of only approximately: each draw gets the whole of it.
	Sampling feedbackgen.Sampling
	// Verifier names the rule that judges answers, for problems that do not name one themselves;
	// default: chosen by the look of the answer.
	Verifier string
	// Load makes verifiers of names; default [verify.New]. A [verify.Loader]'s reads files, too.
	Load func(name string) (verify.Verifier, error)
	// Rule judges all answers, instead of a named verifier, for programs that bring their own.
	Rule verify.Verifier
	// Agreement is the share of the group's valid answers that must agree for a problem without a
	// known answer to be judged by self-consistency; default 0.5. At least two have to.
	Agreement float64
	// PriorStrength is how many rollouts the parent's mean is worth in the posterior that gates pairs;
	// default 6. What records state of a step's value learns it from the tree.
	PriorStrength float64
	// MinProbability gates pairs: P(chosen better) on the posterior; default 0.95.
	MinProbability float64
	// MinRollouts is how many judged rollouts each side of a step pair needs; default 2.
	MinRollouts int
	// MaxPathPairs bounds the whole-path preferences of a problem; default 4.
	MaxPathPairs int
	// Critics score the states that simulations come to, so that the search looks first where they expect
	// most; nil for none. What they say is in no record. See package critic.
	Critics critic.Panel
	// Cap bounds the records of a problem of each of these: sibling pairs, pairs at first wrong steps,
	// stepwise labels, values, tree advantages, correction seeds. The best supported ones stay; default 16.
	Cap int
	// Advantages says how rewards become a group's advantages; default [NormNone].
	Advantages Norm
	// AdvantageCap bounds the size of a group's advantages; default [DefaultAdvantageCap].
	AdvantageCap float64
	// Trees writes each problem's whole tree as a record, too.
	Trees bool
	// Baseline, if it is [BestOfNBaseline], spends the tokens that the search of a problem took once more,
	// on independent solutions, and counts what comes of them beside the search's own; default "": none.
	// Their records are not among the result's. The tokens are all that the policy sampled: those of
	// verdicts, of merge questions and of critics' rollouts, too, unless another model makes these.
	Baseline string
	// Segments writes step pairs as a rendered prefix and bare steps, instead of whole assistant
	// messages. It needs Render.
	Segments bool
	// Render renders messages and the beginning of an answer with the model's chat template.
	Render func(ctx context.Context, messages []feedbackgen.Message, prefix string) (string, error)
	// Prompts are the prompt files; default [DefaultPrompts].
	Prompts *Prompts
	// Policy is who answers, for the records.
	Policy feedbackgen.Policy
	// Continuation is how the backend goes on from partial solutions. With None, whole solutions
	// are drawn from the root only, and merged into a tree by their common beginnings.
	Continuation backends.Continuation
	// Probabilities asks for the log-probabilities of all sampled tokens, so that records tell how likely their
	// texts are; without it they do where a rule needs them. It needs Logprobs, and makes replies larger.
	Probabilities bool
	// Logprobs: the backend returns the log-probabilities of sampled tokens, which [PUCT] needs.
	Logprobs bool
	// Entropies: it also tells how undecided the policy was before each of them, which steps by entropy
	// need.
	Entropies bool
}

// GateBatch is how many whole solutions are drawn at once while the gate is undecided. One by one
// would take two samples fewer a problem, and four times as many round trips.
const GateBatch = 4

// withDefaults returns c with every zero field set, or what is wrong with it.
func (c Config) withDefaults() (Config, error) {
	setDefault(&c.Simulations, 48)
	setDefault(&c.Group, min(8, c.Simulations))
	setDefault(&c.Width, 4)
	setDefault(&c.Window, max(1, min(6, c.Simulations/4)))
	setDefault(&c.Selection, Racing)
	setDefault(&c.Exploration, 1)
	setDefault(&c.Branching, "fixed")
	setDefault(&c.Merge, "exact")
	setDefault(&c.Step, "line")
	if c.Step == "entropy" {
		c.Step = fmt.Sprintf("entropy:%g", defaultEntropy) // a run keeps its own, if the default changes
	}
	setDefault(&c.Agreement, 0.5)
	setDefault(&c.PriorStrength, 6)
	setDefault(&c.MinProbability, 0.95)
	setDefault(&c.MinRollouts, 2)
	setDefault(&c.MaxPathPairs, 4)
	setDefault(&c.Cap, 16)
	setDefault(&c.Advantages, NormNone)
	setDefault(&c.AdvantageCap, DefaultAdvantageCap)
	setDefault(&c.Continuation, backends.None)
	setDefault(&c.Gate, difficulty.Default())
	if c.Sampling.MaxTokens == 0 {
		c.Sampling.MaxTokens = 512
	}
	if c.Prompts == nil {
		c.Prompts = DefaultPrompts()
	}
	switch {
	case c.Simulations < 1:
		return c, bad("simulations", "must be at least 1")
	case c.Group < 1 || c.Group > c.Simulations:
		return c, bad("group", fmt.Sprintf("must be between 1 and the number of simulations, %d", c.Simulations))
	case c.Gate.Check() != nil:
		return c, c.Gate.Check()
	case c.Width < 1:
		return c, bad("width", "must be at least 1")
	case c.Window < 1 || c.Window > max(1, c.Simulations/4):
		return c, bad("window", fmt.Sprintf("must be between 1 and a quarter of the simulations, %d: beyond that the search loses quality", max(1, c.Simulations/4)))
	case c.checkSelection() != nil:
		return c, c.checkSelection()
	case c.Exploration < 0:
		return c, bad("exploration", "must not be negative")
	case c.Agreement < 0 || c.Agreement > 1:
		return c, bad("agreement", "is a share, between 0 and 1")
	case c.PriorStrength <= 0:
		return c, bad("prior-strength", "must be above 0")
	case c.MinProbability < 0.5 || c.MinProbability >= 1:
		return c, bad("min-probability", "must be at least 0.5 and below 1")
	case c.MinRollouts < 1:
		return c, bad("min-rollouts", "must be at least 1")
	case c.Cap < 1:
		return c, bad("cap", "must be at least 1")
	case c.Advantages.check(c.AdvantageCap) != nil:
		return c, c.Advantages.check(c.AdvantageCap)
	case c.Bisect < 0:
		return c, bad("bisect", "must not be negative")
	case c.Bisect > 0 && c.Continuation == backends.None:
		return c, bad("bisect", "needs a backend that goes on from partial solutions, which this one does not")
	case c.Baseline != "" && c.Baseline != BestOfNBaseline:
		return c, bad("baseline", fmt.Sprintf("unknown baseline %q; there is %s", c.Baseline, BestOfNBaseline))
	case c.Segments && c.Render == nil:
		return c, bad("step-pairs", "segment needs the model's chat template, which this backend does not tell; give one with --template, or use --step-pairs message")
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
