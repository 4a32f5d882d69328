package mcts

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/feedbackgen/feedbackgen/backends"
)

// descent walks from the root to the node where the next simulation starts. A node gets the tree's
// width of draws before the walk goes on to its children, to the one of the best score; one whose
// children are all finished gets another draw.
type descent struct {
	score func(t *tree, parent, child *node) float64
}

func (d *descent) pick(t *tree) nodeID {
	at := root
	for {
		n := &t.nodes[at]
		if len(n.open) == 0 || n.draws+n.launching < t.width(at) {
			return at
		}
		best, bestScore := none, math.Inf(-1)
		for _, id := range n.open {
			if score := d.score(t, n, &t.nodes[id]); score > bestScore {
				best, bestScore = id, score
			}
		}
		at = best
	}
}

func (d *descent) changed(*tree, nodeID, nodeID) {}

// uct is V + C*sqrt(2 ln(N+O) / (n+o)): V the share of the child's judged rollouts that passed, N
// and n applied visits of parent and child, O and o those in flight (arXiv:1810.11755, eq. 4); the
// simulation that is about to start is among the parent's.
func uct(exploration float64) func(*tree, *node, *node) float64 {
	return func(t *tree, parent, child *node) float64 {
		return t.mean(child, parent) + exploration*spread(parent, child)
	}
}

func spread(parent, child *node) float64 {
	return math.Sqrt(2 * math.Log(float64(parent.visits+parent.flying+1)) / float64(child.visits+child.flying))
}

// puct is V*(r+1)/(r+1+o/2) + C*P*sqrt(N+O) / (1+n+o), P the length-normalised probability of the step: the
// geometric mean of its tokens'; r counts the child's judged rollouts. Its second term alone hardly keeps
// simulations that start at once apart, where P is small: so what is in flight counts as half a failure each.
func puct(exploration float64) func(*tree, *node, *node) float64 {
	return func(t *tree, parent, child *node) float64 {
		total := math.Sqrt(float64(parent.visits + parent.flying + 1))
		judged := float64(child.rollouts) + float64(child.heard) + 1
		value := t.mean(child, parent) * judged / (judged + float64(child.flying)/2)
		return value + exploration*child.prior*total/float64(1+child.visits+child.flying)
	}
}

// balanced is uct with 1-|2V-1| for V, from the child's own draws, shrunk to the parent's: highest
// where the policy ends right half of the time.
func balanced(strength, exploration float64) func(*tree, *node, *node) float64 {
	return func(_ *tree, parent, child *node) float64 {
		v := child.expected(parent.own().shrunk(0.5, 2), strength)
		return 1 - math.Abs(2*v-1) + exploration*spread(parent, child)
	}
}

// thompson draws a value for each child from its Beta posterior, and one for "another draw here"
// from that of the draws made here; the highest says where the walk goes or ends (AB-MCTS-A,
// arXiv:2503.04412, with Beta nodes). Priors are uniform.
type thompson struct {
	source rand.Source
}

func newThompson(seed int64, problem string) *thompson {
	return &thompson{source: rand.NewPCG(uint64(backends.DrawSeed(seed, problem, "0", "selection", 0)), 0)}
}

func (s *thompson) pick(t *tree) nodeID {
	at := root
	for {
		n := &t.nodes[at]
		best, highest := none, s.value(float64(n.launched.passes), float64(n.launched.rollouts), n.launching)
		for _, id := range n.open {
			child := &t.nodes[id]
			if v := s.value(float64(child.passes)+float64(child.opinion), float64(child.rollouts)+float64(child.heard), child.flying); v > highest {
				best, highest = id, v
			}
		}
		if best == none {
			return at
		}
		at = best
	}
}

// value is a draw from the posterior; what is in flight counts as failed, which spreads simulations
// out until it lands.
func (s *thompson) value(passes, rollouts float64, flying int32) float64 {
	return distuv.Beta{Alpha: 1 + passes, Beta: 1 + rollouts - passes + float64(flying), Src: s.source}.Rand()
}

func (s *thompson) changed(*tree, nodeID, nodeID) {}
