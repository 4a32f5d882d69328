package mcts

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/graph/formats/dot"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
)

// planted is a finished search with these solutions, drawn from the root in order: steps with "|" between
// them, right if they end in "4".
func planted(t *testing.T, cfg Config, solutions ...string) *search {
	t.Helper()
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	problem := feedbackgen.Problem{ID: "p1", Prompt: []feedbackgen.Message{feedbackgen.User("2+2?")}, Answer: "4"}
	r, err := s.search(nil, problem)
	if err != nil {
		t.Fatal(err)
	}
	for i, solution := range solutions {
		drawn := feedbackgen.Trajectory{Outcome: feedbackgen.Fail, Answer: solution[len(solution)-1:], Seed: int64(i)}
		if drawn.Answer == "4" {
			drawn.Outcome = feedbackgen.Pass
		}
		for step := range strings.SplitSeq(solution, "|") {
			drawn.Steps = append(drawn.Steps, feedbackgen.Step{Text: step})
		}
		r.tree.launch(root)
		r.tree.landed(root)
		r.tree.apply(root, drawn, true, len(drawn.Steps))
	}
	return r
}

// records are what a planted search comes to, with counts that add up.
func (r *search) records(t *testing.T) []feedbackgen.Record {
	t.Helper()
	result, err := r.result(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := result.Counts.Check(); err != nil {
		t.Fatal(err)
	}
	return result.Records
}

// repeat is a text so many times.
func repeat(text string, times int) []string {
	all := make([]string, times)
	for i := range all {
		all[i] = text
	}
	return all
}

// From one beginning, one step ends right and two wrong: the sibling pair takes the right one and one of
// the wrong ones; the other wrong one, which no sibling pair can have, is paired with the right one, too.
func TestFirstWrongStepsThatNoSiblingPairHas(t *testing.T) {
	var solutions []string
	solutions = append(solutions, repeat("start|good|so 4", 12)...)
	solutions = append(solutions, repeat("start|bad|so 5", 12)...)
	solutions = append(solutions, repeat("start|worse|so 6", 12)...)
	r := planted(t, Config{}, solutions...)
	byType := map[string][]feedbackgen.Preference{}
	for _, record := range r.records(t) {
		if p, ok := record.(feedbackgen.Preference); ok {
			byType[p.Feedback.Type] = append(byType[p.Feedback.Type], p)
		}
	}
	siblings, added := byType[feedbackgen.SiblingPair], byType[feedbackgen.FirstWrongPair]
	if len(siblings) != 1 || len(added) != 1 {
		t.Fatalf("%d sibling pairs and %d at first wrong steps, want one each", len(siblings), len(added))
	}
	steps := map[string]bool{}
	for _, p := range []feedbackgen.Preference{siblings[0], added[0]} {
		f := p.Feedback
		if !f.FirstWrong || f.Chosen.Step != "good" || f.Depth != 1 || f.Probability < 0.95 {
			t.Errorf("%s: %+v", f.Type, f)
		}
		steps[f.Rejected.Step] = true
	}
	if len(steps) != 2 || r.counts["first_wrong_steps"] != 2 || r.counts["first_wrong_steps.in_step_pair"] != 1 {
		t.Errorf("rejected %v, counts %v: want both wrong steps, one of them a sibling pair's", steps, r.counts)
	}
}

// A first wrong step whose sibling pair is over the cap is counted as over the cap: it has a better sibling.
func TestFirstWrongStepsOverTheCap(t *testing.T) {
	var solutions []string
	for _, start := range []string{"one", "two", "three"} {
		solutions = append(solutions, repeat(start+"|good|so 4", 12)...)
		solutions = append(solutions, repeat(start+"|bad|so 5", 12)...)
	}
	r := planted(t, Config{Cap: 1}, solutions...)
	r.records(t)
	c := r.counts
	if c["step_pairs.over_cap"] != 2 || c["first_wrong_steps"] != 3 || c["first_wrong_steps.in_step_pair"] != 1 || c["first_wrong_steps.over_cap"] != 2 {
		t.Errorf("counts %v, want one first wrong step in a pair and two over the cap", c)
	}
}

// A step after which some draw ended right is not wrong, however much better its sibling is; neither is
// one with too few draws, nor one behind a step that is wrong already.
func TestWhatIsNoFirstWrongStep(t *testing.T) {
	var solutions []string
	solutions = append(solutions, repeat("good|so 4", 20)...)
	solutions = append(solutions, repeat("risky|so 5", 15)...)
	solutions = append(solutions, "risky|so 4", "rare|so 5")
	solutions = append(solutions, repeat("bad|on|so 6", 20)...)
	r := planted(t, Config{}, solutions...)
	r.stated = r.tree.stated()
	var wrong []string
	for id := range r.tree.nodes {
		if id != int(root) && r.firstWrong(nodeID(id)) {
			wrong = append(wrong, r.tree.text(nodeID(id)))
		}
	}
	if got := strings.Join(wrong, ", "); got != "riskyso 5, bad" {
		t.Errorf("first wrong steps: %s; want the wrong end behind risky, which can end right, and bad", got)
	}
}

// TreeRL's formula by hand: the root's posterior is Beta(1+2, 1+2).
func TestTreeAdvantagesByHand(t *testing.T) {
	r := planted(t, Config{NoGate: true}, "a|so 4", "a|so 5", "b|so 4", "c|so 5")
	found := map[string]feedbackgen.Advantage{}
	for _, record := range r.records(t) {
		if a, ok := record.(feedbackgen.Advantage); ok {
			found[a.Completion.Messages[0].Content] = a
		}
	}
	if len(found) != 4 {
		t.Fatalf("%d solutions, want 4", len(found))
	}
	// a: without its own two draws the root is at (1+1)/(2+2) = 1/2; with them it still is, however much
	// that is worth. b: without its own the root is at (1+1)/(2+3) = 2/5, which its one draw raises.
	b := r.stated[r.tree.nodes[root].children[1]].mean()
	if b <= 0.4 || b >= 1 {
		t.Errorf("b is worth %v", b)
	}
	for text, want := range map[string][]float64{
		"aso 4": {(0 + 0) / math.Sqrt2, (0.5 + 0.5) / 1},
		"bso 4": {2 * (b - 0.5), 0.5 + (1 - b)},
	} {
		for i, a := range found[text].Advantages {
			if math.Abs(float64(a)-want[i]) > 1e-12 {
				t.Errorf("%s, step %d: advantage %v, want %v", text, i, a, want[i])
			}
		}
	}
	if got := found["aso 4"].StepEnds; len(got) != 2 || got[0] != 1 || got[1] != 5 {
		t.Errorf("steps end at %v, want 1 and 5", got)
	}
}

// A seed's right sibling is one that shares the longest beginning, also if others were drawn before it.
func TestSeedsPartAsLateAsPossible(t *testing.T) {
	r := planted(t, Config{NoGate: true}, "other|so 4", "start|good|so 4", "start|good|on|so 5", "alone|so 6", "alone|so 6")
	want := map[string]string{"startgoodonso 5": "startgoodso 4", "aloneso 6": "otherso 4"}
	for _, record := range r.records(t) {
		if s, ok := record.(feedbackgen.CorrectionSeed); ok {
			attempt := s.Attempt.Messages[0].Content
			if got := s.Sibling.Messages[0].Content; got != want[attempt] {
				t.Errorf("%s has the sibling %s, want %s", attempt, got, want[attempt])
			}
			delete(want, attempt)
		}
	}
	if len(want) > 0 {
		t.Errorf("no seed for %v", want)
	}
}

// What is over the cap goes, the best supported stays, and the counts know.
func TestTheCapKeepsTheBestSupported(t *testing.T) {
	var solutions []string
	for i, letter := range "abcdef" {
		solutions = append(solutions, repeat(string(letter)+"|so 4", i+1)...)
		solutions = append(solutions, repeat(string(letter)+"|so 5", i+1)...)
	}
	r := planted(t, Config{Cap: 3, NoGate: true}, solutions...)
	var values []string
	for _, record := range r.records(t) {
		if v, ok := record.(feedbackgen.Value); ok {
			values = append(values, v.Prefix)
		}
	}
	if got := strings.Join(values, " "); got != " e f" {
		t.Errorf("values of %q, want those of the root, e and f, which were drawn most", got)
	}
	if r.counts["values"] != 7 || r.counts["values.over_cap"] != 4 || r.counts["step_pairs.over_cap"] != 3 {
		t.Errorf("counts %v", r.counts)
	}
}

func TestQuantilesInvertThePosterior(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		param := rapid.Float64Range(0.3, 300)
		p := posterior{a: param.Draw(t, "a"), b: param.Draw(t, "b")}
		q := rapid.Float64Range(0.01, 0.99).Draw(t, "q")
		if got := p.below(p.quantile(q)); math.Abs(got-q) > 1e-6 {
			t.Fatalf("P(value <= quantile(%v)) = %v", q, got)
		}
	})
	if low := (posterior{a: 1e-6, b: 40}).quantile(0.975); low < 0 || low > 0.01 {
		t.Errorf("a value that is all but 0 is below %v with probability .975", low)
	}
}

