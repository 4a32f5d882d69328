package mcts_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
)

// signalsConfig draws settings that lead to trees of all shapes.
func signalsConfig(rt *rapid.T) mcts.Config {
	simulations := rapid.IntRange(4, 80).Draw(rt, "simulations")
	cfg := mcts.Config{
		Simulations: simulations, Group: rapid.IntRange(1, simulations).Draw(rt, "group"), NoGate: rapid.Bool().Draw(rt, "no gate"),
		Step:         rapid.SampledFrom([]string{"line", "sentence", "tokens:3"}).Draw(rt, "step"),
		Merge:        rapid.SampledFrom([]string{"exact", "edit:4", "answer"}).Draw(rt, "merge"),
		Continuation: rapid.SampledFrom([]backends.Continuation{backends.Native, backends.None}).Draw(rt, "continuation"),
		Sampling:     feedbackgen.Sampling{Seed: int64(rapid.IntRange(0, 1000).Draw(rt, "seed"))},
		Cap:          rapid.IntRange(1, 20).Draw(rt, "cap"), Trees: true,
	}
	if cfg.Continuation == backends.Native {
		cfg.Bisect = rapid.IntRange(0, 3).Draw(rt, "bisect")
	}
	return cfg
}

// near is equal, up to rounding.
func near(a, b feedbackgen.Real) bool { return math.Abs(float64(a-b)) < 1e-9 }

// Whatever the tree: no kind goes over the cap, files hold as many records as the counts say, and each
// record is what it claims to be.
func TestSignalsHold(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cfg := signalsConfig(rt)
		result := search(t, cfg, &toy{}, problem("4"))
		written := map[string]int64{}
		for _, record := range result.Records {
			switch r := record.(type) {
			case feedbackgen.Preference:
				written[map[string]string{
					feedbackgen.SiblingPair: "step_pairs.written", feedbackgen.FirstWrongPair: "first_wrong_steps.written", feedbackgen.PathPair: "path_pairs.written",
				}[r.Feedback.Type]]++
				checkFirstWrong(rt, r)
			case feedbackgen.Stepwise:
				written["step_records.written"]++
			case feedbackgen.Value:
				written["values.written"]++
				checkValue(rt, r)
			case feedbackgen.Advantage:
				written["tree_advantages.written"]++
				checkTreeAdvantage(rt, r)
			case feedbackgen.CorrectionSeed:
				written["correction_seeds.written"]++
				checkSeed(rt, r)
			case feedbackgen.Tree:
				checkTree(rt, r, result.Counts["nodes"])
			}
		}
		for _, name := range []string{
			"step_pairs.written", "first_wrong_steps.written", "path_pairs.written", "step_records.written",
			"values.written", "tree_advantages.written", "correction_seeds.written",
		} {
			if got := result.Counts[name]; got != written[name] || got > int64(cfg.Cap) && name != "path_pairs.written" {
				rt.Fatalf("%s counts %d, there are %d records, the cap is %d", name, got, written[name], cfg.Cap)
			}
		}
	})
}

func checkFirstWrong(t *rapid.T, r feedbackgen.Preference) {
	f := r.Feedback
	if f.FirstWrong && (f.Rejected.Passes > 0 || f.Rejected.Value > 0.2) || f.Type == feedbackgen.FirstWrongPair && !f.FirstWrong {
		t.Fatalf("said to be the first wrong step: %+v", f)
	}
}

func checkValue(t *rapid.T, r feedbackgen.Value) {
	f := r.Feedback
	switch {
	case !(0 <= f.Low && f.Low <= r.Target && r.Target <= f.High && f.Low < f.High && f.High <= 1):
		t.Fatalf("a value of %v in [%v, %v]", r.Target, f.Low, f.High)
	case f.Passes > f.Rollouts || f.Rollouts < 2:
		t.Fatalf("%d of %d rollouts", f.Passes, f.Rollouts)
	case f.Depth != strings.Count(f.Node, ".") || (f.Depth == 0) != (r.Prefix == ""):
		t.Fatalf("%q at %s, depth %d", r.Prefix, f.Node, f.Depth)
	case strings.Contains(r.Prefix, "answer is 4."):
		t.Fatalf("a value of a finished solution: %q", r.Prefix)
	}
}

