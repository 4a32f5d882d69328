package mcts

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
)

var outcomes = feedbackgen.Outcomes[:]

// rules draws a selection rule.
func rules(t *rapid.T) selector {
	return ruleOf(rapid.SampledFrom(Selections[:]).Draw(t, "selection"))
}

func ruleOf(selection Selection) selector {
	cfg := Config{Selection: selection, Exploration: 1, PriorStrength: 6, MinProbability: 0.95, MinRollouts: 2}
	return (&Search{cfg: cfg}).selector("p")
}

// grow runs simulations against a random policy, with up to window of them in flight.
func grow(t *rapid.T, tr *tree, simulations, window int) {
	rule := rules(t)
	var flights []nodeID
	landOne := func() {
		launch := flights[0]
		flights = flights[1:]
		steps := make([]feedbackgen.Step, rapid.IntRange(1, 4).Draw(t, "steps"))
		for i := range steps {
			steps[i].Text = string(rune('a'+rapid.IntRange(0, 2).Draw(t, "step"))) + "\n"
		}
		outcome := rapid.SampledFrom(outcomes).Draw(t, "outcome")
		tr.landed(launch)
		tr.apply(launch, feedbackgen.Trajectory{Steps: steps, Outcome: outcome}, outcome != feedbackgen.Invalid, rapid.IntRange(1, 5).Draw(t, "depth"))
		rule.changed(tr, launch, tr.rollouts[len(tr.rollouts)-1].node)
	}
	for range simulations {
		if len(flights) == window {
			landOne()
		}
		at := rule.pick(tr)
		if tr.nodes[at].terminal {
			t.Fatalf("a simulation starts at %s, where the solution has ended", tr.path(at))
		}
		tr.launch(at)
		rule.changed(tr, at, at)
		flights = append(flights, at)
	}
	for len(flights) > 0 {
		landOne()
	}
}

// Whatever arrives, a node's visits are its own landings plus its children's visits, nothing stays
// in flight, and the same holds for what could be judged.
func TestVisitsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := newTree(rapid.IntRange(1, 4).Draw(t, "width"))
		simulations := rapid.IntRange(1, 80).Draw(t, "simulations")
		grow(t, tr, simulations, rapid.IntRange(1, 8).Draw(t, "window"))

		ended := make([]int32, len(tr.nodes))
		for _, r := range tr.rollouts {
			ended[r.node]++
		}
		if got := int(tr.nodes[root].visits); got != simulations {
			t.Fatalf("%d simulations, the root has %d visits", simulations, got)
		}
		for id := range tr.nodes {
			n := &tr.nodes[id]
			visits, passes, rollouts := ended[id], int32(0), int32(0)
			for _, r := range tr.rollouts {
				if r.node == nodeID(id) && r.Outcome.IsLabel() {
					rollouts++
					if r.Outcome == feedbackgen.Pass {
						passes++
					}
				}
			}
			for _, child := range n.children {
				visits += tr.nodes[child].visits
				passes += tr.nodes[child].passes
				rollouts += tr.nodes[child].rollouts
			}
			if n.visits != visits || n.passes != passes || n.rollouts != rollouts {
				t.Fatalf("node %s: visits %d, passes %d, rollouts %d; its parts have %d, %d, %d",
					tr.path(nodeID(id)), n.visits, n.passes, n.rollouts, visits, passes, rollouts)
			}
			if n.flying != 0 || n.launching != 0 {
				t.Fatalf("node %s: %d simulations still in flight", tr.path(nodeID(id)), n.flying)
			}
		}
	})
}

// A node is open to its parent exactly if a walk could usefully go on below it.
func TestOpenChildrenAreThoseNotExhausted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := newTree(rapid.IntRange(1, 3).Draw(t, "width"))
		grow(t, tr, rapid.IntRange(1, 80).Draw(t, "simulations"), rapid.IntRange(1, 8).Draw(t, "window"))
		for id := range tr.nodes {
			n := &tr.nodes[id]
			open := map[nodeID]bool{}
			for _, child := range n.open {
				if open[child] {
					t.Fatalf("node %s lists an open child twice", tr.path(nodeID(id)))
				}
				open[child] = true
			}
			for _, child := range n.children {
				if open[child] == tr.nodes[child].exhausted {
					t.Fatalf("node %s: open %v, exhausted %v", tr.path(child), open[child], tr.nodes[child].exhausted)
				}
			}
		}
	})
}

func TestDuplicateSiblingsMergeAndKeepTheirCount(t *testing.T) {
	tr := newTree(8)
	for range 3 {
		tr.launch(root)
		tr.landed(root)
		tr.apply(root, feedbackgen.Trajectory{Steps: []feedbackgen.Step{{Text: "a\n"}, {Text: "b"}}, Outcome: feedbackgen.Pass}, true, 1)
	}
	if len(tr.nodes) != 2 || tr.nodes[1].multiplicity != 3 || tr.nodes[1].rollouts != 3 {
		t.Fatalf("three equal steps made %d nodes, multiplicity %d, rollouts %d; want 2, 3, 3",
			len(tr.nodes), tr.nodes[1].multiplicity, tr.nodes[1].rollouts)
	}
}

