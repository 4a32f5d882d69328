package evals

import (
	"fmt"
	"iter"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/evals/figure"
	"github.com/feedbackgen/feedbackgen/measure/correction"
)

const correctionHint = `a row is {"problem":"p1","first":true,"second":false}, or an episode of a postcomp run`

// Episodes are attempts in turns, by problem.
type Episodes struct {
	episodes byProblem[correction.Episode]
	// Answerless says that no row tells what was answered, so nobody knows what changed.
	Answerless bool
	// OfRun says that they are a run's; Loose, that some rows name no problem.
	OfRun bool
	Loose bool
}

// ReadEpisodes reads a run's episodes, or rows that say whether the first and the second attempt
// were right.
func ReadEpisodes(rows iter.Seq2[Row, error]) (Episodes, error) {
	e := Episodes{}
	number := 0
	for row, err := range rows {
		if err != nil {
			return Episodes{}, err
		}
		number++
		row = row.asking(correctionHint)
		var episode correction.Episode
		if row.has("feedback.outcomes") {
			episode, err = row.episode()
			e.OfRun = true
		} else {
			episode, err = row.twoTurns()
			e.Answerless = true
		}
		if err != nil {
			return Episodes{}, err
		}
		problem, ok := row.problem()
		if !ok {
			problem, e.Loose = fmt.Sprintf("row %d", number), true
		}
		for range max(1, row.at("feedback.multiplicity").Int()) { // the policy gave this first answer as often
			e.episodes.add(problem, episode)
		}
	}
	return e, nil
}

func (r Row) episode() (correction.Episode, error) {
	outcomes, err := r.outcomes("feedback.outcomes")
	if err != nil {
		return nil, err
	}
	if len(outcomes) < 2 {
		return nil, r.bad("it has %d attempts, which is no episode", len(outcomes))
	}
	answers := r.at("feedback.answers").Array()
	if len(answers) != len(outcomes) {
		return nil, r.bad("it has %d outcomes and %d answers", len(outcomes), len(answers))
	}
	return lo.Map(outcomes, func(outcome feedbackgen.Outcome, i int) correction.Turn {
		return correction.Turn{Answer: answers[i].String(), Outcome: outcome}
	}), nil
}

func (r Row) twoTurns() (correction.Episode, error) {
	first, err := r.outcome("first")
	if err != nil {
		return nil, err
	}
	second, err := r.outcome("second")
	return correction.Episode{{Outcome: first}, {Outcome: second}}, err
}

// Correction is what a second look changes.
type Correction struct {
	Problems int               `json:"problems"`
	Report   correction.Report `json:"report"`
	// Turns are the accuracies of the report's turns, Delta and the shares those of its Overall, with
	// intervals by problem.
	Turns   []Estimate `json:"accuracy_by_turn"`
	Delta   Estimate   `json:"delta"`
	Mended  Estimate   `json:"mended"`
	Spoilt  Estimate   `json:"spoilt"`
	Changed Estimate   `json:"answer_changed"`
	Notes   []string   `json:"notes"`
}

// EvalCorrection measures episodes.
func EvalCorrection(e Episodes) Correction {
	groups := e.episodes.all()
	all := lo.Flatten(groups)
	c := Correction{Problems: len(groups), Report: correction.Measure(all), Notes: []string{}}
	over := func(of func(correction.Report) *float64) Estimate {
		return bootstrap(groups, len(all), func(drawn [][]correction.Episode) (float64, bool) {
			value := of(correction.Measure(lo.Flatten(drawn)))
			if value == nil {
				return 0, false
			}
			return *value, true
		})
	}
	for i := range c.Report.Turns {
		c.Turns = append(c.Turns, shareOf(clusters(groups,
			func(e correction.Episode) bool { return i < len(e) && e[i].Outcome.IsLabel() },
			func(e correction.Episode) bool { return e[i].Outcome == feedbackgen.Pass })))
	}
	c.Delta = over(func(r correction.Report) *float64 { return r.Overall.Delta })
	c.Mended = shareOf(clusters(groups, begun(feedbackgen.Fail), endedRight))
	c.Spoilt = shareOf(clusters(groups, begun(feedbackgen.Pass), func(e correction.Episode) bool { return !endedRight(e) }))
	if e.Answerless {
		c.Report.Overall.Changed = nil
		for i := range c.Report.Steps {
			c.Report.Steps[i].Changed = nil
		}
	} else {
		c.Changed = over(func(r correction.Report) *float64 { return r.Overall.Changed })
	}
	c.note(e)
	return c
}

