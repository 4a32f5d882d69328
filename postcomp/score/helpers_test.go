package score_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen/postcomp/score"
)

func pair() score.Format {
	return score.Format{Rewards: []string{score.RewardAccuracy, score.RewardFormat}}
}

// failer is what tests, rapid's tests and fuzz targets have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func describe(text string, segments []score.Segment) []string {
	var parts []string
	for _, s := range segments {
		parts = append(parts, string(s.Role)+" "+s.In(text))
	}
	return parts
}

func checkTiles(t failer, text string, segments []score.Segment) {
	t.Helper()
	at := 0
	for _, s := range segments {
		if s.Start != at || s.End <= s.Start {
			t.Fatalf("a segment covers %d to %d after one that ends at %d", s.Start, s.End, at)
		}
		at = s.End
	}
	if at != len(text) {
		t.Fatalf("segments cover %d of %d bytes", at, len(text))
	}
}

// checkAssessment checks what holds for any text.
func checkAssessment(t failer, text string, f score.Format, a score.Assessment) {
	t.Helper()
	checkTiles(t, text, a.Segments)
	if a.Invalid != "" {
		if a.Confidence != nil || a.Predicted != nil || a.Kind != score.None || a.Listed {
			t.Fatalf("something is read in what is invalid: %+v", a)
		}
		return
	}
	if q := *a.Confidence; !(q >= 0 && q <= 1) || a.Kind == score.None {
		t.Fatalf("confidence %v of kind %s", q, a.Kind)
	}
	if n := max(1, len(f.Rewards)); a.Listed && len(a.Predicted) != n || !a.Listed && len(a.Predicted) != 1 {
		t.Fatalf("%d predictions, asked for %d", len(a.Predicted), n)
	}
	for name, p := range a.Predicted {
		if math.IsNaN(p) || p < 0 || p > 1 {
			t.Fatalf("%s is predicted to be %v", name, p)
		}
	}
	stated := false
	for _, s := range a.Segments {
		stated = stated || s.Role == score.Reward
	}
	if !stated {
		t.Fatalf("a confidence is read, and no segment states it")
	}
}

// anyText draws text out of pieces that mean something, hostile ones and arbitrary ones.
func anyText(t *rapid.T, label string) string {
	pieces := rapid.OneOf(
		rapid.SampledFrom([]string{
			"<assess>", "\n<assess>\n", "§", "\n", "\r\n", " ", "42", "confidence: ", "confidence: 0.9\n", "Confidence: 85 %\n",
			"confidence: 9/10\n", "<confidence>", "</confidence>", "<confidence>0.9</confidence>", "reward: [1, 0]\n", "reward: [0]\n",
			"<reward>[1,0]</reward>", "<reward>", "[", "]", ",", "0.9", "NaN", "%", "/", "é✓", "\u202e", "\u200b", "：", "０", "\xff", "<",
		}),
		rapid.StringN(0, 8, -1),
	)
	return strings.Join(rapid.SliceOfN(pieces, 0, 16).Draw(t, label), "")
}

func itoa(n int) string { return strconv.Itoa(n) }

// decimals writes n hundredths.
func decimals(n int) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }
