package store_test

import (
	"context"
	"fmt"
	"os"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/store"
)

func Example() {
	if err := example(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// problem p1 is done, with 1 record(s)
	// {"prompt":"2+2","completion":"4"}
}

func example(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()

	run, err := store.Open(ctx, dir)
	if err != nil {
		return err
	}
	if err := run.Finish(ctx, store.Job{
		Index: 0, ID: "p1", Status: store.Done,
		Records: []store.Line{{Kind: feedbackgen.KindSFT, JSON: []byte(`{"prompt":"2+2","completion":"4"}`)}},
	}); err != nil {
		return err
	}
	for job, err := range run.Jobs(ctx, 0) {
		if err != nil {
			return err
		}
		fmt.Printf("problem %s is %s, with %d record(s)\n", job.ID, job.Status, job.Lines[feedbackgen.KindSFT])
	}
	for line, err := range run.Records(ctx, feedbackgen.KindSFT) {
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	return run.Close()
}
