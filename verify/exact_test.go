package verify

import (
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
)

func TestExact(t *testing.T) {
	const pass, fail, invalid = feedbackgen.Pass, feedbackgen.Fail, feedbackgen.Invalid
	for _, c := range []struct {
		completion, gold string
		outcome          feedbackgen.Outcome
	}{
		{"Paris", "paris", pass},
		{" **Paris.** ", "Paris", pass},
		{"New\t York", "new york", pass},
		{"The answer is Paris.", "Paris", pass},
		{`The answer is "Paris."`, "Paris", pass},
		{"The answer is “Paris”.", "Paris", pass},
		{"The answer is Paris. It is the capital of France.", "Paris", pass},
		{"The answer is St. Louis. It is big.", "St. Louis", pass},
		{"The answer is J. K. Rowling.", "J. K. Rowling", pass},
		{"The answer is example.com!", "example.com", pass},
		{"Thinking...\n**Final answer:** *Paris*\n", "Paris", pass},
		{`\boxed{\text{Paris}}`, "Paris", pass},
		{`\boxed{x^2 + 1}`, "$x^2 + 1$", pass},
		{"It is a city.\n#### Paris", "Paris", pass},
		{"<answer>\nParis\n</answer>", "Paris", pass},
		{"The answer is unknown.", "unknown", pass},
		{"The answer is: it cannot be determined", "It cannot be determined.", pass},
		{"C++", "C++", pass},

		{"London", "Paris", fail},
		{"I think it is Paris", "Paris", fail},
		{"The answer is not Paris", "Paris", fail},
		{"The answer is Paris or London", "Paris", fail},
		{"The answer is Paris, London, Rome", "Rome", fail},
		{"Paris #### London", "Paris", fail},
		{"the Paris", "Paris", fail},
		{"C", "C++", fail},

		{"", "Paris", invalid},
		{"Paris\nParis", "Paris", invalid},
		{"#### Paris\nis the capital", "Paris", invalid},
		{"I don't know", "Paris", invalid},
		{"The answer is unknown.", "Paris", invalid},
		{`\boxed{Paris} or \boxed{London}`, "London", invalid},
		{"The answer is " + strings.Repeat("Paris ", 300), "Paris", invalid},
		{"Paris", "", invalid},
		{"Paris", "...", invalid},
	} {
		if got := (exact{}).Verify(c.completion, false, c.gold); got.Outcome != c.outcome {
			t.Errorf("%.60q against %q: %+v, want %s", c.completion, c.gold, got, c.outcome)
		}
	}
}
