package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// What every problem of the toy is like: steps of one in so many options, all equally likely, and an answer.
const (
	toyOptions = 4
	toySteps   = 5
)

// toy is a policy whose values are known. The log-odds of ending right are a sum of one normal term a
// step, drawn anew for every state, so that problems differ in which steps matter, and how hard they are.
type toy struct{}

func (toy) Policy(context.Context) (feedbackgen.Policy, error) {
	return feedbackgen.Policy{Backend: "toy", Model: "toy"}, nil
}

// Generate depends on the problem, the prefix and the seed alone.
func (toy) Generate(_ context.Context, req backends.Request) (backends.Response, error) {
	problem := req.Messages[0].Content
	var res backends.Response
	for i := range req.N {
		seed := req.Sampling.Seed + int64(i)
		random := rand.New(rand.NewPCG(uint64(seed), 1))
		text := req.Prefix
		for range toySteps - strings.Count(text, "\n") {
			text += fmt.Sprintf("option %d\n", random.IntN(toyOptions))
		}
		answer := 0
		if random.Float64() < toyChance(problem, text) {
			answer = 1
		}
		sampled := fmt.Sprintf("%sThe answer is %d.", text, answer)[len(req.Prefix):]
		sample := backends.Sample{Text: sampled, Finish: backends.FinishStop, Seed: seed}
		for step := range strings.Lines(sampled) { // a token each
			sample.Tokens++
			sample.Logprobs = append(sample.Logprobs, backends.TokenLogprob{Token: step, Logprob: -math.Log(toyOptions)})
		}
		res.Samples = append(res.Samples, sample)
	}
	return res, nil
}

// toyChance is the chance to end right after all steps.
func toyChance(problem, steps string) float64 {
	odds, state := -0.5, ""
	for step := range strings.Lines(steps) {
		state += step
		odds += rand.New(rand.NewPCG(uint64(backends.DrawSeed(7, problem, state, "toy", 0)), 2)).NormFloat64()
	}
	return 1 / (1 + math.Exp(-odds))
}

// toyBest is the highest chance that any five steps have, and toyMean that of steps by luck.
func toyBest(problem string) (best, mean float64) {
	paths := []string{""}
	for range toySteps {
		var longer []string
		for _, path := range paths {
			for option := range toyOptions {
				longer = append(longer, fmt.Sprintf("%soption %d\n", path, option))
			}
		}
		paths = longer
	}
	for _, path := range paths {
		v := toyChance(problem, path)
		best, mean = max(best, v), mean+v/float64(len(paths))
	}
	return best, mean
}
