package agreement_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/agreement"
)

func near(t testing.TB, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9) {
		t.Errorf("%s is %.12g, want %.12g", what, got, want)
	}
}

// kappa as scikit-learn 1.9.1 has it, the interval as statsmodels 0.15.0 (cohens_kappa).
func TestGoldenKappa(t *testing.T) {
	a, b := []int{0, 0, 1, 2, 1, 2, 2, 0, 1, 1}, []int{0, 1, 1, 2, 1, 2, 0, 0, 1, 2}
	c, err := agreement.Kappa(a, b, 3, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "kappa", *c.Kappa, 0.5454545454545454)
	near(t, "low", *c.Low, 0.1172347016724139)
	near(t, "high", *c.High, 0.9736743892366769)
	near(t, "PABAK", c.PABAK, (3*0.7-1)/2)
}

func TestKappaProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "n")
		label := rapid.SampledFrom([]string{"pass", "fail", "abstain"})
		a := rapid.SliceOfN(label, n, n).Draw(t, "a")
		b := rapid.SliceOfN(label, n, n).Draw(t, "b")
		x, err := agreement.Kappa(a, b, 3, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		y, _ := agreement.Kappa(b, a, 3, 0.9)
		if (x.Kappa == nil) != (x.Expected == 1) {
			t.Fatalf("%+v", x)
		}
		if x.Kappa == nil {
			return
		}
		if math.Abs(*x.Kappa-*y.Kappa) > 1e-12 {
			t.Fatalf("kappa is %v, with the judges swapped %v", *x.Kappa, *y.Kappa)
		}
		if x.Observed == 1 && (*x.Kappa != 1 || x.Low != nil) {
			t.Fatalf("full agreement: kappa %v, low %v", *x.Kappa, x.Low)
		}
		if x.Low != nil && !(-1 <= *x.Low && *x.Low <= *x.Kappa && *x.Kappa <= *x.High && *x.High <= 1) {
			t.Fatalf("kappa %v in [%v, %v]", *x.Kappa, *x.Low, *x.High)
		}
	})
}

// A rare label makes kappa low although the judges hardly ever differ; that is what PABAK is for.
func TestPABAKForRareLabels(t *testing.T) {
	a, b := make([]bool, 100), make([]bool, 100)
	a[0], b[1] = true, true
	c, err := agreement.Kappa(a, b, 2, 0.95)
	if err != nil || *c.Kappa > 0 || c.PABAK < 0.95 {
		t.Errorf("kappa %v, PABAK %v, %v", *c.Kappa, c.PABAK, err)
	}
}

func TestKappaUndefinedAndRefused(t *testing.T) {
	c, err := agreement.Kappa([]int{1, 1}, []int{1, 1}, 2, 0.95)
	if err != nil || c.Kappa != nil || c.Low != nil || c.PABAK != 1 {
		t.Errorf("one label throughout: %+v, %v", c, err)
	}
	for name, call := range map[string]func() (agreement.Cohen, error){
		"lengths":    func() (agreement.Cohen, error) { return agreement.Kappa([]int{1}, []int{1, 2}, 2, 0.95) },
		"nothing":    func() (agreement.Cohen, error) { return agreement.Kappa[int](nil, nil, 2, 0.95) },
		"categories": func() (agreement.Cohen, error) { return agreement.Kappa([]int{1, 2}, []int{3, 2}, 2, 0.95) },
		"level":      func() (agreement.Cohen, error) { return agreement.Kappa([]int{1, 2}, []int{1, 2}, 2, 1.5) },
	} {
		if got, err := call(); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// Krippendorff's own example, as krippendorff 0.9.0 has it: three coders, many missing labels.
func TestGoldenAlpha(t *testing.T) {
	units := [][]float64{
		{1},
		{},
		{2, 2},
		{1, 1},
		{3, 3},
		{3, 3, 4},
		{4, 4, 4},
		{1, 3},
		{2, 2},
		{1, 1},
		{1, 1},
		{3, 3},
		{3, 3},
		{},
		{3, 4},
	}
	nominal, ok := agreement.Alpha(units)
	if !ok {
		t.Fatal("undefined")
	}
	near(t, "nominal alpha", nominal, 0.691358024691358)
	numbers, ok := agreement.AlphaInterval(units)
	if !ok {
		t.Fatal("undefined")
	}
	near(t, "interval alpha", numbers, 0.8108448928121059)
}

func TestAlphaProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 1), 0, 5), 0, 20).Draw(t, "units")
		numbers := make([][]float64, len(units))
		pooled, pairs, differ := map[int]bool{}, 0, 0
		for i, unit := range units {
			for _, label := range unit {
				numbers[i] = append(numbers[i], float64(label))
				if len(unit) > 1 {
					pooled[label] = true
				}
				for _, other := range unit {
					pairs++
					if other != label {
						differ++
					}
				}
			}
		}
		alpha, ok := agreement.Alpha(units)
		if ok != (len(pooled) == 2) {
			t.Fatalf("defined: %v, with %d different labels", ok, len(pooled))
		}
		if !ok {
			return
		}
		if (alpha == 1) != (differ == 0) || alpha > 1 {
			t.Fatalf("alpha is %v with %d of %d pairs different", alpha, differ, pairs)
		}
		// With two labels, the squared difference is the nominal one.
		if numeric, ok := agreement.AlphaInterval(numbers); !ok || math.Abs(numeric-alpha) > 1e-12 {
			t.Fatalf("nominal %v, interval %v", alpha, numeric)
		}
	})
}

