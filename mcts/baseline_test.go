package mcts_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
)

// Best-of-n spends the search's tokens, and no more than one batch beyond them, on whole solutions
// that begin with the search's own first draws.
func TestBestOfNSpendsTheSameTokens(t *testing.T) {
	s, err := mcts.New(continuing)
	if err != nil {
		t.Fatal(err)
	}
	searching, sampling := &toy{}, &toy{}
	result, err := s.Run(context.Background(), searching, problem("4"))
	if err != nil {
		t.Fatal(err)
	}
	tokens := result.Counts["tokens"]
	if tokens != 48*9 {
		t.Fatalf("48 solutions of 9 tokens make %d", tokens)
	}
	baseline, err := s.BestOfN(context.Background(), sampling, problem("4"), int(tokens)+1)
	if err != nil {
		t.Fatal(err)
	}
	if err := baseline.Counts.Check(); err != nil {
		t.Fatal(err)
	}
	if got := baseline.Counts["tokens"]; got <= tokens || got > tokens+mcts.GateBatch*9 {
		t.Errorf("%d tokens of a budget of %d", got, tokens+1)
	}
	for _, req := range sampling.seen {
		if req.Prefix != "" {
			t.Errorf("a sample goes on from %q", req.Prefix)
		}
	}
	if sampling.seen[0].Sampling.Seed != searching.seen[0].Sampling.Seed {
		t.Error("the two begin with different draws")
	}
	siblings := 0
	for _, record := range baseline.Records {
		if p, ok := record.(feedbackgen.Preference); ok && p.Feedback.Type == feedbackgen.SiblingPair {
			siblings++
		}
	}
	if siblings == 0 {
		t.Error("the prefix tree of 52 samples has no step pair")
	}
}

// A right and a wrong solution part at one step; no step stands in two pairs.
func TestFirstDifferences(t *testing.T) {
	s, err := mcts.New(continuing)
	if err != nil {
		t.Fatal(err)
	}
	baseline, err := s.BestOfN(context.Background(), &toy{}, problem("4"), 1000)
	if err != nil {
		t.Fatal(err)
	}
	if len(baseline.FirstDifferences) == 0 {
		t.Fatal("none")
	}
	used := map[string]bool{}
	for _, p := range baseline.FirstDifferences {
		f := p.Feedback
		chosen, rejected := p.Chosen.Messages[0].Content, p.Rejected.Messages[0].Content
		if f.Chosen.Outcome != feedbackgen.Pass || f.Rejected.Outcome != feedbackgen.Fail || f.Type != mcts.FirstDifference {
			t.Errorf("a %s of %s and %s", f.Type, f.Chosen.Outcome, f.Rejected.Outcome)
		}
		if chosen[:f.SharedBytes] != rejected[:f.SharedBytes] || f.Chosen.Step == f.Rejected.Step ||
			!strings.HasPrefix(chosen[f.SharedBytes:], f.Chosen.Step) || !strings.HasPrefix(rejected[f.SharedBytes:], f.Rejected.Step) {
			t.Errorf("%q and %q do not part after %d bytes with %q and %q", chosen, rejected, f.SharedBytes, f.Chosen.Step, f.Rejected.Step)
		}
		if used[f.Chosen.Node] || used[f.Rejected.Node] {
			t.Errorf("%s or %s is in two pairs", f.Chosen.Node, f.Rejected.Node)
		}
		used[f.Chosen.Node], used[f.Rejected.Node] = true, true
	}
}

// The budget is never reached on a backend that counts no tokens: that is said, not looped over.
func TestBestOfNNeedsTokens(t *testing.T) {
	s, err := mcts.New(mcts.Config{Continuation: backends.None})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.BestOfN(context.Background(), &scripted{script: strings.Repeat("01", 16)}, problem("4"), 1000)
	if err == nil || !strings.Contains(err.Error(), "counts no tokens") {
		t.Errorf("error %v", err)
	}
}

// A backend that was said to return log-probabilities, and does not, ends a search by puct.
func TestPUCTNeedsLogprobs(t *testing.T) {
	cfg := continuing
	cfg.Selection, cfg.Logprobs = mcts.PUCT, true
	s, err := mcts.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Run(context.Background(), &toy{silent: true}, problem("4"))
	if !errors.Is(err, feedbackgen.ErrInput) || !strings.Contains(err.Error(), "log-probabilities") {
		t.Errorf("error %v", err)
	}
}

// A backend that was said to tell entropies, and does not, ends a search by them.
func TestStepsByEntropyNeedEntropies(t *testing.T) {
	cfg := continuing
	cfg.Step, cfg.Logprobs, cfg.Entropies = "entropy", true, true
	s, err := mcts.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Run(context.Background(), &toy{}, problem("4"))
	if !errors.Is(err, feedbackgen.ErrInput) || !strings.Contains(err.Error(), "--step line") {
		t.Errorf("error %v", err)
	}
}
