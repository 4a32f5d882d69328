// Package verdict reads a model's yes or no, and how likely it was to say yes.
//
// In goes what the model drew when it was asked a question of yes or no; nothing is asked here. The
// probability is of the words as the model says them, uncalibrated: see measure/calibration.
package verdict

import (
	"math"
	"strings"
	"unicode"

	"github.com/feedbackgen/feedbackgen/backends"
)

// Read reads yes or no as the first word, in any case of letters. It is false for any other text.
func Read(text string) (yes, ok bool) {
	yes, _, ok = read(text)
	return yes, ok
}

// read also says where the word ends.
func read(text string) (yes bool, end int, ok bool) {
	start := strings.IndexFunc(text, unicode.IsLetter)
	if start < 0 {
		return false, 0, false
	}
	end = len(text)
	if rest := strings.IndexFunc(text[start:], func(r rune) bool { return !unicode.IsLetter(r) }); rest >= 0 {
		end = start + rest
	}
	switch strings.ToLower(text[start:end]) {
	case "yes":
		return true, end, true
	case "no":
		return false, end, true
	}
	return false, 0, false
}

// Share is the share of yes among the draws that can be read, how many those are, and false where there
// is none.
func Share(samples []backends.Sample) (share float64, readable int, ok bool) {
	said := 0
	for _, s := range samples {
		if yes, ok := Read(s.Text); ok {
			readable++
			if yes {
				said++
			}
		}
	}
	if readable == 0 {
		return 0, 0, false
	}
	return float64(said) / float64(readable), readable, true
}

// Probability is the chance of a yes, from the log-probabilities of draws. Each way of saying it that was
// drawn ("yes", " Yes", "**yes") counts once, by its own probability: with Y the sum of the ways of yes
// and N of no, it is Y/(Y+N). Where only one of the two was drawn, they are taken to be all that could
// be said: Y, or 1-N. It is false where no draw can be read and has the log-probabilities of the tokens
// that spell it.
func Probability(samples []backends.Sample) (float64, bool) {
	ways := map[string]bool{}
	sums := map[bool]float64{}
	for _, s := range samples {
		yes, end, ok := read(s.Text)
		if !ok {
			continue
		}
		logprob, spelt := spell(s.Logprobs, s.Text, end)
		if way := s.Text[:end]; spelt && !ways[way] {
			ways[way] = true
			sums[yes] += math.Exp(logprob)
		}
	}
	y, n := min(1, sums[true]), min(1, sums[false])
	switch {
	case len(ways) == 0:
		return 0, false
	case n == 0:
		return y, true
	case y == 0:
		return 1 - n, true
	}
	return y / (y + n), true
}

// spell is the log-probability, at most 0, of the tokens that begin before the end of the word. It is
// false unless they are the text's beginning and reach that end.
func spell(tokens []backends.TokenLogprob, text string, end int) (logprob float64, ok bool) {
	at := 0
	for _, token := range tokens {
		if at >= end {
			break
		}
		if !strings.HasPrefix(text[at:], token.Token) || math.IsNaN(token.Logprob) {
			return 0, false
		}
		at += len(token.Token)
		logprob += min(0, token.Logprob)
	}
	return logprob, at >= end && end > 0
}
