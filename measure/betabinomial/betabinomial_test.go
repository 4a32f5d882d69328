package betabinomial_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/betabinomial"
)

func counts(n int, passes ...int) []betabinomial.Counts {
	problems := make([]betabinomial.Counts, len(passes))
	for i, k := range passes {
		problems[i] = betabinomial.Counts{K: k, N: n}
	}
	return problems
}

// The values come from scipy 1.17.1: betabinom.logpmf, maximised by Nelder-Mead.
func TestGoldenFit(t *testing.T) {
	problems := append(counts(8, 0, 3, 8, 5, 1, 8, 2, 7, 4, 0), betabinomial.Counts{K: 6, N: 12}, betabinomial.Counts{K: 3, N: 4})
	m, err := betabinomial.Fit(problems)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(m.Alpha-0.67813358) > 1e-6 || math.Abs(m.Beta-0.68060313) > 1e-6 {
		t.Errorf("%+v", m)
	}
	got, err := m.LogLikelihood(problems)
	if err != nil || math.Abs(got - -25.878750382070685) > 1e-9 {
		t.Errorf("log-likelihood %v, %v", got, err)
	}
}

// draw makes problems of a model, of n draws each.
func draw(random *rand.Rand, m betabinomial.Model, problems, n int) []betabinomial.Counts {
	set := make([]betabinomial.Counts, problems)
	for i := range set {
		// Polya's urn: each outcome makes its like likelier.
		set[i].N = n
		for j := range n {
			if random.Float64() < (m.Alpha+float64(set[i].K))/(m.Alpha+m.Beta+float64(j)) {
				set[i].K++
			}
		}
	}
	return set
}

func TestFitRecoversTheModel(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 5))
	for _, truth := range []betabinomial.Model{{Alpha: 0.5, Beta: 0.5}, {Alpha: 2, Beta: 6}, {Alpha: 30, Beta: 10}, {Alpha: 0.1, Beta: 0.4}} {
		set := draw(random, truth, 20_000, 16)
		m, err := betabinomial.Fit(set)
		if err != nil {
			t.Fatal(err)
		}
		moments, err := betabinomial.Moments(set)
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range map[string]betabinomial.Model{"likelihood": m, "moments": moments} {
			if math.Abs(got.Mean()-truth.Mean()) > 0.01 || math.Abs(got.Strength()/truth.Strength()-1) > 0.08 {
				t.Errorf("%s: %+v, want %+v", name, got, truth)
			}
		}
	}
}

func TestNothingNearIsLikelier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) betabinomial.Counts {
			n := rapid.IntRange(0, 12).Draw(t, "n")
			return betabinomial.Counts{K: rapid.IntRange(0, n).Draw(t, "k"), N: n}
		}), 0, 30).Draw(t, "problems")
		m, err := betabinomial.Fit(set)
		if err != nil {
			return
		}
		best, err := m.LogLikelihood(set)
		if err != nil || math.IsNaN(best) {
			t.Fatalf("%+v has likelihood %v, %v", m, best, err)
		}
		for _, by := range []float64{0.5, 0.99, 1.01, 2} {
			for _, other := range []betabinomial.Model{{Alpha: m.Alpha * by, Beta: m.Beta}, {Alpha: m.Alpha, Beta: m.Beta * by}, {Alpha: m.Alpha * by, Beta: m.Beta * by}} {
				if l, _ := other.LogLikelihood(set); l > best+1e-9 {
					t.Fatalf("%+v has %v, %+v has %v", m, best, other, l)
				}
			}
		}
	})
}

func TestPosteriorMeanShrinks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := betabinomial.Model{Alpha: rapid.Float64Range(0.01, 50).Draw(t, "alpha"), Beta: rapid.Float64Range(0.01, 50).Draw(t, "beta")}
		n := rapid.IntRange(1, 100).Draw(t, "n")
		k := rapid.IntRange(0, n).Draw(t, "k")
		raw, got := float64(k)/float64(n), m.PosteriorMean(k, n)
		if low, high := min(raw, m.Mean()), max(raw, m.Mean()); got < low-1e-12 || got > high+1e-12 {
			t.Fatalf("%v is not between the raw %v and the mean %v", got, raw, m.Mean())
		}
		if none := m.PosteriorMean(0, 0); math.Abs(none-m.Mean()) > 1e-12 {
			t.Fatalf("without draws %v, want %v", none, m.Mean())
		}
	})
}

func TestDegenerateDataAreTold(t *testing.T) {
	for _, tt := range []struct {
		name     string
		problems []betabinomial.Counts
		want     error
	}{
		{"nothing", nil, betabinomial.ErrNoDraws},
		{"no draws", counts(0, 0, 0), betabinomial.ErrNoDraws},
		{"all passed", counts(8, 8, 8, 8), betabinomial.ErrOneOutcome},
		{"none passed", counts(8, 0, 0), betabinomial.ErrOneOutcome},
		{"single draws", counts(1, 0, 1, 1, 0), betabinomial.ErrSingleDraws},
		{"all or nothing", counts(8, 0, 8, 8, 0), betabinomial.ErrAllOrNothing},
		{"equal rates", counts(8, 4, 4, 4), betabinomial.ErrNoSpread},
		{"one problem", counts(8, 3), betabinomial.ErrNoSpread},
		{"impossible", counts(8, 3, 9), feedbackgen.ErrInput},
		{"negative", counts(8, -1), feedbackgen.ErrInput},
		{"huge", counts(1<<40, 3), feedbackgen.ErrInput},
	} {
		if m, err := betabinomial.Fit(tt.problems); !errors.Is(err, tt.want) {
			t.Errorf("%s: %+v, %v", tt.name, m, err)
		}
		if m, err := betabinomial.Moments(tt.problems); !errors.Is(err, tt.want) {
			t.Errorf("%s by moments: %+v, %v", tt.name, m, err)
		}
	}
	if _, err := (betabinomial.Model{Alpha: 1, Beta: 1}).LogLikelihood(counts(8, 9)); !errors.Is(err, feedbackgen.ErrInput) {
		t.Errorf("the likelihood of 9 of 8: %v", err)
	}
}

func ExampleFit() {
	m, err := betabinomial.Fit(counts(8, 0, 1, 1, 2, 5, 7, 8, 8, 3, 4))
	fmt.Printf("mean %.2f, strength %.1f, %v\n", m.Mean(), m.Strength(), err)
	// One pass of one draw says little; eight of eight say more.
	fmt.Printf("1/1 is %.2f, 8/8 is %.2f\n", m.PosteriorMean(1, 1), m.PosteriorMean(8, 8))
	// Output:
	// mean 0.51, strength 1.3, <nil>
	// 1/1 is 0.72, 8/8 is 0.93
}
