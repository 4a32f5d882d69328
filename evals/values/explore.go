package main

import (
	"math"
)

// twoStage: m by chain of strength 6, then fitted.
func fixedChain(trees []grown, chain float64, fitted func(int) float64) values {
	all := make(values, len(trees))
	for i, tree := range trees {
		all[i] = make([]float64, len(tree.states))
		for place, prior := range priors(tree, func(int) float64 { return chain }) {
			c := tree.states[place].Own
			m := prior.mean()
			s := fitted(tree.states[place].Depth)
			all[i][place] = (s*m + float64(c.Passes)) / (s + float64(c.Rollouts))
		}
	}
	return all
}

var grid = []float64{.125, .25, .5, 1, 2, 4, 8, 16}

// perTree averages over strengths by the tree's own likelihood; pooled: one strength for all depths>=2 and one for depth 1.
func perTree(trees []grown, hyper func(level int, s float64) float64, level func(int) int) values {
	all := make(values, len(trees))
	for i, tree := range trees {
		all[i] = make([]float64, len(tree.states))
		chain := priors(tree, func(int) float64 { return 1 })
		logw := map[int][]float64{}
		for place, s := range tree.states {
			if s.Depth == 0 || s.Terminal {
				continue
			}
			l := level(s.Depth)
			if logw[l] == nil {
				logw[l] = make([]float64, len(grid))
				for g, x := range grid {
					logw[l][g] = math.Log(hyper(l, x))
				}
			}
			m, c := chain[place].mean(), s.Own
			for g, x := range grid {
				logw[l][g] += logBeta(x*m+float64(c.Passes), x*(1-m)+float64(c.Rollouts-c.Passes)) - logBeta(x*m, x*(1-m))
			}
		}
		for place, s := range tree.states {
			if s.Depth == 0 || s.Terminal {
				continue
			}
			m, c := chain[place].mean(), s.Own
			w := logw[level(s.Depth)]
			top := math.Inf(-1)
			for _, x := range w {
				top = max(top, x)
			}
			num, den := 0.0, 0.0
			for g, x := range grid {
				p := math.Exp(w[g] - top)
				num += p * (x*m + float64(c.Passes)) / (x + float64(c.Rollouts))
				den += p
			}
			all[i][place] = num / den
		}
	}
	return all
}
