package mcts

import (
	"strconv"
	"strings"

	"github.com/feedbackgen/feedbackgen"
)

// nodeID is an index into a tree's nodes; the root is 0, and none is "no such node".
type nodeID int32

const (
	root nodeID = 0
	none nodeID = -1
)

// node is a partial solution. Counts are of simulations that were applied, unless they say flight.
type node struct {
	step     string
	parent   nodeID
	number   int32 // among its siblings, in order of creation
	depth    int32
	children []nodeID
	open     []nodeID // children that are not exhausted

	// visits counts simulations that went through here, whatever came of them; flying, those that
	// are still out (WU-UCT's unobserved ones).
	visits, flying int32
	// draws counts simulations that were launched here, launching those of them still in flight.
	draws, launching int32
	// passes of rollouts through here ended right; rollouts counts only those that could be judged.
	// The search goes by them; they are no estimate of the node's value, because what lies below a
	// node is visited the more the better it looks.
	passes, rollouts int32
	// arrived and launched are the judged draws that are one: those from above that came through
	// here by the policy's own choice, and those that began here.
	arrived, launched tally
	// opinion is what critics said of the node, in [0, 1], and heard is 1 if they did; both are 0 if not.
	// Selection counts it like a judged rollout, and nothing else does.
	opinion, heard float32
	// multiplicity is how often the policy drew this step from the parent.
	multiplicity int32
	// rest is how many bytes were drawn behind this step, over all draws that came through or began here.
	rest int64
	// prior is P(step | parent) to the power of one over its tokens, where replies tell; else 0.
	prior float64
	// firstPass and firstFail are the first rollouts through here of either outcome, or -1.
	firstPass, firstFail int32
	// terminal: the step ends the solution, with this outcome.
	terminal bool
	// exhausted: there is nothing to descend to that would need a call.
	exhausted bool
	// asked: critics have been asked, and may have abstained.
	asked   bool
	outcome feedbackgen.Outcome
}

// tally counts judged draws.
type tally struct{ passes, rollouts int32 }

func (t *tally) add(outcome feedbackgen.Outcome) {
	if !outcome.IsLabel() {
		return
	}
	t.rollouts++
	if outcome == feedbackgen.Pass {
		t.passes++
	}
}

// shrunk is the share that passed, with a prior mean that is worth strength draws.
func (t tally) shrunk(mean, strength float64) float64 {
	return (float64(t.passes) + strength*mean) / (float64(t.rollouts) + strength)
}

// own are the draws by the policy alone that say what the node is worth.
func (n *node) own() tally {
	return tally{n.arrived.passes + n.launched.passes, n.arrived.rollouts + n.launched.rollouts}
}

// rollout is one drawn completion. The solution is the steps down to its launch, and its own.
type rollout struct {
	launch nodeID
	node   nodeID // the deepest node it reached
	// variant: the step that reached the node reads otherwise than the node's, see merger.
	variant bool
	// likely is the geometric mean of the probabilities of the sampled tokens, where the reply tells; else 0.
	likely float64
	// Trajectory holds the sampled steps alone.
	feedbackgen.Trajectory
}

// tree is the search tree of one problem. It is not safe for concurrent use: the search applies
// results one at a time.
type tree struct {
	nodes    []node
	rollouts []rollout
	// siblings finds a child by its step, so that duplicates merge.
	siblings map[sibling]nodeID
	// texts holds each step's text once: solutions say the same things many times over, and a piece of
	// one would keep the whole of it.
	texts map[string]string

	// branching is how many draws a node needs before it can be exhausted.
	branching branching
	merger    merger
}

type sibling struct {
	parent   nodeID
	terminal bool
	step     string
}

func newTree(width int) *tree {
	t := &tree{siblings: map[sibling]nodeID{}, texts: map[string]string{}, branching: branching{least: int32(width), most: int32(width)}}
	t.nodes = append(t.nodes, node{parent: none, firstPass: -1, firstFail: -1})
	return t
}

// mean is the share of passes, with the critics' opinion as one more rollout, or the parent's where none
// of the node's rollouts could be judged.
func (t *tree) mean(n, parent *node) float64 {
	switch {
	case float32(n.rollouts)+n.heard > 0:
		return (float64(n.passes) + float64(n.opinion)) / (float64(n.rollouts) + float64(n.heard))
	case parent.rollouts > 0:
		return float64(parent.passes) / float64(parent.rollouts)
	}
	return 0.5
}

