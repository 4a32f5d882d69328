package wire

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// distribution draws the log-probabilities of a small vocabulary, the likeliest first.
func distribution(t *rapid.T) []float64 {
	weights := rapid.SliceOfN(rapid.Float64Range(1e-6, 1), 2, 60).Draw(t, "weights")
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	logprobs := make([]float64, len(weights))
	for i, w := range weights {
		logprobs[i] = math.Log(w / sum)
	}
	slices.Sort(logprobs)
	slices.Reverse(logprobs)
	return logprobs
}

func whole(logprobs []float64) float64 {
	nats := 0.0
	for _, l := range logprobs {
		nats -= math.Exp(l) * l
	}
	return nats
}

// Whatever is told, the entropy is never overstated; it grows with what is told, up to all of it.
func TestEntropyIsALowerBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := distribution(t)
		before := 0.0
		for told := 2; told <= len(all); told++ {
			nats, ok := Entropy(all[:told], told)
			if !ok || nats > whole(all)+1e-9 || nats < before-1e-9 {
				t.Fatalf("%d of %d tokens give %g (%v), after %g, of %g", told, len(all), nats, ok, before, whole(all))
			}
			before = nats
		}
		if math.Abs(before-whole(all)) > 1e-9 {
			t.Fatalf("all tokens give %g of %g", before, whole(all))
		}
	})
}

// Servers add the drawn token to the likeliest, or put it in the place of the last; neither may show.
func TestEntropyDoesNotDependOnTheTokenDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := distribution(t)
		asked := rapid.IntRange(2, len(all)).Draw(t, "asked")
		want, _ := Entropy(all[:asked], asked)
		drawn := rapid.SampledFrom(all).Draw(t, "drawn")
		beside, instead := slices.Clone(all[:asked]), slices.Clone(all[:asked])
		if !slices.Contains(beside, drawn) {
			beside = append([]float64{drawn}, beside...)
			instead = append([]float64{drawn}, instead[:asked-1]...)
		}
		for name, told := range map[string][]float64{"beside": beside, "instead of the last": instead} {
			if got, ok := Entropy(told, asked); !ok || got != want {
				t.Fatalf("with the drawn token %s it is %g (%v), not %g", name, got, ok, want)
			}
		}
	})
}

func TestEntropyIsUnknownRatherThanZero(t *testing.T) {
	for name, told := range map[string][]float64{
		"nothing told": nil, "one token told": {-0.1}, "nonsense told": {-0.1, math.NaN(), -3},
	} {
		if nats, ok := Entropy(told, Alternatives); ok {
			t.Errorf("%s: it is %g", name, nats)
		}
	}
	if nats, ok := Entropy([]float64{0.001, math.Inf(-1), -9999}, 3); !ok || nats != 0 {
		t.Errorf("a certain token, rounded up, leaves %g (%v)", nats, ok)
	}
}
