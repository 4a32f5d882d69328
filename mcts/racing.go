package mcts

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// What racing reckons with; chosen on the tuning problems of the embedded model, see evals/search.
const (
	// contestants is how many children of a node race at most: the most drawn ones.
	contestants = 8
	// farthest is how many more draws a side a pair may need; a longer race is not run.
	farthest = 16
	// doubt is how many draws the parent's mean is worth in what a side's next draws are expected to
	// say. The posterior's own strength would keep every race from beginning.
	doubt = 0.5
	// growth is how many draws from a partial solution that is solved half of the time it takes to get
	// to a new pair among its next steps, and patience after how many it is thought to take twice as many.
	growth, patience = 96.0, 8.0
	// overhead is what a call costs beside the bytes it draws, in bytes.
	overhead = 4.0
)

// racing estimates for each partial solution what the next step pair among its children would cost,
// in bytes to be drawn, and spends the next draw on the cheapest.
//
// Two children that have not passed the gate cost the draws until the posterior would pass it, were
// the next ones to come out as those before. A pair that looks close by luck gets more expensive with
// each draw, and loses its place. New children cost draws from the parent, fewer where it is solved
// about half of the time, because there they differ.
type racing struct {
	strength float64
	// sure is the number of standard deviations that a gap needs.
	sure    float64
	least   int32
	ranking *ranking
	// plans say, by partial solution, where its cheapest pair needs the next draw.
	plans []nodeID
}

func newRacing(cfg Config) *racing {
	return &racing{
		strength: cfg.PriorStrength, sure: distuv.UnitNormal.Quantile(cfg.MinProbability),
		least: int32(cfg.MinRollouts), ranking: newRanking(), plans: []nodeID{root},
	}
}

func (r *racing) pick(*tree) nodeID { return r.plans[r.ranking.first()] }

// changed plans anew for the launch's parent, which sees it as a child, and all nodes on the way down.
func (r *racing) changed(t *tree, launch, end nodeID) {
	for at := end; at != none; at = t.nodes[at].parent {
		if n := &t.nodes[at]; !n.terminal {
			cost, where := r.plan(t, at)
			for int(at) >= len(r.plans) {
				r.plans = append(r.plans, none)
			}
			r.plans[at] = where
			r.ranking.set(at, -cost)
		}
		if at == t.nodes[launch].parent {
			return
		}
	}
}

// plan is the cheapest way to the next pair among a node's children.
func (r *racing) plan(t *tree, id nodeID) (cost float64, where nodeID) {
	n := &t.nodes[id]
	v := n.expected(t.parentMean(id), 1)
	cost = growth * n.length() / (4 * v * (1 - v)) * (1 + float64(n.draws+n.launching)/patience)
	where = id
	open := r.unpaired(r.racers(t, id))
	for i, x := range open {
		for _, y := range open[i+1:] {
			if c, side := r.race(x, y); c < cost {
				cost, where = c, side
			}
		}
	}
	return cost, where
}

// length is about how many bytes a draw from here costs.
func (n *node) length() float64 {
	return overhead + float64(n.rest)/float64(max(1, n.draws+n.multiplicity))
}

// racer is a child with what its draws say.
type racer struct {
	id             nodeID
	passes, draws  float64
	prior          float64 // the parent's mean without it
	rate           float64 // what its next draws are expected to say
	flying, length float64
	certain        bool
}

