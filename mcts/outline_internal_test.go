package mcts

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/mattn/go-runewidth"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
)

func outlined(t interface{ Fatal(...any) }, o Outline) (text string, left int) {
	var b strings.Builder
	left, err := o.Write(&b)
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), left
}

func TestAnOutlineShowsTheTree(t *testing.T) {
	pair := func(chosen, rejected string) feedbackgen.Preference {
		return feedbackgen.Preference{Feedback: feedbackgen.PreferenceFeedback{Chosen: feedbackgen.Side{Node: chosen}, Rejected: feedbackgen.Side{Node: rejected}}}
	}
	o := Outline{
		Tree: feedbackgen.Tree{
			Prompt: feedbackgen.Conversation(feedbackgen.User("Sum?\nThink.")),
			Nodes: []feedbackgen.TreeNode{
				{Path: "0", Parent: -1, Visits: 9, Passes: 5, Rollouts: 9, Value: 0.5},
				{Path: "0.0", Parent: 0, Step: "one\n", Visits: 6, Passes: 5, Rollouts: 6, Value: 0.75, Multiplicity: 6},
				{Path: "0.1", Parent: 0, Step: "one \x1b[31mone\nhalf", Visits: 3, Rollouts: 3, Value: 0.1, Multiplicity: 3},
				{Path: "0.0.0", Parent: 1, Step: "so 2", Visits: 5, Passes: 5, Rollouts: 5, Value: 1, Multiplicity: 5, Terminal: true, Outcome: feedbackgen.Pass, Answer: "2"},
				{Path: "0.0.1", Parent: 1, Step: "so 3", Visits: 1, Rollouts: 1, Multiplicity: 1, Terminal: true, Outcome: feedbackgen.Fail, Answer: "3"},
				{Path: "0.1.0", Parent: 2, Step: "well", Visits: 2, Value: 0.1, Multiplicity: 2, Terminal: true, Outcome: feedbackgen.Invalid},
				{Path: "0.1.1", Parent: 2, Step: "hm", Visits: 1, Value: 0.1, Multiplicity: 1, Terminal: true, Outcome: feedbackgen.Abstain, Answer: "1"},
			},
			Feedback: feedbackgen.TreeFeedback{Provenance: feedbackgen.Provenance{Problem: "p"}},
		},
		Pairs: []feedbackgen.Preference{pair("0.0.0", "0.0.1"), pair("0.0", "0.1")},
		Values: []feedbackgen.Value{
			{Feedback: feedbackgen.ValueFeedback{Provenance: feedbackgen.Provenance{Node: "0.0"}, Low: 0.42, High: 0.96}},
		},
	}
	text, left := outlined(t, o)
	want := `problem p
  Sum?⏎Think.
  value .50, right in 5 of 9 draws, 6 steps

val. 95 %    right drawn  step
 .75 .42-.96   5/6     6  one +2
1.00           5/5     5    so 2 [right: 2] +1
 .00           0/1     1    so 3 [wrong: 3] -1
 .10           0/3     3  one ?[31mone⏎half -2
 .10           0/0     2    well [invalid]
 .10           0/0     1    hm [not judged: 1]

+1, -1: chosen, rejected side of pair 1
`
	if text != want || left != 0 {
		t.Errorf("%d left out of\n%s\nwant\n%s", left, text, want)
	}

	o.Steps = 3
	text, left = outlined(t, o)
	if left != 3 || !strings.Contains(text, "one +2 (1 more below)\n") || !strings.Contains(text, "half -2 (2 more below)\n") || strings.Contains(text, "so 3") {
		t.Errorf("%d left out of\n%s", left, text)
	}
}

// A chain of a thousand steps stays within its lines, and each step says how deep it stands.
func TestDeepStepsSayTheirDepth(t *testing.T) {
	o := Outline{Tree: feedbackgen.Tree{Nodes: []feedbackgen.TreeNode{{Path: "0", Parent: -1}}}}
	for i := range 1000 {
		o.Tree.Nodes = append(o.Tree.Nodes, feedbackgen.TreeNode{Parent: i, Step: "a step of some words", Visits: 1})
	}
	text, _ := outlined(t, o)
	if !strings.Contains(text, "  (1000) a step of some words\n") {
		t.Errorf("the last step's depth is not told: %q", text[len(text)-100:])
	}
}

// Whatever a tree is like, every line fits the width, nothing that a terminal obeys is printed, and steps shown
// and left out add up; with all steps shown each has a line of its own.
func TestOutlinesFitTheirWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z .]{0,200}`), rapid.StringMatching(`[一-十あ-ん🙂👍🏽é\n\t\x1b]{0,60}`))
		count := rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(0, 1<<40))
		outcome := rapid.SampledFrom([]feedbackgen.Outcome{feedbackgen.Pass, feedbackgen.Fail, feedbackgen.Abstain, feedbackgen.Invalid, feedbackgen.Error, "\x1b"})
		o := Outline{Width: rapid.IntRange(0, 200).Draw(t, "width"), Steps: rapid.IntRange(0, 30).Draw(t, "steps")}
		o.Tree.Feedback.Problem = text.Draw(t, "problem")
		o.Tree.Prompt = feedbackgen.Conversation(feedbackgen.User(text.Draw(t, "prompt")))
		nodes := rapid.IntRange(0, 60).Draw(t, "nodes")
		straight := rapid.Bool().Draw(t, "straight")
		node := func(label string) string { return fmt.Sprint("n", rapid.IntRange(0, max(nodes-1, 0)).Draw(t, label)) }
		for i := range nodes {
			parent := i - 1
			if !straight {
				parent = rapid.IntRange(-2, 70).Draw(t, "parent")
			}
			o.Tree.Nodes = append(o.Tree.Nodes, feedbackgen.TreeNode{
				Path: fmt.Sprint("n", i), Parent: parent, Step: text.Draw(t, "step"), Visits: count.Draw(t, "visits"),
				Passes: count.Draw(t, "passes"), Rollouts: count.Draw(t, "rollouts"), Multiplicity: count.Draw(t, "drawn"),
				Value:    feedbackgen.Real(rapid.Float64Range(0, 1).Draw(t, "value")),
				Terminal: rapid.Bool().Draw(t, "terminal"), Outcome: outcome.Draw(t, "outcome"), Answer: text.Draw(t, "answer"),
			})
		}
		for range rapid.IntRange(0, 20).Draw(t, "pairs") {
			var p feedbackgen.Preference
			p.Feedback.Chosen.Node, p.Feedback.Rejected.Node = node("chosen"), node("rejected")
			o.Pairs = append(o.Pairs, p)
		}
		for range rapid.IntRange(0, 4).Draw(t, "values") {
			var v feedbackgen.Value
			v.Feedback.Node, v.Feedback.High = node("valued"), 1
			o.Values = append(o.Values, v)
		}

		written, left := outlined(t, o)
		width := max(o.Width, 40)
		if o.Width == 0 {
			width = 80
		}
		narrow := runewidth.Condition{StrictEmojiNeutral: true}
		for line := range strings.Lines(written) {
			line = strings.TrimSuffix(line, "\n")
			if n := narrow.StringWidth(line); n > width {
				t.Fatalf("%d columns of %d: %q", n, width, line)
			}
			if strings.ContainsFunc(line, unicode.IsControl) {
				t.Fatalf("control characters in %q", line)
			}
		}
		steps := strings.Split(written, "\n\n")[1] // below the head, with the names of the columns
		shown := len(strings.Split(strings.TrimSuffix(steps, "\n"), "\n")) - 1
		all := max(nodes, 1) - 1
		if shown+left != all || o.Steps == 0 && left != 0 || o.Steps > 0 && shown > o.Steps {
			t.Fatalf("%d shown and %d left out of %d, with at most %d to show:\n%s", shown, left, all, o.Steps, written)
		}
	})
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestAnOutlineThatCannotBeWrittenIsAnError(t *testing.T) {
	if _, err := (Outline{}).Write(full{}); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
}
