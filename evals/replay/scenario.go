package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/feedbackgen/feedbackgen/selfplay/replay"
)

// scenario says how skills act on a model's pass rates, in log-odds. A tenth is about two points in
// the middle.
type scenario struct {
	name string
	// mean and spread are of the snapshots' mean effects, which are normal.
	mean, spread float64
}

// scenarios are committed: they were written down before the rule was tuned, and are not to be fitted
// to it. About half of the small effects are harmful.
func scenarios() []scenario {
	return []scenario{
		{"small", 0, 0.2},
		{"typical", 0.2, 0.4},
		{"large", 0.5, 0.7},
		{"harmful", -0.4, 0.4},
	}
}

const (
	snapshots = 5   // besides none
	tasks     = 150 // that wrote no skill
	tried     = 12  // draws of each task before the race
	hardMost  = 24
	easyMost  = 12
	// own is the spread of a snapshot's effect from task to task, around its mean effect.
	own = 0.5
)

// world is one self-play run at its end: the true pass rates of all candidates on all tasks.
type world struct {
	names []string
	rates [][]float64 // by candidate, by task; candidate 0 is none
	// values are the candidates' mean rates over all tasks.
	values []float64
	probes replay.Probes
	index  map[string]int
}

// draw makes a world: tasks' log-odds are normal around 0 with spread 1.5.
func (s scenario) draw(random *rand.Rand) (world, error) {
	w := world{names: []string{replay.None}, index: map[string]int{}}
	base := make([]float64, tasks)
	for i := range base {
		base[i] = 1.5 * random.NormFloat64()
	}
	w.add(base)
	for c := range snapshots {
		w.names = append(w.names, fmt.Sprintf("round-%d", c+1))
		effect := s.mean + s.spread*random.NormFloat64()
		shifted := make([]float64, tasks)
		for i := range shifted {
			shifted[i] = base[i] + effect + own*random.NormFloat64()
		}
		w.add(shifted)
	}
	var before []replay.Task
	for i := range tasks {
		t := replay.Task{ID: fmt.Sprintf("task-%03d", i)}
		w.index[t.ID] = i
		for range tried {
			if random.Float64() < w.rates[0][i] {
				t.Passed++
			} else {
				t.Failed++
			}
		}
		before = append(before, t)
	}
	var err error
	w.probes, err = replay.Select(before, nil, hardMost, easyMost)
	return w, err
}

func (w *world) add(logOdds []float64) {
	rates, sum := make([]float64, len(logOdds)), 0.0
	for i, l := range logOdds {
		rates[i] = 1 / (1 + math.Exp(-l))
		sum += rates[i]
	}
	w.rates = append(w.rates, rates)
	w.values = append(w.values, sum/float64(len(rates)))
}

// pass is one judged answer of a candidate to a probe.
func (w *world) pass(random *rand.Rand, candidate int, probe string) bool {
	return random.Float64() < w.rates[candidate][w.index[probe]]
}

// beyond are scenarios that nothing is promised of, in which proof is hardest to come by: skills that
// do next to nothing, or a little harm.
func beyond() []scenario {
	return []scenario{
		{"(nothing)", 0, 0.05},
		{"(slight harm)", -0.1, 0.1},
	}
}
