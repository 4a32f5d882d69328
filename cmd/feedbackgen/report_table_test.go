package main

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/run"
)

// What was written comes before the counts behind it, and a baseline's counts do not bury it.
func TestTheResultComesFirst(t *testing.T) {
	var text strings.Builder
	err := writeSummary(&text, "out", run.Summary{
		Problems: run.Problems{Total: 2, Done: 1, Failed: 1},
		Counts:   feedbackgen.Counts{"baseline_steps": 7, "baseline_steps.new": 7, "steps": 5, "steps.new": 5},
		Records:  map[feedbackgen.Kind]int{feedbackgen.KindPreference: 3},
		Guards: []guard.Report{
			{Name: "leak", Judged: 4},
			{Name: "shortcut", Judged: 3, Refused: 2, Codes: feedbackgen.Counts{"wrong_step": 2}},
			{Name: "best-of-n", Judged: 1, Notes: []string{"search: 10 tokens"}},
		},
		Failures: []run.Failure{{Problem: "p2", Status: "failed", Reason: "too long"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for _, want := range []string{
		"preferences.jsonl", "dropped by shortcut", "wrong step", "\nbest-of-n\n", "nothing dropped by leak (of 4)", "\nsteps", "2 counts of the baseline", "failed p2: too long",
	} {
		next := strings.Index(text.String(), want)
		if next <= at {
			t.Fatalf("%q is missing or out of place in\n%s", want, text.String())
		}
		at = next
	}
	if strings.Contains(text.String(), "dropped by best-of-n") {
		t.Error("what measures is said to drop")
	}
}

// What a dry run says of its numbers, and why problems failed, fits a terminal, too.
func TestTextsFitATerminal(t *testing.T) {
	var text strings.Builder
	long := strings.Repeat("the prompt does not fit; ", 8)
	err := errors.Join(
		writeEstimate(&text, estimate{NotCounted: notCounted, Roles: []roleEstimate{{Role: "imagined: continuations"}, {Role: "baseline"}}}),
		writeSummary(&text, "out", run.Summary{Failures: []run.Failure{{Problem: "p2", Status: "failed", Reason: long}}}))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(text.String()) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > tableWidth {
			t.Errorf("%d columns: %q", n, line)
		}
	}
}

// Solutions that cannot be judged are told with a remedy, unless they are few or a baseline's.
func TestLostSolutionsAreToldWithARemedy(t *testing.T) {
	text := func(counts feedbackgen.Counts) string {
		var text strings.Builder
		if err := writeSummary(&text, "out", run.Summary{Counts: counts}); err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(text.String()), " ")
	}
	lost := text(feedbackgen.Counts{
		"rollouts": 532, "rollouts.invalid.truncated": 180, "rollouts.invalid.unparsed": 3,
		"answers": 10, "answers.invalid.unparsed": 1,
		"baseline_rollouts": 10, "baseline_rollouts.invalid.truncated": 9,
	})
	for _, want := range []string{
		"What to change 1 of 10 answers hold no answer that can be read: see whether prompt", "180 of 532 rollouts ran into the token limit: raise --max-tokens",
	} {
		if !strings.Contains(lost, want) {
			t.Errorf("no %q in %s", want, lost)
		}
	}
	for _, not := range []string{"3 of 532", "9 of 10"} {
		if strings.Contains(lost, not) {
			t.Errorf("%q in %s", not, lost)
		}
	}
	if few := text(feedbackgen.Counts{"rollouts": 532, "rollouts.invalid.truncated": 3}); strings.Contains(few, "What to change") {
		t.Error(few)
	}
}

// Tasks that cannot be used, or were never written, are told with a remedy; of the former some are always lost.
func TestLostTasksAreToldWithARemedy(t *testing.T) {
	for name, tt := range map[string]struct {
		counts feedbackgen.Counts
		want   string // "" for no advice
	}{
		"unreadable":      {feedbackgen.Counts{"tasks": 24, "tasks.invalid": 24, "tasks.invalid.unreadable": 24}, "24 of 24 tasks are not in the form"},
		"made-up proofs":  {feedbackgen.Counts{"tasks": 24, "tasks.invalid": 9, "tasks.invalid.not_quoted": 9}, "9 of 24 tasks quote a proof"},
		"never written":   {feedbackgen.Counts{"tasks": 48, "tasks.not_written": 6}, "6 of 48 tasks were not written"},
		"a bad judge":     {feedbackgen.Counts{"alarms": 1, "alarms.judge": 1}, "--judge rule"},
		"abacus as it is": {feedbackgen.Counts{"tasks": 288, "tasks.invalid": 79, "tasks.invalid.not_whole": 63, "tasks.invalid.ill_formed": 3, "tasks.not_written": 0, "alarms": 0}, ""},
		"somebody else's": {feedbackgen.Counts{"imagined": 10, "imagined.invalid": 10, "imagined.invalid.duplicate": 10}, ""},
	} {
		all := advice(tt.counts)
		if tt.want == "" && len(all) > 0 || tt.want != "" && (len(all) != 1 || !strings.Contains(all[0], tt.want)) {
			t.Errorf("%s: %q, want one with %q", name, all, tt.want)
		}
	}
}

// A note keeps its words and fits a terminal as far as its words do.
func TestNotesFitATerminal(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[a-zé]{1,90}`), 1, 40).Draw(rt, "words")
		var tab table
		tab.note(strings.Join(words, " "))
		for line := range strings.Lines(tab.text.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > tableWidth && len(strings.Fields(line)) > 1 {
				rt.Errorf("%d columns: %q", n, line)
			}
		}
		if got := strings.Fields(tab.text.String()); strings.Join(got, " ") != strings.Join(words, " ") {
			rt.Errorf("%q became %q", words, got)
		}
	})
}
