package selfplay

import (
	"slices"
	"strings"
	"testing"

	"github.com/samber/lo"
	"pgregory.net/rapid"
)

// A document is shared out whole, in order, and the same way every time.
func TestPartsMakeTheDocument(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		document := rapid.StringOf(rapid.SampledFrom([]rune("aé .\n\n\r\t"))).Draw(t, "document")
		n := rapid.IntRange(1, 6).Draw(t, "n")
		all := parts(document, n)
		if len(all) != n {
			t.Fatalf("%d parts", len(all))
		}
		if got, want := strings.Fields(strings.Join(all, " ")), strings.Fields(document); !slices.Equal(got, want) {
			t.Fatalf("%q has the parts %q", document, all)
		}
		for _, part := range all {
			if !strings.Contains(plainSpace(document), plainSpace(part)) {
				t.Fatalf("%q is not in the document", part)
			}
		}
		if again := parts(document, n); !slices.Equal(again, all) {
			t.Fatalf("%q, and then %q", all, again)
		}
	})
}

func plainSpace(text string) string { return strings.Join(strings.Fields(text), " ") }

// No part of a document of many words is empty, however its paragraphs lie: there is something to ask about.
func TestPartsHoldSomething(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lengths := rapid.SliceOfN(rapid.SampledFrom([]int{0, 1, 3, 40, 400}), 1, 9).Draw(t, "paragraphs")
		document := strings.Join(lo.Map(lengths, func(words, _ int) string {
			return strings.TrimSpace(strings.Repeat("word ", words))
		}), "\n\n")
		if len(strings.Fields(document)) < 40 {
			return
		}
		if all := parts(document, levels); slices.Contains(all, "") {
			t.Fatalf("paragraphs of %v words make parts of %v bytes", lengths, lo.Map(all, func(p string, _ int) int { return len(p) }))
		}
	})
}

const fact = "The mill of Arn grinds 14 sacks a day, and 9 in winter."

// Whatever a challenger replies, it is turned down for one of the known reasons, or it keeps all bounds
// and its quote stands in the document.
func FuzzReadGrounded(f *testing.F) {
	good := `{"task":"How many sacks a day does the mill of Arn grind in winter?","answer":"9 sacks","quote":"` + fact + `","rubrics":["It says 9 sacks."]}`
	for _, reply := range []string{
		good, "```json\n" + good + "\n```", "``````", "```", good + good, good + "]", "[" + good + "]", strings.Replace(good, "task", "Task", 1),
		strings.Replace(good, `"rubrics":["It`, `"rubrics":["","It`, 1), strings.Replace(good, "9 sacks\"", "\xff\"", 1), "null", "{}", `{"task":null}`,
		strings.Replace(good, "winter?", `winter? The answer is 9 sacks.`, 1), strings.Replace(good, "mill of", `mill\n\tof`, 2), strings.Replace(good, "9 sacks", `\ud800`, 1),
	} {
		f.Add(reply, "It is known.\n\n"+fact+"\n")
	}
	f.Fuzz(func(t *testing.T, reply, document string) {
		task, invalid := readGrounded(reply, document)
		if again, reason := readGrounded(reply, document); reason != invalid || again.text != task.text {
			t.Fatal("read again, it is another")
		}
		if invalid != "" {
			if !slices.Contains([]string{unreadable, noRubric, unquoted, told}, invalid) {
				t.Fatalf("turned down as %q", invalid)
			}
			return
		}
		for name, text := range map[string]struct {
			text        string
			least, most int
		}{"task": {task.text, 1, longestProblem}, "answer": {task.truth, 1, longestAnswer}, "quote": {task.quote, shortestQuote, longestQuote}} {
			if n := len(text.text); n < text.least || n > text.most || strings.TrimSpace(text.text) != text.text {
				t.Fatalf("the %s has %d bytes: %q", name, n, text.text)
			}
		}
		if len(task.rubrics) == 0 || len(task.rubrics) > mostRubrics || len(lo.Uniq(task.rubrics)) != len(task.rubrics) {
			t.Fatalf("rubrics %q", task.rubrics)
		}
		for _, r := range task.rubrics {
			if r == "" || len(r) > longestRubric || strings.ContainsAny(r, "\n\r") {
				t.Fatalf("a rubric of %d bytes: %q", len(r), r)
			}
		}
		if !strings.Contains(plainSpace(document), task.quote) {
			t.Fatalf("%q is not in %q", task.quote, document)
		}
	})
}

// A confidence is a share, whatever surrounds it; the last one said counts.
func FuzzConfidenceIn(f *testing.F) {
	for _, text := range []string{"", "Confidence: 80%", "confidence: **7.5** %", "Confidence: 101%", "Confidence: 1000%", "Confidence: -5%", "Confidence: 5.", "Confidence: 9%\nConfidence: 40%"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if confidence, stated := confidenceIn(text); stated && !(0 <= confidence && confidence <= 1) {
			t.Fatalf("%q states %v", text, confidence)
		}
		if confidence, stated := confidenceIn(text + "\nConfidence: 25%"); !stated || confidence != 0.25 {
			t.Fatalf("after %q, 25%% is %v, %v", text, confidence, stated)
		}
	})
}

func TestConfidenceIn(t *testing.T) {
	for text, want := range map[string]float64{
		"Confidence: 80%": .8, "**Confidence:** 80 %": .8, "confidence: 7.5%": .075, "Confidence: 9%\nConfidence: 40%\nThe answer is 3.": .4, "Confidence: 0%": 0, "Confidence: 100%": 1,
		"Confidence: 101%": -1, "Confidence: 1000%": -1, "Confidence: -5%": -1, "Confidence: high": -1, "80%": -1, "": -1,
	} {
		got, stated := confidenceIn(text)
		if !stated {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
