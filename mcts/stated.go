package mcts

import "math"

// strengths are how many draws the parent's mean may be worth.
var strengths = [...]float64{0.125, 0.25, 0.5, 1, 2, 4, 8, 16}

// stated are the posteriors that records state. A child's prior is a Beta centred on its parent's mean,
// from which the draws that came through the child are left out, as in [tree.priors]; but how much that
// mean is worth is learnt, depth by depth, from the tree's own draws: each strength counts by how likely
// it makes those, and by 1/sqrt(strength) beforehand (which makes 1/sqrt(a+b) uniform: Gelman and others,
// Bayesian Data Analysis, 3rd edition, section 5.3). The mixture is given as the Beta of its mean and
// variance.
//
// One strength for all cannot serve. Where the steps of a depth decide everything, as they do that make
// a mistake or do not, one draw tells more than the parent; where they decide little, the parent tells
// more than ten. evals/values measures what either is worth.
func (t *tree) stated() []posterior {
	stated := t.posteriors(1)
	priors := make([]posterior, len(t.nodes)) // of the mean strength
	priors[root] = posterior{a: 1, b: 1}
	for _, ids := range t.levels()[1:] {
		means := make([]float64, len(ids))
		for i, id := range ids {
			means[i] = t.priorMean(id, priors)
		}
		weights := t.strengthWeights(ids, means)
		mean := 0.0
		for i, s := range strengths {
			mean += weights[i] * math.Log(s)
		}
		mean = math.Exp(mean)
		for i, id := range ids {
			priors[id] = posterior{a: mean * means[i], b: mean * (1 - means[i])}
			if !stated[id].certain {
				stated[id] = mixture(t.nodes[id].own(), means[i], weights)
			}
		}
	}
	return stated
}

// levels are the nodes by depth, in order of creation.
func (t *tree) levels() [][]nodeID {
	var levels [][]nodeID
	for id := range t.nodes {
		depth := int(t.nodes[id].depth)
		for depth >= len(levels) {
			levels = append(levels, nil)
		}
		levels[depth] = append(levels[depth], nodeID(id))
	}
	return levels
}

// strengthWeights are how much each strength counts among nodes of these prior means; they sum to 1.
func (t *tree) strengthWeights(ids []nodeID, means []float64) [len(strengths)]float64 {
	var weights [len(strengths)]float64  // logarithms at first
	var products [len(strengths)]float64 // of likelihoods whose logarithm is still to be taken
	for i, s := range strengths {
		weights[i], products[i] = -0.5*math.Log(s), 1
	}
	for at, id := range ids {
		own := t.nodes[id].own()
		if own.rollouts < 2 || t.nodes[id].terminal {
			continue // one draw is as likely under any strength
		}
		for i, s := range strengths {
			if own.rollouts > few {
				weights[i] += logLikelihood(own, s*means[at], s*(1-means[at]))
				continue
			}
			products[i] *= likelihood(own, s*means[at], s*(1-means[at]))
			if products[i] < 1e-100 { // a few cannot be below 1e-100 together
				weights[i] += math.Log(products[i])
				products[i] = 1
			}
		}
	}
	for i := range weights {
		weights[i] += math.Log(products[i])
	}
	likeliest, sum := math.Inf(-1), 0.0
	for _, w := range weights {
		likeliest = max(likeliest, w)
	}
	for i, w := range weights {
		weights[i] = math.Exp(w - likeliest)
		sum += weights[i]
	}
	for i := range weights {
		weights[i] /= sum
	}
	return weights
}

// mixture is a posterior over priors of this mean and all strengths.
func mixture(own tally, mean float64, weights [len(strengths)]float64) posterior {
	first, second := 0.0, 0.0
	for i, s := range strengths {
		a, b := s*mean+float64(own.passes), s*(1-mean)+float64(own.rollouts-own.passes)
		v := a / (a + b)
		first += weights[i] * v
		second += weights[i] * v * (a + 1) / (a + b + 1)
	}
	draws := first*(1-first)/(second-first*first) - 1
	return posterior{a: first * draws, b: (1 - first) * draws}
}

// few is how many draws have a likelihood that can be multiplied up.
const few = 16

// likelihood is the probability of draws in their order, under a Beta prior: a rising product of a for
// those that passed and of b for the others, over one of a+b.
func likelihood(draws tally, a, b float64) float64 {
	product := 1.0
	for i := range draws.rollouts {
		j, of := float64(i), a
		if i >= draws.passes {
			j, of = float64(i-draws.passes), b
		}
		product *= (of + j) / (a + b + float64(i))
	}
	return product
}

// logLikelihood is its logarithm, for any number of draws.
func logLikelihood(draws tally, a, b float64) float64 {
	rising := func(x float64, n int32) float64 {
		whole, _ := math.Lgamma(x + float64(n))
		below, _ := math.Lgamma(x)
		return whole - below
	}
	return rising(a, draws.passes) + rising(b, draws.rollouts-draws.passes) - rising(a+b, draws.rollouts)
}
