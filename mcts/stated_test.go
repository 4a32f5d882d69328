package mcts

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
)

// scattered grows a tree by uct in which a child's value is a draw from a Beta around its parent's, worth
// strength(depth); it returns the values.
func scattered(rng *rand.Rand, draws int, strength func(depth int) float64) (*tree, []float64) {
	tr := newTree(4)
	rule := &descent{score: uct(1)}
	values := []float64{rng.Float64()}
	for i := range draws {
		at := root
		if i >= 8 {
			at = rule.pick(tr)
		}
		tr.launch(at)
		tr.landed(at)
		steps, last, p := []feedbackgen.Step{}, at, values[at]
		for range 3 {
			step := string(rune('a' + rng.IntN(4)))
			steps = append(steps, feedbackgen.Step{Text: step})
			id, isNew := tr.child(last, step, false, &feedbackgen.Trajectory{})
			if isNew {
				s := strength(int(tr.nodes[id].depth))
				values = append(values, distuv.Beta{Alpha: s*p + 1e-3, Beta: s*(1-p) + 1e-3, Src: rng}.Rand())
			}
			last, p = id, values[id]
		}
		outcome := feedbackgen.Fail
		if rng.Float64() < p {
			outcome = feedbackgen.Pass
		}
		tr.apply(at, feedbackgen.Trajectory{Steps: append(steps, feedbackgen.Step{Text: "end"}), Outcome: outcome}, true, 3)
	}
	return tr, values
}

// Whatever steps decide, the stated values are about right, and nearer to the truth than shares and than
// one strength that is far off; where six draws happen to be about right, learning costs a third.
func TestStatedValuesFitTheTree(t *testing.T) {
	for name, strength := range map[string]func(int) float64{
		"steps decide everything": func(int) float64 { return 0.2 },
		"steps decide little":     func(int) float64 { return 12 },
		"late steps decide":       func(depth int) float64 { return []float64{0, 12, 2, 0.2}[min(depth, 3)] },
	} {
		rng := rand.New(rand.NewPCG(1, 1))
		nodes, stated, fixed, share := 0.0, 0.0, 0.0, 0.0
		var said, truly [10]float64
		for range 150 {
			tr, truth := scattered(rng, 48, strength)
			values, posteriors := tr.stated(), tr.posteriors(6)
			for id := 1; id < len(tr.nodes); id++ {
				if tr.nodes[id].terminal || int(tr.nodes[id].depth) > 3 {
					continue
				}
				own := tr.nodes[id].own()
				square := func(x float64) float64 { return (x - truth[id]) * (x - truth[id]) }
				nodes++
				stated += square(values[id].mean())
				fixed += square(posteriors[id].mean())
				share += square(float64(own.passes) / float64(own.rollouts))
				bin := min(int(10*values[id].mean()), 9)
				said[bin] += values[id].mean()
				truly[bin] += truth[id]
			}
		}
		ece := 0.0
		for bin := range said {
			ece += math.Abs(said[bin]-truly[bin]) / nodes
		}
		t.Logf("%s: %.0f nodes, ECE %.3f, squared errors: stated %.4f, strength 6 %.4f, shares %.4f", name, nodes, ece, stated/nodes, fixed/nodes, share/nodes)
		if ece > 0.06 || stated > share || stated > 1.4*fixed {
			t.Errorf("%s: values are off", name)
		}
	}
}

// Values are probabilities, certain where the outcome is, and the same however often they are read.
func TestStatedValuesAreProbabilities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr, _ := scattered(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)), rapid.IntRange(1, 64).Draw(t, "draws"), func(int) float64 { return 1 })
		first, again := tr.stated(), tr.stated()
		for id, v := range first {
			if m := v.mean(); !(m >= 0 && m <= 1) || v != again[id] {
				t.Fatalf("node %d: %+v, then %+v", id, v, again[id])
			}
			if n := &tr.nodes[id]; n.terminal != v.certain {
				t.Fatalf("node %d: terminal %v, certain %v", id, n.terminal, v.certain)
			}
			if !v.certain && !(v.a > 0 && v.b > 0) {
				t.Fatalf("node %d is no Beta: %+v", id, v)
			}
		}
	})
}

// Both ways to a likelihood agree, and the probabilities of all that may happen sum to 1.
func TestLikelihoodsSumToOne(t *testing.T) {
	for _, prior := range [][2]float64{{0.01, 0.1}, {0.5, 0.5}, {12, 4}} {
		for n := range int32(few + 1) {
			sum, ways := 0.0, 1.0
			for k := range n + 1 {
				draws := tally{passes: k, rollouts: n}
				p := likelihood(draws, prior[0], prior[1])
				if q := math.Exp(logLikelihood(draws, prior[0], prior[1])); math.Abs(p-q) > 1e-9 {
					t.Errorf("%d of %d under %v: %v and %v", k, n, prior, p, q)
				}
				sum += ways * p
				ways *= float64(n-k) / float64(k+1)
			}
			if math.Abs(sum-1) > 1e-9 {
				t.Errorf("all of %d draws under %v sum to %v", n, prior, sum)
			}
		}
	}
}

// BenchmarkStated is what the stated values of a tree of 100,000 nodes cost.
func BenchmarkStated(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	tr := newTree(4)
	for len(tr.nodes) < 100_000 {
		at := nodeID(rng.IntN(len(tr.nodes)))
		if tr.nodes[at].terminal {
			continue
		}
		tr.launch(at)
		tr.landed(at)
		outcome := []feedbackgen.Outcome{feedbackgen.Pass, feedbackgen.Fail}[rng.IntN(2)]
		tr.apply(at, feedbackgen.Trajectory{Steps: []feedbackgen.Step{{Text: string(rune('a' + rng.IntN(20)))}, {Text: "end"}}, Outcome: outcome}, true, 1)
	}
	for b.Loop() {
		tr.stated()
	}
}
