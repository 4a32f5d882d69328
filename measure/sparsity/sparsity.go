// Package sparsity measures how much of a model a training run changed: the share of weights that
// stayed where they were, by layer and by kind of matrix; how far two runs changed the same weights;
// and the rank of the change. Reinforcement learning on a model's own samples leaves most weights
// alone, fine-tuning on somebody else's text moves nearly all (arXiv:2505.11711, which measures with
// the same formulas: https://github.com/SagnikMukherjee/sparsity_in_rl).
//
// What is computed, exactly. Each weight is rounded to bfloat16 (to nearest, ties to even; a float64
// by way of float32). The update of a weight is the difference of the two, rounded to bfloat16. A
// weight is unchanged if its update is at most [Tolerance] in size, itself rounded to bfloat16:
// [ToleranceBF16]. That is torch.isclose(delta, 0, atol=1e-5) on bfloat16 tensors, bit for bit. An
// update that bfloat16 rounds away is unchanged, even if the files hold float32: a share near 1 says
// what bfloat16 inference would see, not that the optimizer stood still.
//
// The two sides may hold a tensor in different types (float64, float32, float16, bfloat16). Integer
// and truth-value tensors (buffers, mostly) are compared exactly and counted apart. A number that is
// not finite, before or after the rounding, is an error, and so are tensors that only one side has,
// or in another shape, and other types.
//
// The rank is that of the same update, whatever the files hold: the rounding to bfloat16 gives even
// an update of low rank, such as a merged adapter, nearly the full one.
package sparsity

import (
	"context"

	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
)

const (
	// Tolerance is the largest update that counts as none.
	Tolerance = 1e-5
	// ToleranceBF16 is [Tolerance] as bfloat16 holds it.
	ToleranceBF16 = 1.3125 / (1 << 17)
	// DefaultRankLimit is a limit for [Options] at which the largest matrix takes a core about ten
	// seconds.
	DefaultRankLimit = 2048
)

// Options of [Compare].
type Options struct {
	// RankLimit is the largest smaller side of a matrix whose update's rank is computed; larger ones
	// are listed as left out. Time grows with its cube, and memory is up to 32 bytes times its square.
	// 0 computes no rank.
	RankLimit int
}

// Compare measures the update from base to tuned. Errors about the checkpoints are of kind
// [feedbackgen.ErrInput]. At most two goroutines work on it, in a few megabytes of memory beside the
// report (rank: see [Options]).
func Compare(ctx context.Context, base, tuned *safetensors.Checkpoint, options Options) (Report, error) {
	items, err := align(base, tuned)
	if err != nil {
		return Report{}, err
	}
	tallies, err := scan(ctx, items, countChanged)
	if err != nil {
		return Report{}, err
	}
	ranks, err := measureRanks(ctx, items, options.RankLimit)
	if err != nil {
		return Report{}, err
	}
	report := newReport(base, tuned, items, tallies, ranks)
	if options.RankLimit > 0 {
		report.Ranks = newRanks(report.Tensors, ranks, options.RankLimit)
	}
	return report, nil
}

// CompareUpdates measures how far two updates of one base changed the same weights. Errors are as
// for [Compare].
func CompareUpdates(ctx context.Context, base, a, b *safetensors.Checkpoint) (Overlap, error) {
	items, err := align(base, a, b)
	if err != nil {
		return Overlap{}, err
	}
	tallies, err := scan(ctx, items, countOverlap)
	if err != nil {
		return Overlap{}, err
	}
	return newOverlap(items, tallies), nil
}