// racers are the children that have been drawn from; of many, the most drawn, those first.
func (r *racing) racers(t *tree, id nodeID) []racer {
	n := &t.nodes[id]
	var all [contestants]nodeID
	count, drawn := 0, 0
	for _, child := range n.children {
		if t.nodes[child].own().rollouts == 0 {
			continue
		}
		if drawn++; drawn <= contestants {
			all[count] = child
			count++
			continue
		}
		if drawn == contestants+1 {
			slices.SortStableFunc(all[:], func(a, b nodeID) int { return cmp.Compare(t.contends(b), t.contends(a)) })
		}
		at := count
		for at > 0 && t.contends(child) > t.contends(all[at-1]) {
			at--
		}
		if at < count {
			copy(all[at+1:], all[at:count-1])
			all[at] = child
		}
	}
	racers := make([]racer, count)
	for i, child := range all[:count] {
		c := &t.nodes[child]
		own := c.own()
		x := racer{
			id: child, passes: float64(own.passes), draws: float64(own.rollouts), prior: t.parentMean(child),
			flying: float64(c.launching), length: c.length(), certain: c.terminal,
		}
		x.rate = c.expected(x.prior, doubt)
		if c.terminal {
			x.rate = float64(min(own.passes, 1))
		}
		racers[i] = x
	}
	return racers
}

// contends is how many draws there are of a child, those in flight among them.
func (t *tree) contends(id nodeID) int32 { return t.nodes[id].own().rollouts + t.nodes[id].launching }

// unpaired leaves out those that are in a pair already, the surest pairs first and no child in two,
// as the gate will have it.
func (r *racing) unpaired(all []racer) []racer {
	type couple struct {
		x, y int
		z    float64
	}
	var passed []couple
	for i := range all {
		for j := i + 1; j < len(all); j++ {
			if z := r.gap(all[i], all[j], 0); z >= r.sure {
				passed = append(passed, couple{i, j, z})
			}
		}
	}
	if len(passed) == 0 {
		return all
	}
	slices.SortStableFunc(passed, func(a, b couple) int { return cmp.Compare(b.z, a.z) })
	used := make([]bool, len(all))
	for _, c := range passed {
		if !used[c.x] && !used[c.y] {
			used[c.x], used[c.y] = true, true
		}
	}
	var open []racer
	for i, x := range all {
		if !used[i] {
			open = append(open, x)
		}
	}
	return open
}

// race is what it costs until the gate tells x from y, and which of them needs the next draw.
func (r *racing) race(x, y racer) (cost float64, next nodeID) {
	if x.certain && y.certain || r.gap(x, y, farthest) < r.sure {
		return math.Inf(1), none
	}
	low, high := 0, farthest // not enough, enough
	if r.gap(x, y, 0) >= r.sure {
		high = 0 // what is in flight is expected to do
	}
	for high-low > 1 {
		if middle := (low + high) / 2; r.gap(x, y, float64(middle)) >= r.sure {
			high = middle
		} else {
			low = middle
		}
	}
	for _, side := range []racer{x, y} {
		if !side.certain {
			cost += max(1, float64(high)) * side.length
		}
	}
	if r.gain(x) >= r.gain(y) {
		return cost, x.id
	}
	return cost, y.id
}

// gain is by how much another draw narrows the posterior, for its cost.
func (r *racing) gain(x racer) float64 {
	if x.certain {
		return -1
	}
	n := r.strength + x.draws + x.flying
	_, variance := r.after(x, 0)
	return variance / (n + 2) / x.length
}

// gap is the distance of the two values in standard deviations, after so many more draws each, what
// is in flight among them; 0 where a side would have too few.
func (r *racing) gap(x, y racer, more float64) float64 {
	for _, side := range [2]racer{x, y} {
		if !side.certain && side.draws+side.flying+more < float64(r.least) {
			return 0
		}
	}
	a, va := r.after(x, more)
	b, vb := r.after(y, more)
	distance := math.Abs(a - b)
	if x.certain != y.certain {
		distance -= certainMargin
	}
	if distance <= 0 {
		return 0
	}
	return distance / math.Sqrt(va+vb) // two certain values: infinite
}

// after is the posterior's mean and variance after more draws, if they come out as expected.
func (r *racing) after(x racer, more float64) (mean, variance float64) {
	if x.certain {
		return x.rate, 0
	}
	more += x.flying
	n := r.strength + x.draws + more
	mean = (r.strength*x.prior + x.passes + x.rate*more) / n
	return mean, mean * (1 - mean) / (n + 1)
}
