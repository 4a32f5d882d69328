package format

import "math"

// grid is the number of shares that a prompt's share of a class is rounded to.
const grid = 32

// largestGroup is how many completions of one prompt are judged together, at most.
const largestGroup = 64

// gridShare is sin^2 spaced: dense near 0 and 1, which it leaves out. So a class that the base never
// showed has a share of about 0.001, not none.
func gridShare(g int) float64 {
	s := math.Sin(math.Pi / 2 * (float64(g) + 0.5) / grid)
	return s * s
}

// pull are the strengths of the take-overs that the alarm looks for: this share of the completions
// is of one class whatever their prompts prefer. From 1/3, a class gets to 0.53, 0.73 and 0.90.
func pull() [pulls]float64 { return [...]float64{0.3, 0.6, 0.85} }

const pulls = 3

// likelihoods holds, for c of n completions in a class, how likely that is at each grid share as it
// is, and under a take-over. The binomial coefficients are left out: they cancel.
type likelihoods struct {
	group  int // n goes up to it
	calm   [][grid]float64
	pulled [pulls][][grid]float64 // by strength
}

// at is the place of c of n in a list of all pairs with c <= n.
func at(n, c int) int { return n*(n+1)/2 + c }

func newLikelihoods(group int) likelihoods {
	l := likelihoods{group: group, calm: likely(group, 0)}
	for i, r := range pull() {
		l.pulled[i] = likely(group, r)
	}
	return l
}

// likely is one table of likelihoods, under a take-over of strength r.
func likely(group int, r float64) [][grid]float64 {
	table := make([][grid]float64, at(group+1, 0))
	for g := range grid {
		share := gridShare(g)
		share += r * (1 - share)
		in, out := powers(share, group), powers(1-share, group)
		for n := range group + 1 {
			for c := range n + 1 {
				table[at(n, c)][g] = in[c] * out[n-c]
			}
		}
	}
	return table
}

// powers are x to the 0 to n.
func powers(x float64, n int) []float64 {
	all := make([]float64, n+1)
	all[0] = 1
	for i := range n {
		all[i+1] = all[i] * x
	}
	return all
}

// mixture is how prompts' shares of one class are spread over the grid.
type mixture [grid]float64

// steps of EM from a uniform mixture. The maximum likelihood mixture would be a few spikes; stopped
// here, it is smooth, and its mean has long settled.
const steps = 30

// mixture fits one to prompts: counts[at(n, c)] prompts have c of n completions in the class.
func (l likelihoods) mixture(counts []float64) mixture {
	var m mixture
	total := 0.0
	for _, n := range counts {
		total += n
	}
	for g := range m {
		m[g] = 1. / grid
	}
	for range steps {
		var next mixture
		for i, n := range counts {
			if n == 0 {
				continue
			}
			calm := &l.calm[i]
			scale := n / (total * m.mean(calm))
			for g, w := range m {
				next[g] += w * calm[g] * scale
			}
		}
		m = next
	}
	return m
}

// evidence is the log likelihood ratio of a take-over against the base policy, by strength and, at
// place at(n, c), for c of n completions of one prompt in the class. In nats.
func (l likelihoods) evidence(m mixture) [pulls][]float64 {
	var ratios [pulls][]float64
	for r, pulled := range l.pulled {
		ratios[r] = make([]float64, len(l.calm))
		for i := range ratios[r] {
			ratios[r][i] = math.Log(m.mean(&pulled[i]) / m.mean(&l.calm[i]))
		}
	}
	return ratios
}

func (m *mixture) mean(values *[grid]float64) float64 {
	sum := 0.0
	for g, w := range m {
		sum += w * values[g]
	}
	return sum
}
