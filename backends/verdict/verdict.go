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

// Share is the share of yes among the draws that can be read, and how many those are. It is false unless
// they are more than half of the draws: who mostly says neither has not said which of the two.
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
	if 2*readable <= len(samples) {
		return 0, readable, false
	}
	return float64(said) / float64(readable), readable, true
}

// Least is the mass of yes and no together below which [Probability] says nothing. A model that says
// either in only a tenth of its replies gets most of three draws read by luck, 3 times in 100; one that
// says them in many ways has shown too few of those.
const Least = 0.1

// Probability is the chance of a yes where the model says yes or no, P(yes) / (P(yes) + P(no)) in [0, 1],
// from the log-probabilities of draws. Each way of saying it that was drawn ("yes", " Yes", "**yes")
// counts once, by its own probability: Y is the sum of the ways of yes, N of no. Where only one of the two
// was drawn, the other is taken to have its part of the mass that this one leaves: all of it, if every draw
// can be read, and 1/(m+1) if m say something else, as none of them was the other:
//
//	both were drawn:  Y / (Y + N)
//	only no:          min(1/2, Y / (Y + N))  with Y = (1 - N) / (m + 1)
//	only yes:         max(1/2, Y / (Y + N))  with N = (1 - Y) / (m + 1)
//
// Thus nothing that was not drawn becomes the likelier one: a no that is seldom said, by a model that may mostly
// say neither, makes no yes likely. Where the model says nothing but yes and no, this is its own P(yes), but
// for the half at which it ends.
//
// The mass is Y + N of what was drawn, at most 1, and 0 where it is not known. It is false where [Share] is,
// where one of the two was drawn without the log-probabilities of the tokens that spell it, and where the
// mass is below [Least].
func Probability(samples []backends.Sample) (p, mass float64, ok bool) {
	share, readable, ok := Share(samples)
	if !ok {
		return 0, 0, false
	}
	y, n := sums(samples)
	if share > 0 && y == 0 || share < 1 && n == 0 {
		return 0, 0, false
	}
	mass = min(1, y+n)
	part := 1 / float64(len(samples)-readable+1)
	switch {
	case mass < Least:
		return 0, mass, false
	case n == 0:
		return max(0.5, y/(y+(1-y)*part)), mass, true
	case y == 0:
		y = (1 - n) * part
		return min(0.5, y/(y+n)), mass, true
	}
	return y / (y + n), mass, true
}

// sums are the probabilities of the ways of yes and of no that were drawn, each at most 1.
func sums(samples []backends.Sample) (y, n float64) {
	known := map[string]bool{}
	for _, s := range samples {
		yes, end, ok := read(s.Text)
		if !ok || known[s.Text[:end]] {
			continue
		}
		logprob, spelt := spell(s.Logprobs, s.Text, end)
		if !spelt {
			continue
		}
		known[s.Text[:end]] = true
		if yes {
			y += math.Exp(logprob)
		} else {
			n += math.Exp(logprob)
		}
	}
	return min(1, y), min(1, n)
}

// Said is the probability, in [0, 1], with which the model said its yes or no just so: of the tokens up to the
// word's end. It is false where there is none of either, or no log-probabilities that spell it.
func Said(s backends.Sample) (p float64, ok bool) {
	_, end, ok := read(s.Text)
	if !ok {
		return 0, false
	}
	logprob, ok := spell(s.Logprobs, s.Text, end)
	return math.Exp(logprob), ok
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
