package mcts_test

import (
	"context"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/mcts"
)

// A baseline spends the search's tokens once more, is counted apart, and changes no record.
func TestBaselineIsCountedApart(t *testing.T) {
	with := continuing
	with.Baseline = mcts.BestOfNBaseline
	plain, compared := search(t, continuing, &toy{}, problem("4")), search(t, with, &toy{}, problem("4"))
	if lines(t, plain) != lines(t, compared) {
		t.Error("a baseline changed the search's records")
	}
	for name, n := range plain.Counts {
		if compared.Counts[name] != n {
			t.Errorf("a baseline changed the count %s from %d to %d", name, n, compared.Counts[name])
		}
	}
	tokens := compared.Counts["baseline_tokens"]
	if spent := compared.Counts["tokens"]; tokens < spent || tokens > spent+mcts.GateBatch*9 {
		t.Errorf("%d tokens by the baseline, %d by the search", tokens, spent)
	}
	if compared.Counts["baseline_step_pairs.written"] == 0 || compared.Counts["baseline_first_differences"] == 0 {
		t.Errorf("the baseline's pairs are not counted: %v", compared.Counts)
	}
	if again := search(t, with, &toy{}, problem("4")); again.Counts["baseline_rollouts.pass"] != compared.Counts["baseline_rollouts.pass"] {
		t.Error("the baseline draws otherwise the second time")
	}
}

func TestComparison(t *testing.T) {
	s, err := mcts.New(mcts.Config{})
	if err != nil {
		t.Fatal(err)
	}
	c := s.NewComparison()
	for range 30 {
		c.Add(feedbackgen.Counts{
			"difficulty.active": 1, "tokens": 1000, "step_pairs.written": 6, "path_pairs": 2,
			"baseline_tokens": 1000, "baseline_step_pairs.written": 2, "baseline_path_pairs": 4, "baseline_first_differences": 9,
		})
	}
	// Outside the band: draws are paid for, pairs train nobody.
	for range 10 {
		c.Add(feedbackgen.Counts{"tokens": 1000, "baseline_tokens": 1000, "step_pairs.written": 50})
	}
	steps, paths := c.Compared().Yields[0], c.Compared().Yields[1]
	if d := steps.Difference; d.A != 180./40 || d.B != 60./40 || d.Low <= 0 {
		t.Errorf("step pairs: %+v", d)
	}
	if r := steps.Ratio; r.Value != 3 || r.High-r.Low > 1e-9 {
		t.Errorf("of every problem three times as many, in pairs, is %+v", r)
	}
	if d := paths.Difference; d.High >= 0 {
		t.Errorf("where search loses: %+v", d)
	}
	notes := strings.Join(c.Report().Notes, "\n")
	if !strings.Contains(notes, "search 4.500, best-of-n 1.500") || !strings.Contains(notes, "without a gate: 270") {
		t.Error(notes)
	}
}

// One problem has no interval: none is made up.
func TestComparisonOfOneProblem(t *testing.T) {
	s, err := mcts.New(mcts.Config{})
	if err != nil {
		t.Fatal(err)
	}
	c := s.NewComparison()
	c.Add(feedbackgen.Counts{"difficulty.active": 1, "tokens": 10, "baseline_tokens": 10, "step_pairs.written": 1})
	if y := c.Compared().Yields[0]; y.Difference != nil || y.Ratio != nil {
		t.Errorf("%+v", y)
	}
	if !strings.Contains(strings.Join(c.Report().Notes, "\n"), "no interval") {
		t.Error(c.Report().Notes)
	}
}

func TestBaselineNeedsTokens(t *testing.T) {
	s, err := mcts.New(mcts.Config{Baseline: mcts.BestOfNBaseline, Window: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Run(context.Background(), &scripted{script: strings.Repeat("01", 24)}, problem("4"))
	if err == nil || !strings.Contains(err.Error(), "counts no tokens") {
		t.Errorf("error %v", err)
	}
}
