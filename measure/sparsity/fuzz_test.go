package sparsity_test

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/sparsity"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors/safetensorstest"
)

// Whatever two files hold: a report whose counts add up, or an error about the input.
func FuzzCompare(f *testing.F) {
	square := []int64{2, 2}
	f.Add(safetensorstest.File(bf16("w", square, 1, 2, 3, 4)), safetensorstest.File(bf16("w", square, 1, 2, 3, 5)))
	f.Add(safetensorstest.File(bf16("w", square, 1, 2, 3, 4)), safetensorstest.File(safetensorstest.F32("w", square, 1, 2, 3, 5)))
	f.Add(safetensorstest.File(exact("a.1.w", safetensors.F16, []int64{3}, 1, 2, 3, 4, 5, 6)), safetensorstest.File(exact("a.1.w", safetensors.F64, []int64{1}, 1, 2, 3, 4, 5, 6, 7, 8)))
	f.Add(safetensorstest.File(exact("ids", safetensors.I64, nil, 1, 2, 3, 4, 5, 6, 7, 8)), safetensorstest.File(exact("ids", safetensors.I64, nil, 1, 2, 3, 4, 5, 6, 7, 9)))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		var c [2]*safetensors.Checkpoint
		for i, file := range [][]byte{one, two} {
			var err error
			if c[i], err = safetensors.OpenFS("ckpt", fstest.MapFS{"model.safetensors": {Data: file}}); err != nil {
				return // FuzzOpenFS looks at these
			}
		}
		report, err := sparsity.Compare(context.Background(), c[0], c[1], sparsity.Options{RankLimit: 16})
		if err != nil {
			if !errors.Is(err, feedbackgen.ErrInput) {
				t.Fatalf("not called bad input: %v", err)
			}
			return
		}
		both := report.Overall.Elements + report.Exact.Elements
		sum := sparsity.Share{}
		for _, tensor := range report.Tensors {
			if tensor.Unchanged < 0 || tensor.Unchanged > tensor.Elements {
				t.Fatalf("%+v", tensor)
			}
			if r := tensor.EffectiveRank; r != nil && (*r < 0 || *r > 1) {
				t.Fatalf("effective rank %v", *r)
			}
			sum.Elements += tensor.Elements
			sum.Unchanged += tensor.Unchanged
		}
		if both != sum.Elements || report.Overall.Unchanged+report.Exact.Unchanged != sum.Unchanged {
			t.Fatalf("%+v and %+v of %+v", report.Overall, report.Exact, sum)
		}
		for _, groups := range [][]sparsity.Group{report.Layers, report.Kinds} {
			unchanged := int64(0)
			for _, g := range groups {
				unchanged += g.Unchanged
			}
			if unchanged != report.Overall.Unchanged {
				t.Fatalf("%d unchanged in groups, %d overall", unchanged, report.Overall.Unchanged)
			}
		}
	})
}
