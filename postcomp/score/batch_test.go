package score_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/postcomp/score"
)

var everything = score.Weights{Format: 1, Correct: 1, RLCR: 1, Brier: 1, Consistency: 1}

func TestScoreOfAReadableCompletion(t *testing.T) {
	text := "4\n<assess>\nwords\nreward: [1, 1]\nconfidence: 0.8"
	s := score.Score([]score.Completion{{Text: text, Correct: feedbackgen.Fail}}, pair(), everything)[0]
	for name, part := range map[string]struct {
		got  *float64
		want float64
	}{
		"format": {s.Format, 1}, "correct": {s.Correct, 0}, "RLCR": {s.RLCR, -.64}, "Brier": {s.Brier, .36},
		"consistency": {s.Consistency, .5}, "total": {s.Total, 1 - .64 + .36 + .5},
	} {
		if part.got == nil || math.Abs(*part.got-part.want) > 1e-12 {
			t.Errorf("%s is %v, want %v", name, part.got, part.want)
		}
	}
	if !cmp.Equal(s.True, map[string]float64{"accuracy": 0, "format": 1}) || s.FormatOnly || s.Outcome != feedbackgen.Fail {
		t.Errorf("true %v, format only %v, outcome %s", s.True, s.FormatOnly, s.Outcome)
	}
}

// Only pass and fail are labels, and what cannot be read has none whatever the verifier says.
func TestWhatHasNoLabelEarnsNothingForTheAnswer(t *testing.T) {
	const readable, babble = "4\n<assess>\nconfidence: 0.8", "4"
	for _, tt := range []struct {
		text       string
		given      feedbackgen.Outcome
		want       feedbackgen.Outcome
		format     *float64
		total      *float64
		formatOnly bool
	}{
		{babble, feedbackgen.Pass, feedbackgen.Invalid, new(0.0), new(0.0), true},
		{babble, feedbackgen.Fail, feedbackgen.Invalid, new(0.0), new(0.0), true},
		{babble, feedbackgen.Abstain, feedbackgen.Invalid, new(0.0), new(0.0), true},
		{babble, feedbackgen.Error, feedbackgen.Error, nil, nil, false},
		{babble, "", feedbackgen.Error, nil, nil, false},
		{readable, feedbackgen.Invalid, feedbackgen.Invalid, new(0.0), new(0.0), true},
		{readable, feedbackgen.Abstain, feedbackgen.Abstain, new(1.0), nil, false},
		{readable, feedbackgen.Error, feedbackgen.Error, new(1.0), nil, false},
		{readable, "correct", feedbackgen.Error, new(1.0), nil, false},
	} {
		s := score.Score([]score.Completion{{Text: tt.text, Correct: tt.given}}, score.Format{}, score.DefaultWeights())[0]
		if s.Correct != nil || s.RLCR != nil || s.Brier != nil || s.Consistency != nil || len(s.True) != 0 {
			t.Errorf("%q, %q: scored as if it had a label: %+v", tt.text, tt.given, s)
		}
		if s.Outcome != tt.want || !cmp.Equal(s.Format, tt.format) || !cmp.Equal(s.Total, tt.total) || s.FormatOnly != tt.formatOnly {
			t.Errorf("%q, %q: outcome %s, format %v, total %v, format only %v", tt.text, tt.given, s.Outcome, s.Format, s.Total, s.FormatOnly)
		}
	}
	s := score.Score([]score.Completion{{Text: babble}}, score.Format{}, score.Weights{RLCR: 1})[0]
	if s.Total != nil || s.FormatOnly {
		t.Errorf("without a format reward, babble has a total of %v", *s.Total)
	}
}

func TestOtherRewardsAreTheCallers(t *testing.T) {
	f := score.Format{Rewards: []string{"accuracy", "short", "polite"}}
	s := score.Score([]score.Completion{{
		Text: "4\n<assess>\nreward: [1, 0, 0.5]\nconfidence: 1", Correct: feedbackgen.Pass,
		True: map[string]float64{"accuracy": 0, "short": 1, "polite": math.NaN(), "unasked": 1},
	}}, f, score.Weights{Consistency: 1})[0]
	if !cmp.Equal(s.True, map[string]float64{"accuracy": 1, "short": 1}) || *s.Consistency != 0.5 || *s.Total != 0.5 {
		t.Errorf("true %v, consistency %v", s.True, *s.Consistency)
	}
}

// Every completion of a batch is scored as if it were alone, in its place.
func TestOneBadCompletionDisturbsNoOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var batch []score.Completion
		for range rapid.IntRange(0, 8).Draw(t, "size") {
			text := rapid.OneOf(
				rapid.Just("4\n<assess>\nconfidence: 0.25\nreward: [0, 1]"),
				rapid.Custom(func(t *rapid.T) string { return anyText(t, "text") }),
			).Draw(t, "completion")
			batch = append(batch, score.Completion{Text: text, Correct: rapid.SampledFrom(feedbackgen.Outcomes[:]).Draw(t, "outcome")})
		}
		together := score.Score(batch, pair(), everything)
		if len(together) != len(batch) {
			t.Fatalf("%d of %d are scored", len(together), len(batch))
		}
		for i := range batch {
			alone := score.Score(batch[i:i+1], pair(), everything)[0]
			if diff := cmp.Diff(alone, together[i]); diff != "" {
				t.Fatalf("completion %d: %s", i, diff)
			}
			checkAssessment(t, batch[i].Text, pair(), together[i].Assessment)
		}
	})
}
