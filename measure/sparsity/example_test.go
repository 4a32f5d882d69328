package sparsity_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/feedbackgen/feedbackgen/measure/sparsity"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors/safetensorstest"
)

// open stands for safetensors.Open, which reads a file or a folder.
func open(name string, weights ...float32) (*safetensors.Checkpoint, error) {
	file := safetensorstest.File(safetensorstest.F32("layers.0.q_proj.weight", []int64{2, 2}, weights...))
	return safetensors.OpenFS(name, fstest.MapFS{"model.safetensors": {Data: file}})
}

// One of four weights has moved; another one's change is lost in bfloat16.
func ExampleCompare() {
	base, err := open("before", 1, 2, 3, 4)
	if err != nil {
		fmt.Println(err)
		return
	}
	tuned, err := open("after", 1.5, 2, 3.0001, 4)
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := sparsity.Compare(context.Background(), base, tuned, sparsity.Options{RankLimit: sparsity.DefaultRankLimit})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d of %d unchanged: %.2f\n", report.Overall.Unchanged, report.Overall.Elements, *report.Overall.Share)
	fmt.Printf("%s: %.2f\n", report.Kinds[0].Name, *report.Kinds[0].Share.Share)
	fmt.Printf("effective rank %.1f\n", *report.Ranks.Mean)
	// Output:
	// 3 of 4 unchanged: 0.75
	// q_proj.weight: 0.75
	// effective rank 0.5
}

// Two runs from one base: the weights that both moved, against chance.
func ExampleCompareUpdates() {
	var runs [3]*safetensors.Checkpoint
	for i, weights := range [][]float32{{1, 2, 3, 4}, {2, 3, 3, 4}, {2, 2, 3, 4}} {
		var err error
		if runs[i], err = open("run", weights...); err != nil {
			fmt.Println(err)
			return
		}
	}
	overlap, err := sparsity.CompareUpdates(context.Background(), runs[0], runs[1], runs[2])
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("of A %.2f (chance %.2f), of B %.2f (chance %.2f)\n",
		*overlap.ShareOfA, *overlap.ChanceOfA, *overlap.ShareOfB, *overlap.ChanceOfB)
	// Output:
	// of A 0.50 (chance 0.25), of B 1.00 (chance 0.50)
}
