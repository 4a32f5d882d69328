package main

import (
	"math/rand/v2"
	"strconv"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/feedbackgen/feedbackgen/guard/format"
)

// world is a policy whose three formats are drawn a prompt: each prompt has shares of its own, from
// a symmetric Dirichlet distribution, and a group of completions that come together.
type world struct {
	name string
	// group is how many completions a prompt has.
	group int
	// concentration is the Dirichlet's parameter of each format; 0 for formats that do not depend on
	// the prompt. At 0.1, the likeliest format of a prompt has 0.91 of its completions on average.
	concentration float64
}

const formats = 3

// worlds are the cases that the alarm is tried on. With 15 completions a prompt, 200 are no more than
// 13 or 14 prompts.
func worlds() []world {
	return []world{
		{"formats independent of prompts, 1 completion a prompt", 1, 0},
		{"formats independent of prompts, 15 completions a prompt", 15, 0},
		{"formats strongly dependent on prompts (Dirichlet 0.1), 8 completions a prompt", 8, 0.1},
		{"formats strongly dependent on prompts (Dirichlet 0.1), 15 completions a prompt", 15, 0.1},
	}
}

// prompt draws the formats' shares of a new prompt.
func (w world) prompt(rng *rand.Rand) [formats]float64 {
	if w.concentration == 0 {
		return [formats]float64{1. / formats, 1. / formats, 1. / formats}
	}
	var shares [formats]float64
	for sum := 0.0; sum == 0; { // all may be too small for a float64
		gamma := distuv.Gamma{Alpha: w.concentration, Beta: 1, Src: rng}
		for i := range shares {
			shares[i] = gamma.Rand()
			sum += shares[i]
		}
		for i := range shares {
			shares[i] /= sum
		}
	}
	return shares
}

func pick(rng *rand.Rand, shares [formats]float64) int {
	u := rng.Float64()
	for i, s := range shares[:formats-1] {
		if u < s {
			return i
		}
		u -= s
	}
	return formats - 1
}

// base draws n completions of the base policy.
func (w world) base(rng *rand.Rand, n int) []format.Observation {
	observed := make([]format.Observation, 0, n)
	for prompt := 0; len(observed) < n; prompt++ {
		shares := w.prompt(rng)
		for range min(w.group, n-len(observed)) {
			observed = append(observed, format.Observation{Prompt: strconv.Itoa(prompt), Class: pick(rng, shares)})
		}
	}
	return observed
}

// ring draws a stream of n new prompts' completions, and tells when the alarm rang. From the
// completion number forced on, format 0 is forced from 1/3 to share: as often as that takes, a
// completion is of format 0 whatever its prompt prefers; forced at n or later never happens.
func (w world) ring(rng *rand.Rand, a format.Alarm, n, forced int, share float64) (after int, rang bool) {
	const base = 1. / formats
	replaced := (share - base) / (1 - base)
	watch := a.Watch()
	for i, prompt := 0, 0; i < n; prompt++ {
		shares := w.prompt(rng)
		for range min(w.group, n-i) {
			class := pick(rng, shares)
			if i >= forced && rng.Float64() < replaced {
				class = 0
			}
			watch.Add(strconv.Itoa(prompt), class)
			if ring, rang := watch.Rang(); rang {
				return ring.After, true
			}
			i++
		}
	}
	return 0, false
}
