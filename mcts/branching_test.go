package mcts

import (
	"math"
	"testing"

	"github.com/feedbackgen/feedbackgen"
)

func TestParseBranching(t *testing.T) {
	b, err := parseBranching("adaptive:3.5", 4, 6)
	if err != nil || b != (branching{least: 2, most: 10, alpha: 3.5, strength: 6}) {
		t.Errorf("%+v, %v", b, err)
	}
	for _, rule := range []string{"", "wide", "adaptive:", "adaptive:0", "adaptive:NaN", "adaptive:Inf", "fixed:3"} {
		if _, err := parseBranching(rule, 4, 6); err == nil {
			t.Errorf("%q is taken", rule)
		}
	}
}

// A node whose steps change nothing gets the least draws; one whose steps decide everything, more.
func TestImportantNodesBranchMore(t *testing.T) {
	width := func(passes, fails [2]int) (int32, float64) {
		s := newTold(UCT, 4)
		s.branching = branching{least: 2, most: 10, alpha: 8, strength: 6}
		s.drawn(root, passes[0], fails[0], "a\n")
		s.drawn(root, passes[1], fails[1], "b\n")
		return s.width(root), s.importance(root)
	}
	if n, i := width([2]int{5, 5}, [2]int{5, 5}); n != 2 || i > 0.05 {
		t.Errorf("two equal steps: importance %.3f, %d draws", i, n)
	}
	n, i := width([2]int{20, 0}, [2]int{0, 20})
	// The root: 20 of 40. A step: 20 of 20, with 6 more at the root's 1/2.
	want := 23./26 - 0.5
	if math.Abs(i-want) > 1e-12 || n != int32(8*want)+1 {
		t.Errorf("importance %.4f, want %.4f; %d draws", i, want, n)
	}
}

// However important, a node gets at most the most, and a walk goes on below it then.
func TestBranchingIsBounded(t *testing.T) {
	s := newTold(UCT, 4)
	s.branching = branching{least: 2, most: 10, alpha: 1000, strength: 6}
	for range 5 {
		s.draw(root, feedbackgen.Pass, "a\n")
		s.draw(root, feedbackgen.Fail, "b\n")
		if s.nodes[root].draws == 10 {
			break
		}
		if at := s.rule.pick(s.tree); at != root {
			t.Fatalf("below the root after %d draws", s.nodes[root].draws)
		}
	}
	if at := s.rule.pick(s.tree); at == root {
		t.Error("at the root after 10 draws")
	}
}
