package run_test

import (
	"context"
	"fmt"
	"os"

	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/run"
	"github.com/feedbackgen/feedbackgen/store"
)

// Two problems go through a module; the second start finds that there is nothing left to do.
func Example() {
	if err := example(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 2 of 2 done, 6 records, 12 calls
	// 2 of 2 done, 6 records, 12 calls
}

func example() error {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for range 2 {
		if err := exampleStart(dir); err != nil {
			return err
		}
	}
	return nil
}

func exampleStart(dir string) (err error) {
	ctx, stop := backends.Drainable(context.Background())
	defer stop(nil)
	s, err := store.Open(ctx, dir)
	if err != nil {
		return err
	}
	summary, err := run.Run(ctx, run.Config{
		Dir: dir, Store: s, Module: sampler{}, Backend: &server{}, Policy: policy,
		Identity: run.Identity{{Name: "seed", Value: "1"}},
		Problems: problems(2), Total: 2,
	})
	if err != nil {
		return err
	}
	n := summary.Problems
	fmt.Printf("%d of %d done, %d records, %d calls\n", n.Done, n.Total, summary.Records["sft"], summary.Usage.Calls)
	return s.Close()
}
