package mcts

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

func texts(steps []feedbackgen.Step) []string {
	all := make([]string, len(steps))
	for i, s := range steps {
		all[i] = s.Text
	}
	return all
}

func TestStepRules(t *testing.T) {
	tokens := func(parts ...string) backends.Sample {
		s := backends.Sample{Text: strings.Join(parts, ""), Tokens: len(parts)}
		for _, part := range parts {
			s.Logprobs = append(s.Logprobs, backends.TokenLogprob{Token: part, Logprob: -1})
		}
		return s
	}
	for name, test := range map[string]struct {
		rule   string
		sample backends.Sample
		want   []string
	}{
		"lines":                        {"line", backends.Sample{Text: "a b\nc\n\nd"}, []string{"a b\n", "c\n\n", "d"}},
		"a last newline ends no step":  {"line", backends.Sample{Text: "a\nb\n"}, []string{"a\n", "b\n"}},
		"blank lines belong before":    {"line", backends.Sample{Text: "\n\na\n \nb"}, []string{"\n\na\n \n", "b"}},
		"paragraphs":                   {"paragraph", backends.Sample{Text: "a\nb\n\nc"}, []string{"a\nb\n\n", "c"}},
		"sentences keep decimals":      {"sentence", backends.Sample{Text: "It is 3.5 km. Then 2! So \"5.\" Yes"}, []string{"It is 3.5 km. ", "Then 2! ", "So \"5.\" ", "Yes"}},
		"a rule of one's own":          {`regex:;\s*`, backends.Sample{Text: "a; b;c"}, []string{"a; ", "b;", "c"}},
		"a rule that never matches":    {"regex:ZZZ", backends.Sample{Text: "a\nb"}, []string{"a\nb"}},
		"tokens as the server cuts":    {"tokens:2", tokens("It", " is", " 4", ".", "!"), []string{"It is", " 4.", "!"}},
		"tokens guessed without them":  {"tokens:2", backends.Sample{Text: "aaaa bbbb cccc dddd", Tokens: 4}, []string{"aaaa bbbb", " cccc dddd"}},
		"a text that ends steps":       {`stop:.;`, backends.Sample{Text: "a.;b.c;d.;e"}, []string{"a.;", "b.c;d.;", "e"}},
		"with line ends and tabs":      {`stop:\n\t`, backends.Sample{Text: "a\nb\n\tc"}, []string{"a\nb\n\t", "c"}},
		"with backslashes":             {`stop:\\n`, backends.Sample{Text: "a\nb\\nc"}, []string{"a\nb\\n", "c"}},
		"with colons, and no pattern":  {"stop::.*", backends.Sample{Text: "a: b:.*c"}, []string{"a: b:.*", "c"}},
		"a stop of no text at all":     {"stop:\xff", backends.Sample{Text: "a\xffb"}, []string{"a\xff", "b"}},
		"nothing is one empty step":    {"line", backends.Sample{Text: ""}, []string{""}},
		"one character is never split": {"tokens:1", tokens("a", "\xe2", "\x82\xac", "b"), []string{"a", "€", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			split, err := ParseStep(test.rule)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, texts(split(test.sample))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBadStepRulesAreTheUsersToMend(t *testing.T) {
	for _, rule := range []string{"", "lines", "tokens", "tokens:0", "tokens:x", "regex:", "regex:(", "stop", "stop:", "entropy:", "entropy:0", "entropy:-1", "entropy:x", "entropy:inf", "entropy:nan"} {
		if _, err := ParseStep(rule); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%q: error %v, want bad input", rule, err)
		}
	}
}

// Whatever the rule and the text, the steps make up the text, and none but a lone one is blank.
func TestStepsConcatenateToTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := rapid.SampledFrom([]string{"line", "paragraph", "sentence", "tokens:3", "regex:b|\n", "stop:b", `stop:\n`}).Draw(t, "rule")
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab. \n\t!€5")), 0, 60, -1).Draw(t, "text")
		split, err := ParseStep(rule)
		if err != nil {
			t.Fatal(err)
		}
		steps := split(backends.Sample{Text: text, Tokens: len(text) / 4})
		if got := strings.Join(texts(steps), ""); got != text {
			t.Fatalf("steps of %q make up %q", text, got)
		}
		for _, s := range steps {
			if len(steps) > 1 && strings.TrimSpace(s.Text) == "" {
				t.Fatalf("a blank step in %q", texts(steps))
			}
		}
	})
}

// Steps that are listed without the blanks at their ends, and joined again by the rule's separator, are
// the solution they were cut from, but for the blanks at its end.
func TestTheSeparatorJoinsListedSteps(t *testing.T) {
	for _, rule := range []string{"line", "sentence", "regex:b", "tokens:2", "entropy:1", "stop:b", `stop:\n`, `stop:\n\n`, `stop:;\n`, `stop:. `, "stop:\u00a0"} {
		rapid.Check(t, func(t *rapid.T) {
			split, err := ParseStep(rule)
			if err != nil {
				t.Fatal(err)
			}
			// Without blanks in a row, of which the rules above keep one, and without blanks first.
			words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", ".", ";", "\u00a0c"}), 1, 12).Draw(t, "words")
			text := strings.Join(words, rapid.SampledFrom([]string{"", "\n", "\n\n", " "}).Draw(t, "between"))
			if rule == "line" && strings.Contains(text, "\n\n") || rule == "sentence" && strings.Contains(text, "\n") {
				return // one of several separators stands for all of them
			}
			listed := texts(split(backends.Sample{Text: text}))
			if separator(rule) != "" {
				for i := range listed {
					listed[i] = strings.TrimRight(listed[i], blanks)
				}
			}
			if got := strings.Join(listed, separator(rule)); got != strings.TrimRight(text, blanks) && got != text {
				t.Fatalf("%s: %q, joined by %q, is %q", rule, listed, separator(rule), got)
			}
		})
	}
}