// parentMean is the share of the parent's own draws that passed, those that came through the node
// left out; with a uniform prior, and 1/2 for the root, which has no parent.
func (t *tree) parentMean(id nodeID) float64 {
	n := &t.nodes[id]
	if n.parent == none {
		return 0.5
	}
	own := t.nodes[n.parent].own()
	return tally{own.passes - n.arrived.passes, own.rollouts - n.arrived.rollouts}.shrunk(0.5, 2)
}

// launch counts a simulation that starts at the node as in flight.
func (t *tree) launch(at nodeID) {
	t.nodes[at].launching++
	for ; at != none; at = t.nodes[at].parent {
		t.nodes[at].flying++
	}
}

// landed takes a simulation launched at the node out of the count of those in flight.
func (t *tree) landed(launch nodeID) {
	t.nodes[launch].launching--
	for at := launch; at != none; at = t.nodes[at].parent {
		t.nodes[at].flying--
	}
}

// apply adds a rollout launched at a node: its first depth steps become nodes below it, or merge
// with the siblings that say the same, and its outcome counts for all nodes it went through. The tree
// keeps the trajectory.
// It returns how many nodes are new and how many merged.
func (t *tree) apply(launch nodeID, sampled feedbackgen.Trajectory, finished bool, depth int) (created, merged int) {
	t.nodes[launch].draws++
	t.nodes[launch].launched.add(sampled.Outcome)
	rest := 0
	for i, step := range sampled.Steps {
		rest += len(step.Text)
		sampled.Steps[i].Text = t.intern(step.Text)
	}
	t.nodes[launch].rest += int64(rest)
	at, variant := launch, false
	for i, step := range sampled.Steps[:min(depth, len(sampled.Steps))] {
		last := i == len(sampled.Steps)-1
		if last && !finished {
			break // cut off in mid-step: not a step of the policy's
		}
		child, isNew := t.child(at, step.Text, last, &sampled)
		if isNew {
			created++
		} else {
			merged++
		}
		variant = t.nodes[child].step != step.Text
		t.nodes[child].multiplicity++
		t.nodes[child].arrived.add(sampled.Outcome)
		rest -= len(step.Text)
		t.nodes[child].rest += int64(rest)
		if last {
			t.nodes[child].outcome = sampled.Outcome
		}
		at = child
		if variant {
			break
		}
	}
	t.rollouts = append(t.rollouts, rollout{launch: launch, node: at, variant: variant, Trajectory: sampled})
	t.backUp(at, int32(len(t.rollouts)-1), sampled.Outcome)
	t.close(at)
	return created, merged
}

func (t *tree) intern(text string) string {
	if known, ok := t.texts[text]; ok {
		return known
	}
	known := strings.Clone(text)
	t.texts[known] = known
	return known
}

// child finds or makes the child of parent with this step, of what was drawn.
func (t *tree) child(parent nodeID, step string, terminal bool, drawn *feedbackgen.Trajectory) (id nodeID, isNew bool) {
	key := sibling{parent: parent, terminal: terminal, step: step}
	if id, ok := t.siblings[key]; ok {
		return id, false
	}
	if t.merger != nil {
		for _, id := range t.nodes[parent].children {
			if n := &t.nodes[id]; n.terminal == terminal && t.merger(t, n, step, drawn) {
				return id, false
			}
		}
	}
	id = nodeID(len(t.nodes))
	p := &t.nodes[parent]
	n := node{
		step: step, parent: parent, number: int32(len(p.children)), depth: p.depth + 1,
		terminal: terminal, exhausted: terminal, firstPass: -1, firstFail: -1,
	}
	p.children = append(p.children, id)
	if !terminal {
		p.open = append(p.open, id)
	}
	t.nodes = append(t.nodes, n)
	t.siblings[key] = id
	if !terminal {
		t.reopen(parent)
	}
	return id, true
}

