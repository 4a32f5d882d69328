package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// setting is one row of the table: a rule at a budget.
type setting struct {
	budget int
	z      float64 // 0 is the product rule
}

func (s setting) String() string {
	if s.z == 0 {
		return "product"
	}
	return fmt.Sprintf("race z=%v", s.z)
}

// promised are the settings that the rule's promise is about.
func promised() []setting {
	return []setting{{100, 1.64}, {200, 1.64}, {400, 1}}
}

// result is what a rule came to over many worlds. Rates are in [0, 1], values in pass rate.
type result struct {
	runs int
	// worse counts runs whose choice is truly worse than no skills; best those that chose the best;
	// kept those that kept none.
	worse, best, kept int
	// loss is the mean of how far the choice is below none, 0 where it is not; regret how far it is
	// below the best; gain how far above none.
	loss, regret, gain float64
	// squares is the mean squared loss, and calls the mean number of calls.
	squares, calls float64
}

// measure draws worlds and lets each rule choose in every one of them.
func measure(s scenario, rules []setting, runs int, seed uint64) ([]result, error) {
	sums := make([]result, len(rules))
	for i := range sums {
		sums[i].runs = runs
	}
	for run := range runs {
		w, err := s.draw(rand.New(rand.NewPCG(seed, uint64(run))))
		if err != nil {
			return nil, err
		}
		for i, rule := range rules {
			chosen, calls, err := rule.choose(&w, rand.New(rand.NewPCG(seed+1, uint64(run))))
			if err != nil {
				return nil, err
			}
			sums[i].add(w, chosen, calls)
		}
	}
	return sums, nil
}

func (s setting) choose(w *world, random *rand.Rand) (chosen, calls int, err error) {
	if s.z == 0 {
		return w.product(random, s.budget), s.budget, nil
	}
	return w.race(random, s.budget, s.z)
}

func (r *result) add(w world, chosen, calls int) {
	n := float64(r.runs)
	none, best := w.values[0], slices.Max(w.values)
	got := w.values[chosen]
	if got < none {
		r.worse++
	}
	if got == best {
		r.best++
	}
	if chosen == 0 {
		r.kept++
	}
	loss := max(0, none-got)
	r.loss += loss / n
	r.squares += loss * loss / n
	r.regret += (best - got) / n
	r.gain += (got - none) / n
	r.calls += float64(calls) / n
}

func (r result) share(count int) float64 { return float64(count) / float64(r.runs) }

// lossError is the standard error of the loss.
func (r result) lossError() float64 {
	return math.Sqrt((r.squares - r.loss*r.loss) / float64(r.runs))
}