func TestConfusionCounts(t *testing.T) {
	var c agreement.Confusion
	for range 3 {
		c.Add(true, true)
	}
	c.Add(true, false)
	c.Add(false, true)
	c.Add(false, false)
	if want := (agreement.Confusion{TruePositives: 3, FalsePositives: 1, TrueNegatives: 1, FalseNegatives: 1}); c != want {
		t.Fatalf("%+v, want %+v", c, want)
	}
	j := c.Rates(0.95)
	near(t, "TPR", *j.TPR.Share, 0.75)
	near(t, "TNR", *j.TNR.Share, 0.5)
	near(t, "accuracy", *j.Accuracy.Share, 4./6)
	if !(*j.TPR.Low < 0.75 && 0.75 < *j.TPR.High) {
		t.Errorf("TPR in [%v, %v]", *j.TPR.Low, *j.TPR.High)
	}
	if none := (agreement.Confusion{TruePositives: 1}).Rates(0.95); none.TNR.Share != nil || none.TNR.Low != nil {
		t.Errorf("TNR without false items: %+v", none.TNR)
	}
}

// A judge of known rates sees a set of known prevalence: the correction gives it back, and its
// interval covers it although the judge's rates are estimated too.
func TestRoganGladenCovers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 9))
	binomial := func(n int, p float64) (k int) {
		for range n {
			if random.Float64() < p {
				k++
			}
		}
		return k
	}
	for _, prevalence := range []float64{0.05, 0.4, 0.9} {
		const streams, tpr, tnr = 1000, 0.85, 0.9
		covered, mean := 0, 0.0
		for range streams {
			hits, refused := binomial(80, tpr), binomial(120, tnr)
			judge := agreement.Confusion{
				TruePositives: hits, FalseNegatives: 80 - hits, TrueNegatives: refused, FalsePositives: 120 - refused,
			}
			got, ok := judge.RoganGladen(binomial(300, prevalence*tpr+(1-prevalence)*(1-tnr)), 300, 0.95)
			if !ok {
				t.Fatal("undefined")
			}
			mean += got.Raw / streams
			if got.Low <= prevalence && prevalence <= got.High {
				covered++
			}
		}
		share := float64(covered) / streams
		t.Logf("prevalence %v: mean %.3f, covers %.3f", prevalence, mean, share)
		if math.Abs(mean-prevalence) > 0.015 || share < 0.935 {
			t.Errorf("prevalence %v: mean %.3f, covers %.3f", prevalence, mean, share)
		}
	}
}

func TestRoganGladenUndefined(t *testing.T) {
	good := agreement.Confusion{TruePositives: 8, FalseNegatives: 2, TrueNegatives: 9, FalsePositives: 1}
	if got, ok := good.RoganGladen(90, 100, 0.95); !ok || got.Raw <= 1 || got.Rate != 1 {
		t.Errorf("more is called true than the judge can: %+v, %v", got, ok)
	}
	for name, c := range map[string]agreement.Confusion{
		"coin":          {TruePositives: 5, FalseNegatives: 5, TrueNegatives: 5, FalsePositives: 5},
		"contrary":      {TruePositives: 1, FalseNegatives: 9, TrueNegatives: 2, FalsePositives: 8},
		"no true items": {TrueNegatives: 9, FalsePositives: 1},
	} {
		if got, ok := c.RoganGladen(5, 10, 0.95); ok {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got, ok := good.RoganGladen(0, 0, 0.95); ok {
		t.Errorf("nothing measured: %+v", got)
	}
}

func ExampleKappa() {
	human := []bool{true, true, false, false, true, false, true, false}
	model := []bool{true, true, false, true, true, false, true, false}
	c, err := agreement.Kappa(human, model, 2, 0.95)
	fmt.Printf("agree on %.3f, kappa %.2f [%.2f, %.2f], PABAK %.2f, %v\n", c.Observed, *c.Kappa, *c.Low, *c.High, c.PABAK, err)
	// Output: agree on 0.875, kappa 0.75 [0.31, 1.00], PABAK 0.75, <nil>
}

func ExampleConfusion_RoganGladen() {
	// A judge that passes 10 % of wrong answers and misses 20 % of right ones calls 38 % right.
	judge := agreement.Confusion{TruePositives: 80, FalseNegatives: 20, TrueNegatives: 90, FalsePositives: 10}
	c, ok := judge.RoganGladen(380, 1000, 0.95)
	fmt.Printf("apparent %.2f, corrected %.2f [%.2f, %.2f] %v\n", c.Apparent, c.Rate, c.Low, c.High, ok)
	// Output: apparent 0.38, corrected 0.40 [0.32, 0.48] true
}
