package wire

import (
	"math"
	"slices"
)

// Alternatives is how many of the likeliest tokens at each position servers are asked for where
// entropies are wanted: the most that OpenAI's API allows in chats, and Ollama's.
const Alternatives = 20

// Entropy is a lower bound, in nats, on the entropy of a distribution of which a server told the
// natural log-probabilities of the likeliest tokens, in any order, when it was asked for so many of
// them. All that was not told counts as one token: taking outcomes together never adds entropy. It
// is not ok if too little was told.
//
// The bound must not depend on which token was drawn. That token may be in the list beside the
// likeliest, or in the place of the last of them; so the least likely one told is not looked at, nor
// more than one fewer than were asked for. What is left are the likeliest tokens, whatever was drawn.
func Entropy(told []float64, asked int) (nats float64, ok bool) {
	n := min(asked, len(told)) - 1
	if n < 1 || slices.ContainsFunc(told, math.IsNaN) {
		return 0, false
	}
	likeliest := slices.Clone(told)
	slices.Sort(likeliest)
	rest := 1.0
	for _, logprob := range likeliest[len(told)-n:] {
		p := math.Exp(min(0, logprob))
		nats += surprise(p)
		rest -= p
	}
	return nats + surprise(rest), true
}

// surprise is -p ln p, 0 for what is impossible.
func surprise(p float64) float64 {
	if p <= 0 {
		return 0
	}
	return -p * math.Log(p)
}
