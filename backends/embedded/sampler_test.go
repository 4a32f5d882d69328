package embedded

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
)

// reachable is which tokens the filters leave, written the plain way: by sorting.
func reachable(logits []float32, s feedbackgen.Sampling) []int {
	order := make([]int, len(logits))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return logits[order[i]] > logits[order[j]] })
	if s.TopK > 0 && s.TopK < len(order) {
		order = order[:s.TopK]
	}
	sum := 0.0
	for _, token := range order {
		sum += math.Exp(float64(logits[token] - logits[order[0]]))
	}
	reached := 0.0
	for i, token := range order {
		weight := math.Exp(float64(logits[token] - logits[order[0]]))
		if i > 0 && weight < float64(s.MinP) {
			return order[:i]
		}
		if reached += weight / sum; s.TopP < 1 && reached >= float64(s.TopP) {
			return order[:i+1]
		}
	}
	return order
}

func TestFiltersLeaveTheRightTokens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := source(t)
		logits := floats(random, rapid.IntRange(1, 50).Draw(t, "vocabulary"))
		for i := range logits {
			logits[i] *= 3
		}
		s := feedbackgen.Sampling{
			Temperature: 1, TopK: rapid.IntRange(0, 60).Draw(t, "top_k"),
			TopP: feedbackgen.Real(rapid.Float64Range(0.01, 1).Draw(t, "top_p")),
			MinP: feedbackgen.Real(rapid.Float64Range(0, 0.5).Draw(t, "min_p")),
		}
		var scratch candidates
		var got []int
		for _, c := range newSampler(s, 1).filter(logits, &scratch) {
			got = append(got, c.token)
		}
		if want := reachable(logits, s); !slices.Equal(got, want) {
			t.Errorf("%+v leaves %v, want %v", s, got, want)
		}
	})
}

// Draws follow the probabilities at the temperature, with filters and without.
func TestDrawsFollowTheProbabilities(t *testing.T) {
	logits := []float32{1, 3, 2, -1, 2.5}
	for _, s := range []feedbackgen.Sampling{
		{Temperature: 1, TopP: 1}, {Temperature: 0.7, TopP: 1}, {Temperature: 2, TopP: 1, TopK: 3}, {Temperature: 1.5, TopP: 0.8},
	} {
		left := reachable(logits, s)
		sum := 0.0
		for _, token := range left {
			sum += math.Exp(float64(logits[token]) / float64(s.Temperature))
		}
		const draws = 20_000
		counts := make([]float64, len(logits))
		sampler, scratch := newSampler(s, 9), candidates{}
		for range draws {
			counts[sampler.draw(logits, &scratch)]++
		}
		for token, count := range counts {
			want := 0.0
			if slices.Contains(left, token) {
				want = math.Exp(float64(logits[token])/float64(s.Temperature)) / sum
			}
			// Four standard deviations.
			if got := count / draws; math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/draws) {
				t.Errorf("%+v: token %d was drawn %.4f of the time, want %.4f", s, token, got, want)
			}
		}
	}
}

func TestTemperatureZeroTakesTheFirstOfTheLikeliest(t *testing.T) {
	if got := newSampler(feedbackgen.Sampling{}, 1).draw([]float32{1, 4, 2, 4}, nil); got != 1 {
		t.Errorf("token %d was drawn, want 1", got)
	}
}

func TestLogprobsAreOfTheWholeVocabulary(t *testing.T) {
	logits := []float32{1, 2, 3}
	sum := 0.0
	for token := range logits {
		sum += math.Exp(logprob(logits, token))
	}
	if math.Abs(sum-1) > 1e-6 {
		t.Errorf("probabilities add up to %g", sum)
	}
}

func TestExp32(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 0))
	for range 10_000 {
		x := -float32(random.Float64() * 86)
		want := math.Exp(float64(x))
		if got := float64(exp32(x)); math.Abs(got-want) > 2e-7*want {
			t.Fatalf("exp(%g) = %g, want %g", x, got, want)
		}
	}
	if exp32(0) != 1 || exp32(-1000) != 0 {
		t.Errorf("exp(0) = %g, exp(-1000) = %g", exp32(0), exp32(-1000))
	}
}

func TestEntropyIsTheDistributions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		logits := floats(source(t), rapid.IntRange(1, 50).Draw(t, "vocabulary"))
		scale := rapid.SampledFrom([]float32{0, 1, 8, 60}).Draw(t, "scale")
		for i := range logits {
			logits[i] *= scale
		}
		want := 0.0
		for token := range logits {
			l := logprob(logits, token)
			want -= math.Exp(l) * l
		}
		if got := entropy(logits); got < 0 || math.Abs(got-want) > 1e-4 {
			t.Errorf("the entropy of %v is %g, want %g", logits, got, want)
		}
	})
}
