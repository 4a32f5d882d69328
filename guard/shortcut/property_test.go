package shortcut_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/shortcut"
)

// anyRollouts draws groups of texts that look a little like solutions.
func anyRollouts(t *rapid.T) []shortcut.Rollout {
	piece := rapid.SampledFrom([]string{
		"12", "36", "45", "50", " + ", " - ", "*", "/", " = ", "->", "\n", ". ", "The answer is ", "x", "(", ")", `\frac{`, "}",
		"%", " of ", "so ", "half", "three", "def f():", "print(", "50", "é", "数", "**", "- ", "1,000", "3.5", " wait ",
	})
	rollout := rapid.Custom(func(t *rapid.T) shortcut.Rollout {
		return shortcut.Rollout{
			Text:    strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(t, "text"), ""),
			Answer:  rapid.SampledFrom([]string{"50", "-5", "1/2", "B", "", "20%"}).Draw(t, "answer"),
			Outcome: rapid.SampledFrom(feedbackgen.Outcomes[:]).Draw(t, "outcome"),
			Class:   rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "class"),
		}
	})
	return rapid.SliceOfN(rollout, 0, 12).Draw(t, "rollouts")
}

// Whatever comes in, only passes are screened, and the counts of the verdict add up.
func TestCountsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rollouts := anyRollouts(t)
		v := shortcut.Screen(marbles, rollouts)
		passes, suspects := 0, 0
		clean := map[string]bool{}
		for i, r := range rollouts {
			j := v.Judgements[i]
			if j.Screened != (r.Outcome == feedbackgen.Pass) || j.Suspect() && !j.Screened {
				t.Fatalf("%s: %+v", r.Outcome, j)
			}
			if !j.Screened {
				continue
			}
			passes++
			if j.Suspect() {
				suspects++
			} else {
				clean[strings.TrimSpace(r.Text)] = true
			}
			at := -1
			for _, f := range j.Findings {
				if next := slices.Index(shortcut.Kinds[:], f.Kind); next <= at || f.Reason == "" {
					t.Fatalf("findings out of order, twice or without a reason: %+v", j.Findings)
				} else {
					at = next
				}
			}
		}
		if v.Successes != passes || v.Suspects != suspects || v.Independent != len(clean) {
			t.Fatalf("%d passes, %d suspects, %d texts: %+v", passes, suspects, len(clean), v)
		}
	})
}

// A judgement is about a rollout and what stands beside it, not about the order.
func TestOrderMakesNoDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rollouts := anyRollouts(t)
		want := shortcut.Screen(marbles, rollouts)
		slices.Reverse(rollouts)
		got := shortcut.Screen(marbles, rollouts)
		slices.Reverse(got.Judgements)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// A true equation is never a wrong step and always computes its result; a false one always is one.
func TestEquationsAreJudgedExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Range(2, 100_000).Draw(t, "a"), rapid.Int64Range(2, 1000).Draw(t, "b")
		op := rapid.SampledFrom([]string{"+", "-", "*", "×", "plus", "minus", "times"}).Draw(t, "op")
		equal := rapid.SampledFrom([]string{"=", "->", "=>", "is", "makes"}).Draw(t, "equal")
		var c int64
		switch op {
		case "+", "plus":
			c = a + b
		case "-", "minus":
			c = a - b
		default:
			c = a * b
		}
		off := rapid.Int64Range(-3, 3).Draw(t, "off")
		text := fmt.Sprintf("We have %d %s %d %s %d.\nThe answer is %d.", a, op, b, equal, c+off, c+off)
		if c+off < 0 {
			t.Skip("a sign before the result makes it no plain equation")
		}
		kinds := kindsOf(marbles, pass(text, fmt.Sprint(c+off)))
		want := []shortcut.Kind(nil)
		if off != 0 {
			want = []shortcut.Kind{shortcut.WrongStep}
		}
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Fatalf("%s: %s", text, diff)
		}
	})
}

// Repeating the last sentence of a clean solution often enough is always noticed.
func TestLoopsAreNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(10, 9999).Draw(t, "n")
		phrase := rapid.SliceOfN(rapid.StringMatching(`[b-h]{2,8}`), 2, 30).Draw(t, "phrase")
		text := fmt.Sprintf("%d + 7 = %d\n", n, n+7) + strings.Repeat(strings.Join(phrase, " ")+". ", rapid.IntRange(5, 40).Draw(t, "times"))
		if kinds := kindsOf(marbles, pass(text, fmt.Sprint(n+7))); !slices.Contains(kinds, shortcut.Repetition) {
			t.Fatalf("%q: %v", text, kinds)
		}
	})
}
