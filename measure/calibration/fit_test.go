package calibration_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/calibration"
)

func goldenSamples() []calibration.Sample {
	weights := []float64{1, 2, 1, 1, 3, 1, 1, 1, 2, 1, 1, 1, 1, 1}
	samples := make([]calibration.Sample, len(weights))
	for i, p := range golden() {
		samples[i] = calibration.Sample{Problem: fmt.Sprint(i), Score: p.Confidence, Correct: p.Correct, Weight: weights[i]}
	}
	return samples
}

// The values are those of scikit-learn 1.9.1: IsotonicRegression(out_of_bounds="clip") and the
// sigmoid of CalibratedClassifierCV, whose optimiser stops at a gradient of 1e-6.
func TestGoldenFits(t *testing.T) {
	isotonic, err := calibration.FitIsotonic(goldenSamples())
	if err != nil {
		t.Fatal(err)
	}
	for score, want := range map[float64]float64{
		0: 0, .2: 1. / 3, .3: 1. / 3, .5: 1. / 3, .7: 2. / 3, .8: 0.7619047619047621, .93: 0.92, 1: 1,
	} {
		near(t, fmt.Sprintf("isotonic at %v", score), isotonic.Apply(score), want)
	}
	platt, err := calibration.FitPlatt(goldenSamples())
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(platt.A - -2.6197053560772616) > 1e-5 || math.Abs(platt.B-1.2014945389281304) > 1e-5 {
		t.Errorf("Platt is %+v", platt)
	}
}

func samples() *rapid.Generator[[]calibration.Sample] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) calibration.Sample {
		return calibration.Sample{
			Problem: rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "problem"),
			Score: rapid.OneOf(rapid.Float64Range(-3, 3),
				rapid.Map(rapid.IntRange(-2, 2), func(i int) float64 { return float64(i) })).Draw(t, "score"),
			Correct: rapid.Bool().Draw(t, "correct"),
			Weight:  rapid.SampledFrom([]float64{1, 1, 2.5}).Draw(t, "weight"),
		}
	}), 1, 30)
}

func TestIsotonicRisesAndKeepsTheMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := samples().Draw(t, "samples")
		f, err := calibration.FitIsotonic(set)
		if err != nil {
			t.Fatal(err)
		}
		last := math.Inf(-1)
		for x := -4.0; x <= 4; x += 0.05 {
			v := f.Apply(x)
			if v < last || v < 0 || v > 1 {
				t.Fatalf("%v at %v after %v", v, x, last)
			}
			last = v
		}
		fitted, happened, loss := 0.0, 0.0, 0.0
		for _, s := range set {
			v, y := f.Apply(s.Score), 0.0
			if s.Correct {
				y = 1
			}
			fitted += s.Weight * v
			happened += s.Weight * y
			loss += s.Weight * (v - y) * (v - y)
		}
		if math.Abs(fitted-happened) > 1e-9 {
			t.Fatalf("fitted values sum to %v, outcomes to %v", fitted, happened)
		}
		// No other rising function is nearer: tried on steps, which are the extreme ones.
		at := rapid.Float64Range(-3, 3).Draw(t, "step")
		low := rapid.Float64Range(0, 1).Draw(t, "low")
		high := rapid.Float64Range(low, 1).Draw(t, "high")
		other := 0.0
		for _, s := range set {
			v, y := low, 0.0
			if s.Score > at {
				v = high
			}
			if s.Correct {
				y = 1
			}
			other += s.Weight * (v - y) * (v - y)
		}
		if loss > other+1e-9 {
			t.Fatalf("loss %v, but a step has %v", loss, other)
		}
	})
}

