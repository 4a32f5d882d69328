package evals

import (
	"cmp"
	"fmt"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen/evals/figure"
	"github.com/feedbackgen/feedbackgen/measure/passk"
)

// PassK is pass@k of one model.
type PassK struct {
	// Problems have draws; WithoutDraws are known, but have no judged draw; Silent see [Draws].
	Problems     int    `json:"problems"`
	WithoutDraws int    `json:"problems_without_draws"`
	Silent       Silent `json:"without_records"`
	// Draws is the number of judged draws, FewestDraws and MostDraws those of one problem.
	Draws       int  `json:"draws"`
	FewestDraws int  `json:"fewest_draws"`
	MostDraws   int  `json:"most_draws"`
	MixedOnly   bool `json:"only_mixed_problems"`
	// Points are in the order of the k asked for.
	Points []PassPoint `json:"points"`
	// Notes say what the numbers do not.
	Notes []string `json:"notes"`
}

// PassPoint is pass@k at one k, with its interval by problem.
type PassPoint struct {
	passk.Point
	Low  *float64 `json:"low"`
	High *float64 `json:"high"`
}

// EvalPassK is the pass@k of a model. Every k is at least 1.
func EvalPassK(d Draws, ks []int) PassK {
	drawn := lo.Filter(d.Counts, func(c passk.Counts, _ int) bool { return c.N > 0 })
	p := PassK{
		Problems: len(drawn), WithoutDraws: len(d.Counts) - len(drawn), Silent: d.Silent, MixedOnly: d.MixedOnly,
		Points: []PassPoint{}, Notes: []string{},
	}
	if p.Silent.Difficulty == nil {
		p.Silent.Difficulty = map[string]int64{}
	}
	if len(drawn) > 0 {
		ns := lo.Map(drawn, func(c passk.Counts, _ int) int { return c.N })
		p.Draws, p.FewestDraws, p.MostDraws = lo.Sum(ns), lo.Min(ns), lo.Max(ns)
	}
	for _, point := range passk.Curve(drawn, ks...) {
		interval := bootstrap(drawn, len(drawn), func(of []passk.Counts) (float64, bool) {
			mean, _, ok := passk.Mean(of, point.K)
			return mean, ok
		})
		p.Points = append(p.Points, PassPoint{point, interval.Low, interval.High})
	}
	p.note(d)
	return p
}

func (p *PassK) note(d Draws) {
	add := func(format string, args ...any) { p.Notes = append(p.Notes, fmt.Sprintf(format, args...)) }
	switch {
	case d.MixedOnly:
		add("only problems with right and wrong draws are in a file of groups: those that the model always or never solves are missing, so this is not the model's pass@k; --run DIR has all of them")
	case d.AfterGuards:
		add("only problems with a record in the file are here: guards refuse those that are too easy or too hard, so this is not the model's pass@k; --run DIR has all of them")
	}
	if d.Silent.Problems > 0 {
		add("%d finished problems of the run left no record that says how their draws went, and are in no number (their difficulty: %s), so this is not the model's pass@k over all problems; a run with --guards-off difficulty leaves fewer out", d.Silent.Problems, cmp.Or(d.Silent.String(), "unknown"))
	}
	if d.OfRun && p.FewestDraws < p.MostDraws {
		add("problems have %d to %d judged draws; where a gate stopped because it knew enough, that number depends on the draws, which the estimator does not allow for; a run with --guards-off difficulty draws about equally often", p.FewestDraws, p.MostDraws)
	}
	if short := lo.MaxBy(p.Points, func(a, b PassPoint) bool { return a.Short > b.Short }); short.Short > 0 {
		add("at k=%d, %d problems have fewer draws than k and are left out. Where a gate stopped drawing because a problem looked too easy or too hard, they are no random part: compare points with the same number of problems only", short.K, short.Short)
	}
}

// String is the table.
func (p PassK) String() string {
	var t table
	t.row("k", "pass@k (95 % interval)", "problems", "left out")
	for _, point := range p.Points {
		t.row(fmt.Sprint(point.K), point.estimate().String(), fmt.Sprint(point.Problems), fmt.Sprint(point.Short))
	}
	head := fmt.Sprintf("%d problems with %d judged draws (%d to %d each)\n", p.Problems, p.Draws, p.FewestDraws, p.MostDraws)
	if missing := p.WithoutDraws + p.Silent.Problems; missing > 0 {
		head += fmt.Sprintf("%d problems without judged draws: %d with records, %d with none\n", missing, p.WithoutDraws, p.Silent.Problems)
	}
	return head + t.String() + notes(p.Notes)
}

func (p PassPoint) estimate() Estimate { return Estimate{p.Pass, p.Low, p.High} }

// Figure is the curve with its interval.
func (p PassK) Figure() figure.Figure {
	return figure.Figure{
		Title: "pass@k", X: "k", Y: "pass@k", High: 1, Labels: kLabels(p.Points),
		Series: []figure.Series{
			faint(passSeries("95 % low", p.Points, func(p PassPoint) *float64 { return p.Low })),
			passSeries("pass@k", p.Points, func(p PassPoint) *float64 { return p.Pass }),
			faint(passSeries("95 % high", p.Points, func(p PassPoint) *float64 { return p.High })),
		},
	}
}

func kLabels(points []PassPoint) []string {
	return lo.Map(points, func(p PassPoint, _ int) string { return fmt.Sprint(p.K) })
}

func passSeries(name string, points []PassPoint, of func(PassPoint) *float64) figure.Series {
	return figure.Series{Name: name, Values: lo.Map(points, func(p PassPoint, _ int) *float64 { return of(p) })}
}

func faint(s figure.Series) figure.Series {
	s.Faint = true
	return s
}
