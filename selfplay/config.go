package selfplay

import (
	"errors"
	"fmt"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/guard/difficulty"
	"github.com/feedbackgen/feedbackgen/selfplay/judge"
	"github.com/feedbackgen/feedbackgen/selfplay/replay"
	"github.com/feedbackgen/feedbackgen/selfplay/skill"
)

// Mode says what the challenger is shown.
type Mode string

// The modes.
const (
	// Open: nothing. A chain's problem is only its name.
	Open Mode = "open"
	// Seeded: the chain's problem, as an example.
	Seeded Mode = "seeded"
	// Grounded: the chain's problem is a document; tasks are about it, a judge grades what the solver
	// says, and both sides learn skills.
	Grounded Mode = "grounded"
)

// Requests of the challenger's and the proposer's have these roles, those of the judge [judge.Role],
// and the solver's, which is the policy, none.
const (
	ChallengerRole backends.Role = "challenger"
	ProposerRole   backends.Role = "proposer"
)

// Config says what to draw. The zero value of each field means its default; [New] checks it.
type Config struct {
	// Mode is what the challenger is shown; default [Open].
	Mode Mode
	// Rounds a chain takes at most; default 3.
	Rounds int
	// Tasks are the problems that are written in a round of a chain; default 24.
	Tasks int
	// Gate decides from the solutions whether a problem's difficulty suits training; default
	// [difficulty.Default].
	Gate difficulty.Gate
	// NoGate takes every well-posed problem for training, however hard or easy.
	NoGate bool
	// Memory are problems of earlier runs, which are not to be written again.
	Memory []string
	// Sampling is how completions are drawn. Seed is the run's.
	Sampling feedbackgen.Sampling
	// Prompts are the prompt files; default [DefaultPrompts] of the policy's model.
	Prompts *Prompts
	// Policy is who answers, for the records.
	Policy feedbackgen.Policy
	// Others are the policies of roles that somebody else plays.
	Others map[backends.Role]feedbackgen.Policy
	// Schema says that the server keeps to JSON schemas: mode [Grounded] then sends them along.
	Schema bool
	// Grounding is what only mode [Grounded] has.
	Grounding Grounding
	// RolledBack, if given, is told of a round that is rolled back, as soon as that is known, by the
	// goroutine of the chain. A chain whose result is kept is never told of again; one that was
	// interrupted after the alarm, and is run again, is.
	RolledBack func(Ended)
	// Continuation is how the run's requests are rendered; default [backends.None].
	Continuation backends.Continuation
}

// Grounding says how tasks about documents are judged, and what both sides may learn.
type Grounding struct {
	// ClosedBook has the solver answer without the document; what it never solves it then tries with it.
	ClosedBook bool
	// Judge grades solutions; default a [judge.Model] with its defaults. A [judge.Rule] compares with
	// the reference, and needs no anchors.
	Judge judge.Judge
	// Anchors are tasks with known answers, on which the judge is measured in every round, and Limits
	// what it has to keep; defaults a kappa of 0.6, 0.12 of its calls in error, and verdicts on 5 right
	// and 5 wrong answers, for which it takes as many known tasks. Not needed for a [judge.Rule].
	Anchors []judge.Known
	Limits  judge.Limits
	// NoSkills leaves proposals and replay out.
	NoSkills bool
	// Rules are what sets of skills must keep; their Held is set by the module.
	Rules skill.Rules
	// Replay is how many judged answers the choice among the solver's snapshots may take, and a quarter
	// of it how many tasks that among the challenger's; default 160.
	Replay int
	// Z is how many standard errors a snapshot's gain must be above zero; default [replay.Strict].
	Z float64
}

// most bounds draws of one request, so that seeds never meet.
const most = 1 << 12

func (c Config) withDefaults() (Config, error) {
	setDefault(&c.Mode, Open)
	setDefault(&c.Rounds, 3)
	setDefault(&c.Tasks, 24)
	setDefault(&c.Gate, difficulty.Default())
	setDefault(&c.Continuation, backends.None)
	setDefault(&c.Sampling.MaxTokens, 512)
	if c.Prompts == nil {
		c.Prompts = DefaultPrompts(c.Policy.Model)
	}
	if c.Mode == Grounded {
		if err := c.Grounding.complete(); err != nil {
			return c, err
		}
	}
	switch {
	case c.Mode != Open && c.Mode != Seeded && c.Mode != Grounded:
		return c, bad("mode", fmt.Sprintf("there are %s, %s and %s, not %q", Open, Seeded, Grounded, c.Mode))
	case c.Rounds < 1 || c.Rounds > most:
		return c, bad("rounds", "must be at least 1 and at most 4096")
	case c.Tasks < levels || c.Tasks > most:
		return c, bad("tasks", "must be at least 4, one of each difficulty, and at most 4096")
	}
	return c, c.Gate.Check()
}

func (g *Grounding) complete() error {
	setDefault(&g.Replay, 160)
	setDefault(&g.Z, replay.Strict)
	setDefault(&g.Rules.SkillTokens, 500)
	setDefault(&g.Rules.SetTokens, 2000)
	setDefault(&g.Limits.Kappa, 0.6)
	setDefault(&g.Limits.Errors, 0.12)
	setDefault(&g.Limits.Anchors, 5)
	if g.Judge == nil {
		model, err := judge.New(judge.Config{})
		if err != nil {
			return err
		}
		g.Judge = model
	}
	switch {
	case g.measured() && len(g.Anchors) < max(1, g.Limits.Anchors):
		return bad("anchors", fmt.Sprintf("a judge that is a model has to be measured on at least %d known tasks, not %d", max(1, g.Limits.Anchors), len(g.Anchors)))
	case !(0 < g.Limits.Kappa && g.Limits.Kappa <= 1) || !(0 < g.Limits.Errors && g.Limits.Errors <= 1):
		return bad("judge limits", "kappa and the share of errors must be above 0 and at most 1")
	case g.Replay < 16 || g.Replay > most: // so that no draw of a replay is one of a credit
		return bad("replay", "must be at least 16 and at most 4096 calls")
	case g.Z < 0:
		return bad("z", "must not be negative")
	}
	return nil
}

// measured says that the judge is a model, which can err.
func (g *Grounding) measured() bool {
	_, rule := g.Judge.(judge.Rule)
	return !rule
}

// votes are the most that a solution takes; those of a judge that does not say are taken for the default.
func (g *Grounding) votes() int {
	switch grader := g.Judge.(type) {
	case judge.Rule:
		return 0
	case *judge.Model:
		return grader.Config().Votes
	}
	return 3
}

// verdictTokens are the most that a verdict takes, by the same rule.
func (g *Grounding) verdictTokens() int {
	if grader, ok := g.Judge.(*judge.Model); ok {
		return grader.Config().Sampling.MaxTokens
	}
	return 1024
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
