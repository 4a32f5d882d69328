package main

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/shortcut"
)

// What is claimed of the screen, on the generator that it was not tuned on.
func TestHeldOutRecallAndAlarms(t *testing.T) {
	for _, seed := range []uint64{1, 20261124} {
		got := measure(generateB, seed, 1000, func(group, shortcut.Verdict) {})
		for kind, floor := range map[shortcut.Kind]float64{shortcut.Guess: .95, shortcut.Repetition: .95, shortcut.Copy: .8} {
			if s := got.recall[kind]; s == nil || s.total < 500 || s.rate() < floor {
				t.Errorf("seed %d: %s: recall %v, want at least %v", seed, kind, s, floor)
			}
		}
		if len(got.alarms) != len(formatsB()) {
			t.Errorf("seed %d: right answers in %d formats of %d", seed, len(got.alarms), len(formatsB()))
		}
		for format, s := range got.alarms {
			if s.total < 500 || s.rate() > .02 {
				t.Errorf("seed %d: %s: %d alarms among %d honest right answers", seed, format, s.count, s.total)
			}
		}
	}
}

// A generator's groups depend on the seed alone, and it labels by what it did.
func TestGeneratorsRepeat(t *testing.T) {
	for name, generate := range map[string]func() []group{
		"A": func() []group { return collect(generateA) }, "B": func() []group { return collect(generateB) },
	} {
		first := generate()
		if diff := cmp.Diff(first, generate()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		for _, g := range first {
			for _, l := range g.Rollouts {
				if l.Planted != "" && l.Outcome != feedbackgen.Pass {
					t.Errorf("%s: a shortcut that does not pass: %+v", name, l)
				}
			}
		}
	}
}

func collect(generate func(*rand.Rand) group) []group {
	var groups []group
	measure(generate, 7, 50, func(g group, _ shortcut.Verdict) { groups = append(groups, g) })
	return groups
}

func TestRunIsJudgedByFormat(t *testing.T) {
	g := feedbackgen.Group{
		Prompt: feedbackgen.Text("Tom has 8 pens, buys 5 more and gives 3 away. How many are left?"),
		Completions: []feedbackgen.Content{
			feedbackgen.Conversation(feedbackgen.Assistant("8+5=13\n13-3=10\nThe answer is 10.")),
			feedbackgen.Conversation(feedbackgen.Assistant("8+5=14\n14-3=10\nThe answer is 10.")),
			feedbackgen.Conversation(feedbackgen.Assistant("8 plus 5 is 13, and 13 minus 3 is 11.")),
		},
		Feedback: feedbackgen.GroupFeedback{
			Provenance: feedbackgen.Provenance{Problem: "pens"}, Answers: []string{"10", "10", "11"},
			Outcomes: []feedbackgen.Outcome{feedbackgen.Pass, feedbackgen.Pass, feedbackgen.Fail},
		},
	}
	line, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := judgeRun(&out, strings.NewReader(string(line)+"\n"), 5, 1); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"in 0 at least 2", "equations", "0.5000", "--- pens: wrong_step: right by luck: it says 14 - 3 = 10, which is 11\n8+5=14"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}

	g.Feedback.Answers = nil
	line, err = json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"{", string(line)} {
		if err := judgeRun(&out, strings.NewReader(bad), 0, 1); err == nil || !strings.HasPrefix(err.Error(), "line 1: ") {
			t.Errorf("%.20s: %v", bad, err)
		}
	}
}
