package mcts

import (
	"math"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// told is a tree with a rule that hears of everything.
type told struct {
	*tree
	rule selector
}

func newTold(selection Selection, width int) told {
	return told{newTree(width), ruleOf(selection)}
}

// draw applies a draw from a node that goes on with the steps given, and returns where it ends.
func (s told) draw(at nodeID, outcome feedbackgen.Outcome, steps ...string) nodeID {
	sampled := feedbackgen.Trajectory{Outcome: outcome}
	for _, step := range append(steps, "the end") {
		sampled.Steps = append(sampled.Steps, feedbackgen.Step{Text: step})
	}
	s.launch(at)
	s.rule.changed(s.tree, at, at)
	s.landed(at)
	s.apply(at, sampled, true, len(steps)) // the last step is left out: it would be an ended child
	end := s.rollouts[len(s.rollouts)-1].node
	s.rule.changed(s.tree, at, end)
	return end
}

// drawn applies so many passes and fails.
func (s told) drawn(at nodeID, passes, fails int, steps ...string) (end nodeID) {
	for range passes {
		end = s.draw(at, feedbackgen.Pass, steps...)
	}
	for range fails {
		end = s.draw(at, feedbackgen.Fail, steps...)
	}
	return end
}

func TestRulesGoWhereTheyShould(t *testing.T) {
	for _, c := range []struct {
		selection Selection
		want      string
	}{
		{UCT, "solved\n"},
		{Frontier, "solved\n"},
		{Balanced, "half\n"},
	} {
		s := newTold(c.selection, 4)
		s.drawn(root, 6, 0, "solved\n")
		s.drawn(root, 3, 3, "half\n")
		s.drawn(root, 0, 6, "failed\n")
		if got := s.nodes[s.rule.pick(s.tree)].step; got != c.want {
			t.Errorf("%s starts at %q, want %q", c.selection, got, c.want)
		}
	}
}

// Of two steps that do equally well, puct explores the one that the policy finds likely.
func TestPUCTExploresWhatIsLikely(t *testing.T) {
	s := newTold(PUCT, 4)
	s.setPriors(root, s.drawn(root, 2, 2, "odd\n"), []float64{0.1})
	likely := s.drawn(root, 2, 2, "likely\n")
	s.setPriors(root, likely, []float64{0.9})
	if got := s.rule.pick(s.tree); got != likely {
		t.Errorf("it starts at %q", s.nodes[got].step)
	}
}

// Thompson sampling goes deeper where the child does better than new draws, and wider where worse.
func TestThompsonGoesWiderOrDeeper(t *testing.T) {
	share := func(passes, fails int) float64 {
		s := newTold(Thompson, 100)
		s.drawn(root, 10, 10, "a\n")
		child := s.nodes[root].children[0]
		s.drawn(child, passes, fails)
		deeper := 0
		for range 400 {
			if s.rule.pick(s.tree) != root {
				deeper++
			}
		}
		return float64(deeper) / 400
	}
	better, worse := share(30, 0), share(0, 30)
	if better < 0.9 || worse > 0.1 {
		t.Errorf("it goes deeper %.2f of the time to a better child, %.2f to a worse one", better, worse)
	}
}

// Racing draws for the pair that is nearly told apart, then leaves it alone.
func TestRacingFinishesThePair(t *testing.T) {
	s := newTold(Racing, 4)
	good := s.drawn(root, 4, 0, "good\n")
	bad := s.drawn(root, 0, 4, "bad\n")
	s.drawn(root, 2, 2, "so-so\n")
	s.drawn(root, 2, 2, "so so\n")
	passed := func() bool {
		r := &search{Search: &Search{cfg: Config{MinProbability: 0.95, MinRollouts: 2}}, tree: s.tree}
		pairs := r.gate([]nodeID{good, bad}, s.posteriors(6))
		return len(pairs) > 0
	}
	if passed() {
		t.Fatal("the pair has passed from the start: nothing is tested")
	}
	for draws := 0; !passed(); draws++ {
		switch s.rule.pick(s.tree) {
		case good:
			s.draw(good, feedbackgen.Pass)
		case bad:
			s.draw(bad, feedbackgen.Fail)
		default:
			t.Fatalf("after %d draws it starts at %q", draws, s.nodes[s.rule.pick(s.tree)].step)
		}
		if draws > 12 {
			t.Fatal("the pair does not pass")
		}
	}
	for range 3 { // the normal approximation may be some draws behind the gate
		switch s.rule.pick(s.tree) {
		case good:
			s.draw(good, feedbackgen.Pass)
		case bad:
			s.draw(bad, feedbackgen.Fail)
		default:
			return
		}
	}
	t.Error("it goes on with a pair that has passed the gate")
}

// The approximation that racing stops by agrees with the gate's integral: what it calls told apart
// passes at least .94, and what passes .97 it calls told apart.
func TestRacingAgreesWithTheGate(t *testing.T) {
	r := newRacing(Config{PriorStrength: 6, MinProbability: 0.95, MinRollouts: 2})
	for k1 := 0.0; k1 <= 12; k1++ {
		for n1 := max(2, k1); n1 <= 12; n1++ {
			for k2 := 0.0; k2 <= 12; k2++ {
				for n2 := max(2, k2); n2 <= 12; n2++ {
					x, y := racer{passes: k1, draws: n1, prior: 0.5}, racer{passes: k2, draws: n2, prior: 0.5}
					a, b := posterior{a: 3 + k1, b: 3 + n1 - k1}, posterior{a: 3 + k2, b: 3 + n2 - k2}
					p := max(better(a, b), better(b, a))
					if apart := r.gap(x, y, 0) >= r.sure; apart && p < 0.94 || !apart && p > 0.97 {
						t.Fatalf("%g/%g against %g/%g: told apart %v, P %.3f", k1, n1, k2, n2, apart, p)
					}
				}
			}
		}
	}
}

func TestStepProbabilities(t *testing.T) {
	steps := []feedbackgen.Step{{Text: "ab\n"}, {Text: "cd"}, {Text: "e"}}
	tokens := []backends.TokenLogprob{{Token: "a", Logprob: -1}, {Token: "b\nc", Logprob: -3}, {Token: "d", Logprob: -2}, {Token: "e", Logprob: -1}, {Token: "", Logprob: -5}}
	got := stepProbabilities(steps, tokens)
	for i, want := range []float64{math.Exp(-2), math.Exp(-2), math.Exp(-3)} {
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("step %d: %g, want %g", i, got[i], want)
		}
	}
}
