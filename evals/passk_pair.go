package evals

import (
	"fmt"
	"slices"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/evals/figure"
	"github.com/feedbackgen/feedbackgen/measure/interval"
	"github.com/feedbackgen/feedbackgen/measure/passk"
)

// PassKPair compares two models over the problems that both drew for.
type PassKPair struct {
	// BaseOnly and TunedOnly problems have draws of one model only, and are in no other number.
	BaseOnly  int   `json:"problems_of_base_only"`
	TunedOnly int   `json:"problems_of_tuned_only"`
	Base      PassK `json:"base"`
	Tuned     PassK `json:"tuned"`
	// Points are in the order of the k asked for.
	Points []PairPoint `json:"points"`
	Notes  []string    `json:"notes"`
}

// PairPoint is what two models reach in k draws each.
type PairPoint struct {
	passk.Coverage
	// Gain is the tuned model's pass@k less the base's, over the problems with k draws of both, with
	// problems resampled for both models together.
	Gain Estimate `json:"gain"`
}

// EvalPassKPair compares a tuned model with its base. It fails where they have no problem in common.
func EvalPassKPair(base, tuned Draws, ks []int) (PassKPair, error) {
	tunedCounts := map[string]passk.Counts{}
	for i, problem := range tuned.Problems {
		tunedCounts[problem] = tuned.Counts[i]
	}
	var pairs []passk.Paired
	commonBase, commonTuned := base.only(), tuned.only()
	for i, problem := range base.Problems {
		counts, both := tunedCounts[problem]
		if !both {
			continue
		}
		pairs = append(pairs, passk.Paired{Base: base.Counts[i], Tuned: counts})
		commonBase.add(problem, base.Counts[i])
		commonTuned.add(problem, counts)
	}
	if len(pairs) == 0 {
		return PassKPair{}, feedbackgen.BadInput("--tuned", fmt.Errorf("none of its %d problems is among the %d of the base", len(tuned.Problems), len(base.Problems)),
			"both have to be of the same problems, with the same ids")
	}
	p := PassKPair{
		BaseOnly: len(base.Problems) - len(pairs), TunedOnly: len(tuned.Problems) - len(pairs),
		Base: EvalPassK(commonBase, ks), Tuned: EvalPassK(commonTuned, ks), Points: []PairPoint{},
	}
	for _, k := range ks {
		p.Points = append(p.Points, PairPoint{passk.Cover(pairs, k), gain(pairs, k)})
	}
	p.Notes = lo.Uniq(slices.Concat(p.Base.Notes, p.Tuned.Notes))
	if base.MixedOnly || tuned.MixedOnly || p.BaseOnly+p.TunedOnly > 0 {
		p.Notes = append(p.Notes, "problems that only one of the two has are left out; if they are missing because one model always or never solves them, the comparison leans towards the middle")
	}
	return p, nil
}

// only is the draws' description without draws.
func (d Draws) only() Draws {
	d.Problems, d.Counts = nil, nil
	return d
}

func (d *Draws) add(problem string, counts passk.Counts) {
	d.Problems, d.Counts = append(d.Problems, problem), append(d.Counts, counts)
}

func gain(pairs []passk.Paired, k int) Estimate {
	enough := lo.Filter(pairs, func(p passk.Paired, _ int) bool { return p.Base.N >= k && p.Tuned.N >= k })
	bases := lo.Map(enough, func(p passk.Paired, _ int) passk.Counts { return p.Base })
	tuneds := lo.Map(enough, func(p passk.Paired, _ int) passk.Counts { return p.Tuned })
	mean := func(of []passk.Counts) (float64, bool) {
		mean, _, ok := passk.Mean(of, k)
		return mean, ok
	}
	tuned, ok := mean(tuneds)
	base, ok2 := mean(bases)
	if !ok || !ok2 {
		return Estimate{}
	}
	value := tuned - base
	found, err := interval.OfDifference(interval.Default(), tuneds, bases, mean)
	if err != nil || found.Low == found.High {
		return Estimate{Value: &value}
	}
	return Estimate{&value, &found.Low, &found.High}
}

// String is the table.
func (p PassKPair) String() string {
	var curve, sets table
	curve.row("k", "base", "tuned", "gain (95 % interval)", "problems")
	sets.row("k", "base only", "tuned only", "both", "neither")
	for i, point := range p.Points {
		curve.row(fmt.Sprint(point.K), number(p.Base.Points[i].Pass), number(p.Tuned.Points[i].Pass), point.Gain.String(), fmt.Sprint(point.Problems))
		share := func(n float64) string {
			if point.Problems == 0 {
				return "-"
			}
			return fmt.Sprintf("%.1f", n)
		}
		sets.row(fmt.Sprint(point.K), share(point.BaseOnly), share(point.TunedOnly), share(point.Both), share(point.Neither))
	}
	return fmt.Sprintf("%d problems of both models; %d of the base only, %d of the tuned only\n", p.common(), p.BaseOnly, p.TunedOnly) +
		curve.String() + "\nproblems solved within k draws, expected\n" + sets.String() + notes(p.Notes)
}

func (p PassKPair) common() int { return p.Base.Problems + p.Base.WithoutDraws }

// Figure is both curves.
func (p PassKPair) Figure() figure.Figure {
	pass := func(p PassPoint) *float64 { return p.Pass }
	return figure.Figure{
		Title: "pass@k", X: "k", Y: "pass@k", High: 1, Labels: kLabels(p.Base.Points),
		Series: []figure.Series{passSeries("base", p.Base.Points, pass), passSeries("tuned", p.Tuned.Points, pass)},
	}
}
