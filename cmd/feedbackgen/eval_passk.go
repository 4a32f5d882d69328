package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/feedbackgen/feedbackgen/evals"
	"github.com/feedbackgen/feedbackgen/store"
)

// evalPassK is pass@k of one model, or of two.
type evalPassK struct {
	env   environment
	in    evalInput
	out   evalOutput
	tuned string
	ks    []int
}

func newEvalPassK(env environment) *cobra.Command {
	e := evalPassK{env: env, out: evalOutput{env: env}}
	cmd := &cobra.Command{
		Use:   "passk",
		Short: "How many problems a model solves in k draws",
		Long: `passk estimates pass@k without bias from n draws a problem of which c pass. With --tuned it compares
two models over the same problems: the gain, and which problems only one of them reaches. Training
that only reweights what a model can already do raises pass@1 and not pass@k for a large k.

--run reads every record of the run, before the guards; a file of groups lacks the problems that the
model always or never solves, and the result says so.`,
		Example: `  feedbackgen eval passk --run run --k 1,4,16
  feedbackgen eval passk --in base.jsonl --tuned tuned.jsonl --figure passk.svg`,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.eval(cmd.Context()) },
	}
	e.in.register(cmd.Flags(), `{"problem":"p1","n":16,"c":3}, or groups.jsonl`)
	cmd.Flags().StringVar(&e.tuned, "tuned", "", "a second model's rows or run, over the same problems")
	cmd.Flags().IntSliceVar(&e.ks, "k", []int{1, 2, 4, 8}, "the numbers of draws")
	e.out.register(cmd)
	return cmd
}

func (e *evalPassK) eval(ctx context.Context) error {
	ctx, cancel := interruptible(ctx, e.env.signals)
	defer cancel()
	if err := e.in.check(); err != nil {
		return err
	}
	for _, k := range e.ks {
		if k < 1 {
			return usage("--k %d: must be at least 1", k)
		}
	}
	if err := e.out.check(); err != nil {
		return err
	}
	base, err := e.draws(ctx, e.in)
	if err != nil {
		return err
	}
	if e.tuned == "" {
		return e.out.show(evals.EvalPassK(base, e.ks))
	}
	second := evalInput{in: e.tuned}
	if isDirectory(e.tuned) {
		second = evalInput{run: e.tuned}
	}
	tuned, err := e.draws(ctx, second)
	if err != nil {
		return err
	}
	pair, err := evals.EvalPassKPair(base, tuned, e.ks)
	if err != nil {
		return err
	}
	return e.out.show(pair)
}

func (e *evalPassK) draws(ctx context.Context, in evalInput) (draws evals.Draws, err error) {
	err = in.read(ctx, e.env.stdin, func(rows rows) (err error) {
		draws, err = evals.ReadDraws(rows)
		return err
	})
	if err != nil || in.run == "" {
		return draws, err
	}
	err = withRun(ctx, in.run, func(run *store.Reader) error {
		silent, err := evals.FindSilent(ctx, run)
		draws = draws.WholeRun(silent)
		return err
	})
	return draws, err
}
