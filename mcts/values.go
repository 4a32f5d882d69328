package mcts

import (
	"math"
)

// strengths are the prior strengths that a tree's own draws are asked about.
var strengths = [...]float64{0.125, 0.25, 0.5, 1, 2, 4, 8, 16}

// values are the posteriors that records state: priors as [tree.posteriors] has them, except that how
// much the parent's mean is worth is not given but learnt, for each depth, from the tree's own draws at
// that depth. Each strength counts by how likely it makes them, all being equally likely at first; the mixture
// is given as the Beta of its mean and variance.
//
// One strength cannot serve: where a step decides everything, as one that holds the mistake does, one
// draw tells more than the parent, and where steps decide little the parent tells more than ten. See
// evals/values for what either is worth.
func (t *tree) values(strength float64) []posterior {
	values, priors := t.posteriors(strength), t.priors(strength)
	weights := t.strengthWeights(priors)
	for id := range t.nodes {
		n := &t.nodes[id]
		if n.parent == none || values[id].certain {
			continue
		}
		mean, own := priors[id].mean(), n.own()
		first, second := 0.0, 0.0
		for i, s := range strengths {
			a, b := s*mean+float64(own.passes), s*(1-mean)+float64(own.rollouts-own.passes)
			w, v := weights[n.depth][i], a/(a+b)
			first += w * v
			second += w * v * (a + 1) / (a + b + 1)
		}
		total := first*(1-first)/(second-first*first) - 1
		values[id] = posterior{a: first * total, b: (1 - first) * total}
	}
	return values
}

// strengthWeights are, by depth, how much each strength counts; they sum to 1.
func (t *tree) strengthWeights(priors []posterior) [][len(strengths)]float64 {
	var weights [][len(strengths)]float64 // logarithms at first
	for id := range t.nodes {
		n := &t.nodes[id]
		for int(n.depth) >= len(weights) {
			weights = append(weights, [len(strengths)]float64{})
		}
		own := n.own()
		if own.rollouts < 2 || n.terminal || n.parent == none {
			continue // one draw is as likely under any strength
		}
		mean := priors[id].mean()
		for i, s := range strengths {
			weights[n.depth][i] += logRising(s*mean, own.passes) + logRising(s*(1-mean), own.rollouts-own.passes) - logRising(s, own.rollouts)
		}
	}
	for depth := range weights {
		likeliest, sum := math.Inf(-1), 0.0
		for _, w := range weights[depth] {
			likeliest = max(likeliest, w)
		}
		for i, w := range weights[depth] {
			weights[depth][i] = math.Exp(w - likeliest)
			sum += weights[depth][i]
		}
		for i := range weights[depth] {
			weights[depth][i] /= sum
		}
	}
	return weights
}

// logRising is the logarithm of x(x+1)...(x+n-1), for x above 0.
func logRising(x float64, n int32) float64 {
	const few = 16 // factors whose product cannot overflow
	if n > few {
		whole, _ := math.Lgamma(x + float64(n))
		below, _ := math.Lgamma(x)
		return whole - below
	}
	product := 1.0
	for i := range n {
		product *= x + float64(i)
	}
	return math.Log(product)
}
