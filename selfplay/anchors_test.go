package selfplay_test

import (
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends/mock"
)

// Who asks the same anchors again has not more of them.
func TestAnchorsCountOnce(t *testing.T) {
	for anchors, want := range map[int][]int{8: {24, 24, 24}, 10: {24, 24, 24}, 16: {24, 48, 48}, 24: {24, 48, 72}} {
		cfg := grounded()
		cfg.Tasks, cfg.Grounding.Anchors = 8, known()[:anchors]
		for i, r := range of[feedbackgen.Round](playDocument(t, cfg, &mock.Library{})) {
			if r.Feedback.Anchors != want[i] {
				t.Errorf("of %d known tasks, round %d has %d anchors, want %d", anchors, i+1, r.Feedback.Anchors, want[i])
			}
		}
	}
}

// However long a judge did well, once it says yes to everything it ends the loop.
func TestEarlierAnchorsDoNotExcuseAJudge(t *testing.T) {
	const rounds = 6
	var proposals atomic.Int64
	backend := &mock.Library{
		Proposer: func(text string, rng *rand.Rand) string {
			proposals.Add(1)
			return mock.Proposes(text, rng)
		},
		Judge: func(text string, rng *rand.Rand) string {
			if proposals.Load() == 4*(rounds-1) && !strings.Contains(text, "A, B or tie") { // two sides ask twice a round
				return `["yes", "yes"]`
			}
			return mock.Judges(0)(text, rng)
		},
	}
	cfg := grounded()
	cfg.Tasks, cfg.Rounds = 8, rounds
	if c := playDocument(t, cfg, backend).Counts; c["rounds.good"] != rounds-1 || c["alarms.judge"] != 1 {
		t.Errorf("counts: %v", c)
	}
}
