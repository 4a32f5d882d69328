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
