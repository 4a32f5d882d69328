package score_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/postcomp/score"
)

func completion(stated string, outcome feedbackgen.Outcome) score.Completion {
	return score.Completion{Text: "4\n<assess>\n" + stated, Correct: outcome}
}

func summarize(f score.Format, batch ...score.Completion) score.Report {
	var s score.Summary
	for _, x := range score.Score(batch, f, score.DefaultWeights()) {
		s.Add(x)
	}
	return s.Report()
}

func TestSummary(t *testing.T) {
	r := summarize(
		score.Format{},
		completion("confidence: 1", feedbackgen.Pass),
		completion("confidence: 75 %", feedbackgen.Fail),  // over-claims
		completion("confidence: 1/4", feedbackgen.Pass),   // under-claims
		completion("confidence: 0.5", feedbackgen.Fail),   // claims neither
		completion("confidence: 1.0", feedbackgen.Error),  // read, not judged
		completion("confidence: NaN", feedbackgen.Pass),   // not read
		completion("I do not know", feedbackgen.Invalid),  // not read
		completion("confidence: 150%", feedbackgen.Error), // not read, not the model's
	)
	if r.N != 8 || r.Readable != 5 {
		t.Fatalf("%d of %d could be read", r.Readable, r.N)
	}
	for kind, want := range map[score.Kind]int{score.Tag: 3, score.Percent: 1, score.Fraction: 1, score.None: 3} {
		if r.Kinds[kind] != want {
			t.Errorf("%d of kind %s, want %d", r.Kinds[kind], kind, want)
		}
	}
	for reason, want := range map[score.Reason]int{score.NotANumber: 1, score.NoConfidence: 1, score.OutOfRange: 1} {
		if r.Invalid[reason] != want {
			t.Errorf("%d for %q, want %d", r.Invalid[reason], reason, want)
		}
	}
	for outcome, want := range map[feedbackgen.Outcome]int{feedbackgen.Pass: 2, feedbackgen.Fail: 2, feedbackgen.Invalid: 2, feedbackgen.Error: 2} {
		if r.Outcomes[outcome] != want {
			t.Errorf("%d with outcome %s, want %d", r.Outcomes[outcome], outcome, want)
		}
	}
	if r.Confidence.N != 5 || r.Confidence.Distinct != 4 {
		t.Errorf("confidences: %+v", r.Confidence)
	}
	near(t, "commonest", r.Confidence.Commonest, 1)
	near(t, "constant share", r.Confidence.ConstantShare, 0.4)
	near(t, "mean", r.Confidence.Mean, 0.7)
	near(t, "deviation", r.Confidence.StdDev, 0.29154759474226505)
	c := r.Components[score.RewardAccuracy]
	if c.N != 4 || c.Predictions.N != 5 || c.True0 != 2 || c.True1 != 2 {
		t.Errorf("accuracy: %+v", c)
	}
	near(t, "exact", c.Exact, 0.25)
	near(t, "absolute error", c.AbsoluteError, 0.5)
	near(t, "Brier", c.Brier, (0.75*0.75+0.75*0.75+0.25)/4)
	near(t, "over-claim", c.OverClaim, 0.5)
	near(t, "under-claim", c.UnderClaim, 0.5)
	near(t, "recall of right", r.Verdicts.RightRecall(), 0.5)
	near(t, "recall of wrong", r.Verdicts.WrongRecall(), 0)
	if len(r.Alarms) != 0 {
		t.Errorf("alarms over %d completions: %v", r.N, r.Alarms)
	}
}

func TestSummaryOfNothingIsUndefined(t *testing.T) {
	r := summarize(score.Format{}, score.Completion{Text: "babble"})
	if r.Confidence.Mean != nil || r.Confidence.StdDev != nil || r.Confidence.ConstantShare != nil || r.Verdicts.RightRecall() != nil || len(r.Components) != 0 {
		t.Errorf("something is known about nothing: %+v", r)
	}
	r = summarize(score.Format{}, completion("confidence: 0.5", feedbackgen.Pass))
	if c := r.Components[score.RewardAccuracy]; c.OverClaim != nil || c.UnderClaim == nil {
		t.Errorf("over-claims without a wrong answer: %+v", c)
	}
}

// A list without accuracy in it is no verdict on the answer.
func TestNoVerdictWithoutAPredictedAccuracy(t *testing.T) {
	r := summarize(score.Format{Rewards: []string{"short"}}, completion("confidence: 1\nreward: [1]", feedbackgen.Pass))
	if r.Verdicts != (score.Verdicts{}) || r.Components["short"].N != 0 || r.Components["short"].Predictions.N != 1 {
		t.Errorf("%+v", r)
	}
}

