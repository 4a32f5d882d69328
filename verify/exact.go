package verify

import (
	"strings"
)

// exact compares text.
//
// Not distinguished are upper and lower case, amounts of white space, and at the ends: white space,
// quotation marks, asterisks (Markdown emphasis), pairs of _, ` and $, a surrounding \text{},
// and the punctuation . , ; : ! ?. Everything else is, articles and accents among it. An
// unmarked completion counts as its own answer if it is one line.
type exact struct{}

var _ Verifier = exact{}

// Name is "exact".
func (exact) Name() string { return "exact" }

// Verify judges a completion.
func (e exact) Verify(completion string, truncated bool, gold string) Verdict {
	return judge(e, completion, truncated, gold)
}

// Extract returns the text that a completion answers.
func (e exact) Extract(completion string) (string, bool) {
	answer, reason := e.find(completion)
	return answer, reason == ""
}

// Equal reports whether two texts differ in nothing that counts.
func (exact) Equal(a, b string) bool { return fold(a) == fold(b) }

// CheckGold refuses what has no text left when normalised, or is too long for an answer.
func (e exact) CheckGold(gold string) error {
	_, err := e.known(gold)
	return err
}

func (e exact) find(completion string) (string, string) { return extract(e, completion) }

func (exact) known(gold string) (string, error) {
	if len(gold) > maxSlot {
		return "", badGold("exact", gold, ReasonTooLong, "a known answer has at most 1024 bytes")
	}
	text := fold(gold)
	if text == "" || len(text) > maxSlot {
		return "", badGold("exact", gold, "no text", "write the answer's words; quotes and punctuation at the ends do not count")
	}
	return text, nil
}

func (exact) read(text string) (answer, reason string) {
	answer = fold(text)
	switch {
	case answer == "":
		return "", ReasonUnreadable
	case len(answer) > maxSlot: // lower case can be longer
		return "", ReasonTooLong
	case declines(answer):
		return answer, ReasonDeclined
	}
	return answer, ""
}

// bare is never true: any heading would be.
func (exact) bare(string) bool { return false }

func (e exact) unmarked(text string) (answer, reason string) {
	line, only := lastLine(text)
	switch {
	case line == "" || !only:
		return "", ReasonNone
	case len(line) > maxSlot:
		return "", ReasonTooLong
	}
	return e.read(line)
}

// fold is the normal form of a text. Folding it again changes nothing.
func fold(text string) string {
	text = strings.Join(strings.Fields(strings.ToLower(text)), " ")
	for {
		next := strings.Trim(text, " *\"'“”‘’«»„")
		next = strings.TrimRight(next, ".,;:!?")
		next = unwrap(next, `\text{`, "}")
		next = unwrap(next, "_", "_")
		next = unwrap(next, "`", "`")
		next = unwrap(next, "$", "$")
		if next == text {
			return text
		}
		text = next
	}
}

// unwrap takes off a pair around a text, if what is inside has neither of its halves.
func unwrap(text, open, shut string) string {
	inner, ok := strings.CutPrefix(text, open)
	if !ok {
		return text
	}
	inner, ok = strings.CutSuffix(inner, shut)
	if !ok || strings.HasPrefix(open, `\`) && strings.Contains(inner, "}") && !strings.Contains(inner, "{") {
		return text
	}
	return inner
}
