package mcts

import "github.com/feedbackgen/feedbackgen/backends"

// patienceAtEnd is how many times the draws that are left the next step pair may seem to cost before a
// search with [Config.EarlyStop] gives them up. Racing's prices are there to be compared with each
// other, and too high on their own: what it draws for one pair serves others. Chosen on the first 120
// tuning problems of the embedded model: at 8 no pair of 122 was lost, at 5 seven, at 2
// thirteen.
const patienceAtEnd = 8.0

// watched is a rule beside which racing keeps the price of the next step pair.
type watched struct {
	selector
	prices *racing
}

func (w watched) changed(t *tree, launch, end nodeID) {
	w.selector.changed(t, launch, end)
	w.prices.changed(t, launch, end)
}

// watch lets racing's prices be kept, whatever the rule.
func (s *Search) watch(rule selector) (selector, *racing) {
	if own, ok := rule.(*racing); ok {
		return own, own
	}
	prices := newRacing(s.cfg)
	return watched{rule, prices}, prices
}

// converged reports whether the tree has said what it has to say: in the draws that are left, no
// further step pair is to be expected.
func (r *search) converged(left int) bool {
	if r.prices == nil || r.cfg.Continuation == backends.None {
		return false
	}
	cost, from := r.prices.cheapest()
	return cost > patienceAtEnd*float64(left)*r.tree.nodes[from].length()
}

// cheapest is the price of the next step pair, in bytes to be drawn, and where its next draw starts.
func (r *racing) cheapest() (cost float64, from nodeID) {
	first := r.ranking.first()
	return -r.ranking.ranked[first].score, r.plans[first]
}
