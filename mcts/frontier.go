package mcts

import (
	"container/heap"
	"math"
)

// frontier takes the partial solution of the highest V + C/sqrt(1+d) anywhere in the tree: V its
// value by its own draws, shrunk to its parent's, d the draws that came through, began there, or are about to.
type frontier struct {
	strength, exploration float64
	ranking               *ranking
}

func newFrontier(strength, exploration float64) *frontier {
	return &frontier{strength: strength, exploration: exploration, ranking: newRanking()}
}

func (f *frontier) pick(*tree) nodeID { return f.ranking.first() }

func (f *frontier) changed(t *tree, launch, end nodeID) {
	for at := end; at != none; at = t.nodes[at].parent {
		n := &t.nodes[at]
		if !n.terminal {
			v := n.expected(t.parentMean(at), f.strength)
			f.ranking.set(at, v+f.exploration/math.Sqrt(float64(1+n.multiplicity+n.draws+n.launching)))
		}
		if at == launch {
			return
		}
	}
}

// ranking keeps nodes by score, the highest first; of equal ones the older. It is a heap, with each
// node's place and score by node, because every simulation moves some.
type ranking struct {
	order  []nodeID
	ranked []ranked // by node
}

type ranked struct {
	score float64
	place int32 // in order, from 1; 0 for a node that is not ranked
}

func newRanking() *ranking {
	r := &ranking{}
	r.set(root, 0)
	return r
}

func (r *ranking) first() nodeID { return r.order[0] }

// set adds a node or moves it.
func (r *ranking) set(id nodeID, score float64) {
	for int(id) >= len(r.ranked) {
		r.ranked = append(r.ranked, ranked{})
	}
	n := &r.ranked[id]
	n.score = score
	if n.place > 0 {
		heap.Fix(r, int(n.place-1))
		return
	}
	heap.Push(r, id)
}

// Len is [heap.Interface]'s, as all that follow.
func (r *ranking) Len() int { return len(r.order) }

// Less reports whether the i-th comes first.
func (r *ranking) Less(i, j int) bool {
	a, b := r.order[i], r.order[j]
	if x, y := r.ranked[a].score, r.ranked[b].score; x != y {
		return x > y
	}
	return a < b
}

// Swap swaps two.
func (r *ranking) Swap(i, j int) {
	r.order[i], r.order[j] = r.order[j], r.order[i]
	r.ranked[r.order[i]].place, r.ranked[r.order[j]].place = int32(i+1), int32(j+1)
}

// Push adds a node at the end.
func (r *ranking) Push(x any) {
	id := x.(nodeID)
	r.order = append(r.order, id)
	r.ranked[id].place = int32(len(r.order))
}

// Pop is never called: a ranking only grows.
func (r *ranking) Pop() any { panic("a ranking only grows") }
