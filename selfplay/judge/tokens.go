package judge

import (
	"math"

	"github.com/feedbackgen/feedbackgen/backends"
)

// allYes is the probability that every verdict is yes, from the log-probabilities of the words that
// were drawn. Yes and no are taken to be all that a word can be. Each word's probability is given
// the words before it: where all are yes, the product is the model's own probability of that reply's
// words; after a no it stands in for what the model would have said after a yes. It is undefined
// unless the tokens spell the reply.
func allYes(reply string, words []word, tokens []backends.TokenLogprob) (float64, bool) {
	size := 0
	for _, token := range tokens {
		end := size + len(token.Token)
		if end > len(reply) || reply[size:end] != token.Token || math.IsNaN(token.Logprob) {
			return 0, false
		}
		size = end
	}
	if size != len(reply) || len(words) == 0 {
		return 0, false
	}
	product := 1.0
	for _, w := range words {
		said := math.Exp(logprobOf(w, tokens))
		if w.yes {
			product *= said
		} else {
			product *= 1 - said
		}
	}
	return product, true
}

// logprobOf adds up the tokens that hold some part of a word, at most 0.
func logprobOf(w word, tokens []backends.TokenLogprob) float64 {
	total, start := 0.0, 0
	for _, token := range tokens {
		end := start + len(token.Token)
		if start < w.end && w.start < end {
			total += min(0, token.Logprob)
		}
		start = end
	}
	return total
}
