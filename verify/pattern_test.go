package verify

import (
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
)

func TestPattern(t *testing.T) {
	const pass, fail, invalid = feedbackgen.Pass, feedbackgen.Fail, feedbackgen.Invalid
	for _, c := range []struct {
		pattern, completion, gold string
		outcome                   feedbackgen.Outcome
	}{
		{`Result: (\w+)`, "Result: a Result: Blue", "blue", pass},
		{`\d+`, "12 and 345", "345", pass},
		{`yes`, "well, yes", "", pass},
		{`(?i)x=(\d)|y=(\d)`, "X=1 y=2", "2", pass},
		{`^\d`, "345", "3", pass},
		{`\d+`, "12 and 345", "12", fail},
		{`yes`, "no", "", invalid},
		{`\d+`, "none", "5", invalid},
		{`\d+`, "<think>5", "5", invalid},
		{`\d+`, "5", "...", invalid},
		{`(?s).+`, strings.Repeat("long ", 300), "", invalid},
		{`\w`, strings.Repeat("a", 100_000), "a", invalid},
	} {
		v, err := New("regex:" + c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.Verify(c.completion, false, c.gold); got.Outcome != c.outcome {
			t.Errorf("%s on %.60q against %q: %+v, want %s", c.pattern, c.completion, c.gold, got, c.outcome)
		}
		if v.Name() != "regex:"+c.pattern {
			t.Errorf("its name is %q", v.Name())
		}
	}
}

func TestBadPatternsAreRefusedWithAHint(t *testing.T) {
	for pattern, want := range map[string]string{
		"":        "write one after the colon",
		"(":       "RE2",
		`(?=x)`:   "RE2",
		`.*`:      "everything would pass",
		`(a|b)\1`: "RE2",
	} {
		if _, err := New("regex:" + pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}
