package calibration_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/calibration"
)

func near(t testing.TB, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9) {
		t.Errorf("%s is %.12g, want %.12g", what, got, want)
	}
}

// golden is a small set with ties; its measures were computed by scikit-learn 1.9.1 and torchmetrics
// 1.9.0.
func golden() []calibration.Pair {
	confidences := []float64{.95, .95, .9, .9, .82, .75, .75, .61, .55, .42, .3, .3, .12, .05}
	correct := []int{1, 1, 1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1, 0}
	pairs := make([]calibration.Pair, len(correct))
	for i := range pairs {
		pairs[i] = calibration.Pair{Confidence: confidences[i], Correct: correct[i] == 1}
	}
	return pairs
}

func TestGoldenValues(t *testing.T) {
	r, err := calibration.Measure(golden(), calibration.Bins)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ECE (torchmetrics)", r.ECE, 0.33071428571428574)
	near(t, "RMSCE (torchmetrics)", r.RMSCE, 0.3991329889361976)
	near(t, "MCE (torchmetrics)", r.MCE, 0.88)
	near(t, "Brier (scikit-learn)", r.Brier.Brier, 0.23073571428571427)
	near(t, "log loss (scikit-learn)", r.LogLoss, 0.6734407767089189)
	near(t, "AUROC (scikit-learn)", *r.AUROC, 0.7291666666666666)
	near(t, "overconfidence", r.Overconfidence, r.Confidence-8./14)

	accuracy := []float64{0.25, 0.5, 0.6666666666666666, 0.6666666666666666, 1.0}
	confidence := []float64{0.1925, 0.485, 0.7033333333333333, 0.8733333333333334, 0.95}
	mass := calibration.EqualMass(golden(), 5)
	if len(mass) != len(accuracy) {
		t.Fatalf("%d bins, want %d", len(mass), len(accuracy))
	}
	for i, b := range mass {
		near(t, "accuracy of a quantile bin (scikit-learn)", *b.Accuracy, accuracy[i])
		near(t, "confidence of a quantile bin (scikit-learn)", *b.Confidence, confidence[i])
	}
}

// pairs draws sets with smooth confidences, few ones, edges of bins, 0 and 1.
func pairs() *rapid.Generator[[]calibration.Pair] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) calibration.Pair {
		return calibration.Pair{
			Confidence: rapid.OneOf(
				rapid.Float64Range(0, 1),
				rapid.Map(rapid.IntRange(0, 30), func(i int) float64 { return float64(i) / 30 }),
				rapid.SampledFrom([]float64{0, 0.5, 1}),
			).Draw(t, "confidence"),
			Correct: rapid.Bool().Draw(t, "correct"),
		}
	}), 1, 40)
}

func TestTablesHoldEveryPairOnceWhereItBelongs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := pairs().Draw(t, "pairs")
		bins := rapid.IntRange(1, 20).Draw(t, "bins")
		width, mass := calibration.EqualWidth(set, bins), calibration.EqualMass(set, bins)
		if len(width) != bins || len(mass) > bins {
			t.Fatalf("%d and %d bins, want %d and at most that", len(width), len(mass), bins)
		}
		for name, table := range map[string][]calibration.Bin{"equal width": width, "equal mass": mass} {
			total := 0
			for i, b := range table {
				in := 0
				for _, p := range set {
					closed := name == "equal mass" || i == len(table)-1
					if b.Low <= p.Confidence && (p.Confidence < b.High || closed && p.Confidence == b.High) {
						in++
					}
				}
				if in != b.N {
					t.Fatalf("%s: bin %d from %v to %v has %d pairs, says %d", name, i, b.Low, b.High, in, b.N)
				}
				if (b.N == 0) != (b.Confidence == nil) || (b.N == 0) != (b.Accuracy == nil) {
					t.Fatalf("%s: a bin of %d pairs has means %v and %v", name, b.N, b.Confidence, b.Accuracy)
				}
				total += b.N
			}
			if total != len(set) {
				t.Fatalf("%s: %d pairs in bins, of %d", name, total, len(set))
			}
		}
	})
}

func TestNothingDependsOnTheOrderOfPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := pairs().Draw(t, "pairs")
		shuffled := rapid.Permutation(set).Draw(t, "shuffled")
		a, err := calibration.Measure(set, 10)
		if err != nil {
			t.Fatal(err)
		}
		b, err := calibration.Measure(shuffled, 10)
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range map[string][2]float64{
			"ECE": {a.ECE, b.ECE}, "equal-mass ECE": {a.MassECE, b.MassECE}, "MCE": {a.MCE, b.MCE},
			"RMSCE": {a.RMSCE, b.RMSCE}, "AURC": {a.AURC, b.AURC}, "Brier": {a.Brier.Brier, b.Brier.Brier},
		} {
			if math.Abs(v[0]-v[1]) > 1e-12 {
				t.Fatalf("%s is %v, shuffled %v", name, v[0], v[1])
			}
		}
		if (a.AUROC == nil) != (b.AUROC == nil) || a.AUROC != nil && math.Abs(*a.AUROC-*b.AUROC) > 1e-12 {
			t.Fatalf("AUROC is %v, shuffled %v", a.AUROC, b.AUROC)
		}
	})
}

func TestMurphysPartsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := pairs().Draw(t, "pairs")
		d, ok := calibration.Murphy(set, rapid.IntRange(1, 30).Draw(t, "bins"))
		if !ok {
			t.Fatal("undefined")
		}
		if sum := d.Reliability - d.Resolution + d.Uncertainty + d.Residual; math.Abs(sum-d.Brier) > 1e-12 {
			t.Fatalf("%+v sum to %v", d, sum)
		}
		if d.Exact && d.Residual != 0 || d.Resolution > d.Uncertainty+1e-12 {
			t.Fatalf("%+v", d)
		}
	})
}

// Grouped by distinct confidence there is no residual: the parts come from counts alone.
func TestMurphyIsExactForFewConfidences(t *testing.T) {
	var set []calibration.Pair
	for i := range 10 {
		set = append(set, calibration.Pair{Confidence: 0.8, Correct: i < 6}, calibration.Pair{Confidence: 0.3, Correct: i < 2})
	}
	d, _ := calibration.Murphy(set, 2)
	if !d.Exact || d.Groups != 2 {
		t.Fatalf("%+v", d)
	}
	near(t, "reliability", d.Reliability, (0.04+0.01)/2)
	near(t, "resolution", d.Resolution, 0.04)
	near(t, "uncertainty", d.Uncertainty, 0.24)
	near(t, "Brier", d.Brier, 0.025-0.04+0.24)
	if binned, _ := calibration.Murphy(set, 1); binned.Exact || binned.Residual == 0 {
		t.Errorf("two confidences in one bin are called exact: %+v", binned)
	}
}

// The baseline that calibration error alone cannot tell from knowledge.
func TestAConstantForecastKnowsNothing(t *testing.T) {
	var set []calibration.Pair
	for i := range 8 {
		set = append(set, calibration.Pair{Confidence: 0.25, Correct: i < 2})
	}
	r, err := calibration.Measure(set, 15)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ECE", r.ECE, 0)
	near(t, "AUROC", *r.AUROC, 0.5)
	near(t, "Brier", r.Brier.Brier, r.Brier.Uncertainty)
	near(t, "AURC", r.AURC, 0.75)
	if r.Distinct != 1 || r.Spread != 0 {
		t.Errorf("%d distinct confidences, spread %v", r.Distinct, r.Spread)
	}
}