func TestPlattRecoversASigmoid(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	truth := calibration.Platt{A: -1.5, B: 0.7}
	var set []calibration.Sample
	for range 100_000 {
		score := random.NormFloat64()
		set = append(set, calibration.Sample{Score: score, Correct: random.Float64() < truth.Apply(score), Weight: 1})
	}
	got, err := calibration.FitPlatt(set)
	if err != nil || math.Abs(got.A-truth.A) > 0.03 || math.Abs(got.B-truth.B) > 0.03 {
		t.Errorf("%+v, %v, want %+v", got, err, truth)
	}
}

// At the best parameters, fitted probabilities and smoothed targets balance.
func TestPlattIsABest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := samples().Draw(t, "samples")
		shift := rapid.SampledFrom([]float64{0, 1000, -1e6}).Draw(t, "shift")
		for i := range set {
			set[i].Score += shift
		}
		f, err := calibration.FitPlatt(set)
		if err != nil {
			t.Fatal(err)
		}
		right, wrong, off := 0.0, 0.0, 0.0
		for _, s := range set {
			if s.Correct {
				right += s.Weight
			} else {
				wrong += s.Weight
			}
		}
		for _, s := range set {
			target := 1 / (wrong + 2)
			if s.Correct {
				target = (right + 1) / (right + 2)
			}
			off += s.Weight * (f.Apply(s.Score) - target)
		}
		if !(math.Abs(off) < 1e-6) {
			t.Fatalf("%+v: probabilities are off by %v in sum", f, off)
		}
	})
}

func TestPlattIsDefinedWhereNothingVaries(t *testing.T) {
	for name, tt := range map[string]struct {
		set  []calibration.Sample
		want float64
	}{
		"all right": {[]calibration.Sample{{Score: 1, Correct: true, Weight: 1}, {Score: 2, Correct: true, Weight: 2}}, 4. / 5},
		"all wrong": {[]calibration.Sample{{Score: 1, Weight: 1}}, 1. / 3},
		"one score": {[]calibration.Sample{{Score: .1, Correct: true, Weight: 1}, {Score: .1, Weight: 1}, {Score: .1, Weight: 1}}, (2./3 + 2./4) / 3},
	} {
		f, err := calibration.FitPlatt(tt.set)
		if err != nil {
			t.Fatal(err)
		}
		near(t, name, f.Apply(1.7), tt.want)
	}
}

func TestBadSamplesAreRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		set  []calibration.Sample
		want string
	}{
		"NaN":       {[]calibration.Sample{{Score: 1, Weight: 1}, {Score: math.NaN(), Weight: 1}}, "sample 2: score NaN"},
		"infinite":  {[]calibration.Sample{{Score: math.Inf(-1), Weight: 1}}, "sample 1: score -Inf"},
		"no weight": {[]calibration.Sample{{Score: 1}}, "sample 1: weight 0"},
	} {
		_, isotonic := calibration.FitIsotonic(tt.set)
		_, platt := calibration.FitPlatt(tt.set)
		for _, err := range []error{isotonic, platt} {
			if !errors.Is(err, feedbackgen.ErrInput) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v, want %q", name, err, tt.want)
			}
		}
	}
	if _, err := calibration.FitIsotonic(nil); err == nil {
		t.Error("no samples fit")
	}
	var unfitted calibration.Isotonic
	if v := unfitted.Apply(0.5); !math.IsNaN(v) {
		t.Errorf("what was never fitted says %v", v)
	}
}

// spy is a calibrator that remembers what it was fitted on.
type spy map[string]bool

func (spy) Apply(score float64) float64 { return score }

