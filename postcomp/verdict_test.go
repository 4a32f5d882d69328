package postcomp_test

import (
	"cmp"
	"context"
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// hesitant is a toy whose verdicts, after the first few, are neither yes nor no.
type hesitant struct {
	toy
	speaks int64
	asked  atomic.Int64
}

func (b *hesitant) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	reply, err := b.toy.Generate(ctx, req)
	if !strings.Contains(req.Messages[len(req.Messages)-1].Content, "Reply with one word") {
		return reply, err
	}
	said := map[string]float64{"**": .5, "no": .5, ".": .9} // with marks before the word, as models write
	words := []string{"**", "no", "."}
	if b.asked.Add(1) > b.speaks {
		words = []string{"**", "Perhaps", "."}
	}
	reply.Samples[0].Text, reply.Samples[0].Logprobs = strings.Join(words, ""), nil
	for _, word := range words {
		reply.Samples[0].Logprobs = append(reply.Samples[0].Logprobs, backends.TokenLogprob{Token: word, Logprob: math.Log(cmp.Or(said[word], .5))})
	}
	return reply, err
}

// A rare no of a model that mostly says neither tells nothing of P(yes); where most verdicts are one of the
// two, what is not a no is a yes.
func TestRareVerdictsTellNothing(t *testing.T) {
	for speaks, want := range map[int64]int{16: 16, 9: 9, 8: 0, 1: 0, 0: 0} {
		cfg := assess
		cfg.Verdicts = true
		result := work(t, cfg, &hesitant{speaks: speaks}, problem("4"))
		known := 0
		for _, record := range result.Records {
			if a, ok := record.(feedbackgen.Assessment); ok && a.Feedback.VerdictConfidence >= 0 {
				known++
				if a.Feedback.VerdictConfidence != .75 {
					t.Errorf("a no of .25 among two words is a yes of %v", a.Feedback.VerdictConfidence)
				}
			}
		}
		if known != want || result.Counts["verdicts_withheld"] != speaks-int64(want) {
			t.Errorf("%d of 16 verdicts can be read: %d are known, %d withheld", speaks, known, result.Counts["verdicts_withheld"])
		}
	}
}
