package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/feedbackgen/feedbackgen/mcts"
)

// estimator is a way to a state's value.
type estimator struct {
	name string
	values
}

// The estimators that the stated values have to beat, by name.
const (
	subtree = "search's Q: all rollouts below"
	shares  = "k/n of own draws"
	base    = "base rate of the depth"
	stated  = "as records state it"
)

// estimators are all that are compared.
func estimators(trees []grown) ([]estimator, error) {
	records := estimate(trees, func(t grown, place int) float64 { return t.states[place].Value })
	gate := estimate(trees, func(t grown, place int) float64 { return t.states[place].Gate })
	fitted := strengths(trees)
	run := shrunk(trees, func(depth int) float64 { return fitted[depth] })
	all := []estimator{
		{subtree, estimate(trees, share(below))},
		{shares, estimate(trees, share(own))},
		{base, baseRates(trees)},
		{"Jeffreys", estimate(trees, beta(0.5, 0.5))},
		{"shrunk to the parent, as the gate does", gate},
		{stated, records},
		{"shrunk, strengths of the run", run},
	}
	for _, e := range []estimator{all[4], all[5], all[6]} {
		mended, err := isotonic(trees, e.values)
		if err != nil {
			return nil, err
		}
		all = append(all, estimator{e.name + " + isotonic", mended})
	}
	return all, nil
}

// visitBins are the groups in which bias is told.
var visitBins = [...]struct {
	name      string
	low, high int
}{{"1 visit", 1, 1}, {"2 to 4", 2, 4}, {"5 to 15", 5, 15}, {"16 and more", 16, 1 << 30}}

func (p plan) report(w io.Writer, trees []grown) error {
	all, err := estimators(trees)
	if err != nil {
		return err
	}
	every := func(mcts.State) bool { return true }
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(format string, args ...any) { _, _ = fmt.Fprintf(table, format+"\n", args...) } // Flush tells
	row("%d problems, %d open states, %d simulations by %s, %d fresh rollouts a state, seed %d", len(trees), states(trees, every), p.simulations, p.selection, p.rollouts, p.seed)
	row("")
	head := "all states\tECE\tBrier"
	for _, bin := range visitBins {
		within := func(s mcts.State) bool { return s.Visits >= bin.low && s.Visits <= bin.high }
		head += fmt.Sprintf("\tbias at %s (%d)", bin.name, states(trees, within))
	}
	row("%s", head)
	for _, e := range all {
		ledgers := measure(trees, e.values, every)
		line := e.name + "\t" + shown(ledgers, ece) + "\t" + shown(ledgers, brier)
		for _, bin := range visitBins {
			b, ok := bias(measure(trees, e.values, func(s mcts.State) bool { return s.Visits >= bin.low && s.Visits <= bin.high }))
			line += map[bool]string{true: fmt.Sprintf("\t%+.3f", b), false: "\t-"}[ok]
		}
		row("%s", line)
	}
	row("")
	drawn := func(s mcts.State) bool { return s.Own.Rollouts >= 2 }
	row("states with 2 own draws and more (%d)\tECE\tBrier", states(trees, drawn))
	for _, e := range all {
		ledgers := measure(trees, e.values, drawn)
		row("%s\t%s\t%s", e.name, shown(ledgers, ece), shown(ledgers, brier))
	}
	row("")
	fitted := strengths(trees)
	line := "strengths of the run, by depth:"
	for _, depth := range slices.Sorted(maps.Keys(fitted)) {
		line += fmt.Sprintf(" %.3g", fitted[depth])
	}
	row("%s", line)
	for _, line := range targets(trees, all) {
		row("%s", line)
	}
	return table.Flush()
}

// targets says whether the stated values reach what was asked of them.
func targets(trees []grown, all []estimator) []string {
	ledgers := map[string][]ledger{}
	for _, e := range all {
		ledgers[e.name] = measure(trees, e.values, func(mcts.State) bool { return true })
	}
	ours, _ := brier(ledgers[stated])
	apart, ok := ece(ledgers[stated])
	lines := []string{fmt.Sprintf("ECE at most .03: %v (%.4f)", ok && apart <= 0.03, apart)}
	for _, other := range []string{subtree, shares, base} {
		theirs, ok := brier(ledgers[other])
		lines = append(lines, fmt.Sprintf("Brier below that of %s: %v (%.4f, %.4f)", other, ok && ours < theirs, ours, theirs))
	}
	return lines
}

// states counts judged states.
func states(trees []grown, keep func(mcts.State) bool) int {
	n := 0
	for _, tree := range trees {
		for place := range tree.judged {
			if keep(tree.states[place]) {
				n++
			}
		}
	}
	return n
}

func shown(ledgers []ledger, statistic func([]ledger) (float64, bool)) string {
	e, ok := figure(ledgers, statistic)
	if !ok {
		return "undefined"
	}
	return fmt.Sprintf("%.4f [%.4f, %.4f]", e.Value, e.Low, e.High)
}
