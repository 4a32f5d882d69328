package selfplay_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends/mock"
)

// A judge that goes bad later ends the loop, and also judges no replay of the skills written before.
func TestAnUnusableJudgeChoosesNoSkills(t *testing.T) {
	later := func(text string) bool { // the anchors of the second round
		for i := 8; i < 16; i++ {
			if strings.Contains(text, fmt.Sprintf("compare with:\n%d\n", 500+13*i)) {
				return true
			}
		}
		return false
	}
	cfg := grounded()
	cfg.Tasks, cfg.Rounds = 48, 2
	backend := &mock.Library{Solver: mock.Solves(0.4, 0.5), Judge: func(text string, rng *rand.Rand) string {
		if later(text) && !strings.Contains(text, "A, B or tie") {
			return `["yes", "yes"]`
		}
		return mock.Judges(0)(text, rng)
	}}
	result := playDocument(t, cfg, backend)
	if c := result.Counts; c["alarms.judge"] != 1 || c["rounds.good"] != 1 || c["replay_calls"] != 0 {
		t.Errorf("counts: %v", c)
	}
	for _, s := range of[feedbackgen.Skills](result) {
		if s.Feedback.Chosen && (s.Feedback.Version != 0 || !strings.Contains(s.Feedback.Reason, "judge")) {
			t.Errorf("%s: version %d is chosen: %s", s.Feedback.Side, s.Feedback.Version, s.Feedback.Reason)
		}
	}
}
