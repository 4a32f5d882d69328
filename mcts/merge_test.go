package mcts

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
)

// distance is Levenshtein's, cell by cell.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}

func TestNearIsBoundedEditDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[abü ]{0,12}`)
		a, b, most := word.Draw(t, "a"), word.Draw(t, "b"), rapid.IntRange(1, 8).Draw(t, "most")
		if got, want := near(a, b, most), distance(a, b) <= most; got != want {
			t.Fatalf("near(%q, %q, %d) = %v, the distance is %d", a, b, most, got, distance(a, b))
		}
		if near(a, b, most) != near(b, a, most) {
			t.Fatal("it is not symmetric")
		}
		if got, want := edits(a, b, most), min(distance(a, b), most+1); got != want {
			t.Fatalf("edits(%q, %q, %d) = %d, want %d", a, b, most, got, want)
		}
	})
	if near("3 + 4 = 7", "3 + 4 = 8", 5) {
		t.Error("another number is another step")
	}
}

func sameText(a, b string) bool { return a == b }

func draw(tr *tree, outcome feedbackgen.Outcome, answer string, steps ...string) {
	drawn := feedbackgen.Trajectory{Outcome: outcome, Answer: answer}
	for _, step := range steps {
		drawn.Steps = append(drawn.Steps, feedbackgen.Step{Text: step})
	}
	tr.launch(root)
	tr.landed(root)
	tr.apply(root, drawn, true, len(steps))
}

// A step that differs little joins the first, counts for it, and leaves no nodes below: what follows
// was drawn after other words. It is no example of the step either.
func TestMergedVariantsCountAndLeaveNoNodes(t *testing.T) {
	tr := newTree(4)
	tr.merger, _ = parseMerge("edit:3", sameText)
	draw(tr, feedbackgen.Pass, "7", "Add 3 and 4.\n", "So 7.")
	draw(tr, feedbackgen.Fail, "8", "Add 3 and 4!\n", "So 8.")
	draw(tr, feedbackgen.Fail, "9", "Add 3 and 5.\n", "So 9.")
	if len(tr.nodes) != 5 {
		t.Fatalf("%d nodes, want the root, two steps and their ends", len(tr.nodes))
	}
	n := &tr.nodes[1]
	if n.step != "Add 3 and 4.\n" || n.multiplicity != 2 || n.own() != (tally{1, 2}) || len(n.children) != 1 {
		t.Errorf("%+v", n)
	}
	if n.firstPass != 0 || n.firstFail != -1 || tr.nodes[root].firstFail != 1 {
		t.Errorf("examples: pass %d, fail %d of the step, fail %d of the root", n.firstPass, n.firstFail, tr.nodes[root].firstFail)
	}
}

// Ends merge by their answers, and only to one outcome.
func TestEndsMergeByAnswer(t *testing.T) {
	for rule, want := range map[string]int{"answer": 3, "edit:2": 4, "exact": 5} {
		tr := newTree(4)
		var err error
		if tr.merger, err = parseMerge(rule, sameText); err != nil {
			t.Fatal(err)
		}
		draw(tr, feedbackgen.Pass, "4", "The answer is 4.")
		draw(tr, feedbackgen.Pass, "4", "The answer is 4!")
		draw(tr, feedbackgen.Pass, "4", "It is 4, because 2+2=4.")
		draw(tr, feedbackgen.Fail, "5", "The answer is 5.")
		if len(tr.nodes) != want {
			t.Errorf("%s: %d nodes, want %d", rule, len(tr.nodes), want)
		}
		total := int32(0)
		for _, id := range tr.nodes[root].children {
			total += tr.nodes[id].multiplicity
		}
		if total != 4 {
			t.Errorf("%s: multiplicities sum to %d, 4 were drawn", rule, total)
		}
	}
}

func TestUnansweredEndsDoNotMergeByAnswer(t *testing.T) {
	tr := newTree(4)
	tr.merger, _ = parseMerge("answer", sameText)
	draw(tr, feedbackgen.Invalid, "", "No idea.")
	draw(tr, feedbackgen.Invalid, "", "Who knows?")
	if len(tr.nodes) != 3 {
		t.Errorf("%d nodes", len(tr.nodes))
	}
}

// Only siblings that may say the same are asked about, and no more than the nearest, the oldest first.
func TestWhoIsAskedAbout(t *testing.T) {
	tr := newTree(4)
	for _, step := range []string{"Add 4 and 3.\n", "Add 3 and 5.\n", "Let me add 3 and 4 with great care.\n", "Add 3 to 4.\n", "Adding 3 and 4.\n"} {
		draw(tr, feedbackgen.Pass, "7", step, "So 7.")
	}
	draw(tr, feedbackgen.Pass, "7", "Add 3 and 4: 7 it is.")
	asked := func(step string, terminal bool, drawn feedbackgen.Trajectory) string {
		var all []string
		for _, id := range tr.lookalikes(root, step, terminal, &drawn, sameText) {
			all = append(all, strings.TrimSpace(tr.nodes[id].step))
		}
		return strings.Join(all, " | ")
	}
	right := feedbackgen.Trajectory{Outcome: feedbackgen.Pass, Answer: "7"}
	if got, want := asked("Add 3 and 4.\n", false, right), "Add 4 and 3. | Add 3 to 4. | Adding 3 and 4."; got != want {
		t.Errorf("asked about %s, want %s", got, want)
	}
	if got, want := asked("Then 3 and 4 give 7.", true, right), "Add 3 and 4: 7 it is."; got != want {
		t.Errorf("asked about %q, want %q", got, want)
	}
	if got := asked("Then 3 and 4 give 7.", true, feedbackgen.Trajectory{Outcome: feedbackgen.Fail, Answer: "8"}); got != "" {
		t.Errorf("another answer is another end, yet %q is asked about", got)
	}
}

func FuzzNear(f *testing.F) {
	f.Add("a1", "b1", 1)
	f.Add(strings.Repeat("x", 9), "x\xff", 3)
	f.Fuzz(func(t *testing.T, a, b string, most int) {
		if len(a)+len(b) > 200 || most < 1 || most > 50 {
			return
		}
		want := distance(a, b) <= most && strings.Join(numbers(a), " ") == strings.Join(numbers(b), " ")
		if near(a, b, most) != want {
			t.Errorf("near(%q, %q, %d) is not %v", a, b, most, want)
		}
	})
}