// Whatever comes in, the counts add up.
func TestSummaryAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var batch []score.Completion
		for range rapid.IntRange(0, 20).Draw(t, "size") {
			batch = append(batch, completion(anyText(t, "stated"), rapid.SampledFrom(feedbackgen.Outcomes[:]).Draw(t, "outcome")))
		}
		r := summarize(pair(), batch...)
		kinds, invalid, outcomes := 0, 0, 0
		for _, n := range r.Kinds {
			kinds += n
		}
		for _, n := range r.Invalid {
			invalid += n
		}
		for _, n := range r.Outcomes {
			outcomes += n
		}
		if r.N != len(batch) || kinds != r.N || outcomes != r.N || invalid != r.N-r.Readable || r.Confidence.N != r.Readable {
			t.Fatalf("%d completions: %+v", len(batch), r)
		}
	})
}

func TestAlarms(t *testing.T) {
	many := func(n int, stated func(i int) string, right func(i int) bool) []score.Completion {
		var batch []score.Completion
		for i := range n {
			outcome := feedbackgen.Fail
			if right(i) {
				outcome = feedbackgen.Pass
			}
			batch = append(batch, completion("confidence: "+stated(i), outcome))
		}
		return batch
	}
	half := func(i int) bool { return i%2 == 0 }
	for _, tt := range []struct {
		name  string
		batch []score.Completion
		want  []score.AlarmName
	}{
		{"always sure", many(30, func(int) string { return "0.9" }, half), []score.AlarmName{score.ConstantConfidence, score.ConstantVerdict}},
		{"never sure", many(30, func(i int) string { return decimals(i) }, half), []score.AlarmName{score.ConstantVerdict}},
		{"too few to tell", many(29, func(int) string { return "0.9" }, half), nil},
		{"two values", many(30, func(i int) string { return itoa(i % 2) }, half), []score.AlarmName{score.ConstantConfidence}},
		{"many values, all alike", many(30, func(i int) string { return decimals(49 + i%3) }, half), []score.AlarmName{score.ConstantConfidence}},
		{"spread", many(30, func(i int) string { return decimals(i * 3) }, half), nil},
		{"sure, and always right", many(30, func(i int) string { return decimals(60 + i) }, func(int) bool { return true }), nil},
	} {
		var got []score.AlarmName
		for _, alarm := range summarize(score.Format{}, tt.batch...).Alarms {
			got = append(got, alarm.Name)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestVerdicts(t *testing.T) {
	var v score.Verdicts
	for i := range 40 {
		v.Add(true, feedbackgen.Outcomes[i%len(feedbackgen.Outcomes)])
	}
	if v.Right != 8 || v.Wrong != 8 || *v.RightRecall() != 1 || *v.WrongRecall() != 0 || len(v.Alarms()) != 0 {
		t.Errorf("%+v, alarms %v", v, v.Alarms())
	}
	for range 30 {
		v.Add(true, feedbackgen.Fail)
	}
	if alarms := v.Alarms(); len(alarms) != 1 || alarms[0].Name != score.ConstantVerdict {
		t.Errorf("alarms %v", alarms)
	}
}

func TestCorrections(t *testing.T) {
	var c score.Corrections
	if r := c.Report(); r.N != 0 || r.Delta != nil || r.Changed != nil || len(r.Alarms) != 0 {
		t.Errorf("no corrections: %+v", r)
	}
	pass, fail := feedbackgen.Pass, feedbackgen.Fail
	for _, e := range [][2]feedbackgen.Outcome{{pass, pass}, {pass, fail}, {fail, pass}, {fail, pass}, {fail, fail}, {fail, feedbackgen.Invalid}} {
		c.Add(e[0], e[1], e[0] != e[1], 0.25)
	}
	r := c.Report()
	if r.N != 6 || r.Labelled != 5 || r.Counts[""] != 1 || r.Counts[score.IncorrectToCorrect] != 2 {
		t.Errorf("%+v", r)
	}
	near(t, "accuracy 1", r.Accuracy1, 0.4)
	near(t, "accuracy 2", r.Accuracy2, 0.6)
	near(t, "delta", r.Delta, 0.2)
	near(t, "mended", r.Mended, 0.4)
	near(t, "spoilt", r.Spoilt, 0.2)
	near(t, "changed", r.Changed, 4.0/6)
	near(t, "edit ratio", r.EditRatio, 0.25)
	for range 100 {
		c.Add(fail, fail, false, 0)
	}
	if alarms := c.Report().Alarms; len(alarms) != 1 || alarms[0].Name != score.NeverChanged {
		t.Errorf("alarms %v", alarms)
	}
}

func near(t *testing.T, name string, got *float64, want float64) {
	t.Helper()
	if got == nil {
		t.Errorf("%s is undefined, want %v", name, want)
	} else if math.Abs(*got-want) > 1e-9 {
		t.Errorf("%s is %v, want %v", name, *got, want)
	}
}
