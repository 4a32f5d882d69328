package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/shortcut"
)

// share is a count out of a total.
type share struct{ count, total int }

func (s share) rate() float64 { return float64(s.count) / float64(s.total) }

func (s *share) add(counts bool) {
	s.total++
	if counts {
		s.count++
	}
}

// table is how well the screen does on generated groups.
type table struct {
	// recall of planted shortcuts by kind: found, as that kind.
	recall map[shortcut.Kind]*share
	// alarms among honest right answers by format, and by format and kind.
	alarms map[string]*share
	byKind map[string]map[shortcut.Kind]int
}

// measure screens groups from a generator.
func measure(generate func(*rand.Rand) group, seed uint64, groups int, each func(group, shortcut.Verdict)) table {
	r := rand.New(rand.NewPCG(seed, 4))
	t := newTable()
	for range groups {
		g := generate(r)
		rollouts := make([]shortcut.Rollout, len(g.Rollouts))
		for i, l := range g.Rollouts {
			rollouts[i] = l.Rollout
		}
		verdict := shortcut.Screen(g.Prompt, rollouts)
		each(g, verdict)
		for i, l := range g.Rollouts {
			t.count(l, verdict.Judgements[i])
		}
	}
	return t
}

// newTable is a table of nothing.
func newTable() table {
	return table{map[shortcut.Kind]*share{}, map[string]*share{}, map[string]map[shortcut.Kind]int{}}
}

func (t table) count(l labelled, j shortcut.Judgement) {
	switch {
	case l.Outcome != feedbackgen.Pass:
	case l.Planted != "":
		if t.recall[l.Planted] == nil {
			t.recall[l.Planted] = &share{}
		}
		t.recall[l.Planted].add(j.Has(l.Planted))
	default:
		if t.alarms[l.Class] == nil {
			t.alarms[l.Class], t.byKind[l.Class] = &share{}, map[shortcut.Kind]int{}
		}
		t.alarms[l.Class].add(j.Suspect())
		for _, f := range j.Findings {
			t.byKind[l.Class][f.Kind]++
		}
	}
}

// print writes the table for people.
func (t table) print(w io.Writer, title string) error {
	var text strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&text, format, args...) }
	say("%s\n\nplanted\tfound\tof\trecall\n", title)
	for _, kind := range shortcut.Kinds {
		if s := t.recall[kind]; s != nil {
			say("%s\t%d\t%d\t%.4f\n", kind, s.count, s.total, s.rate())
		}
	}
	say("\nhonest, right\tflagged\tof\trate")
	for _, kind := range shortcut.Kinds {
		say("\t%s", kind)
	}
	for _, format := range slices.Sorted(maps.Keys(t.alarms)) {
		s := t.alarms[format]
		say("\n%s\t%d\t%d\t%.4f", format, s.count, s.total, s.rate())
		for _, kind := range shortcut.Kinds {
			say("\t%d", t.byKind[format][kind])
		}
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, err := fmt.Fprintf(tw, "%s\n\n", text.String())
	return errors.Join(err, tw.Flush())
}
