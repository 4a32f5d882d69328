package evals

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/evals/figure"
	"github.com/feedbackgen/feedbackgen/measure/interval"
	"github.com/feedbackgen/feedbackgen/measure/preference"
)

const pairsHint = `a row is a line of preferences.jsonl, or {"prompt":"...","chosen":"...","rejected":"..."}`

// Preferences are pairs as they were read.
type Preferences struct {
	Pairs []feedbackgen.Preference
	// Known says of each pair whether it has feedback of feedbackgen's; without, only the texts count.
	Known []bool
	where []string
}

// ReadPreferences reads preferences: feedbackgen's, or any in TRL's format.
func ReadPreferences(rows iter.Seq2[Row, error]) (Preferences, error) {
	var all Preferences
	for row, err := range rows {
		if err != nil {
			return Preferences{}, err
		}
		row = row.asking(pairsHint)
		for _, field := range []string{"chosen", "rejected"} {
			if !row.has(field) {
				return Preferences{}, row.missing(field)
			}
		}
		var pair feedbackgen.Preference
		if err := json.Unmarshal([]byte(row.json.Raw), &pair); err != nil {
			return Preferences{}, row.bad("it is no preference (%w)", err)
		}
		known := row.has("feedback.problem") && row.has("feedback.chosen.outcome") && row.has("feedback.rejected.outcome")
		all.Pairs, all.Known, all.where = append(all.Pairs, pair), append(all.Known, known), append(all.where, row.Where)
	}
	return all, nil
}

// Pairs is what preferences prefer.
type Pairs struct {
	// Outcomes: a side is as good as the outcome of its completion; sides of one outcome tie.
	// Lengths are in characters, and positions those in which the sides were drawn.
	Outcomes preference.Report `json:"outcomes"`
	// Stated is the mean of what the pairs say of themselves, P(chosen is better), by type as well.
	// It is null where pairs do not say.
	Stated Estimate     `json:"stated_probability"`
	Types  []TypeOfPair `json:"types"`
	// Fresh is null unless fresh rollouts were drawn.
	Fresh *FreshReport `json:"fresh"`
	Notes []string     `json:"notes"`
}

// TypeOfPair counts the pairs of one type.
type TypeOfPair struct {
	Type   string   `json:"type"`
	Pairs  int      `json:"pairs"`
	Stated Estimate `json:"stated_probability"`
}

// EvalPairs measures preferences; fresh is nil without fresh rollouts.
func EvalPairs(p Preferences, fresh *FreshReport) Pairs {
	measured := make([]preference.Pair, len(p.Pairs))
	for i, pair := range p.Pairs {
		measured[i] = p.measured(i, pair)
	}
	report := Pairs{Outcomes: preference.Measure(measured, interval.Level), Types: []TypeOfPair{}, Fresh: fresh, Notes: []string{}}
	report.Stated = p.stated(func(int) bool { return true })
	known := lo.Filter(p.Pairs, func(_ feedbackgen.Preference, i int) bool { return p.Known[i] })
	types := lo.Uniq(lo.Map(known, func(pair feedbackgen.Preference, _ int) string { return pair.Feedback.Type }))
	slices.Sort(types)
	for _, name := range types {
		of := func(i int) bool { return p.Known[i] && p.Pairs[i].Feedback.Type == name }
		report.Types = append(report.Types, TypeOfPair{
			Type: name, Pairs: lo.CountBy(lo.Range(len(p.Pairs)), of), Stated: p.stated(of),
		})
	}
	if len(known) < len(p.Pairs) {
		report.Notes = append(report.Notes, fmt.Sprintf("%d pairs are not feedbackgen's: their outcomes, positions and probabilities are unknown, and each counts as a problem of its own", len(p.Pairs)-len(known)))
	}
	if fresh == nil {
		report.Notes = append(report.Notes, "an outcome is one draw: that a pair's chosen side ended right says little about a step pair; --rollouts 256 asks the model again from both sides' states")
	}
	return report
}

func (p Preferences) measured(i int, pair feedbackgen.Preference) preference.Pair {
	chosen, rejected := preference.Side{Length: length(pair.Chosen)}, preference.Side{Length: length(pair.Rejected)}
	if !p.Known[i] {
		return preference.Pair{Problem: p.where[i], Chosen: chosen, Rejected: rejected}
	}
	f := pair.Feedback
	chosen.Truth, rejected.Truth = truth(f.Chosen.Outcome), truth(f.Rejected.Outcome)
	if order := comparePaths(f.Chosen.Node, f.Rejected.Node); order != 0 {
		chosen.Position, rejected.Position = lo.ToPtr(order), lo.ToPtr(-order)
	}
	return preference.Pair{Problem: f.Problem, Chosen: chosen, Rejected: rejected}
}

