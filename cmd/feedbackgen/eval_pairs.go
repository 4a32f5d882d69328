package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends/embedded"
	"github.com/feedbackgen/feedbackgen/evals"
	"github.com/feedbackgen/feedbackgen/verify"
)

// evalPairs is what preferences prefer.
type evalPairs struct {
	env      environment
	in       evalInput
	out      evalOutput
	problems string
	rollouts int
	seed     int64
	verifier verify.Loader
}

func newEvalPairs(env environment) *cobra.Command {
	e := evalPairs{env: env, out: evalOutput{env: env}}
	cmd := &cobra.Command{
		Use:   "pairs",
		Short: "Whether preferences are right, and what else they prefer",
		Long: `pairs measures preferences: how often the chosen side ended right and the other did not, how often
it is the longer one or the one that was drawn first, and what the pairs say of themselves.

With --rollouts, preferences of the embedded model are judged anew: from the state after each side's
step, so many solutions are drawn, with seeds that the run did not use, and a pair is right if the
chosen side ends right more often. --run reads preferences.jsonl, what the guards let through.`,
		Example: `  feedbackgen eval pairs --run run
  feedbackgen eval pairs --run run --problems problems.jsonl --rollouts 256 --json`,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.eval(cmd.Context()) },
	}
	e.in.register(cmd.Flags(), `preferences.jsonl, or any preferences in TRL's format`)
	flags := cmd.Flags()
	flags.IntVar(&e.rollouts, "rollouts", 0, "judge by so many fresh rollouts a side (default: none)")
	flags.StringVar(&e.problems, "problems", "", "with --rollouts: the run's problems (default: the sample problems inside this binary)")
	flags.Int64Var(&e.seed, "seed", 1_000_003, "with --rollouts: where the seeds of the rollouts begin")
	e.verifier.Files = anyFile{}
	flags.BoolVar(&e.verifier.Programs, "allow-programs", false, "with --rollouts: let a sandboxed program judge, if one judged the run")
	e.out.register(cmd)
	return cmd
}

func (e *evalPairs) eval(ctx context.Context) error {
	ctx, cancel := interruptible(ctx, e.env.signals)
	defer cancel()
	switch err := e.in.check(); {
	case err != nil:
		return err
	case e.rollouts < 0:
		return usage("--rollouts %d: must not be negative", e.rollouts)
	case e.rollouts == 0 && e.problems != "":
		return usage("--problems goes with --rollouts: add --rollouts 256")
	}
	if err := e.out.check(); err != nil {
		return err
	}
	var preferences evals.Preferences
	err := readLines(e.file(), e.env.stdin, func(rows rows) (err error) {
		preferences, err = evals.ReadPreferences(rows)
		return err
	})
	if err != nil {
		return err
	}
	var fresh *evals.FreshReport
	if e.rollouts > 0 {
		judged, err := e.judge(ctx, preferences)
		if err != nil {
			return err
		}
		fresh = &judged
	}
	return e.out.show(evals.EvalPairs(preferences, fresh))
}

func (e *evalPairs) file() string {
	if e.in.run != "" {
		return filepath.Join(e.in.run, string(feedbackgen.KindPreference)+".jsonl")
	}
	return e.in.in
}

// sidesInFlight is how many sides the embedded model works on at once; it batches their rollouts.
const sidesInFlight = 16

func (e *evalPairs) judge(ctx context.Context, preferences evals.Preferences) (_ evals.FreshReport, err error) {
	if e.problems == "-" && e.in.in == "-" {
		return evals.FreshReport{}, usage("--in and --problems cannot both be standard input")
	}
	gold, err := e.answers(ctx)
	if err != nil {
		return evals.FreshReport{}, err
	}
	backend, err := embedded.Default()
	if err != nil {
		return evals.FreshReport{}, err
	}
	defer func() { err = errors.Join(err, backend.Close()) }()
	return evals.Fresh{
		Backend: backend, Answers: gold, Load: e.verifier.Load, Rollouts: e.rollouts, Seed: e.seed, Active: sidesInFlight,
	}.Judge(ctx, preferences)
}

// answers are the problems' right answers.
func (e *evalPairs) answers(ctx context.Context) (map[string]string, error) {
	j := job{env: e.env, runFlags: runFlags{problems: e.problems, out: os.TempDir()}}
	problems, spooled, err := j.problems(ctx, ctx)
	if err != nil {
		return nil, err
	}
	defer spooled.discard()
	gold := map[string]string{}
	for problem, err := range problems.All(ctx) {
		if err != nil {
			return nil, err
		}
		gold[problem.ID] = problem.Answer
	}
	return gold, nil
}
