package evals

import (
	"fmt"
	"iter"
	"slices"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/evals/figure"
	"github.com/feedbackgen/feedbackgen/measure/interval"
	"github.com/feedbackgen/feedbackgen/measure/passk"
)

const passkHint = `a row is {"problem":"p1","n":16,"c":3}, a group of groups.jsonl, or another record of a run`

// Draws are what one model drew for each problem.
type Draws struct {
	// Problems are in the order in which they first appear; Counts has one entry for each.
	Problems []string
	Counts   []passk.Counts
	// MixedOnly says that they come from a file of groups, which has no problem whose draws are all
	// alike: always solved, or never.
	MixedOnly bool
	// Silent problems were worked on, but left nothing that says how they went. They are in no number.
	Silent int
	// AfterGuards says that they come from a file of records, without the problems whose records were
	// all refused or that had none.
	AfterGuards bool
}

// ReadDraws counts each problem's judged draws and those that passed. A row gives them as "n" and
// "c"; a group as its outcomes, groups of one problem adding up; any other record of a run as its
// problem's passes and rollouts, which are the same in every record of a problem.
func ReadDraws(rows iter.Seq2[Row, error]) (Draws, error) {
	var d Draws
	index, given, grouped := map[string]int{}, map[string]string{}, map[string]bool{}
	for row, err := range rows {
		if err != nil {
			return Draws{}, err
		}
		row = row.asking(passkHint)
		problem, ok := row.problem()
		if !ok {
			return Draws{}, row.missing("problem")
		}
		i, known := index[problem]
		if !known {
			i = len(d.Problems)
			index[problem] = i
			d.Problems, d.Counts = append(d.Problems, problem), append(d.Counts, passk.Counts{})
		}
		switch {
		case row.has("completions") && row.has("feedback.outcomes"):
			outcomes, err := row.outcomes("feedback.outcomes")
			if err != nil {
				return Draws{}, err
			}
			if !grouped[problem] { // groups are draws one by one, and count in place of a sum
				d.Counts[i], grouped[problem] = passk.Counts{}, true
			}
			d.MixedOnly = true
			d.Counts[i].N += lo.CountBy(outcomes, feedbackgen.Outcome.IsLabel)
			d.Counts[i].C += lo.Count(outcomes, feedbackgen.Pass)
		case row.has("feedback.problem_rollouts"):
			d.AfterGuards = true
			if grouped[problem] {
				continue
			}
			if d.Counts[i], err = row.counts("feedback.problem_rollouts", "feedback.problem_passes"); err != nil {
				return Draws{}, err
			}
		default:
			if where, twice := given[problem]; twice {
				return Draws{}, row.bad("problem %q is there twice, first at %s", problem, where)
			}
			given[problem] = row.Where
			if d.Counts[i], err = row.counts("n", "c"); err != nil {
				return Draws{}, err
			}
		}
	}
	return d, nil
}

func (r Row) counts(n, c string) (counts passk.Counts, err error) {
	if counts.N, err = r.whole(n); err != nil {
		return counts, err
	}
	if counts.C, err = r.whole(c); err != nil {
		return counts, err
	}
	if counts.C > counts.N {
		return counts, r.bad("%d of %d draws passed, which cannot be", counts.C, counts.N)
	}
	return counts, nil
}

// WholeRun is the draws of a run's store, with the number of finished problems. Every record of a
// problem says how its draws went, alike or not, so nothing is missing but problems without any.
func (d Draws) WholeRun(finished int) Draws {
	d.MixedOnly, d.AfterGuards = false, false
	d.Silent = max(0, finished-len(d.Problems))
	return d
}

// PassK is pass@k of one model.
type PassK struct {
	// Problems have draws; WithoutDraws are known, but have no judged draw; Silent see [Draws].
	Problems     int `json:"problems"`
	WithoutDraws int `json:"problems_without_draws"`
	Silent       int `json:"problems_silent"`
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
	if d.Silent > 0 {
		add("%d finished problems of the run left no record that says how their draws went, and are in no number: as a rule the model solves them nearly always or never (the difficulty gate's counts are in report.json); mcts with --guards-off difficulty leaves none out", d.Silent)
	}
	if short := lo.MaxBy(p.Points, func(a, b PassPoint) bool { return a.Short > b.Short }); short.Short > 0 {
		add("at k=%d, %d problems have fewer draws than k and are left out. Where a gate stopped drawing because a problem looked too easy or too hard, they are no random part: compare points with the same number of problems only, or draw equally often (--guards-off difficulty)", short.K, short.Short)
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
	if missing := p.WithoutDraws + p.Silent; missing > 0 {
		head += fmt.Sprintf("%d problems without judged draws: %d with records, %d with none\n", missing, p.WithoutDraws, p.Silent)
	}
	return head + t.String() + notes(p.Notes)
}

func (p PassPoint) estimate() Estimate { return Estimate{p.Pass, p.Low, p.High} }

// Figure is the curve with its interval.
func (p PassK) Figure() figure.Figure {
	return figure.Figure{
		Title: "pass@k", X: "k", Y: "pass@k", High: 1, Labels: kLabels(p.Points),
		Series: []figure.Series{
			passSeries("pass@k", p.Points, func(p PassPoint) *float64 { return p.Pass }),
			passSeries("95 % low", p.Points, func(p PassPoint) *float64 { return p.Low }),
			passSeries("95 % high", p.Points, func(p PassPoint) *float64 { return p.High }),
		},
	}
}

func kLabels(points []PassPoint) []string {
	return lo.Map(points, func(p PassPoint, _ int) string { return fmt.Sprint(p.K) })
}

func passSeries(name string, points []PassPoint, of func(PassPoint) *float64) figure.Series {
	return figure.Series{Name: name, Values: lo.Map(points, func(p PassPoint, _ int) *float64 { return of(p) })}
}

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
