package main

import (
	"bytes"
	"context"
	"errors"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/embedded"
	"github.com/feedbackgen/feedbackgen/verify"
)

// completion is one draw of the embedded model, in the order of problems and seeds.
type completion struct {
	problem string
	text    string
	outcome feedbackgen.Outcome
}

// draw lets the embedded model solve each of the first problems of its bundled ones, perProblem
// times at temperature 1. The same numbers give the same completions.
func draw(ctx context.Context, problems, perProblem int, seed int64) (drawn []completion, err error) {
	set, err := feedbackgen.CheckProblems(ctx, "bundled problems", func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(embedded.Problems())), nil
	})
	if err != nil {
		return nil, err
	}
	backend, err := embedded.Default()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, backend.Close()) }()
	rule, err := verify.New("number")
	if err != nil {
		return nil, err
	}
	problems = min(problems, set.Count)
	drawn = make([]completion, problems*perProblem)
	var work errgroup.Group
	work.SetLimit(16)
	for p, err := range set.All(ctx) {
		if err != nil {
			return nil, errors.Join(err, work.Wait())
		}
		if p.Index >= problems {
			break
		}
		work.Go(func() error {
			first := p.Index * perProblem
			response, err := backend.Generate(ctx, backends.Request{Messages: p.Prompt, N: perProblem, Sampling: feedbackgen.Sampling{
				Temperature: 1, TopP: 1, MaxTokens: 160, Seed: seed + int64(first),
			}})
			if err != nil {
				return err
			}
			for i, sample := range response.Samples {
				cut := sample.Finish != backends.FinishStop
				drawn[first+i] = completion{p.ID, sample.Text, rule.Verify(sample.Text, cut, p.Answer).Outcome}
			}
			return nil
		})
	}
	return drawn, work.Wait()
}