// begun picks judged episodes whose first attempt came out so.
func begun(outcome feedbackgen.Outcome) func(correction.Episode) bool {
	return func(e correction.Episode) bool {
		return len(e) > 1 && e[0].Outcome == outcome && e[len(e)-1].Outcome.IsLabel()
	}
}

func endedRight(e correction.Episode) bool { return e[len(e)-1].Outcome == feedbackgen.Pass }

func (c *Correction) note(e Episodes) {
	if e.OfRun {
		c.Notes = append(c.Notes, "a postcomp run asks twice only where its difficulty gate admitted the problem: compare attempts with each other, not with the model's accuracy over all problems. First answers of the same text are asked about once, and count as often as the model gave them")
	}
	if e.Loose {
		c.Notes = append(c.Notes, "some rows name no problem: intervals take each of them for a problem of its own, and are too narrow if several belong together")
	}
	if e.Answerless {
		c.Notes = append(c.Notes, "the rows do not say what was answered, so how often the answer changed is unknown")
	}
}

// String is the table.
func (c Correction) String() string {
	var t table
	t.row("", "share (95 % interval)", "of")
	for i, turn := range c.Report.Turns {
		t.row(fmt.Sprintf("right at attempt %d", i+1), c.Turns[i].String(), fmt.Sprint(turn.Judged))
	}
	o := c.Report.Overall
	judged := o.CC + o.CI + o.IC + o.II
	t.row("gain, last less first", c.Delta.String(), fmt.Sprint(judged))
	t.row("wrong made right", c.Mended.String(), fmt.Sprint(o.IC+o.II))
	t.row("right made wrong", c.Spoilt.String(), fmt.Sprint(o.CC+o.CI))
	t.row("answer changed", c.Changed.String(), fmt.Sprint(judged))
	var m table
	m.row("first \\ last", "right", "wrong")
	m.row("right", fmt.Sprint(o.CC), fmt.Sprint(o.CI))
	m.row("wrong", fmt.Sprint(o.IC), fmt.Sprint(o.II))
	return fmt.Sprintf("%d episodes of %d problems; %d could not be judged\n", c.Report.Episodes, c.Problems, o.Unjudged) +
		t.String() + "\n" + m.String() + notes(c.Notes)
}

// Figure is the shares as bars, with the ends of their intervals.
func (c Correction) Figure() figure.Figure {
	shares := append([]Estimate{}, c.Turns...)
	var labels []string
	for i := range c.Turns {
		labels = append(labels, fmt.Sprintf("right at attempt %d", i+1))
	}
	labels = append(labels, "wrong made right", "right made wrong")
	shares = append(shares, c.Mended, c.Spoilt)
	return figure.Figure{
		Title: "what a second look changes", Y: "share", High: 1, Labels: labels, Shape: figure.Bars,
		Series: intervalBars(shares),
	}
}

// intervalBars are three bars an estimate: its low end, itself, its high end.
func intervalBars(of []Estimate) []figure.Series {
	series := func(name string, faint bool, pick func(Estimate) *float64) figure.Series {
		return figure.Series{Name: name, Faint: faint, Values: lo.Map(of, func(e Estimate, _ int) *float64 { return pick(e) })}
	}
	return []figure.Series{
		series("95 % low", true, func(e Estimate) *float64 { return e.Low }),
		series("value", false, func(e Estimate) *float64 { return e.Value }),
		series("95 % high", true, func(e Estimate) *float64 { return e.High }),
	}
}
