package verify

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/feedbackgen/feedbackgen"
)

// maxPatternWork bounds the bytes that a pattern may be run over, all its matches in one text taken
// together.
const maxPatternWork = 8 << 20

// pattern takes for the answer what a regular expression finds: of its last match that is not
// empty the first group that took part, or all of it where there are no groups. It is compared as
// exact does; without a known answer any match passes.
type pattern struct {
	source     string
	expression *regexp.Regexp
}

var _ Verifier = pattern{}

func newPattern(source string) (Verifier, error) {
	fail := func(cause error, hint string) error {
		return &feedbackgen.Failure{
			Op: "choose a verifier", Subject: fmt.Sprintf("verifier %q", patternPrefix+source), Cause: cause, Hint: hint,
		}
	}
	if source == "" {
		return nil, fail(errors.New("no pattern"), `write one after the colon, such as regex:Answer: (\d+)`)
	}
	expression, err := regexp.Compile(source)
	if err != nil {
		return nil, fail(err, "patterns are in Go's syntax (RE2), which has no lookaround and no backreferences")
	}
	if expression.MatchString("") {
		return nil, fail(errors.New("it matches empty text, so that everything would pass"), "use + in place of *, or add what has to be there")
	}
	return pattern{source, expression}, nil
}

// Name is "regex:" and the pattern.
func (p pattern) Name() string { return patternPrefix + p.source }

// Verify judges a completion; an empty gold accepts any match.
func (p pattern) Verify(completion string, truncated bool, gold string) Verdict {
	verdict := judge(p, completion, truncated, gold)
	if gold == "" && verdict.Outcome == feedbackgen.Fail {
		verdict.Outcome = feedbackgen.Pass
	}
	return verdict
}

// Extract returns what the pattern finds.
func (p pattern) Extract(completion string) (string, bool) {
	answer, reason := p.find(completion)
	return answer, reason == ""
}

// Equal compares as exact does.
func (pattern) Equal(a, b string) bool { return fold(a) == fold(b) }

// CheckGold accepts an empty answer, and else what exact accepts.
func (p pattern) CheckGold(gold string) error {
	_, err := p.known(gold)
	return err
}

func (pattern) known(gold string) (string, error) {
	if gold == "" {
		return "", nil
	}
	return exact{}.known(gold)
}

func (p pattern) find(completion string) (answer, reason string) {
	text, ok := spoken(tail(completion))
	if !ok {
		return "", ReasonThinking
	}
	// Each match may look ahead to the end of the text, so their number bounds the work.
	most := 1 + 2*maxPatternWork/(len(text)+1)
	matches := p.expression.FindAllStringSubmatchIndex(text, most)
	if len(matches) == most {
		return "", ReasonMatches
	}
	var last []int
	for _, match := range matches {
		if match[0] < match[1] {
			last = match
		}
	}
	if last == nil {
		return "", ReasonNone
	}
	from, to := last[0], last[1]
	for i := 2; i < len(last); i += 2 {
		if last[i] >= 0 {
			from, to = last[i], last[i+1]
			break
		}
	}
	if to-from > maxSlot {
		return "", ReasonTooLong
	}
	switch answer = fold(text[from:to]); {
	case answer == "":
		return "", ReasonUnreadable
	case len(answer) > maxSlot:
		return "", ReasonTooLong
	}
	return answer, ""
}
