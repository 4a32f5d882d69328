package score_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/postcomp/score"
)

// For every true rate p, no confidence earns more on average than q = p, and that one earns p^2.
func TestRLCRPaysMostForTheTruth(t *testing.T) {
	for i := range 101 {
		p := float64(i) / 100
		expected := func(q float64) float64 { return p*score.RLCR(true, q) + (1-p)*score.RLCR(false, q) }
		honest := expected(p)
		if math.Abs(honest-p*p) > 1e-12 {
			t.Fatalf("p = %v: honesty earns %v, not p^2", p, honest)
		}
		for k := range 101 {
			if q := float64(k) / 100; k != i && expected(q) >= honest {
				t.Fatalf("p = %v: q = %v earns %v, honesty %v", p, q, expected(q), honest)
			}
		}
	}
}

func TestBrierRewardPaysMostForTheTruth(t *testing.T) {
	for i := range 101 {
		p := float64(i) / 100
		expected := func(q float64) float64 { return p*score.BrierReward(true, q) + (1-p)*score.BrierReward(false, q) }
		for k := range 101 {
			if q := float64(k) / 100; k != i && expected(q) >= expected(p) {
				t.Fatalf("p = %v: q = %v earns %v, honesty %v", p, q, expected(q), expected(p))
			}
		}
	}
}

func TestRewardsOfAnImpossibleConfidenceAreUndefined(t *testing.T) {
	for _, q := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -0.01, 1.01} {
		if got := score.RLCR(true, q); !math.IsNaN(got) {
			t.Errorf("RLCR of %v is %v", q, got)
		}
		if got := score.BrierReward(false, q); !math.IsNaN(got) {
			t.Errorf("Brier reward of %v is %v", q, got)
		}
	}
}

// The defect of Post-Completion Learning's published code: honest failure earned 0, over-claiming 1/2.
func TestConsistencyPaysHonestFailure(t *testing.T) {
	for _, tt := range []struct {
		predicted, truth []float64
		want             float64
	}{
		{[]float64{1, 1}, []float64{1, 1}, 1},
		{[]float64{0, 1}, []float64{0, 1}, 1},
		{[]float64{1, 1}, []float64{0, 1}, 0.5},
		{[]float64{0, 0}, []float64{0, 0}, 1},
		{[]float64{0.5, 1}, []float64{0, 1}, 0.875},
	} {
		if got, ok := score.Consistency(tt.predicted, tt.truth); !ok || got != tt.want {
			t.Errorf("predicted %v of %v: %v, want %v", tt.predicted, tt.truth, got, tt.want)
		}
	}
}

// For any true vector and any prediction, saying the truth about one more component never pays less,
// and so honesty about all of them is never paid less than any claim.
func TestConsistencyNeverPaysForClaims(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.OneOf(rapid.Float64Range(0, 1), rapid.SampledFrom([]float64{0, 1}))
		truth := rapid.SliceOfN(unit, 1, 6).Draw(t, "truth")
		claim := rapid.SliceOfN(unit, len(truth), len(truth)).Draw(t, "claim")
		before, ok := score.Consistency(claim, truth)
		if !ok || before < 0 || before > 1 {
			t.Fatalf("consistency %v, %v", before, ok)
		}
		for i := range truth {
			claim[i] = truth[i]
			after, _ := score.Consistency(claim, truth)
			if after < before {
				t.Fatalf("honesty about component %d pays %v instead of %v", i, after, before)
			}
			before = after
		}
		if before != 1 {
			t.Fatalf("honesty about everything pays %v", before)
		}
	})
}

func TestConsistencyIsUndefined(t *testing.T) {
	for _, tt := range [][2][]float64{
		{nil, nil},
		{{1}, {1, 1}},
		{{math.NaN()}, {1}},
		{{1}, {math.Inf(1)}},
		{{1.5}, {1}},
	} {
		if got, ok := score.Consistency(tt[0], tt[1]); ok {
			t.Errorf("consistency of %v and %v is %v", tt[0], tt[1], got)
		}
	}
}

func TestWeightsCheck(t *testing.T) {
	for _, good := range []score.Weights{score.DefaultWeights(), {Format: .5, Correct: .5, Brier: .5}, {RLCR: 1}} {
		if err := good.Check(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
	for _, bad := range []score.Weights{{}, {Format: -1, Brier: 2}, {Brier: math.NaN()}, {Brier: math.Inf(1)}, {Format: .5, RLCR: 1}} {
		if err := bad.Check(); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// Under any weights that are accepted, an unreadable completion is paid no better than a readable one.
func TestBabbleNeverPays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weight := rapid.SampledFrom([]float64{0, 0.25, 0.5, 1, 2})
		w := score.Weights{
			Format: weight.Draw(t, "format"), Correct: weight.Draw(t, "correct"), RLCR: weight.Draw(t, "rlcr"),
			Brier: weight.Draw(t, "brier"), Consistency: weight.Draw(t, "consistency"),
		}
		if w.Check() != nil {
			return
		}
		percent := rapid.IntRange(0, 100).Draw(t, "percent")
		scored := score.Score([]score.Completion{
			{Text: "babble", Correct: feedbackgen.Pass},
			{Text: "4\n<assess>\nconfidence: " + itoa(percent) + " %", Correct: rapid.SampledFrom([]feedbackgen.Outcome{feedbackgen.Pass, feedbackgen.Fail}).Draw(t, "outcome")},
		}, score.Format{}, w)
		if babble, real := scored[0].Total, scored[1].Total; babble != nil && *babble > *real {
			t.Fatalf("babble earns %v, a wrong answer %v", *babble, *real)
		}
	})
}
