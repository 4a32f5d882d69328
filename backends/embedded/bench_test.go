package embedded_test

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/embedded"
)

// ownModel names the environment variable that, set to a GGUF file, has benchmarks and the live suite
// run on that model.
const ownModel = "FEEDBACKGEN_TEST_MODEL"

// BenchmarkGenerate measures tokens a second with so many requests at once; a model of one's own,
// named by FEEDBACKGEN_TEST_MODEL, is measured beside Abacus.
func BenchmarkGenerate(b *testing.B) {
	models := map[string]func() *embedded.Backend{"abacus": func() *embedded.Backend { return abacus(b) }}
	if path := os.Getenv(ownModel); path != "" {
		models["own"] = func() *embedded.Backend { return opened(b, embedded.Config{Path: path}) }
	}
	for name, model := range models {
		for _, requests := range []int{1, 8, 16} {
			b.Run(fmt.Sprintf("%s/requests=%d", name, requests), func(b *testing.B) {
				backend := model()
				tokens, seed := 0, int64(0)
				for b.Loop() {
					tokens += together(b, backend, requests, seed)
					seed += int64(requests)
				}
				b.ReportMetric(float64(tokens)/b.Elapsed().Seconds(), "tokens/s")
			})
		}
	}
}

// together makes requests at once, each with a prompt of its own, and returns how many tokens came.
func together(b *testing.B, backend *embedded.Backend, requests int, seed int64) int {
	counts := make([]int, requests)
	var group sync.WaitGroup
	for i := range requests {
		group.Go(func() {
			prompt := fmt.Sprintf("Tom has %d apples. He buys 4 more, then gives away 2. How many apples does he have?", 3+i)
			response, err := backend.Generate(b.Context(), backends.Request{
				Messages: []feedbackgen.Message{feedbackgen.User(prompt)}, N: 1,
				Sampling: feedbackgen.Sampling{Temperature: 1, TopP: 1, MaxTokens: 64, Seed: seed + int64(i)},
			})
			if err != nil {
				b.Error(err)
				return
			}
			counts[i] = response.Samples[0].Tokens
		})
	}
	group.Wait()
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum
}

// BenchmarkOpen measures loading the model in the binary: 50 ms are allowed.
func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		backend, err := embedded.Default()
		if err != nil {
			b.Fatal(err)
		}
		closed(b, backend)
	}
}