// A step that was cut off by the token limit is not a step that the policy would take.
func TestTruncatedStepIsNoNode(t *testing.T) {
	tr := newTree(8)
	tr.launch(root)
	tr.landed(root)
	tr.apply(root, feedbackgen.Trajectory{Steps: []feedbackgen.Step{{Text: "a\n"}, {Text: "b and th"}}, Outcome: feedbackgen.Invalid}, false, 5)
	if len(tr.nodes) != 2 || tr.nodes[1].step != "a\n" || tr.nodes[1].rollouts != 0 {
		t.Fatalf("nodes %+v: want the whole step alone, with no judged rollout", tr.nodes)
	}
}

// The second of two simulations in flight avoids the child that the first is already at.
func TestUnobservedSimulationsSpread(t *testing.T) {
	tr := newTree(2)
	for _, step := range []string{"a\n", "b\n"} {
		tr.launch(root)
		tr.landed(root)
		tr.apply(root, feedbackgen.Trajectory{Steps: []feedbackgen.Step{{Text: step}, {Text: "x"}}, Outcome: feedbackgen.Pass}, true, 1)
	}
	rule := ruleOf(UCT)
	first := rule.pick(tr)
	tr.launch(first)
	second := rule.pick(tr)
	if first == second {
		t.Fatalf("both simulations went to %s", tr.path(first))
	}
}

// wideTree grows a tree whose steps never end, so that it gets as large as asked.
func wideTree(rule selector, nodes int) *tree {
	tr := newTree(4)
	for i := 0; len(tr.nodes) < nodes; i++ {
		simulate(tr, rule, i)
	}
	return tr
}

func simulate(tr *tree, rule selector, i int) {
	at := rule.pick(tr)
	tr.launch(at)
	rule.changed(tr, at, at)
	tr.landed(at)
	outcome := feedbackgen.Pass
	if math.Sin(float64(i)*float64(at+1)) > 0.2 {
		outcome = feedbackgen.Fail
	}
	steps := []feedbackgen.Step{{Text: fmt.Sprintf("step %d\n", i%4)}, {Text: "end"}}
	tr.apply(at, feedbackgen.Trajectory{Steps: steps, Outcome: outcome}, true, 1)
	end := tr.rollouts[len(tr.rollouts)-1].node
	tr.nodes[end].prior = 0.25
	rule.changed(tr, at, end)
}

// BenchmarkSimulation is the bookkeeping of one simulation: select, land, apply.
func BenchmarkSimulation(b *testing.B) {
	for _, size := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("nodes=%d", size), func(b *testing.B) {
			benchmarkRule(b, UCT, size)
		})
	}
}

// BenchmarkRule is the same for each rule, in a tree of 100,000 nodes.
func BenchmarkRule(b *testing.B) {
	for _, selection := range Selections {
		b.Run(string(selection), func(b *testing.B) { benchmarkRule(b, selection, 100_000) })
	}
}

func benchmarkRule(b *testing.B, selection Selection, size int) {
	rule := ruleOf(selection)
	tr := wideTree(rule, size)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		simulate(tr, rule, i)
	}
}

// BenchmarkMemory is what a node costs, its rollouts included and the text left out.
func BenchmarkMemory(b *testing.B) {
	const size = 100_000
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		tr := wideTree(ruleOf(UCT), size)
		runtime.GC()
		runtime.ReadMemStats(&after)
		text := 0
		for id := range tr.nodes {
			text += len(tr.nodes[id].step)
		}
		for _, r := range tr.rollouts {
			for _, s := range r.Steps {
				text += len(s.Text)
			}
		}
		b.ReportMetric(float64(int(after.HeapAlloc-before.HeapAlloc)-text)/float64(len(tr.nodes)), "B/node")
		runtime.KeepAlive(tr)
	}
}

// Each text is there once, however often it was drawn, and none keeps the whole solution it came with.
func TestTextsAreKeptOnce(t *testing.T) {
	tr := newTree(4)
	for range 2 {
		whole := strings.Clone("a step\nthe answer is 4.")
		draw(tr, feedbackgen.Pass, "4", whole[:7], whole[7:])
	}
	first, second := tr.rollouts[0].Steps[0].Text, tr.rollouts[1].Steps[0].Text
	if unsafe.StringData(first) != unsafe.StringData(second) || unsafe.StringData(first) != unsafe.StringData(tr.nodes[1].step) {
		t.Error("an equal step is stored again")
	}
	if len(tr.texts) != 2 {
		t.Errorf("%d texts", len(tr.texts))
	}
}
