package mcts

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
)

// exactBetter is P(X > Y) for Betas with whole parameters, by the closed sum.
func exactBetter(x, y posterior) float64 {
	lbeta := func(a, b float64) float64 {
		la, _ := math.Lgamma(a)
		lb, _ := math.Lgamma(b)
		lab, _ := math.Lgamma(a + b)
		return la + lb - lab
	}
	sum := 0.0
	for i := 0.0; i < x.a; i++ {
		sum += math.Exp(lbeta(y.a+i, x.b+y.b) - math.Log(x.b+i) - lbeta(1+i, x.b) - lbeta(y.a, y.b))
	}
	return sum
}

func TestBetterMatchesTheClosedForm(t *testing.T) {
	for a := 1.0; a <= 20; a += 3 {
		for b := 1.0; b <= 20; b += 3 {
			for c := 1.0; c <= 20; c += 3 {
				x, y := posterior{a: a, b: b}, posterior{a: c, b: 5}
				if got, want := better(x, y), exactBetter(x, y); math.Abs(got-want) > 2e-3 {
					t.Errorf("P(Beta(%g,%g) > Beta(%g,5)) = %.5f, want %.5f", a, b, c, got, want)
				}
			}
		}
	}
}

func TestBetterIsAProbabilityOfTwoSides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		param := rapid.Float64Range(0.02, 200)
		x := posterior{a: param.Draw(t, "a"), b: param.Draw(t, "b")}
		y := posterior{a: param.Draw(t, "c"), b: param.Draw(t, "d")}
		p, q := better(x, y), better(y, x)
		if p < 0 || p > 1 || math.Abs(p+q-1) > 1e-9 {
			t.Fatalf("P(x>y) = %v, P(y>x) = %v", p, q)
		}
		if x.a+x.b >= 4 && y.a+y.b >= 4 && hopeless(x, y) && p >= 0.95 {
			t.Fatalf("the shortcut drops a pair of probability %v", p)
		}
	})
}

func TestCertainValuesNeedAMargin(t *testing.T) {
	right, wrong := posterior{certain: true, a: 1}, posterior{certain: true}
	sure := posterior{a: 99, b: 1} // its mean is .99: a right answer is no better than that
	if p := better(right, sure); p > 0.1 {
		t.Errorf("a right answer is called better than a step of value .99 with probability %v", p)
	}
	if p := better(right, posterior{a: 2, b: 8}); p < 0.99 {
		t.Errorf("a right answer beats a step of value .2 with probability %v only", p)
	}
	if better(right, wrong) != 1 || better(wrong, right) != 0 || better(right, right) != 0 {
		t.Error("right against wrong is certain, and against its like it is nothing")
	}
}

// The child's own rollouts are not in its prior: they would be counted twice.
func TestPriorLeavesTheChildsOwnRolloutsOut(t *testing.T) {
	tr := newTree(8)
	add := func(step string, outcome feedbackgen.Outcome) {
		tr.launch(root)
		tr.landed(root)
		tr.apply(root, feedbackgen.Trajectory{Steps: []feedbackgen.Step{{Text: step}, {Text: "x"}}, Outcome: outcome}, true, 1)
	}
	for range 3 {
		add("a\n", feedbackgen.Pass)
		add("b\n", feedbackgen.Fail)
	}
	got := tr.posteriors(4)
	// Without its own, a's parent saw 0 of 3, b's 3 of 3; with the root's uniform prior 1/5 and 4/5.
	if a := got[1]; math.Abs(a.a-(4*0.2+3)) > 1e-12 || math.Abs(a.b-4*0.8) > 1e-12 {
		t.Errorf("a's posterior is Beta(%g, %g), want Beta(3.8, 3.2)", a.a, a.b)
	}
	if b := got[2]; math.Abs(b.a-4*0.8) > 1e-12 || math.Abs(b.b-(4*0.2+3)) > 1e-12 {
		t.Errorf("b's posterior is Beta(%g, %g), want Beta(3.2, 3.8)", b.a, b.b)
	}
}

// Toy trees whose values are known: pairs that pass the gate are right at least as often as the
// gate says, which raw gaps are far from.
func TestGatedPairsAreRight(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	right, all, stated := 0, 0, 0.0
	for range 1600 {
		tr, rule := newTree(4), &descent{score: uct(1)}
		values := map[nodeID]float64{root: rng.Float64()}
		for i := range 64 {
			at := root
			if i >= 8 {
				at = rule.pick(tr)
			}
			tr.launch(at)
			tr.landed(at)
			// A step drawn here: one of four, each with a value of its own around its parent's.
			step := string(rune('a' + rng.IntN(4)))
			id, isNew := tr.child(at, step, false, &feedbackgen.Trajectory{})
			if isNew {
				// Children scatter around their parent, whose value is their mean.
				spread := distuv.Beta{Alpha: 3*values[at] + 0.05, Beta: 3*(1-values[at]) + 0.05, Src: rng}
				values[id] = spread.Rand()
			}
			outcome := feedbackgen.Fail
			if rng.Float64() < values[id] {
				outcome = feedbackgen.Pass
			}
			tr.apply(at, feedbackgen.Trajectory{Steps: []feedbackgen.Step{{Text: step}, {Text: "x"}}, Outcome: outcome}, true, 1)
		}
		r := &search{Search: &Search{cfg: Config{MinProbability: 0.95, MinRollouts: 2}}, tree: tr}
		posteriors := tr.posteriors(6)
		for id := range tr.nodes {
			used := map[nodeID]bool{}
			for _, c := range r.gate(r.eligible(tr.nodes[id].children), posteriors) {
				if used[c.chosen] || used[c.rejected] {
					continue
				}
				used[c.chosen], used[c.rejected] = true, true
				all++
				stated += c.probability
				if values[c.chosen] > values[c.rejected] {
					right++
				}
			}
		}
	}
	realised := float64(right) / float64(all)
	t.Logf("%d pairs, stated %.3f, realised %.3f", all, stated/float64(all), realised)
	if all < 300 || realised < 0.95 {
		t.Errorf("%d of %d pairs are right (%.3f), want at least .95 of at least 300", right, all, realised)
	}
}

// A low gate lets every pair through that reaches it, and a high one is not kept from any by the shortcut
// that spares it the integral.
func TestTheGateMissesNoPair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mean := rapid.Float64Range(0.01, 0.99).Draw(t, "mean")
		side := func(name string) posterior {
			n := rapid.IntRange(0, 20).Draw(t, name+" rollouts")
			k := rapid.IntRange(0, n).Draw(t, name+" passes")
			return posterior{a: 6*mean + float64(k), b: 6*(1-mean) + float64(n-k)}
		}
		both := []posterior{side("x"), side("y")}
		if both[0].mean() < both[1].mean() {
			both[0], both[1] = both[1], both[0]
		}
		p := better(both[0], both[1])
		least := rapid.SampledFrom([]float64{0.6, 0.8, 0.9, 0.95}).Draw(t, "least")
		r := search{Search: &Search{cfg: Config{MinProbability: least}}}
		if got := r.gate([]nodeID{0, 1}, both); (len(got) == 1) != (p >= least) {
			t.Fatalf("P = %v, the gate is at %v, and lets %d through", p, least, len(got))
		}
	})
}