func TestCrossFitNeverSeesTheProblem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := samples().Draw(t, "samples")
		distinct := spy{}
		for _, s := range set {
			distinct[s.Problem] = true
		}
		folds := rapid.IntRange(2, 5).Draw(t, "folds")
		var fits []spy
		got, err := calibration.CrossFit(set, folds, func(train []calibration.Sample) (spy, error) {
			seen := spy{}
			for _, s := range train {
				seen[s.Problem] = true
			}
			fits = append(fits, seen)
			return seen, nil
		})
		if len(distinct) < folds {
			if !errors.Is(err, feedbackgen.ErrInput) {
				t.Fatalf("%d folds over %d problems: %v", folds, len(distinct), err)
			}
			return
		}
		if err != nil || len(got) != len(set) || len(fits) != folds {
			t.Fatalf("%d of %d probabilities from %d fits: %v", len(got), len(set), len(fits), err)
		}
		for problem := range distinct { // exactly one fit leaves it out
			without := 0
			for _, seen := range fits {
				if !seen[problem] {
					without++
				}
			}
			if without != 1 {
				t.Fatalf("problem %s is left out by %d fits", problem, without)
			}
		}
	})
}

// Outcomes are coins whatever the score: who is calibrated on himself looks as if he knew something.
func TestCrossFitIsHonestAboutNoise(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	var set []calibration.Sample
	for i := range 400 {
		set = append(set, calibration.Sample{Problem: fmt.Sprint(i), Score: random.Float64(), Correct: random.Float64() < 0.5, Weight: 1})
	}
	honest, err := calibration.CrossFit(set, 5, calibration.FitIsotonic)
	if err != nil {
		t.Fatal(err)
	}
	f, err := calibration.FitIsotonic(set)
	if err != nil {
		t.Fatal(err)
	}
	self := make([]float64, len(set))
	for i, s := range set {
		self[i] = f.Apply(s.Score)
	}
	brier := func(probabilities []float64) float64 {
		pairs, err := calibration.PairsOf(set, probabilities)
		if err != nil {
			t.Fatal(err)
		}
		v, _ := calibration.Brier(pairs)
		return v
	}
	if got := brier(self); got > 0.25 {
		t.Errorf("fitted on itself: Brier %v is not below a coin's", got)
	}
	if got := brier(honest); got < 0.25 {
		t.Errorf("cross-fitted: Brier %v claims to know a coin", got)
	}
	if _, err := calibration.PairsOf(set, self[:3]); err == nil {
		t.Error("three probabilities for 400 samples")
	}
}

func TestCrossFitPassesOnFailures(t *testing.T) {
	broken := errors.New("broken")
	set := []calibration.Sample{{Problem: "a", Weight: 1}, {Problem: "b", Weight: 1}}
	_, err := calibration.CrossFit(set, 2, func([]calibration.Sample) (calibration.Platt, error) { return calibration.Platt{}, broken })
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func FuzzFits(f *testing.F) {
	f.Add(0.5, 0.7, 0.9, uint8(0b101), 1.0)
	f.Add(-1e100, 1e100, 0.0, uint8(0b010), 1e-300)
	f.Add(0.1, 0.1, 0.1000000001, uint8(0b001), 3.0)
	f.Add(math.MaxFloat64, 0.0, math.NaN(), uint8(7), 1e99)
	f.Add(0.0006944444444444446, 0.07453703703703701, 2405.7000000026997, uint8(0b110), 136383.04761904763) // rounding hides the way down
	f.Fuzz(func(t *testing.T, a, b, c float64, correct uint8, weight float64) {
		var set []calibration.Sample
		for i, score := range []float64{a, b, c} {
			set = append(set, calibration.Sample{Score: score, Correct: correct>>i&1 == 1, Weight: weight})
		}
		isotonic, err := calibration.FitIsotonic(set)
		if err != nil {
			return
		}
		fits := []calibration.Calibrator{isotonic}
		platt, err := calibration.FitPlatt(set)
		switch {
		case err == nil:
			fits = append(fits, platt)
		case 1e-6 < weight && weight < 1e6:
			t.Errorf("%+v: %v", set, err)
		}
		for _, fit := range fits {
			for _, score := range []float64{a, b, c, a/2 + b/2, b/2 + c/2} {
				if v := fit.Apply(score); !(0 <= v && v <= 1) {
					t.Errorf("%+v says %v at %v", fit, v, score)
				}
			}
		}
	})
}
