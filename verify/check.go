package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"

	"github.com/feedbackgen/feedbackgen"
)

// check judges completions by a program of the user's.
//
// The program sees the completion without the reasoning before </think>, of a long one the last
// MiB, and the known answer, empty if there is none. For counting votes, the answer is what exact
// finds, else a digest of the text.
type check struct {
	name string
	// run returns Pass, Fail, Abstain, or Invalid with its reason and fault; the answer is not its own.
	run func(completion, gold string) Verdict
}

var _ Verifier = check{}

// Name is the kind, the file and its digest.
func (c check) Name() string { return c.name }

// Verify runs the program.
func (c check) Verify(completion string, truncated bool, gold string) Verdict {
	if truncated {
		return Verdict{Outcome: feedbackgen.Invalid, Reason: ReasonTruncated}
	}
	answer, reason := c.find(completion)
	if reason != "" {
		return Verdict{Outcome: feedbackgen.Invalid, Reason: reason}
	}
	text, _ := spoken(tail(completion))
	verdict := c.run(text, gold)
	if verdict.Outcome != feedbackgen.Invalid {
		verdict.Answer = answer
	}
	return verdict
}

// longestFault bounds a fault, in characters.
const longestFault = 300

// broke is the verdict of a check that broke. What it says may hold a model's text, so it is made fit to
// be printed.
func broke(reason, fault string) Verdict {
	fault = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(fault, "?"))
	if runes := []rune(fault); len(runes) > longestFault {
		fault = string(runes[:longestFault-3]) + "..."
	}
	return Verdict{Outcome: feedbackgen.Invalid, Reason: reason, Fault: fault}
}

// Extract returns what exact would, else a digest of the text. It does not run the program.
func (c check) Extract(completion string) (string, bool) {
	answer, reason := c.find(completion)
	return answer, reason == ""
}

func (check) find(completion string) (answer, reason string) {
	text, ok := spoken(tail(completion))
	if !ok {
		return "", ReasonThinking
	}
	if answer, _ := extract(exact{}, text); answer != "" {
		return answer, ""
	}
	folded := fold(text)
	if folded == "" {
		return "", ReasonNone
	}
	sum := sha256.Sum256([]byte(folded))
	return "text:" + hex.EncodeToString(sum[:12]), ""
}

// Equal compares as exact does.
func (check) Equal(a, b string) bool { return fold(a) == fold(b) }

// CheckGold accepts everything: only the program knows.
func (check) CheckGold(string) error { return nil }

// JudgesAlone is true: what is right is for the program to say.
func (check) JudgesAlone() bool { return true }
