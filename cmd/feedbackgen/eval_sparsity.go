package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/feedbackgen/feedbackgen/evals"
	"github.com/feedbackgen/feedbackgen/measure/sparsity"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
)

// evalSparsity is how much of a model an update changed.
type evalSparsity struct {
	env  environment
	out  evalOutput
	rank bool
}

func newEvalSparsity(env environment) *cobra.Command {
	e := evalSparsity{env: env, out: evalOutput{env: env}}
	cmd := &cobra.Command{
		Use:   "sparsity BASE TUNED [OTHER]",
		Short: "How much of a model an update changed",
		Long: `sparsity compares two checkpoints in the safetensors format, files or folders, sharded or not: the
share of weights that an update left as they were (1e-5 in bfloat16), by layer and by kind of matrix.
With a third one, tuned from the same base, it says how far the two updates changed the same weights.

Reinforcement learning on a model's own samples leaves most weights alone; fine-tuning on somebody
else's text moves nearly all.`,
		Example: `  feedbackgen eval sparsity base/ tuned/
  feedbackgen eval sparsity base.safetensors tuned.safetensors other.safetensors --rank --json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 || len(args) > 3 {
				return usage("eval sparsity takes two or three checkpoints, but got %d: feedbackgen eval sparsity BASE TUNED [OTHER]", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return e.eval(cmd.Context(), args) },
	}
	cmd.Flags().BoolVar(&e.rank, "rank", false, "also compute the effective rank of each matrix's update; slow for large matrices")
	e.out.register(cmd)
	return cmd
}

func (e *evalSparsity) eval(ctx context.Context, names []string) (err error) {
	ctx, cancel := interruptible(ctx, e.env.signals)
	defer cancel()
	if err := e.out.check(); err != nil {
		return err
	}
	checkpoints := make([]*safetensors.Checkpoint, 3)
	for i, name := range names {
		if checkpoints[i], err = safetensors.Open(name); err != nil {
			return err
		}
		defer func() { _ = checkpoints[i].Close() }() // they were only read
	}
	options := sparsity.Options{}
	if e.rank {
		options.RankLimit = sparsity.DefaultRankLimit
	}
	found, err := evals.EvalSparsity(ctx, checkpoints[0], checkpoints[1], checkpoints[2], options)
	if err != nil {
		return err
	}
	return e.out.show(found)
}
