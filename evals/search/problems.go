package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends/embedded"
)

// readProblems are the bundled ones, or from the working tree those that were held out.
func readProblems(ctx context.Context, holdout bool) ([]feedbackgen.Problem, error) {
	name, text := "tune.jsonl", embedded.Problems()
	if holdout {
		name = filepath.Join("backends", "embedded", "problems", "holdout.jsonl")
		var err error
		if text, err = os.ReadFile(name); err != nil {
			return nil, &feedbackgen.Failure{Op: "read problems", Cause: err, Hint: "run it in the root of the repository"}
		}
	}
	set, err := feedbackgen.CheckProblems(ctx, name, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil })
	if err != nil {
		return nil, err
	}
	var problems []feedbackgen.Problem
	for problem, err := range set.All(ctx) {
		if err != nil {
			return nil, err
		}
		problems = append(problems, problem)
	}
	return problems, nil
}
