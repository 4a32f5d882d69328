package evals

import (
	"fmt"
	"iter"
	"slices"
	"strconv"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/evals/figure"
	"github.com/feedbackgen/feedbackgen/measure/agreement"
	"github.com/feedbackgen/feedbackgen/measure/interval"
)

const agreementHint = `a row is {"item":"q1","rater":"judge-a","label":"pass"}`

// mostRaters bounds the number of pairs of raters that are reported.
const mostRaters = 30

// Ratings are what raters said of items.
type Ratings struct {
	// Raters and Labels are in the order in which they first appear.
	Raters, Labels []string
	items          byProblem[rating]
}

type rating struct{ rater, label string }

// ReadRatings reads ratings. A label is text, a number or a truth value; labels are equal where
// they are spelled alike. A rater may rate an item once.
func ReadRatings(rows iter.Seq2[Row, error]) (Ratings, error) {
	var r Ratings
	type slot struct{ item, rater string }
	seen, raters, labels := map[slot]string{}, map[string]bool{}, map[string]bool{}
	for row, err := range rows {
		if err != nil {
			return Ratings{}, err
		}
		row = row.asking(agreementHint)
		var fields [3]string
		for i, path := range []string{"item", "rater", "label"} {
			if fields[i], err = row.text(path); err != nil {
				return Ratings{}, err
			}
		}
		item, rater, label := fields[0], fields[1], fields[2]
		if where, twice := seen[slot{item, rater}]; twice {
			return Ratings{}, row.bad("%q rated item %q already, at %s", rater, item, where)
		}
		seen[slot{item, rater}] = row.Where
		if !raters[rater] {
			raters[rater], r.Raters = true, append(r.Raters, rater)
		}
		if !labels[label] {
			labels[label], r.Labels = true, append(r.Labels, label)
		}
		r.items.add(item, rating{rater, label})
	}
	switch {
	case len(r.Raters) < 2:
		return Ratings{}, feedbackgen.BadInput("agreement", fmt.Errorf("there is one rater, %q", r.Raters[0]), "agreement takes at least two raters of the same items")
	case len(r.Raters) > mostRaters:
		return Ratings{}, feedbackgen.BadInput("agreement", fmt.Errorf("there are %d raters", len(r.Raters)), fmt.Sprintf("at most %d can be compared with each other; is \"rater\" something else?", mostRaters))
	}
	return r, nil
}

// Agreement is how far raters agree.
type Agreement struct {
	Items   int      `json:"items"`
	Ratings int      `json:"ratings"`
	Raters  []string `json:"raters"`
	Labels  []string `json:"labels"`
	// Alpha is Krippendorff's, over all raters, with its interval by item; AlphaInterval the one for
	// numbers, null unless all labels are numbers.
	Alpha         Estimate `json:"alpha"`
	AlphaInterval Estimate `json:"alpha_interval"`
	// Pairs are all pairs of raters, in the order of Raters.
	Pairs []RaterPair `json:"pairs"`
	Notes []string    `json:"notes"`
}

// RaterPair is the agreement of two raters.
type RaterPair struct {
	A string `json:"a"`
	B string `json:"b"`
	// Cohen is over the items that both rated; null if there are none.
	Cohen *agreement.Cohen `json:"cohen"`
}

// EvalAgreement measures ratings.
func EvalAgreement(r Ratings) (Agreement, error) {
	items := r.items.all()
	a := Agreement{
		Items: len(items), Ratings: lo.SumBy(items, func(item []rating) int { return len(item) }),
		Raters: r.Raters, Labels: r.Labels, Pairs: []RaterPair{}, Notes: []string{},
	}
	units := lo.Map(items, func(item []rating, _ int) []string {
		return lo.Map(item, func(r rating, _ int) string { return r.label })
	})
	a.Alpha = bootstrap(units, a.Ratings, agreement.Alpha[string])
	if numbers, ok := numeric(units); ok {
		a.AlphaInterval = bootstrap(numbers, a.Ratings, agreement.AlphaInterval)
	}
	for i, first := range r.Raters {
		for _, second := range r.Raters[i+1:] {
			pair, err := r.compare(first, second, items)
			if err != nil {
				return Agreement{}, err
			}
			a.Pairs = append(a.Pairs, pair)
		}
	}
	switch {
	case !lo.SomeBy(units, func(unit []string) bool { return len(unit) > 1 }):
		a.Notes = append(a.Notes, "no item was rated by two raters: nothing tells whether they agree")
	case len(r.Labels) == 1:
		a.Notes = append(a.Notes, fmt.Sprintf("there is one label only, %q: agreement beyond chance is undefined", r.Labels[0]))
	}
	return a, nil
}

func (r Ratings) compare(a, b string, items [][]rating) (RaterPair, error) {
	pair := RaterPair{A: a, B: b}
	var said [2][]string
	for _, item := range items {
		i := slices.IndexFunc(item, func(r rating) bool { return r.rater == a })
		j := slices.IndexFunc(item, func(r rating) bool { return r.rater == b })
		if i >= 0 && j >= 0 {
			said[0], said[1] = append(said[0], item[i].label), append(said[1], item[j].label)
		}
	}
	if len(said[0]) == 0 {
		return pair, nil
	}
	cohen, err := agreement.Kappa(said[0], said[1], max(2, len(r.Labels)), interval.Level)
	pair.Cohen = &cohen
	return pair, err
}

// numeric is the labels as numbers, if all are.
func numeric(units [][]string) ([][]float64, bool) {
	ok := true
	numbers := lo.Map(units, func(unit []string, _ int) []float64 {
		return lo.Map(unit, func(label string, _ int) float64 {
			value, err := strconv.ParseFloat(label, 64)
			ok = ok && err == nil && value-value == 0
			return value
		})
	})
	return numbers, ok
}

// String is the table.
func (a Agreement) String() string {
	var pairs table
	pairs.row("raters", "items", "agree", "kappa (95 % interval)", "PABAK")
	for _, p := range a.Pairs {
		name := p.A + " / " + p.B
		if p.Cohen == nil {
			pairs.row(name, "0", "-", "-", "-")
			continue
		}
		kappa := Estimate{p.Cohen.Kappa, p.Cohen.Low, p.Cohen.High}
		pairs.row(name, fmt.Sprint(p.Cohen.N), number(&p.Cohen.Observed), kappa.String(), number(&p.Cohen.PABAK))
	}
	var t table
	t.row("Krippendorff's alpha, labels", a.Alpha.String())
	if a.AlphaInterval.Value != nil {
		t.row("Krippendorff's alpha, numbers", a.AlphaInterval.String())
	}
	return fmt.Sprintf("%d ratings of %d items by %d raters, with %d labels\n", a.Ratings, a.Items, len(a.Raters), len(a.Labels)) +
		t.String() + "\n" + pairs.String() + notes(a.Notes)
}

// Figure is alpha and each pair's kappa, with the ends of their intervals.
func (a Agreement) Figure() figure.Figure {
	labels, estimates := []string{"alpha (all)"}, []Estimate{a.Alpha}
	for _, p := range a.Pairs {
		if p.Cohen != nil {
			labels = append(labels, p.A+" / "+p.B)
			estimates = append(estimates, Estimate{p.Cohen.Kappa, p.Cohen.Low, p.Cohen.High})
		}
	}
	return figure.Figure{
		Title: "agreement beyond chance", Y: "alpha, kappa", Low: -1, High: 1,
		Labels: labels, Shape: figure.Bars, Series: intervalBars(estimates),
	}
}
