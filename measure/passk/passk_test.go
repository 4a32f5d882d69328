package passk_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen/measure/passk"
)

// exact is 1 - C(n-c,k)/C(n,k) in whole numbers.
func exact(n, c, k int) float64 {
	failures := new(big.Rat).SetFrac(
		new(big.Int).Binomial(int64(n-c), int64(k)),
		new(big.Int).Binomial(int64(n), int64(k)),
	)
	value, _ := new(big.Rat).Sub(big.NewRat(1, 1), failures).Float64()
	return value
}

func TestEstimateIsTheFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 1500).Draw(t, "n")
		c := rapid.IntRange(0, n).Draw(t, "c")
		k := rapid.IntRange(1, n).Draw(t, "k")
		got, ok := passk.Estimate(n, c, k)
		if want := exact(n, c, k); !ok || math.Abs(got-want) > 1e-12 {
			t.Fatalf("pass@%d of %d/%d is %v (%v), want %v", k, c, n, got, ok, want)
		}
	})
}

// Unbiased means: over all outcomes of n draws at pass rate p, the mean is 1 - (1-p)^k.
func TestEstimateIsUnbiased(t *testing.T) {
	const n = 12
	for _, p := range []float64{0.03, 0.4, 0.9} {
		for k := 1; k <= n; k++ {
			mean := 0.0
			for c := 0; c <= n; c++ {
				ways, _ := new(big.Float).SetInt(new(big.Int).Binomial(n, int64(c))).Float64()
				value, _ := passk.Estimate(n, c, k)
				mean += ways * math.Pow(p, float64(c)) * math.Pow(1-p, float64(n-c)) * value
			}
			if want := 1 - math.Pow(1-p, float64(k)); math.Abs(mean-want) > 1e-12 {
				t.Errorf("p=%v k=%d: the mean is %v, want %v", p, k, mean, want)
			}
		}
	}
}

func TestEstimateIsUndefined(t *testing.T) {
	for _, tt := range [][3]int{{4, 1, 5}, {4, 1, 0}, {4, 1, -1}, {4, 5, 2}, {4, -1, 2}, {0, 0, 1}} {
		if got, ok := passk.Estimate(tt[0], tt[1], tt[2]); ok {
			t.Errorf("Estimate(%v) is %v", tt, got)
		}
	}
}

func TestMoreDrawsSolveMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 60).Draw(t, "n")
		c := rapid.IntRange(0, n).Draw(t, "c")
		last := 0.0
		for k := 1; k <= n; k++ {
			v, ok := passk.Estimate(n, c, k)
			if !ok || v < last || v > 1 {
				t.Fatalf("pass@%d of %d/%d is %v after %v", k, c, n, v, last)
			}
			last = v
		}
	})
}

func TestCurveSaysWhatIsShort(t *testing.T) {
	problems := []passk.Counts{{N: 8, C: 2}, {N: 4, C: 4}, {N: 2, C: 0}}
	curve := passk.Curve(problems, 1, 4, 16)
	if got := *curve[0].Pass; math.Abs(got-(0.25+1+0)/3) > 1e-12 || curve[0].Short != 0 {
		t.Errorf("pass@1 is %v with %d short", got, curve[0].Short)
	}
	if curve[1].Problems != 2 || curve[1].Short != 1 {
		t.Errorf("pass@4: %+v, want two problems, one short", curve[1])
	}
	if curve[2].Pass != nil || curve[2].Short != 3 {
		t.Errorf("pass@16 of at most 8 draws: %+v", curve[2])
	}
	if mean, _, ok := passk.Mean([]passk.Counts{{N: 8, C: 2}, {N: 2, C: 3}}, 1); ok {
		t.Errorf("impossible counts average to %v", mean)
	}
}

func TestCoverageAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 12).Draw(t, "k")
		counts := rapid.Custom(func(t *rapid.T) passk.Counts {
			n := rapid.IntRange(0, 30).Draw(t, "n")
			return passk.Counts{N: n, C: rapid.IntRange(0, n).Draw(t, "c")}
		})
		problems := rapid.SliceOf(rapid.Custom(func(t *rapid.T) passk.Paired {
			return passk.Paired{Base: counts.Draw(t, "base"), Tuned: counts.Draw(t, "tuned")}
		})).Draw(t, "problems")
		cover := passk.Cover(problems, k)
		sum := cover.BaseOnly + cover.TunedOnly + cover.Both + cover.Neither
		if cover.Problems+cover.Short != len(problems) || math.Abs(sum-float64(cover.Problems)) > 1e-9 {
			t.Fatalf("%d problems: %+v sum to %v", len(problems), cover, sum)
		}
	})
}

func TestCoverageOfExactlyKDrawsIsWhatHappened(t *testing.T) {
	cover := passk.Cover([]passk.Paired{
		{Base: passk.Counts{N: 8, C: 1}, Tuned: passk.Counts{N: 8, C: 0}},
		{Base: passk.Counts{N: 8, C: 0}, Tuned: passk.Counts{N: 8, C: 8}},
		{Base: passk.Counts{N: 8, C: 3}, Tuned: passk.Counts{N: 8, C: 7}},
		{Base: passk.Counts{N: 8, C: 2}, Tuned: passk.Counts{N: 8, C: 5}},
		{Base: passk.Counts{N: 8, C: 0}, Tuned: passk.Counts{N: 8, C: 0}},
		{Base: passk.Counts{N: 8, C: 0}, Tuned: passk.Counts{N: 7, C: 7}},
	}, 8)
	want := passk.Coverage{K: 8, Problems: 5, Short: 1, BaseOnly: 1, TunedOnly: 1, Both: 2, Neither: 1}
	if cover != want {
		t.Errorf("got %+v, want %+v", cover, want)
	}
}

func ExampleEstimate() {
	one, _ := passk.Estimate(16, 2, 1)
	eight, _ := passk.Estimate(16, 2, 8)
	_, ok := passk.Estimate(16, 2, 32)
	fmt.Printf("pass@1 %.3f, pass@8 %.3f, pass@32 defined: %v\n", one, eight, ok)
	// Output: pass@1 0.125, pass@8 0.767, pass@32 defined: false
}
