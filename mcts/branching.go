package mcts

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// branching says how many draws a node gets before a walk goes on to its children: n(s) =
// max(c_min, min(floor(alpha*I(s))+1, c_max)), I the node's importance (arXiv:2404.12253). A fixed
// width is a branching without alpha.
type branching struct {
	least, most int32
	alpha       float64
	// strength is how many draws the parent's mean is worth in a value.
	strength float64
}

// What adaptive branching is like, unless alpha is given. The paper's c_min and c_max, below the root;
// its alpha, 1, would leave c_min of the values between 0 and 1 that we have.
const (
	leastBranches, mostBranches = 2, 10
	usualAlpha                  = 8.0
)

// parseBranching reads "fixed", "adaptive" or "adaptive:ALPHA".
func parseBranching(rule string, width int, strength float64) (branching, error) {
	name, arg, hasArg := strings.Cut(rule, ":")
	switch {
	case rule == "fixed":
		return branching{least: int32(width), most: int32(width)}, nil
	case name == "adaptive":
		alpha := usualAlpha
		if hasArg {
			var err error
			if alpha, err = strconv.ParseFloat(arg, 64); err != nil || !(alpha > 0) || math.IsInf(alpha, 0) {
				return branching{}, bad("branching", fmt.Sprintf("%q: alpha is a number above 0, such as adaptive:8", rule))
			}
		}
		return branching{least: leastBranches, most: mostBranches, alpha: alpha, strength: strength}, nil
	}
	return branching{}, bad("branching", fmt.Sprintf("unknown rule %q; there are fixed, adaptive, adaptive:ALPHA", rule))
}

// width is how many draws the node needs before its children are next.
func (t *tree) width(id nodeID) int32 {
	b := t.branching
	if b.alpha == 0 {
		return b.least
	}
	return max(b.least, min(int32(b.alpha*t.importance(id))+1, b.most))
}

// importance is I(s) = max_i |v([s,o_i]) - v(s)|, the largest change of value that any step drawn so
// far made (arXiv:2404.12253, as printed; its code takes the distance from the mean of the children).
// Values are shares of own draws that passed, shrunk to the parent's, or a finished step's outcome; it is
// 0 without children.
func (t *tree) importance(id nodeID) float64 {
	value := t.value(id)
	widest := 0.0
	for _, child := range t.nodes[id].children {
		widest = max(widest, math.Abs(t.value(child)-value))
	}
	return widest
}

// value is shrunk to all of the parent's draws, as [Balanced]'s. Without the child's own among them, as in
// the exported posterior, each of two children would be shrunk to the other: 4 of 4 and 0 of 4 would both
// be worth 1/2.
func (t *tree) value(id nodeID) float64 {
	n := &t.nodes[id]
	if n.terminal && n.outcome.IsLabel() {
		return float64(min(n.own().passes, 1))
	}
	mean := 0.5
	if n.parent != none {
		mean = t.nodes[n.parent].own().shrunk(0.5, 2)
	}
	return n.own().shrunk(mean, t.branching.strength)
}
