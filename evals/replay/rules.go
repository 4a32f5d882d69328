package main

import (
	"errors"
	"math/rand/v2"
	"slices"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/selfplay/replay"
)

// race is our rule. It returns the chosen candidate and the calls made.
func (w *world) race(random *rand.Rand, budget int, z float64) (chosen, calls int, err error) {
	r, err := replay.New(replay.Config{
		Candidates: w.names, Hard: w.probes.Hard, Easy: w.probes.Easy, Budget: budget, Z: z,
	})
	if err != nil {
		return 0, 0, err
	}
	for !r.Done() {
		call, ok := r.Next()
		if !ok {
			return 0, 0, errors.New("the race is stuck")
		}
		outcome := feedbackgen.Fail
		if w.pass(random, slices.Index(w.names, call.Candidate), call.Probe) {
			outcome = feedbackgen.Pass
		}
		if err := r.Observe(call, outcome); err != nil {
			return 0, 0, err
		}
	}
	choice, _ := r.Choice()
	return slices.Index(w.names, choice.Candidate), choice.Calls, nil
}

// product is the rule of Ctx2Skill (arXiv:2604.27660) with none among the candidates and on our
// probes: all get the same draws, half of them on hard and half on easy probes, and the greatest
// product of (passes+1)/(draws+1) wins, among equals the earliest.
func (w *world) product(random *rand.Rand, budget int) (chosen int) {
	draws := budget / len(w.names) / 2
	best := -1.0
	for c := range w.names {
		product := 1.0
		for _, probes := range [][]string{w.probes.Hard, w.probes.Easy} {
			passes := 0
			for d := range draws {
				if w.pass(random, c, probes[d%len(probes)]) {
					passes++
				}
			}
			product *= float64(passes+1) / float64(draws+1)
		}
		if product > best {
			best, chosen = product, c
		}
	}
	return chosen
}