// hostile is a tree whose texts try to leave their quotes, or to mean something to Graphviz.
func hostile(text string) feedbackgen.Tree {
	return feedbackgen.Tree{
		Nodes: []feedbackgen.TreeNode{
			{Path: "0", Parent: -1, Outcome: feedbackgen.Abstain, Value: 0.5},
			{Path: "0.0", Parent: 0, Step: text, Depth: 1, Terminal: true, Outcome: feedbackgen.Fail, Answer: text, Multiplicity: 2},
		},
		Feedback: feedbackgen.TreeFeedback{Provenance: feedbackgen.Provenance{Problem: text}},
	}
}

func TestDrawingShowsTheTree(t *testing.T) {
	var b strings.Builder
	if err := WriteDOT(&b, hostile("\"] evil [label=\"\\N &lt;\nb\x1b[2J\xff")); err != nil {
		t.Fatal(err)
	}
	want := `  n1 [label="0.0\n\"] evil [label=\"\\N &amp;lt;⏎b?[2J?\nvalue 0.00 (0/0), visits 0\nfail: \"] evil [label=\"\\N &amp;lt;⏎b?[2J?", fillcolor="0.000 0.350 1.000", peripheries=2];`
	if !strings.Contains(b.String(), want+"\n  n0 -> n1 [label=\"2\"];\n}\n") {
		t.Errorf("drawn as\n%s\nwant\n%s", b.String(), want)
	}
}

// Whatever a text says, the drawing has two nodes and one edge, by another's parser.
func FuzzWriteDOT(f *testing.F) {
	for _, seed := range []string{"", "\\", "\"", "\\\"", "a\nb\r\n", "\x00\x1b[31m", "<b>", "}//*", "\u2028\u202e", strings.Repeat("é\\", 200)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var b strings.Builder
		if err := WriteDOT(&b, hostile(text)); err != nil {
			t.Fatal(err)
		}
		file, err := dot.ParseString(b.String())
		if err != nil {
			t.Fatalf("%q: %v\n%s", text, err, b.String())
		}
		if got := len(file.Graphs); got != 1 {
			t.Fatalf("%q: %d graphs", text, got)
		}
		if got := len(file.Graphs[0].Stmts); got != 5 { // its label, what holds for nodes, two nodes, an edge
			t.Fatalf("%q: %d statements in\n%s", text, got, b.String())
		}
		if strings.ContainsFunc(b.String(), func(c rune) bool { return c < ' ' && c != '\n' || c == 0x7f }) {
			t.Fatalf("%q: control characters in\n%s", text, b.String())
		}
	})
}