// unknown finds the first of the steps drawn at launch that has no node yet, by its place among them and
// its parent; false if there is none, or if it makes none.
func (t *tree) unknown(launch nodeID, steps []feedbackgen.Step, finished bool) (parent nodeID, place int, ok bool) {
	at := launch
	for i, step := range steps {
		last := i == len(steps)-1
		if last && !finished {
			break
		}
		id, known := t.siblings[sibling{parent: at, terminal: last, step: step.Text}]
		if !known {
			return at, i, true
		}
		if t.nodes[id].step != step.Text {
			break // a variant, behind which nothing makes nodes
		}
		at = id
	}
	return none, 0, false
}

// alias makes a step one with a sibling that reads otherwise, from now on.
func (t *tree) alias(step string, as nodeID) {
	n := &t.nodes[as]
	t.siblings[sibling{parent: n.parent, terminal: n.terminal, step: t.intern(step)}] = as
}

// backUp counts a rollout's outcome for the node it reached and all above. A variant is no example of
// the node's own step.
func (t *tree) backUp(at nodeID, index int32, outcome feedbackgen.Outcome) {
	said := !t.rollouts[index].variant
	for ; at != none; at = t.nodes[at].parent {
		n := &t.nodes[at]
		n.visits++
		switch outcome {
		case feedbackgen.Pass:
			n.passes++
			n.rollouts++
			if said && n.firstPass < 0 {
				n.firstPass = index
			}
		case feedbackgen.Fail:
			n.rollouts++
			if said && n.firstFail < 0 {
				n.firstFail = index
			}
		case feedbackgen.Abstain, feedbackgen.Invalid, feedbackgen.Error:
			// Nobody could judge: a visit, and nothing about the model.
		}
		said = true // of all above
	}
}

// close marks nodes from here up as exhausted, as far as they have had their draws and have no
// open child. Simulations in flight below an exhausted node still land there.
func (t *tree) close(at nodeID) {
	for at != root {
		n := &t.nodes[at]
		if !n.exhausted {
			if len(n.open) > 0 || n.draws < t.width(at) {
				return
			}
			n.exhausted = true
		}
		p := &t.nodes[n.parent]
		for i, id := range p.open {
			if id == at {
				p.open = append(p.open[:i], p.open[i+1:]...)
				break
			}
		}
		at = n.parent
	}
}

// reopen puts an exhausted node back among its parent's open children: a late draw found a step
// to descend to.
func (t *tree) reopen(at nodeID) {
	for at != root && t.nodes[at].exhausted {
		n := &t.nodes[at]
		n.exhausted = false
		p := &t.nodes[n.parent]
		p.open = append(p.open, at)
		at = n.parent
	}
}

// steps are the steps from the root to the node.
func (t *tree) steps(id nodeID) []feedbackgen.Step {
	steps := make([]feedbackgen.Step, t.nodes[id].depth)
	for at := id; at != root; at = t.nodes[at].parent {
		steps[t.nodes[at].depth-1] = feedbackgen.Step{Text: t.nodes[at].step}
	}
	return steps
}

// text is the partial solution that the node stands for.
func (t *tree) text(id nodeID) string {
	return feedbackgen.Trajectory{Steps: t.steps(id)}.Text()
}

// numbers are the node's number among its siblings, and its ancestors' before it, from the root.
func (t *tree) numbers(id nodeID) []int32 {
	numbers := make([]int32, t.nodes[id].depth)
	for at := id; at != root; at = t.nodes[at].parent {
		numbers[t.nodes[at].depth-1] = t.nodes[at].number
	}
	return numbers
}

// path is the node's name in records: "0" for the root, then each child's number.
func (t *tree) path(id nodeID) string {
	path := []byte{'0'}
	for _, number := range t.numbers(id) {
		path = strconv.AppendInt(append(path, '.'), int64(number), 10)
	}
	return string(path)
}

// whole is a rollout's solution from its very beginning.
func (t *tree) whole(index int32) feedbackgen.Trajectory {
	r := t.rollouts[index]
	given := t.steps(r.launch)
	whole := r.Trajectory
	whole.Given = len(given)
	whole.Steps = append(given, r.Steps...)
	return whole
}

// setPriors keeps how likely each step on the way from launch down to end is.
func (t *tree) setPriors(launch, end nodeID, probabilities []float64) {
	for at := end; at != launch; at = t.nodes[at].parent {
		n := &t.nodes[at]
		n.prior = probabilities[n.depth-t.nodes[launch].depth-1]
	}
}
