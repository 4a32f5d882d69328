package verify

import (
	"errors"
	"fmt"
	"strings"

	"github.com/feedbackgen/feedbackgen"
)

// Verdict is what a verifier makes of one completion.
type Verdict struct {
	// Outcome is Pass, Fail or Invalid; Abstain where a check of the user's has no opinion.
	Outcome feedbackgen.Outcome
	// Answer is the normal form of the answer that was found, empty if none was.
	Answer string
	// Reason is one of the Reason constants if the outcome is Invalid, else empty.
	Reason string
	// Fault is what a check of the user's said that broke, see [CheckBroke], and where: one line, at most
	// 300 characters. It is for people.
	Fault string
}

// Reasons for an invalid outcome. They are fixed texts, fit to be counted and shown.
const (
	ReasonTruncated  = "truncated"
	ReasonNone       = "no answer found"
	ReasonUnreadable = "answer cannot be read"
	ReasonHedged     = "several answers in place of one"
	ReasonExpression = "an expression, not a number"
	ReasonDeclined   = "declined to answer"
	ReasonTooLong    = "too long for an answer"
	ReasonThinking   = "reasoning never ends"
	ReasonMatches    = "too many matches of the pattern"
	ReasonGold       = "known answer cannot be matched"
	// Reasons of checks that are run.
	ReasonCheckSteps  = "check takes too many steps"
	ReasonCheckTime   = "check takes too long"
	ReasonCheckFailed = "check ends with an error"
	ReasonCheckResult = "check says neither right nor wrong"
)

// CheckBroke reports whether a reason says that a check which was run is at fault, and not the completion.
func CheckBroke(reason string) bool {
	return reason == ReasonCheckSteps || reason == ReasonCheckTime || reason == ReasonCheckFailed || reason == ReasonCheckResult
}

// Verifier judges answers by one rule. Verifiers hold no state: they are safe for concurrent use,
// and the same input always has the same verdict.
type Verifier interface {
	// Name is what [New], or [Loader.Load], makes this verifier from.
	Name() string
	// Verify judges a whole completion against the known answer. truncated says that the completion
	// hit its token limit, which makes it Invalid. So does a gold that CheckGold refuses.
	Verify(completion string, truncated bool, gold string) Verdict
	// Extract returns the answer that a completion gives, in its normal form: answers of one
	// verifier are Equal exactly if their normal forms are the same string. It returns false for
	// whatever Verify calls Invalid, except that it runs no check of the user's, which may call more
	// Invalid.
	Extract(completion string) (answer string, ok bool)
	// Equal reports whether two answers, extracted or written by hand, mean the same. It is an
	// equivalence on all strings; what cannot be read equals only itself.
	Equal(a, b string) bool
	// CheckGold returns an error with a hint if no completion could ever match this known answer.
	CheckGold(gold string) error
}

const patternPrefix = "regex:"

// New makes the verifier of a name: one of [Names], where PATTERN is a regular expression in Go's
// syntax. The error names what exists. Verifiers that are made from a file take a [Loader].
func New(name string) (Verifier, error) {
	switch name {
	case "choice":
		return choice{}, nil
	case "exact":
		return exact{}, nil
	case "math":
		return maths{}, nil
	case "number":
		return number{}, nil
	}
	if source, ok := strings.CutPrefix(name, patternPrefix); ok {
		return newPattern(source)
	}
	if maker(name) != nil {
		return new(Loader).Load(name) // which says what is missing
	}
	return nil, &feedbackgen.Failure{
		Op: "choose a verifier", Subject: fmt.Sprintf("verifier %q", name), Cause: errors.New("unknown"),
		Hint: "there are " + strings.Join(append(Names(), FileNames()...), ", "),
	}
}

// Names lists what [New] accepts, in alphabetical order.
func Names() []string {
	return []string{"choice", "exact", "math", "number", patternPrefix + "PATTERN"}
}

// Auto picks a verifier by the known answer, for when nobody names one: number if it is a number
// and nothing else ("12", "$1,200", "3/4", "25%", but not "12 Angry Men"), choice if it is a single
// letter from A to J, math if it is a formula in LaTeX or with a power, exact otherwise. Without a known answer it is number.
func Auto(gold string) Verifier {
	switch {
	case strings.TrimSpace(gold) == "" || number{}.bare(gold):
		return number{}
	case choice{}.CheckGold(gold) == nil:
		return choice{}
	case strings.ContainsAny(gold, `\^`) && maths{}.bare(gold):
		return maths{}
	default:
		return exact{}
	}
}

// rule is what differs between verifiers; the rest is shared.
type rule interface {
	// find returns the normal form of a completion's answer, or the reason why there is none.
	find(completion string) (answer, reason string)
	// known returns the normal form of the known answer.
	known(gold string) (answer string, err error)
}

// judge is Verify, for every rule.
func judge(r rule, completion string, truncated bool, gold string) Verdict {
	if truncated {
		return Verdict{Outcome: feedbackgen.Invalid, Reason: ReasonTruncated}
	}
	want, err := r.known(gold)
	if err != nil {
		return Verdict{Outcome: feedbackgen.Invalid, Reason: ReasonGold}
	}
	answer, reason := r.find(completion)
	switch {
	case reason == ReasonDeclined && answer == want && answer != "":
		// The problem's own answer is that there is none.
		return Verdict{Outcome: feedbackgen.Pass, Answer: answer}
	case reason != "":
		return Verdict{Outcome: feedbackgen.Invalid, Reason: reason}
	case answer == want:
		return Verdict{Outcome: feedbackgen.Pass, Answer: answer}
	default:
		return Verdict{Outcome: feedbackgen.Fail, Answer: answer}
	}
}

// badGold is the error of CheckGold.
func badGold(name, gold, cause, hint string) error {
	if len(gold) > 80 {
		gold = strings.ToValidUTF8(gold[:80], "") + "..."
	}
	return &feedbackgen.Failure{
		Op: "check the answer for verifier " + name, Subject: fmt.Sprintf("answer %q", gold),
		Cause: errors.New(cause), Hint: hint,
	}
}