// Local advantages sum to what the end is worth above the beginning, and the spans tile the solution.
func checkTreeAdvantage(t *rapid.T, r feedbackgen.Advantage) {
	f, n := r.Feedback, len(r.StepEnds)
	if n == 0 || len(r.Advantages) != n || len(f.Global) != n || len(f.Local) != n || len(f.Leaves) != n || len(f.Values) != n ||
		len(f.Passes) != n || len(f.Rollouts) != n || len(f.Visits) != n || n != strings.Count(f.Node, ".") {
		t.Fatalf("lists of different length: %+v", r)
	}
	if text := r.Completion.Messages[0].Content; r.StepEnds[n-1] != len(text) {
		t.Fatalf("steps end at %v in a text of %d bytes", r.StepEnds, len(text))
	}
	sum := feedbackgen.Real(0)
	for i := range n {
		sum += f.Local[i]
		if !near(f.Global[i], sum) || !near(f.Global[i], f.Values[i]-f.RootValue) {
			t.Fatalf("step %d: global %v, values %v above %v, local ones sum to %v", i, f.Global[i], f.Values[i], f.RootValue, sum)
		}
		if f.Leaves[i] < 1 || i > 0 && (f.Leaves[i] > f.Leaves[i-1] || r.StepEnds[i] <= r.StepEnds[i-1]) {
			t.Fatalf("leaves %v, ends %v", f.Leaves, r.StepEnds)
		}
		if want := (f.Global[i] + f.Local[i]) / feedbackgen.Real(math.Sqrt(float64(f.Leaves[i]))); !near(r.Advantages[i], want) {
			t.Fatalf("step %d: advantage %v, want %v", i, r.Advantages[i], want)
		}
	}
	if want := map[feedbackgen.Outcome]feedbackgen.Real{feedbackgen.Pass: 1, feedbackgen.Fail: 0}; f.Values[n-1] != want[f.Outcome] {
		t.Fatalf("a solution that is %s ends at the value %v", f.Outcome, f.Values[n-1])
	}
}

func checkSeed(t *rapid.T, r feedbackgen.CorrectionSeed) {
	attempt, sibling, f := r.Attempt.Messages[0].Content, r.Sibling.Messages[0].Content, r.Feedback
	if f.Use != feedbackgen.LiveCorrection || f.Attempt.Outcome != feedbackgen.Fail || f.Sibling.Outcome != feedbackgen.Pass {
		t.Fatalf("a seed of %s and %s, for %q", f.Attempt.Outcome, f.Sibling.Outcome, f.Use)
	}
	if strings.Contains(attempt, "answer is 4.") || !strings.Contains(sibling, "answer is 4.") {
		t.Fatalf("attempt %q, sibling %q", attempt, sibling)
	}
	if attempt[:f.SharedBytes] != sibling[:f.SharedBytes] ||
		!strings.HasPrefix(attempt[f.SharedBytes:], f.Attempt.Step) || !strings.HasPrefix(sibling[f.SharedBytes:], f.Sibling.Step) {
		t.Fatalf("%q and %q do not part after %d bytes, with %q and %q", attempt, sibling, f.SharedBytes, f.Attempt.Step, f.Sibling.Step)
	}
}

func checkTree(t *rapid.T, r feedbackgen.Tree, nodes int64) {
	if int64(len(r.Nodes)) != nodes || r.Nodes[0].Path != "0" || r.Nodes[0].Parent != -1 {
		t.Fatalf("%d nodes of %d, the first is %+v", len(r.Nodes), nodes, r.Nodes[0])
	}
	below := make([]int, len(r.Nodes))
	for i, n := range r.Nodes[1:] {
		parent := r.Nodes[n.Parent]
		if n.Parent > i || n.Depth != parent.Depth+1 || !strings.HasPrefix(n.Path, parent.Path+".") || parent.Terminal || n.Step == "" {
			t.Fatalf("node %+v below %+v", n, parent)
		}
		if n.Terminal == (n.Outcome == feedbackgen.Abstain) {
			t.Fatalf("node %+v: an end has an outcome, and no other node", n)
		}
		below[n.Parent] += n.Visits
	}
	for i, n := range r.Nodes {
		if below[i] > n.Visits || n.Passes > n.Rollouts || n.Value < 0 || n.Value > 1 {
			t.Fatalf("node %+v: %d visits below it", n, below[i])
		}
	}
}

// The tree is one more record; the others are the same with it and without.
func TestTreesAreWrittenWhenAskedFor(t *testing.T) {
	cfg := continuing
	plain := lines(t, search(t, cfg, &toy{}, problem("4")))
	cfg.Trees = true
	var others strings.Builder
	trees := 0
	for line := range strings.Lines(lines(t, search(t, cfg, &toy{}, problem("4")))) {
		if strings.HasPrefix(line, "trees ") {
			trees++
			continue
		}
		others.WriteString(line)
	}
	if trees != 1 || others.String() != plain {
		t.Errorf("%d trees; the other records are the same: %v", trees, others.String() == plain)
	}
}

