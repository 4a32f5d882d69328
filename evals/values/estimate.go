package main

import (
	"math"

	"github.com/feedbackgen/feedbackgen/mcts"
)

// values are one number a state, by tree and place.
type values [][]float64

// estimate makes values of every state of every tree.
func estimate(trees []grown, of func(tree grown, place int) float64) values {
	all := make(values, len(trees))
	for i, tree := range trees {
		all[i] = make([]float64, len(tree.states))
		for place := range tree.states {
			all[i][place] = of(tree, place)
		}
	}
	return all
}

// share is k/n, and its parent's where no rollout could be judged.
func share(of func(mcts.State) mcts.Share) func(grown, int) float64 {
	return func(tree grown, place int) float64 {
		for place >= 0 {
			s := tree.states[place]
			if c := of(s); c.Rollouts > 0 {
				return float64(c.Passes) / float64(c.Rollouts)
			}
			place = s.Parent
		}
		return 0.5
	}
}

func below(s mcts.State) mcts.Share { return s.Below }

func own(s mcts.State) mcts.Share { return s.Own }

// beta is k/n with a Beta prior.
func beta(passes, fails float64) func(grown, int) float64 {
	return func(tree grown, place int) float64 {
		c := tree.states[place].Own
		return (float64(c.Passes) + passes) / (float64(c.Rollouts) + passes + fails)
	}
}

// posterior is a Beta distribution.
type posterior struct{ a, b float64 }

func (p posterior) mean() float64 { return p.a / (p.a + p.b) }

// priors are the states' Beta priors: the parent's posterior without the draws that came through the
// state, worth strength(depth) rollouts, as the search has it.
func priors(tree grown, strength func(depth int) float64) []posterior {
	all := make([]posterior, len(tree.states))
	all[0] = posterior{1, 1}
	for place, s := range tree.states[1:] {
		parent, prior := tree.states[s.Parent].Own, all[s.Parent]
		passes := prior.a + float64(parent.Passes-s.Arrived.Passes)
		fails := prior.b + float64(parent.Rollouts-parent.Passes-s.Arrived.Rollouts+s.Arrived.Passes)
		worth := strength(s.Depth)
		all[place+1] = posterior{worth * passes / (passes + fails), worth * fails / (passes + fails)}
	}
	return all
}

// shrunk is the posterior mean under those priors.
func shrunk(trees []grown, strength func(depth int) float64) values {
	all := make(values, len(trees))
	for i, tree := range trees {
		all[i] = make([]float64, len(tree.states))
		for place, prior := range priors(tree, strength) {
			c := tree.states[place].Own
			all[i][place] = posterior{prior.a + float64(c.Passes), prior.b + float64(c.Rollouts-c.Passes)}.mean()
		}
	}
	return all
}

// strengths are the prior strengths, by depth, under which the run's own draws are likeliest: each
// depth's in turn, from the top, because a prior is made of those above.
func strengths(trees []grown) map[int]float64 {
	deepest := 0
	for _, tree := range trees {
		for _, s := range tree.states {
			deepest = max(deepest, s.Depth)
		}
	}
	fitted := map[int]float64{}
	of := func(depth int) float64 { return fitted[depth] }
	for depth := 1; depth <= deepest; depth++ {
		best, likeliest := 1.0, math.Inf(-1)
		for worth := 0.25; worth <= 64; worth *= math.Sqrt2 {
			fitted[depth] = worth
			if l := likelihood(trees, depth, of); l > likeliest {
				best, likeliest = worth, l
			}
		}
		fitted[depth] = best
	}
	return fitted
}

// likelihood is the logarithm of the probability of what was drawn at open states of a depth, each
// state's order of draws given.
func likelihood(trees []grown, depth int, strength func(int) float64) float64 {
	sum := 0.0
	for _, tree := range trees {
		all := priors(tree, func(d int) float64 {
			if d > depth {
				return 1 // looked at by nobody
			}
			return strength(d)
		})
		for place, s := range tree.states {
			if s.Depth != depth || s.Terminal {
				continue
			}
			p, c := all[place], s.Own
			sum += logBeta(p.a+float64(c.Passes), p.b+float64(c.Rollouts-c.Passes)) - logBeta(p.a, p.b)
		}
	}
	return sum
}

func logBeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}
