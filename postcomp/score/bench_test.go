package score_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/postcomp/score"
)

// thousand completions of 300 bytes.
func thousand(words string) []score.Completion {
	batch := make([]score.Completion, 1000)
	tail := "\n<assess>\nI checked each step.\nreward: [1, 1]\nconfidence: 0.9"
	text := strings.Repeat(words, 300/len(words)+1)
	for len(text)+len(tail) > 300 {
		_, text, _ = strings.Cut(text, " ")
	}
	for i := range batch {
		batch[i] = score.Completion{Text: text + tail, Correct: feedbackgen.Pass}
	}
	return batch
}

// BenchmarkScore is on one core: completions/s is per core.
func BenchmarkScore(b *testing.B) {
	for name, words := range map[string]string{"ASCII": "so 3 + 4 = 7 ", "Unicode": "also 3 + 4 = 7 ✓ für 我们 "} {
		b.Run(name, func(b *testing.B) {
			batch := thousand(words)
			b.ReportAllocs()
			for b.Loop() {
				score.Score(batch, pair(), score.DefaultWeights())
			}
			b.ReportMetric(float64(b.N*len(batch))/b.Elapsed().Seconds(), "completions/s")
		})
	}
}

// BenchmarkUnicodeEvaluation has Unicode where it costs: after the marker.
func BenchmarkUnicodeEvaluation(b *testing.B) {
	text := "42\n<assess>\n" + strings.Repeat("我检查了每一步（✓）。für ", 7) + "\nconfidence: 0.9"
	batch := []score.Completion{{Text: text, Correct: feedbackgen.Pass}}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		score.Score(batch, score.Format{}, score.DefaultWeights())
	}
}

// BenchmarkLength shows that time is linear: MB/s is the same at every length.
func BenchmarkLength(b *testing.B) {
	for _, size := range []int{1 << 10, 1 << 15, 1 << 20, 10 << 20} {
		for name, words := range map[string]string{"words": "so 3 + 4 = 7\n", "brackets": "<<a", "names": "confidence\n"} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				text := "42\n<assess>\n" + strings.Repeat(words, size/len(words)) + "\nconfidence: 0.9"
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					score.Parse(text, score.Format{})
				}
			})
		}
	}
}

func BenchmarkEditRatio(b *testing.B) {
	x, y := strings.Repeat("so 3 + 4 = 7 ", 23), strings.Repeat("so 3 + 4 is 7 ", 22)
	for b.Loop() {
		score.EditRatio(x, y)
	}
}
