package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/feedbackgen/feedbackgen/guard/format"
)

// found is how the classes that were found match the truth.
type found struct {
	model   format.Model
	summary format.Summary
	table   []map[string]int // by class, other at last: completions by truth
}

// find fits a model on completions and compares its classes with their true formats.
func find(drawn []completion) (found, error) {
	features := make([]format.Features, len(drawn))
	for i, c := range drawn {
		features[i] = format.Measure(c.text)
	}
	model, err := format.Fit(features, format.Default())
	if err != nil {
		return found{}, err
	}
	f := found{model: model, table: make([]map[string]int, model.Size())}
	for i := range f.table {
		f.table[i] = map[string]int{}
	}
	d := newDetector()
	var seen []format.Observation
	for i, c := range drawn {
		class := model.Classify(features[i])
		f.table[class][d.truth(c.text)]++
		seen = append(seen, format.Observation{Prompt: c.problem, Class: class, Outcome: c.outcome})
	}
	f.summary, err = format.Summarise(model, seen)
	return f, err
}

// purity is the share of completions that are of their class's most frequent true format. What
// keeps to no format is a truth of its own, and other is a class like the rest.
func (f found) purity() float64 {
	pure := 0
	for _, truths := range f.table {
		most := 0
		for _, n := range truths {
			most = max(most, n)
		}
		pure += most
	}
	return float64(pure) / float64(f.summary.N)
}

// print writes the table and, with file, the model.
func (f found) print(w io.Writer, file bool) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "class\tcompletions\tright of judged\ttrue formats") // Flush tells
	for i, c := range f.summary.Classes {
		var truths []string
		for _, name := range slices.Sorted(maps.Keys(f.table[i])) {
			truths = append(truths, fmt.Sprintf("%s %d", name, f.table[i][name]))
		}
		_, _ = fmt.Fprintf(table, "%s\t%d (%.3f)\t%d of %d\t%s\n", c.Name, c.Count, c.Share, c.Right, c.Judged, strings.Join(truths, ", "))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	s := f.summary
	evenness := "undefined"
	if s.Evenness != nil {
		evenness = fmt.Sprintf("%.4f", *s.Evenness)
	}
	_, err := fmt.Fprintf(w, "%d classes beside other; purity %.4f (to be at least .95) of %d completions\nentropy %.4f nats, H/log K %s, effective formats %.3f, top share %.3f\n",
		len(f.model.Classes), f.purity(), s.N, s.Entropy, evenness, s.Effective, s.TopShare)
	if err != nil || !file {
		return err
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return out.Encode(f.model)
}
