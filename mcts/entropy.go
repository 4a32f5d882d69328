package mcts

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// defaultEntropy, in nats, is what a choice between two tokens has of which one gets 80 %. Of the
// embedded model's tokens on its own problems 81 % are below 0.03, 8 % above 0.69, and 2 % between
// 0.3 and 0.69: anything there cuts at much the same places, 3 to 4 in a solution of 39 tokens.
const defaultEntropy = 0.5

// leastTokens is how many tokens a step has at least that ends at an undecided token. Uncertain
// tokens come in runs (what to begin the next line with, then how to go on from that), and a node
// for each would be a choice cut in pieces.
const leastTokens = 4

// parseEntropy reads the rule's threshold.
func parseEntropy(rule, arg string) (float64, error) {
	if rule == "entropy" {
		return defaultEntropy, nil
	}
	nats, err := strconv.ParseFloat(arg, 64)
	if err != nil || !(nats > 0) || math.IsInf(nats, 1) {
		return 0, bad("step", strconv.Quote(rule)+": entropy needs a number of nats above 0, such as entropy:0.5")
	}
	return nats, nil
}

// byEntropy reports whether a rule cuts at undecided tokens.
func byEntropy(rule string) bool { return rule == "entropy" || strings.HasPrefix(rule, "entropy:") }

// splitEntropy cuts before each token at which the policy was undecided by at least so many nats,
// and at which leastTokens have gone since the cut before. TreeRL (arXiv:2506.11902) branches there,
// but takes for entropy what its code has of it, -ln p of the token drawn. That belongs to the draw:
// of two solutions that part at a token, the one with the unlikely token would be cut there, the
// other not, and the two would never be siblings. The entropy of the distribution is the same in
// both. So whether a cut is made depends on nothing but what was written before it.
//
// Where tokens do not make up the text (a character in pieces, the stop string), cutting ends.
func splitEntropy(s backends.Sample, nats float64) []feedbackgen.Step {
	var cuts []int
	at, since := 0, 0
	for i, undecided := range s.Entropies {
		if at == len(s.Text) {
			break
		}
		if since >= leastTokens && undecided >= nats && utf8.RuneStart(s.Text[at]) {
			cuts = append(cuts, at)
			since = 0
		}
		token := s.Logprobs[i].Token
		if !strings.HasPrefix(s.Text[at:], token) {
			break
		}
		at += len(token)
		since++
	}
	return cutAt(s.Text, cuts)
}

// checkEntropies refuses samples that cannot be cut where the policy was undecided: to leave them
// whole would be another search.
func checkEntropies(samples []backends.Sample) error {
	for _, sample := range samples {
		cause := ""
		switch {
		case sample.Text == "":
		case len(sample.Entropies) == 0 || len(sample.Entropies) != len(sample.Logprobs):
			cause = "a reply does not tell the log-probabilities of the likeliest tokens"
		case !beginsWithItsTokens(sample):
			cause = "a reply's tokens are not those of its text"
		}
		if cause != "" {
			return &feedbackgen.Failure{
				Op: "cut steps by entropy", Kind: feedbackgen.ErrInput, Cause: errors.New(cause),
				Hint: "choose another rule, such as --step line",
			}
		}
	}
	return nil
}

// beginsWithItsTokens looks at the first token that is not empty; a stop string may have cut it.
func beginsWithItsTokens(s backends.Sample) bool {
	for _, t := range s.Logprobs {
		if t.Token != "" {
			return strings.HasPrefix(s.Text, t.Token) || strings.HasPrefix(t.Token, s.Text)
		}
	}
	return false
}
