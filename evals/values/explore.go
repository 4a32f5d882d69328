package main

import "math"

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

// chain < 0: self
func perTree(trees []grown, chain float64, grid []float64, level func(int) int) values {
	all := make(values, len(trees))
	for i, tree := range trees {
		all[i] = make([]float64, len(tree.states))
		eff := map[int]float64{}
		deepest := 0
		for _, s := range tree.states {
			deepest = max(deepest, s.Depth)
		}
		for d := 1; d <= deepest; d++ {
			str := func(x int) float64 {
				if chain > 0 {
					return chain
				}
				if v, ok := eff[x]; ok {
					return v
				}
				return 1
			}
			ms := priors(tree, str)
			w := make([]float64, len(grid))
			for place, s := range tree.states {
				if s.Terminal || level(s.Depth) != level(d) || s.Depth == 0 {
					continue
				}
				m, c := ms[place].mean(), s.Own
				for g, x := range grid {
					w[g] += logBeta(x*m+float64(c.Passes), x*(1-m)+float64(c.Rollouts-c.Passes)) - logBeta(x*m, x*(1-m))
				}
			}
			top := math.Inf(-1)
			for _, x := range w {
				top = max(top, x)
			}
			den, lg := 0.0, 0.0
			for g := range w {
				w[g] = math.Exp(w[g] - top)
				den += w[g]
				lg += w[g] * math.Log(grid[g])
			}
			eff[d] = math.Exp(lg / den)
			for place, s := range tree.states {
				if s.Depth != d {
					continue
				}
				m, c := ms[place].mean(), s.Own
				for g, x := range grid {
					all[i][place] += w[g] / den * (x*m + float64(c.Passes)) / (x + float64(c.Rollouts))
				}
			}
		}
	}
	return all
}
