package selfplay

import (
	"errors"
	"fmt"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/guard/difficulty"
)

// Mode says what the challenger is shown.
type Mode string

// The modes.
const (
	// Open: nothing. A chain's problem is only its name.
	Open Mode = "open"
	// Seeded: the chain's problem, as an example.
	Seeded Mode = "seeded"
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
	// Continuation is how the run's requests are rendered; default [backends.None].
	Continuation backends.Continuation
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
	switch {
	case c.Mode != Open && c.Mode != Seeded:
		return c, bad("mode", fmt.Sprintf("there are %s and %s, not %q", Open, Seeded, c.Mode))
	case c.Rounds < 1 || c.Rounds > most:
		return c, bad("rounds", "must be at least 1 and at most 4096")
	case c.Tasks < levels || c.Tasks > most:
		return c, bad("tasks", "must be at least 4, one of each difficulty, and at most 4096")
	}
	return c, c.Gate.Check()
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
