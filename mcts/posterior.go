package mcts

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// certainMargin is how far, at least, an open step's value must be from a finished step's certain
// one to call one of them better.
const certainMargin = 0.05

// posterior is what is known of a node's value, the chance that the policy ends right from there:
// a Beta distribution, or a certainty for a step that ends the solution.
type posterior struct {
	a, b    float64
	certain bool // then the value is a, 0 or 1
}

func (p posterior) mean() float64 {
	if p.certain {
		return p.a
	}
	return p.a / (p.a + p.b)
}

// below is P(value <= x).
func (p posterior) below(x float64) float64 {
	switch {
	case p.certain && x >= p.a:
		return 1
	case p.certain:
		return 0
	}
	return mathext.RegIncBeta(p.a, p.b, min(max(x, 0), 1))
}

// priors returns every node's prior, by node: a Beta centred on its parent's mean, worth strength
// rollouts; the root's is uniform.
func (t *tree) priors(strength float64) []posterior {
	priors := make([]posterior, len(t.nodes))
	priors[root] = posterior{a: 1, b: 1}
	for id := nodeID(1); int(id) < len(t.nodes); id++ { // parents come before their children
		mean := t.priorMean(id, priors)
		priors[id] = posterior{a: strength * mean, b: strength * (1 - mean)}
	}
	return priors
}

// priorMean is the mean of the parent's posterior without the draws that came through the child, given
// the parent's prior. Draws from deeper nodes count for none above: the search chose those nodes for how
// they looked.
func (t *tree) priorMean(id nodeID, priors []posterior) float64 {
	n := &t.nodes[id]
	parent, prior := t.nodes[n.parent].own(), priors[n.parent]
	passes := prior.a + float64(parent.passes-n.arrived.passes)
	fails := prior.b + float64((parent.rollouts-parent.passes)-(n.arrived.rollouts-n.arrived.passes))
	return passes / (passes + fails)
}

// posteriors returns every node's posterior, by node: its prior and its own draws. They gate pairs; what
// records state of a node is its [tree.stated].
func (t *tree) posteriors(strength float64) []posterior {
	posteriors := t.priors(strength)
	for id := range t.nodes {
		n := &t.nodes[id]
		own := n.own()
		posteriors[id].a += float64(own.passes)
		posteriors[id].b += float64(own.rollouts - own.passes)
		if n.terminal && n.outcome.IsLabel() {
			posteriors[id] = posterior{certain: true, a: float64(min(own.passes, 1))}
		}
	}
	return posteriors
}

// better is P(value of x > value of y), both independent given the parent. Against a certain value
// the other must be away from it by certainMargin: every uncertain value is below 1.
func better(x, y posterior) float64 {
	switch {
	case x.certain && y.certain:
		if x.a > y.a {
			return 1
		}
		return 0
	case x.certain:
		return y.below(x.a - certainMargin)
	case y.certain:
		return 1 - x.below(y.a+certainMargin)
	}
	return overlap(x.curve(), y.curve())
}

// cells is how many pieces curves are cut into.
const cells = 96

// curve is P(value <= s) over a grid that is dense at both ends, where small parameters pile up.
type curve [cells + 1]float64

func (p posterior) curve() *curve {
	var c curve
	for i := 1; i <= cells; i++ {
		s := math.Sin(math.Pi / 2 * float64(i) / cells)
		c[i] = p.below(s * s)
	}
	return &c
}

// overlap is the integral of F_y over dF_x, by trapezoids: it needs no density, so none that is infinite.
func overlap(x, y *curve) float64 {
	sum := 0.0
	for i := range cells {
		sum += (x[i+1] - x[i]) * (y[i+1] + y[i]) / 2
	}
	return sum
}

// nearOne is a probability that better(x, y) does not reach where it is hopeless; .87 has been seen.
const nearOne = 0.9

// hopeless tells quickly that better(x, y) is below nearOne: the means are too close for their
// spread. It saves the integral for most pairs.
func hopeless(x, y posterior) bool {
	if x.certain || y.certain {
		return false
	}
	gap := x.mean() - y.mean()
	return gap <= 0 || 4*gap*gap < x.variance()+y.variance()
}

func (p posterior) variance() float64 {
	n := p.a + p.b
	return p.a * p.b / (n * n * (n + 1))
}
