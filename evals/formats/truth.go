package main

import (
	"regexp"
	"strings"
)

// none is the truth of a completion that keeps to no format in every line.
const none = "none"

// detector tells Abacus' formats apart by the sentences of the generator that it was trained on,
// backends/embedded/train/solutions.py. It shares nothing with the features of guard/format.
type detector struct {
	steps  map[string]*regexp.Regexp // by format
	answer *regexp.Regexp
}

func newDetector() detector {
	sentences := []string{
		"N plus N is N.", "Adding N to N gives N.", "N and N together are N.",
		"N minus N is N.", "Taking N from N leaves N.", "Without N, N becomes N.",
		"N times N is N.", "N groups of N make N.", "N by N comes to N.",
		"N divided by N is N.", "Sharing N among N gives N each.", "One of N parts of N is N.",
	}
	var forms []string
	for _, s := range sentences {
		pattern := strings.ReplaceAll(regexp.QuoteMeta(s), "N", `\d+`)
		forms = append(forms, pattern, "(?:First, |Then |Next, |So )"+strings.ToLower(pattern[:1])+pattern[1:])
	}
	return detector{
		steps: map[string]*regexp.Regexp{
			"equations": regexp.MustCompile(`^\d+[-+*/]\d+=\d+$`),
			"list":      regexp.MustCompile(`^Step \d+: \d+ [-+*/] \d+ -> \d+$`),
			"prose":     regexp.MustCompile("^(?:" + strings.Join(forms, "|") + ")$"),
		},
		answer: regexp.MustCompile(`^The answer is \d+\.$`),
	}
}

// truth is the format that every line keeps to, before a last one that gives the answer.
func (d detector) truth(text string) string {
	lines := strings.Split(text, "\n")
	last := len(lines) - 1
	if last == 0 || !d.answer.MatchString(lines[last]) {
		return none
	}
	for format, pattern := range d.steps {
		fits := true
		for _, line := range lines[:last] {
			fits = fits && pattern.MatchString(line)
		}
		if fits {
			return format
		}
	}
	return none
}
