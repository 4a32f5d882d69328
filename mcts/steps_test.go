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
	for _, rule := range []string{"", "lines", "tokens", "tokens:0", "tokens:x", "regex:", "regex:("} {
		if _, err := ParseStep(rule); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%q: error %v, want bad input", rule, err)
		}
	}
}

// Whatever the rule and the text, the steps make up the text, and none but a lone one is blank.
func TestStepsConcatenateToTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := rapid.SampledFrom([]string{"line", "paragraph", "sentence", "tokens:3", "regex:b|\n"}).Draw(t, "rule")
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
