package judge

import (
	"strings"
	"testing"
)

func TestParseVerdicts(t *testing.T) {
	for _, tt := range []struct {
		reply string
		n     int
		want  string // "" is unreadable
	}{
		{`["yes","no"]`, 2, "yn"},
		{" [ \"Yes\" ,\n\"NO\" ]\n", 2, "yn"},
		{"```json\n[\"yes\"]\n```", 1, "y"},
		{"<think>\n1. yes\n</think>\n[\"no\"]", 1, "n"},
		{"1. yes\n2) No\n\n3: **yes**.", 3, "yny"},
		{"Yes.", 1, "y"},
		{"1. no", 1, "n"},
		{`["yes"]`, 2, ""},
		{`["yes","no","no"]`, 2, ""},
		{`["yes","maybe"]`, 2, ""},
		{`[true,false]`, 2, ""},
		{`[["yes","no"]]`, 1, ""},
		{`["\u0079es","no"]`, 2, ""},
		{`["yes","no"] ["yes","yes"]`, 2, ""},
		{"The answer quotes:\n1. yes\n2. yes", 2, ""},
		{"1. yes\n2. yes\nOverall: pass", 2, ""},
		{"2. yes\n1. no", 2, ""},
		{"1. yes\n1. no", 2, ""},
		{"yes\nno", 2, ""},
		{"yes", 2, ""},
		{"not yes", 1, ""},
		{"<think>[\"yes\"]", 1, ""},
		{"", 1, ""},
		{"1. yes " + strings.Repeat(" ", maxReply), 1, ""},
		{"[" + strings.Repeat("[", 5000), 1, ""},
	} {
		words, err := parseVerdicts(tt.reply, tt.n)
		got := ""
		for _, w := range words {
			got += map[bool]string{true: "y", false: "n"}[w.yes]
		}
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%.40q for %d: %q, %v; want %q", tt.reply, tt.n, got, err, tt.want)
		}
	}
}

// Whatever a judge writes, there are as many verdicts as rubrics or none, and each stands in the reply
// where it says.
func FuzzParseVerdicts(f *testing.F) {
	for _, seed := range []string{
		`["yes","no"]`, "1. yes\n2. no", "yes", "<think>x</think>```json\n[\"no\"]\n```", "1) **Yes**.\n\n2: \"no\"",
		"```\n1. yes\n```", `["yes", "yes`, "[]", "\x00\xff", "1. yes\r\n2. no\r\n", "``````", "```\n```", "<think></think>",
	} {
		for n := range 3 {
			f.Add(seed, n+1)
		}
	}
	f.Fuzz(func(t *testing.T, reply string, n int) {
		if n < 1 || n > MaxRubrics {
			return
		}
		words, err := parseVerdicts(reply, n)
		if err != nil {
			if words != nil {
				t.Fatalf("verdicts %v beside an error", words)
			}
			return
		}
		if len(words) != n {
			t.Fatalf("%d verdicts for %d rubrics", len(words), n)
		}
		last := 0
		for _, w := range words {
			if w.start < last || w.end > len(reply) || w.start > w.end {
				t.Fatalf("a word at %d to %d after one that ends at %d, in %d bytes", w.start, w.end, last, len(reply))
			}
			last = w.end
			if got := strings.ToLower(reply[w.start:w.end]); got != map[bool]string{true: "yes", false: "no"}[w.yes] {
				t.Fatalf("the word at %d is %q", w.start, got)
			}
		}
	})
}
