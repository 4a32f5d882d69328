package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/feedbackgen/feedbackgen/measure/calibration"
)

func (p plan) report(w io.Writer, trees []grown) error {
	fitted := strengths(trees)
	fmt.Fprintln(w, fitted)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	stated := estimate(trees, func(t grown, i int) float64 { return t.states[i].Value })
	iso := func(v values, depth bool) values { x, err := isotonic(trees, v); if err != nil { panic(err) }; return x }
	byDepth := shrunk(trees, func(d int) float64 { return fitted[d] })
	for _, e := range []struct {
		name string
		v    values
	}{
		{"Q", estimate(trees, share(below))},
		{"k/n", estimate(trees, share(own))},
		{"base", base(trees)},
		{"uniform", estimate(trees, beta(1, 1))},
		{"Jeffreys", estimate(trees, beta(.5, .5))},
		{"stated", stated},
		{"gate", estimate(trees, func(t grown, i int) float64 { return t.states[i].Gate })},
		{"by depth", byDepth},
		{"chain .5", perTree(trees, .5, grid, func(d int)int{return d})},
		{"chain 1", perTree(trees, 1, grid, func(d int)int{return d})},
		{"chain 2", perTree(trees, 2, grid, func(d int)int{return d})},
		{"chain 3", perTree(trees, 3, grid, func(d int)int{return d})},
		{"chain 6", perTree(trees, 6, grid, func(d int)int{return d})},
		{"chain self", perTree(trees, -1, grid, func(d int)int{return d})},
		{"chain self small grid", perTree(trees, -1, []float64{.125,.5,2,8}, func(d int)int{return d})},
		{"chain self to 8", perTree(trees, -1, grid[:7], func(d int)int{return d})},
		{"chain self to 4", perTree(trees, -1, grid[:6], func(d int)int{return d})},
		{"chain 1 two", perTree(trees, 1, grid, func(d int)int{return min(d,2)})},
		{"chain 1 three", perTree(trees, 1, grid, func(d int)int{return min(d,3)})},
		{"chain self iso", iso(perTree(trees, -1, grid, func(d int)int{return d}), false)},
		{"stated iso", iso(stated, false)},
		{"s2 iso", iso(shrunk(trees, func(int) float64 { return 2 }), false)},
		{"by depth iso", iso(byDepth, false)},
	} {
		pairs := pairsOf(trees, e.v, func(grown, int) bool { return true })
		t := calibration.EqualWidth(pairs, 15)
		ece, _ := calibration.ECE(t)
		br, _ := calibration.Brier(pairs)
		fmt.Fprintf(table, "%s\t%d\t%.4f\t%.4f", e.name, len(pairs)/64, ece, br)
		for _, b := range [][2]int{{0, 1}, {2, 4}, {5, 15}, {16, 1000}} {
			pairs := pairsOf(trees, e.v, func(t grown, i int) bool { v := t.states[i].Visits; return v >= b[0] && v <= b[1] })
			o, _ := calibration.Overconfidence(pairs)
			fmt.Fprintf(table, "\t%+.3f (%d)", o, len(pairs)/64)
		}
		pairs = pairsOf(trees, e.v, func(t grown, i int) bool { o:=t.states[i].Own; return o.Rollouts>=2 && o.Passes==0 && e.v[indexOf(trees,t)][i]<=.2})
		acc, _ := calibration.Accuracy(pairs)
		fmt.Fprintf(table, "\t| %d %.3f", len(pairs)/64, acc)
		pairs = pairsOf(trees, e.v, func(t grown, i int) bool { return t.states[i].Own.Rollouts>=2 })
		ece, _ = calibration.ECE(calibration.EqualWidth(pairs, 15))
		br, _ = calibration.Brier(pairs)
		fmt.Fprintf(table, "\t%d\t%.4f\t%.4f\n", len(pairs)/64, ece, br)
	}
	return table.Flush()
}

func pairsOf(trees []grown, v values, keep func(grown, int) bool) (pairs []calibration.Pair) {
	for i, tree := range trees {
		for place := range tree.states {
			j, ok := tree.judged[place]
			if !ok || !keep(tree, place) {
				continue
			}
			for k := range j.truth.Rollouts {
				pairs = append(pairs, calibration.Pair{Confidence: v[i][place], Correct: k < j.truth.Passes})
			}
		}
	}
	return pairs
}

func base(trees []grown) values {
	v := values{}
	for i, tree := range trees {
		k, n := map[int]float64{}, map[int]float64{}
		for j, o := range trees {
			if j%5 == i%5 { continue }
			for place, s := range o.states {
				if r := o.judged[place].reserved; r != nil {
					n[s.Depth]++
					if *r { k[s.Depth]++ }
				}
			}
		}
		row := make([]float64, len(tree.states))
		for place, s := range tree.states {
			row[place] = (k[s.Depth]+1)/(n[s.Depth]+2)
		}
		v = append(v, row)
	}
	return v
}

func isotonic(trees []grown, v values) (values, error) {
	out := make(values, len(trees))
	for fold := range 5 {
		var s []calibration.Sample
		for i, t := range trees {
			if i%5 == fold { continue }
			for place := range t.states {
				if r := t.judged[place].reserved; r != nil {
					s = append(s, calibration.Sample{Problem: t.problem, Score: v[i][place], Correct: *r, Weight: 1})
				}
			}
		}
		f, err := calibration.FitIsotonic(s)
		if err != nil { return nil, err }
		for i, t := range trees {
			if i%5 != fold { continue }
			out[i] = make([]float64, len(t.states))
			for place := range t.states { out[i][place] = f.Apply(v[i][place]) }
		}
	}
	return out, nil
}

func indexOf(trees []grown, t grown) int { for i := range trees { if trees[i].problem==t.problem { return i } }; return -1 }
