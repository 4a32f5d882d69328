package verify

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
)

func TestChoice(t *testing.T) {
	const pass, fail, invalid = feedbackgen.Pass, feedbackgen.Fail, feedbackgen.Invalid
	for _, c := range []struct {
		completion, gold string
		outcome          feedbackgen.Outcome
	}{
		{"B", "B", pass},
		{"b", "B", pass},
		{"(B)", "B", pass},
		{"[B]", "b", pass},
		{"B.", "(B)", pass},
		{"B)", "B.", pass},
		{"**B**", "B", pass},
		{"**(B)**", "B", pass},
		{"Option B", "B", pass},
		{"The answer is B", "B", pass},
		{"The answer is (B).", "B", pass},
		{"The answer is option (b).", "B", pass},
		{"The correct answer is **B) Paris**.", "B", pass},
		{"The correct answer is **B** Paris.", "B", pass},
		{"The answer is B. Paris is the capital.", "B", pass},
		{"The answer is B because A and C are wrong.", "B", pass},
		{"The answer is A because B is wrong.", "A", pass},
		{"Answer: B) Vitamin C", "B", pass},
		{"Answer: (B) Tom or Ann", "B", pass},
		{"Answer: B, not A", "B", pass},
		{`\boxed{B}`, "B", pass},
		{`\boxed{\text{(B)}}`, "B", pass},
		{`\boxed{\textbf{B}}`, "B", pass},
		{`The answer is $\boxed{\mathrm{B}}$. Not A.`, "B", pass},
		{"<answer>B</answer>", "B", pass},
		{"#### B", "B", pass},
		{"#### A and C\nare wrong.\n\nB", "B", pass},
		{"Let us see. Paris it is.\n\nB", "B", pass},
		{"Let us see. Paris it is.\n\n**Option B.**\n", "B", pass},
		{"B. Paris", "B", pass},
		{"B: Paris", "B", pass},
		{"Answer:\nB. Paris", "B", pass},
		{"The answer is clear.\nB", "B", pass},
		{"J", "J", pass},

		{"The answer is A", "B", fail},
		{`B B B \boxed{A}`, "B", fail},
		{"The answer is A.\nB", "B", fail},

		{"", "B", invalid},
		{"I think it is Paris", "I", invalid},
		{"A dog.", "A", invalid},
		{"The answer is a dog.", "A", invalid},
		{"The answer is I don't care", "I", invalid},
		{"The answer is Paris", "B", invalid},
		{"The answer is BD", "B", invalid},
		{"The answer is B5", "B", invalid},
		{"The answer is K", "B", invalid},
		{"The answer is not B", "B", invalid},
		{"The answer is A or B", "B", invalid},
		{"The answer is A or B", "A", invalid},
		{"The answer is (A) or (B)", "A", invalid},
		{"The answer is (A) Rome or (B) Paris", "A", invalid},
		{"The answer is A, B", "A", invalid},
		{"The answer is A/B", "A", invalid},
		{"The answer is A and B", "A", invalid},
		{"The answer is A, or maybe B", "A", invalid},
		{"The answer is either A or B", "A", invalid},
		{`\boxed{A} or \boxed{B}`, "B", invalid},
		{`\boxed{A, B, C, D}`, "A", invalid},
		{"A) Rome\nB) Paris", "B", invalid},
		{"The answer is unknown", "B", invalid},
		{"B", "", invalid},
		{"B", "K", invalid},
		{"B", "blue", invalid},
	} {
		if got := (choice{}).Verify(c.completion, false, c.gold); got.Outcome != c.outcome {
			t.Errorf("%q against %q: %+v, want %s", c.completion, c.gold, got, c.outcome)
		}
	}
}

func TestWhoeverNamesTheRightLetterPasses(t *testing.T) {
	marks := []string{"%s", "(%s)", "%s)", "%s.", "**%s**", "Option %s", "%s) Paris", "(%s) Paris", `\text{(%s)}`}
	forms := []string{"%s", "The answer is %s", "Answer: %s\n", `\boxed{%s}`, "#### %s", "<answer>%s</answer>"}
	letters := rapid.StringMatching("[A-J]")
	rapid.Check(t, func(t *rapid.T) {
		said, gold := letters.Draw(t, "said"), letters.Draw(t, "gold")
		spelled := said
		if rapid.Bool().Draw(t, "lower") {
			spelled = strings.ToLower(said)
		}
		marked := fmt.Sprintf(rapid.SampledFrom(marks).Draw(t, "mark"), spelled)
		completion := fmt.Sprintf(rapid.SampledFrom(forms).Draw(t, "form"), marked)
		got := choice{}.Verify(completion, false, gold)
		if !got.Outcome.IsLabel() || (got.Outcome == feedbackgen.Pass) != (said == gold) || got.Answer != said {
			t.Fatalf("%q against %q: %+v", completion, gold, got)
		}
	})
}