// AUROC is the share of right-wrong pairs in order; AURC the average over all orders among equals.
func TestRankingAgainstItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) calibration.Pair {
			return calibration.Pair{
				Confidence: rapid.SampledFrom([]float64{0.1, 0.4, 0.9}).Draw(t, "confidence"),
				Correct:    rapid.Bool().Draw(t, "correct"),
			}
		}), 1, 6).Draw(t, "pairs")

		wins, games := 0.0, 0.0
		for _, right := range set {
			for _, wrong := range set {
				if !right.Correct || wrong.Correct {
					continue
				}
				games++
				switch {
				case right.Confidence > wrong.Confidence:
					wins++
				case right.Confidence == wrong.Confidence:
					wins += 0.5
				}
			}
		}
		auroc, ok := calibration.AUROC(set)
		if ok != (games > 0) || ok && math.Abs(auroc-wins/games) > 1e-12 {
			t.Fatalf("AUROC is %v (%v), want %v of %v", auroc, ok, wins, games)
		}

		areas, orders := 0.0, 0.0
		permute(set, func(order []calibration.Pair) {
			for i := 1; i < len(order); i++ {
				if order[i].Confidence > order[i-1].Confidence {
					return
				}
			}
			wrong, area := 0.0, 0.0
			for i, p := range order {
				if !p.Correct {
					wrong++
				}
				area += wrong / float64(i+1) / float64(len(order))
			}
			areas += area
			orders++
		})
		if aurc, ok := calibration.AURC(set); !ok || math.Abs(aurc-areas/orders) > 1e-12 {
			t.Fatalf("AURC is %v (%v), want %v", aurc, ok, areas/orders)
		}
	})
}

// permute calls visit with every order.
func permute(set []calibration.Pair, visit func([]calibration.Pair)) {
	order := append([]calibration.Pair(nil), set...)
	var from func(int)
	from = func(start int) {
		if start == len(order) {
			visit(order)
			return
		}
		for i := start; i < len(order); i++ {
			order[start], order[i] = order[i], order[start]
			from(start + 1)
			order[start], order[i] = order[i], order[start]
		}
	}
	from(0)
}

func TestUndefinedIsTold(t *testing.T) {
	for name, of := range map[string]func([]calibration.Pair) (float64, bool){
		"accuracy": calibration.Accuracy, "confidence": calibration.MeanConfidence, "overconfidence": calibration.Overconfidence,
		"Brier": calibration.Brier, "log loss": calibration.LogLoss, "AUROC": calibration.AUROC, "AURC": calibration.AURC,
	} {
		if v, ok := of(nil); ok {
			t.Errorf("%s of nothing is %v", name, v)
		}
	}
	for name, of := range map[string]func([]calibration.Bin) (float64, bool){
		"ECE": calibration.ECE, "MCE": calibration.MCE, "RMSCE": calibration.RMSCE,
	} {
		if v, ok := of(calibration.EqualWidth(nil, 15)); ok {
			t.Errorf("%s of nothing is %v", name, v)
		}
	}
	if d, ok := calibration.Murphy(nil, 15); ok {
		t.Errorf("Murphy of nothing is %+v", d)
	}
	if got := calibration.EqualMass(golden(), 0); got != nil {
		t.Errorf("no bins make %v", got)
	}

	allRight := []calibration.Pair{{Confidence: 0.9, Correct: true}, {Confidence: 0.7, Correct: true}}
	r, err := calibration.Measure(allRight, 2)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"auroc":null`, `{"lo":0,"hi":0.5,"n":0,"mean_confidence":null,"accuracy":null}`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

func TestBadInputIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		pairs []calibration.Pair
		bins  int
		want  string
	}{
		"percent": {[]calibration.Pair{{Confidence: 0.5}, {Confidence: 80}}, 15, "pair 2: confidence 80 is not in [0, 1]: divide percentages by 100"},
		"NaN":     {[]calibration.Pair{{Confidence: math.NaN()}}, 15, "pair 1: confidence NaN"},
		"no bins": {golden(), 0, "less than one bin"},
	} {
		_, err := calibration.Measure(tt.pairs, tt.bins)
		if !errors.Is(err, feedbackgen.ErrInput) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	if _, err := calibration.Measure(nil, 15); err == nil {
		t.Error("nothing can be measured")
	}
}