func truth(outcome feedbackgen.Outcome) *float64 {
	switch outcome {
	case feedbackgen.Pass:
		return lo.ToPtr(1.0)
	case feedbackgen.Fail:
		return lo.ToPtr(0.0)
	}
	return nil
}

// length is in characters, of what the assistant says.
func length(content feedbackgen.Content) int {
	total := utf8.RuneCountInString(content.Text)
	for _, m := range content.Messages {
		if m.Role == feedbackgen.RoleAssistant {
			total += utf8.RuneCountInString(m.Content)
		}
	}
	return total
}

// comparePaths orders two places such as "0.2.10" by their numbers; it is 0 where one has others.
func comparePaths(a, b string) int {
	x, ok := numbers(a)
	y, ok2 := numbers(b)
	if !ok || !ok2 {
		return 0
	}
	return slices.Compare(x, y)
}

func numbers(path string) ([]int, bool) {
	var all []int
	for _, part := range strings.Split(path, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, false
		}
		all = append(all, n)
	}
	return all, true
}

// stated is the mean stated probability of the pairs that are picked, by problem.
func (p Preferences) stated(pick func(i int) bool) Estimate {
	var groups byProblem[float64]
	rows := 0
	for i, pair := range p.Pairs {
		if p.Known[i] && pick(i) {
			groups.add(pair.Feedback.Problem, float64(pair.Feedback.Probability))
			rows++
		}
	}
	return bootstrap(groups.all(), rows, func(drawn [][]float64) (float64, bool) {
		all := lo.Flatten(drawn)
		return lo.Sum(all) / float64(max(1, len(all))), len(all) > 0
	})
}

func estimateOf(s preference.Share) Estimate { return Estimate{s.Share, s.Low, s.High} }

// String is the table.
func (p Pairs) String() string {
	o := p.Outcomes
	var t table
	t.row("", "share (95 % interval)", "counted", "tied", "unknown")
	row := func(name string, s preference.Share) {
		t.row(name, estimateOf(s).String(), fmt.Sprint(s.Counted), fmt.Sprint(s.Tied), fmt.Sprint(s.Unknown))
	}
	row("chosen ended right", o.Accuracy)
	row("chosen is longer", o.Length.Longer)
	row("chosen came first", o.First)
	if p.Fresh != nil {
		row("better afresh, open", p.Fresh.Open.Right)
		row("better afresh, finished", p.Fresh.Finished.Right)
	}
	var s table
	s.row("stated probability", "mean (95 % interval)", "pairs")
	s.row("all", p.Stated.String(), fmt.Sprint(o.Pairs))
	for _, kind := range p.Types {
		s.row("  "+kind.Type, kind.Stated.String(), fmt.Sprint(kind.Pairs))
	}
	if p.Fresh != nil {
		s.row("with an open side", p.Fresh.Open.Stated.String(), fmt.Sprint(p.Fresh.Open.Pairs))
		s.row("finished", p.Fresh.Finished.Stated.String(), fmt.Sprint(p.Fresh.Finished.Pairs))
	}
	text := fmt.Sprintf("%d preferences\n", o.Pairs) + t.String() +
		fmt.Sprintf("mean log ratio of lengths, chosen to rejected: %s\n\n", number(o.Length.LogRatio)) + s.String()
	if p.Fresh != nil {
		text += fmt.Sprintf("afresh: by %d new rollouts a side from the state after its step\n", p.Fresh.Rollouts)
	}
	return text + notes(p.Notes)
}

// Figure is the shares as bars, with the ends of their intervals.
func (p Pairs) Figure() figure.Figure {
	labels := []string{"ended right", "longer", "first", "stated"}
	shares := []Estimate{estimateOf(p.Outcomes.Accuracy), estimateOf(p.Outcomes.Length.Longer), estimateOf(p.Outcomes.First), p.Stated}
	if p.Fresh != nil {
		labels = append(labels, "afresh, open", "afresh, finished")
		shares = append(shares, estimateOf(p.Fresh.Open.Right), estimateOf(p.Fresh.Finished.Right))
	}
	return figure.Figure{
		Title: "what the chosen side of a preference is", Y: "share of pairs", High: 1, Labels: labels, Shape: figure.Bars,
		Series: intervalBars(shares),
	}
}
