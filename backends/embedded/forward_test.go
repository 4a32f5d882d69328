package embedded

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The engine's log-probabilities are those of the formulas, computed the plain way.
func TestForwardPassFollowsTheFormulas(t *testing.T) {
	for name, separate := range map[string]bool{"tied output": false, "separate output": true} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(11, 0))
			model := newTiny(random, tinyShape(), separate)
			b := openBytes(t, model.file(t), Config{Threads: 2})
			defer closeBackend(t, b)
			tokens := make([]int, 90) // more than one chunk, and several blocks
			for i := range tokens {
				tokens[i] = random.IntN(model.vocabulary)
			}
			j := &job{prompt: tokens[:1], given: tokens[1:]}
			if err := b.do(t.Context(), j); err != nil {
				t.Fatal(err)
			}
			for i := 0; i+1 < len(tokens); i += 11 {
				want := logSoftmax(model.logits(tokens[:i+1]), tokens[i+1])
				if got := j.scores[i]; math.Abs(got-want) > tolerance {
					t.Errorf("token %d has log-probability %.5f, by the formulas %.5f", i+1, got, want)
				}
			}
		})
	}
}

// tolerance is what float32 may lose.
const tolerance = 1e-4

func logSoftmax(logits []float64, token int) float64 {
	sum := 0.0
	for _, l := range logits {
		sum += math.Exp(l)
	}
	return logits[token] - math.Log(sum)
}