// Where replies tell how likely tokens are, steps say so; else they say nothing, rather than 0.
func TestTokenProbabilitiesAreToldWhereKnown(t *testing.T) {
	for _, step := range []string{"line", "tokens:3"} {
		cfg := continuing
		cfg.Step, cfg.Trees = step, true
		got := strings.Contains(lines(t, search(t, cfg, &toy{}, problem("4"))), `"token_probabilit`)
		if want := step != "line"; got != want {
			t.Errorf("step %s: token probabilities told: %v, want %v", step, got, want)
		}
	}
	cfg := continuing
	cfg.Probabilities, cfg.Logprobs = true, true
	if !strings.Contains(lines(t, search(t, cfg, &toy{}, problem("4"))), `"token_probabilit`) {
		t.Error("they are asked for, and not told")
	}
	cfg.Logprobs = false
	if _, err := mcts.New(cfg); err == nil {
		t.Error("they are asked of a backend that has none")
	}
}

// Whole solutions are as likely as their tokens, wherever they stand; a best path is told step by step.
func TestWholeSolutionsTellHowLikelyTheyAre(t *testing.T) {
	cfg := continuing
	cfg.Step = "tokens:3"
	seen := map[feedbackgen.Kind]bool{}
	likely := func(solution feedbackgen.Content) feedbackgen.Real {
		sum, count := 0.0, 0
		for word := range strings.SplitAfterSeq(solution.Messages[0].Content, " ") {
			sum += -0.5 - float64(len(word))/10 // as toy says
			count++
		}
		return feedbackgen.Real(math.Exp(sum / float64(count)))
	}
	for _, record := range search(t, cfg, &toy{}, problem("4")).Records {
		switch f := record.(type) {
		case feedbackgen.Preference:
			if f.Feedback.Type != feedbackgen.PathPair {
				continue
			}
			if !near(f.Feedback.Chosen.TokenProbability, likely(f.Chosen)) || !near(f.Feedback.Rejected.TokenProbability, likely(f.Rejected)) {
				t.Errorf("a path pair says %v and %v", f.Feedback.Chosen.TokenProbability, f.Feedback.Rejected.TokenProbability)
			}
		case feedbackgen.Group:
			for i, solution := range f.Completions {
				if p := f.Feedback.TokenProbabilities; len(p) != len(f.Completions) || !near(p[i], likely(solution)) {
					t.Fatalf("a group says %v", p)
				}
			}
		case feedbackgen.SFT:
			if p := f.Feedback.TokenProbabilities; len(p) != f.Feedback.Depth || p[0] <= 0 || p[0] >= 1 {
				t.Errorf("a best path of %d steps says %v", f.Feedback.Depth, p)
			}
		default:
			continue
		}
		seen[record.Kind()] = true
	}
	if len(seen) != 3 {
		t.Errorf("only %v were written", seen)
	}
}

// Advantages are divided as asked, within the cap.
func TestGroupAdvantages(t *testing.T) {
	for _, tt := range []struct {
		norm             mcts.Norm
		limit            float64
		right, wrong     float64
		rightAnswersOf16 int
	}{
		{"", 0, 0.75, -0.25, 4},
		{mcts.NormStd, 0, 0.75 / math.Sqrt(0.1875), -0.25 / math.Sqrt(0.1875), 4},
		{mcts.NormMean, 0, 2.5, -1, 4}, // 3 is over the cap
		{mcts.NormMean, 10, 3, -1, 4},
		{mcts.NormStd, 1, 1, -0.25 / math.Sqrt(0.1875), 4},
	} {
		script := strings.Repeat("1", tt.rightAnswersOf16) + strings.Repeat("0", 16-tt.rightAnswersOf16)
		result := search(t, mcts.Config{
			Simulations: 16, Window: 1, NoGate: true, Continuation: backends.None, Advantages: tt.norm, AdvantageCap: tt.limit,
		}, &scripted{script: script}, problem("4"))
		groups := 0
		for _, record := range result.Records {
			g, ok := record.(feedbackgen.Group)
			if !ok {
				continue
			}
			groups++
			for i, a := range g.Advantages {
				if want := map[feedbackgen.Real]float64{1: tt.right, 0: tt.wrong}[g.Rewards[i]]; !near(a, feedbackgen.Real(want)) {
					t.Errorf("%q up to %v: reward %v has %v, want %v", tt.norm, tt.limit, g.Rewards[i], a, want)
				}
			}
		}
		if groups != 1 {
			t.Fatalf("%d groups", groups)
		}
	}
	for _, cfg := range []mcts.Config{{Advantages: "rank"}, {AdvantageCap: -1}, {Cap: -1}} {
		if _, err := mcts.New(cfg); err == nil {
			t.Errorf("taken: %+v", cfg)
		}
	}
}
