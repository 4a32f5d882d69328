package selfplay_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen/selfplay"
)

func TestScore(t *testing.T) {
	for name, tt := range map[string]struct {
		o    selfplay.Observed
		want float64
	}{
		"half right, in the band":    {selfplay.Observed{Valid: true, Drawn: 12, Parsed: 12, Judged: 12, Passes: 6, InBand: true}, 1},
		"a quarter right":            {selfplay.Observed{Valid: true, Drawn: 24, Parsed: 24, Judged: 24, Passes: 6, InBand: true}, .5},
		"half right, nothing shown":  {selfplay.Observed{Valid: true, Drawn: 4, Parsed: 4, Judged: 4, Passes: 2}, 0},
		"always right":               {selfplay.Observed{Valid: true, Drawn: 4, Parsed: 4, Judged: 4, Passes: 4}, 0},
		"half of it cannot be read":  {selfplay.Observed{Valid: true, Drawn: 24, Parsed: 12, Judged: 12, Passes: 6, InBand: true}, 0},
		"nothing can be read":        {selfplay.Observed{Valid: true, Drawn: 24}, -1},
		"not well posed":             {selfplay.Observed{}, -1},
		"not well posed, though run": {selfplay.Observed{Drawn: 12, Parsed: 12, Judged: 12, Passes: 6, Similarity: 1}, -2},
		"seen before":                {selfplay.Observed{Valid: true, Drawn: 12, Parsed: 12, Judged: 12, Passes: 6, InBand: true, Similarity: .7}, .3},
	} {
		if got := selfplay.Score(tt.o); got < tt.want-1e-12 || got > tt.want+1e-12 {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

// R-Zero's defect: its reward of a problem which is always answered alike rises when half of the
// answers become unreadable. Here, of problems in the band, losing readable answers never pays,
// whichever they are: the first term is 2 min(right, wrong) / drawn.
func TestFormatsThatCollapseNeverPay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := selfplay.Observed{Valid: true, InBand: true, Drawn: rapid.IntRange(1, 24).Draw(t, "drawn"), Similarity: rapid.Float64Range(0, 1).Draw(t, "similarity")}
		o.Judged = rapid.IntRange(1, o.Drawn).Draw(t, "judged")
		o.Parsed = o.Judged
		o.Passes = rapid.IntRange(0, o.Judged).Draw(t, "passes")
		worse := o
		worse.Judged = rapid.IntRange(0, o.Judged-1).Draw(t, "still judged")
		worse.Parsed = worse.Judged
		wrong := o.Judged - o.Passes
		worse.Passes = rapid.IntRange(max(0, worse.Judged-wrong), min(o.Passes, worse.Judged)).Draw(t, "still right")
		if a, b := selfplay.Score(o), selfplay.Score(worse); b > a+1e-12 {
			t.Fatalf("%+v earns %v, and %v after answers were lost: %+v", o, a, b, worse)
		}
		if s := selfplay.Score(o); s < -2 || s > 1 {
			t.Fatalf("%+v earns %v", o, s)
		}
	})
}
