package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/run"
)

// tableWidth is how wide a table is, in columns: a terminal's usual width.
const tableWidth = 80

// writeSummary prints what a run has come to: its result first, then what guards and measures say of it,
// then the counts behind it, and last what wants attention.
func writeSummary(w io.Writer, dir string, s run.Summary) error {
	var t table
	t.row(0, "problems", int64(s.Problems.Total), "")
	for _, part := range []struct {
		name string
		n    int
		note string
	}{
		{"done", s.Problems.Done, ""},
		{"failed", s.Problems.Failed, "refused for good"},
		{"suspended", s.Problems.Suspended, "the same command tries them again"},
		{"pending", s.Problems.Pending, "the same command goes on with them"},
	} {
		if part.n > 0 {
			t.row(1, part.name, int64(part.n), part.note)
		}
	}
	t.row(0, "calls", s.Usage.Calls, fmt.Sprintf("%s tokens in, %s out", short(s.Usage.PromptTokens), short(s.Usage.Tokens)))
	for _, role := range slices.Sorted(maps.Keys(s.Others)) {
		p := s.Others[role].Policy
		fmt.Fprintf(&t.text, "role %-25s %9s  played by %s (%s)\n", role, "", p.Model, p.Backend)
	}
	t.section("Records in " + dir)
	for _, kind := range feedbackgen.Kinds() {
		if n := s.Records[kind.Kind()]; n > 0 {
			t.row(0, string(kind.Kind())+".jsonl", int64(n), "")
		}
	}
	t.row(0, run.DroppedFile, int64(s.Dropped), "refused by guards, with reasons")
	t.guards(s.Guards, s.GuardsOff)
	t.counts(s.Counts)
	if all := advice(s.Counts); len(all) > 0 {
		t.section("What to change")
		for _, text := range all {
			t.wrap("", text)
		}
	}
	if s.Broken != nil {
		t.section("The verifier's check broke")
		t.note(fmt.Sprintf("%d times, in %d of the problems; what it was to judge counts as invalid, as check_failed. First in problem %s: %s",
			s.Broken.Times, s.Broken.Problems, s.Broken.First, s.Broken.Fault))
	}
	if len(s.Failures) > 0 {
		t.section("Problems without a result")
	}
	for _, f := range s.Failures {
		t.wrap("", fmt.Sprintf("%s %s: %s", f.Status, f.Problem, f.Reason))
	}
	_, err := io.WriteString(w, t.text.String())
	return err
}

// table is rows of counts, in sections.
type table struct{ text strings.Builder }

func (t *table) section(title string) { fmt.Fprintf(&t.text, "\n%s\n", title) }

func (t *table) row(depth int, name string, n int64, note string) {
	line := fmt.Sprintf("%-30s %9d", strings.Repeat("  ", depth)+name, n)
	if note != "" {
		line += "  " + note
	}
	t.text.WriteString(line + "\n")
}

// note is a text about the row above it.
func (t *table) note(text string) { t.wrap("  ", text) }

// wrap writes a text in as many lines as it takes. Spaces within a line stay: notes may be aligned.
func (t *table) wrap(indent, text string) {
	for {
		line, room := text, tableWidth-len(indent)
		if runes := []rune(text); len(runes) > room {
			if at := strings.LastIndexByte(string(runes[:room+1]), ' '); at > 0 {
				line = text[:at]
			}
		}
		t.text.WriteString(indent + strings.TrimRight(line, " ") + "\n")
		text = strings.TrimLeft(text[len(line):], " ")
		if text == "" {
			return
		}
		indent = "    "
	}
}

// guards shows what guards refused and said. Of those that refused nothing and say nothing only the name
// is told, and how many records they judged; what only measures has nothing to refuse.
func (t *table) guards(reports []guard.Report, off []string) {
	var silent []string
	t.section("Guards and measures")
	for _, g := range reports {
		switch {
		case g.Refused > 0:
			t.row(0, "dropped by "+g.Name, g.Refused, fmt.Sprintf("of %d judged", g.Judged))
		case len(g.Notes) > 0:
			t.text.WriteString(g.Name + "\n")
		default:
			silent = append(silent, fmt.Sprintf("%s (of %d)", g.Name, g.Judged))
		}
		for _, code := range slices.Sorted(maps.Keys(g.Codes)) {
			t.row(1, strings.ReplaceAll(code, "_", " "), g.Codes[code], "")
		}
		for _, note := range g.Notes {
			t.note(note)
		}
	}
	if len(silent) > 0 {
		t.wrap("", "nothing dropped by "+list(silent))
	}
	if len(off) > 0 {
		t.wrap("", "guards turned off: "+list(off))
	}
}

// countsOfBaselines begin the names of counts that are a search's once more.
const countsOfBaselines = "baseline_"

// counts shows counts by name. Where names are nested, parts stand below their sum. Those of a baseline
// are told by its comparison.
func (t *table) counts(counts feedbackgen.Counts) {
	if len(counts) == 0 {
		return
	}
	t.section("Before the guards")
	folded := 0
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if strings.HasPrefix(name, countsOfBaselines) {
			folded++
			continue
		}
		parts := strings.Split(name, ".")
		if counts[name] > 0 || len(parts) == 1 {
			t.row(len(parts)-1, strings.ReplaceAll(parts[len(parts)-1], "_", " "), counts[name], "")
		}
	}
	if folded > 0 {
		t.wrap("", fmt.Sprintf("%d counts of the baseline are in report.json", folded))
	}
}
