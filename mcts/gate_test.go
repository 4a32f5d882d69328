package mcts_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
)

// scripted answers whole solutions by a script: "1" is right. Draws beyond it repeat its end.
type scripted struct {
	script string
	drawn  int
	calls  []int
}

func (b *scripted) Policy(context.Context) (feedbackgen.Policy, error) {
	return feedbackgen.Policy{Backend: "scripted"}, nil
}

func (b *scripted) Generate(_ context.Context, req backends.Request) (backends.Response, error) {
	b.calls = append(b.calls, req.N)
	var res backends.Response
	for i := range req.N {
		right := b.script[min(b.drawn, len(b.script)-1)] == '1'
		b.drawn++
		text := fmt.Sprintf("I tried %d ways.\nThe answer is 5.", b.drawn)
		if right {
			text = fmt.Sprintf("I tried %d ways.\nThe answer is 4.", b.drawn)
		}
		res.Samples = append(res.Samples, backends.Sample{Text: text, Finish: backends.FinishStop, Seed: req.Sampling.Seed + int64(i)})
	}
	return res, nil
}

// A problem that does not suit training costs the draws that show it, and no more.
func TestTheGateEndsSearches(t *testing.T) {
	for _, c := range []struct {
		name, script, state string
		saved               int64
	}{
		{"never solved", "0", "deferred", 24},
		{"always solved", "1", "retired", 24},
		{"solved once", "000000100000000000000000", "hard", 20},
		{"in the band", strings.Repeat("01", 16), "active", 0},
		{"at the edge", "000100000100001000010000000000000000", "deferred", 8},
	} {
		cfg := mcts.Config{Simulations: 32, Window: 1, Continuation: backends.None}
		backend := &scripted{script: c.script}
		result := search(t, cfg, backend, problem("4"))
		if got := result.Counts["difficulty."+c.state]; got != 1 {
			t.Errorf("%s: not %s: %v", c.name, c.state, result.Counts)
		}
		if got := result.Counts["simulations_saved"]; got != c.saved {
			t.Errorf("%s: %d simulations saved, want %d (calls %v)", c.name, got, c.saved, backend.calls)
		}
		cfg.NoGate = true
		result = search(t, cfg, &scripted{script: c.script}, problem("4"))
		if result.Counts["rollouts"] != 32 || result.Counts["simulations_saved"] != 0 {
			t.Errorf("%s, without a gate: %v", c.name, result.Counts)
		}
	}
}

// Every record says how hard its problem is, so that a file of any kind can be gated again.
func TestRecordsSayHowHardTheirProblemIs(t *testing.T) {
	cfg := mcts.Config{Simulations: 32, Window: 1, Continuation: backends.None}
	result := search(t, cfg, &scripted{script: strings.Repeat("01", 16)}, problem("4"))
	if len(result.Records) == 0 {
		t.Fatal("no records")
	}
	for _, record := range result.Records {
		var p feedbackgen.Provenance
		switch r := record.(type) {
		case feedbackgen.Preference:
			p = r.Feedback.Provenance
		case feedbackgen.Stepwise:
			p = r.Feedback.Provenance
		case feedbackgen.Group:
			p = r.Feedback.Provenance
		case feedbackgen.SFT:
			p = r.Feedback.Provenance
		case feedbackgen.Value:
			p = r.Feedback.Provenance
		case feedbackgen.Advantage:
			p = r.Feedback.Provenance
		case feedbackgen.CorrectionSeed:
			p = r.Feedback.Provenance
		}
		if p.ProblemPasses != 16 || p.ProblemRollouts != 32 {
			t.Errorf("%s says %d of %d, want 16 of 32", record.Kind(), p.ProblemPasses, p.ProblemRollouts)
		}
	}
}
