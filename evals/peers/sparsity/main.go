// Command sparsity prints what measure/sparsity finds in checkpoints, as JSON, for compare.py to hold
// against numpy; and times it.
//
//	go run ./evals/peers/sparsity -base DIR -tuned DIR [-rank 2048]     the report of one update
//	go run ./evals/peers/sparsity -base DIR -tuned DIR -other DIR       the overlap of two
//	go run ./evals/peers/sparsity -bench                                speed on files of 500 MB, which it writes
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log"
	"os"

	"github.com/feedbackgen/feedbackgen/measure/sparsity"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
)

func main() {
	base := flag.String("base", "", "the checkpoint before the update: a file or a folder")
	tuned := flag.String("tuned", "", "the checkpoint after it")
	other := flag.String("other", "", "another update of the same base, for the overlap")
	rank := flag.Int("rank", 0, "the largest side of a matrix whose rank is computed")
	timed := flag.Bool("bench", false, "time it on files of its own, in the folder for temporary files")
	flag.Parse()
	ctx := context.Background()
	var err error
	if *timed {
		err = bench(ctx, os.Stdout)
	} else {
		err = report(ctx, os.Stdout, *base, *tuned, *other, sparsity.Options{RankLimit: *rank})
	}
	if err != nil {
		log.Fatal(err)
	}
}

// report prints the report of one update or, with another, the overlap of two.
func report(ctx context.Context, w io.Writer, base, tuned, other string, options sparsity.Options) (err error) {
	names := []string{base, tuned}
	if other != "" {
		names = append(names, other)
	}
	var opened []*safetensors.Checkpoint
	defer func() {
		for _, c := range opened {
			err = errors.Join(err, c.Close())
		}
	}()
	for _, name := range names {
		c, err := safetensors.Open(name)
		if err != nil {
			return err
		}
		opened = append(opened, c)
	}
	var found any
	if other == "" {
		found, err = sparsity.Compare(ctx, opened[0], opened[1], options)
	} else {
		found, err = sparsity.CompareUpdates(ctx, opened[0], opened[1], opened[2])
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(found)
}
