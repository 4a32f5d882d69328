package selfplay_test

import (
	"errors"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/selfplay"
)

// A longer replay would reach the draws that are kept for the credit of single skills.
func TestReplaysAreBounded(t *testing.T) {
	for replay, want := range map[int]error{15: feedbackgen.ErrInput, 16: nil, 4096: nil, 4097: feedbackgen.ErrInput} {
		cfg := grounded()
		cfg.Grounding.Replay = replay
		if _, err := selfplay.New(cfg); !errors.Is(err, want) {
			t.Errorf("replay %d: %v", replay, err)
		}
	}
}

// What would end every chain, or fail it after its first calls, is refused before any.
func TestBadMeasuresOfTheJudgeAreRefused(t *testing.T) {
	for name, change := range map[string]func(g *selfplay.Grounding){
		"kappa above 1":  func(g *selfplay.Grounding) { g.Limits.Kappa = 1.5 },
		"kappa below 0":  func(g *selfplay.Grounding) { g.Limits.Kappa = -0.1 },
		"errors above 1": func(g *selfplay.Grounding) { g.Limits.Errors = 2 },
		"few anchors":    func(g *selfplay.Grounding) { g.Anchors = g.Anchors[:4] },
		"no anchors":     func(g *selfplay.Grounding) { g.Anchors = nil },
	} {
		cfg := grounded()
		change(&cfg.Grounding)
		if _, err := selfplay.New(cfg); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
