package evals

import (
	"fmt"
	"iter"
	"strings"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/evals/figure"
	"github.com/feedbackgen/feedbackgen/measure/calibration"
)

// ConfidenceFields are the dotted paths of a row's fields. Empty ones have defaults: "confidence"
// and "correct".
type ConfidenceFields struct{ Confidence, Correct string }

// Confidences are one kind of confidence, with whether the answers were right, by problem.
type Confidences struct {
	// Name tells kinds apart: "stated", "verdict" and "agreement" for assessments.
	Name string
	// Unknown answers have no such confidence; they are in no pair.
	Unknown int
	pairs   byProblem[calibration.Pair]
}

// Answers are what was read for a calibration report.
type Answers struct {
	Kinds []Confidences
	// Unjudged answers are invalid, abstained or errors; Unparsed assessments cannot be read.
	Unjudged int
	Unparsed int
	// Assessments says that the rows are a run's; Loose, that some rows name no problem.
	Assessments bool
	Loose       bool
}

// Confidences in an assessment, in the order of reports.
func assessed() []struct{ name, path string } {
	return []struct{ name, path string }{
		{"stated", "feedback.confidence"}, {"verdict", "feedback.verdict_confidence"}, {"agreement", "feedback.agreement"},
	}
}

// ReadAnswers reads confidences. Where no field is named and the first row is an assessment of a run
// (feedback.confidence), the three confidences of assessments are read side by side, over those
// that could be parsed; below 0 they are unknown.
func ReadAnswers(rows iter.Seq2[Row, error], fields ConfidenceFields) (Answers, error) {
	var a Answers
	number := 0
	for row, err := range rows {
		if err != nil {
			return Answers{}, err
		}
		if number == 0 {
			a.begin(fields, row)
		}
		number++
		if a.Assessments {
			err = a.addAssessment(row)
		} else {
			err = a.addRow(row, fields, number)
		}
		if err != nil {
			return Answers{}, err
		}
	}
	return a, nil
}

func (a *Answers) begin(fields ConfidenceFields, first Row) {
	a.Assessments = fields == ConfidenceFields{} && first.has("feedback.confidence") && first.has("feedback.parsed")
	if !a.Assessments {
		a.Kinds = []Confidences{{Name: "confidence"}}
		return
	}
	for _, kind := range assessed() {
		a.Kinds = append(a.Kinds, Confidences{Name: kind.name})
	}
}

func (a *Answers) addAssessment(row Row) error {
	row = row.asking("all rows have to be assessments of a run, as the first one is; name other fields with --confidence and --correct")
	problem, ok := row.problem()
	if !ok {
		return row.missing("feedback.problem")
	}
	outcome, err := row.outcome("feedback.outcome")
	if err != nil {
		return err
	}
	switch {
	case !row.at("feedback.parsed").Bool():
		a.Unparsed++
		return nil
	case !outcome.IsLabel():
		a.Unjudged++
		return nil
	}
	for i, kind := range assessed() {
		confidence, err := row.number(kind.path)
		if err != nil {
			return err
		}
		if confidence > 1 {
			return row.bad("%q is %g, which is no probability", kind.path, confidence)
		}
		if confidence < 0 {
			a.Kinds[i].Unknown++
			continue
		}
		a.Kinds[i].pairs.add(problem, calibration.Pair{Confidence: confidence, Correct: outcome == feedbackgen.Pass})
	}
	return nil
}

func (a *Answers) addRow(row Row, fields ConfidenceFields, number int) error {
	row = row.asking(`a row is {"confidence":0.8,"correct":true,"problem":"p1"}; name other fields with --confidence and --correct`)
	if fields.Confidence == "" {
		fields.Confidence = "confidence"
	}
	if fields.Correct == "" {
		fields.Correct = "correct"
	}
	outcome, err := row.outcome(fields.Correct)
	if err != nil {
		return err
	}
	confidence, err := row.number(fields.Confidence)
	if err != nil {
		return err
	}
	if confidence < 0 || confidence > 1 {
		return row.bad("%q is %g, which is no probability: it has to be from 0 to 1", fields.Confidence, confidence)
	}
	if !outcome.IsLabel() {
		a.Unjudged++
		return nil
	}
	problem, ok := row.problem()
	if !ok {
		problem, a.Loose = fmt.Sprintf("row %d", number), true
	}
	a.Kinds[0].pairs.add(problem, calibration.Pair{Confidence: confidence, Correct: outcome == feedbackgen.Pass})
	return nil
}

// Calibration is how far confidences can be trusted.
type Calibration struct {
	Bins     int                `json:"bins"`
	Unjudged int                `json:"unjudged"`
	Unparsed int                `json:"unparsed"`
	Kinds    []KindOfConfidence `json:"confidences"`
	Notes    []string           `json:"notes"`
}

// KindOfConfidence is one kind of confidence: every measure, and the main ones with intervals.
type KindOfConfidence struct {
	Name     string `json:"name"`
	Unknown  int    `json:"unknown"`
	Problems int    `json:"problems"`
	// Report is null without answers.
	Report *calibration.Report `json:"report"`
	// Intervals of what the report has, by problem.
	Accuracy       Estimate `json:"accuracy"`
	Confidence     Estimate `json:"mean_confidence"`
	Overconfidence Estimate `json:"overconfidence"`
	ECE            Estimate `json:"ece"`
	Brier          Estimate `json:"brier"`
	AUROC          Estimate `json:"auroc"`
}

// EvalCalibration measures every kind of confidence, with reliability tables of so many bins.
func EvalCalibration(a Answers, bins int) (Calibration, error) {
	c := Calibration{Bins: bins, Unjudged: a.Unjudged, Unparsed: a.Unparsed, Kinds: []KindOfConfidence{}, Notes: []string{}}
	for _, kind := range a.Kinds {
		measured, err := measureConfidence(kind, bins)
		if err != nil {
			return Calibration{}, err
		}
		c.Kinds = append(c.Kinds, measured)
	}
	c.note(a)
	return c, nil
}

func measureConfidence(of Confidences, bins int) (KindOfConfidence, error) {
	groups := of.pairs.all()
	k := KindOfConfidence{Name: of.Name, Unknown: of.Unknown, Problems: len(groups)}
	pairs := lo.Flatten(groups)
	if len(pairs) == 0 {
		return k, nil
	}
	report, err := calibration.Measure(pairs, bins)
	if err != nil {
		return k, err
	}
	k.Report = &report
	over := func(statistic func([]calibration.Pair) (float64, bool)) Estimate {
		return bootstrap(groups, len(pairs), func(drawn [][]calibration.Pair) (float64, bool) { return statistic(lo.Flatten(drawn)) })
	}
	k.Accuracy = shareOf(clusters(groups, always, func(p calibration.Pair) bool { return p.Correct }))
	k.Confidence, k.Overconfidence = over(calibration.MeanConfidence), over(calibration.Overconfidence)
	k.ECE = over(func(pairs []calibration.Pair) (float64, bool) {
		return calibration.ECE(calibration.EqualWidth(pairs, bins))
	})
	k.Brier, k.AUROC = over(calibration.Brier), over(calibration.AUROC)
	return k, nil
}

func (c *Calibration) note(a Answers) {
	add := func(format string, args ...any) { c.Notes = append(c.Notes, fmt.Sprintf(format, args...)) }
	if a.Assessments {
		add("a postcomp run asks about answers to problems that its difficulty gate admitted: accuracy here is theirs, not the model's over all problems")
	}
	if a.Loose {
		add("some rows name no problem: intervals take each of them for a problem of its own, and are too narrow if several belong together")
	}
	for _, k := range c.Kinds {
		switch {
		case k.Report == nil:
			add("%s: no answer has this confidence", k.Name)
		case k.Report.AUROC == nil:
			add("%s: all answers are %s, so nothing tells whether confidence ranks them: AUROC is undefined", k.Name, map[bool]string{true: "right", false: "wrong"}[k.Report.Accuracy == 1])
		case k.Report.Brier.Brier >= k.Report.Brier.Uncertainty:
			add("%s: its Brier score is no better than that of always saying the accuracy (%.3f)", k.Name, k.Report.Brier.Uncertainty)
		}
	}
	add("a resampled calibration error is biased upwards, as the error itself is: its interval can lie above the value")
}

// String is the tables.
func (c Calibration) String() string {
	var t table
	cells := func(name string, cell func(KindOfConfidence) string) {
		t.row(append([]string{name}, lo.Map(c.Kinds, func(k KindOfConfidence, _ int) string {
			if k.Report == nil {
				return "-"
			}
			return cell(k)
		})...)...)
	}
	t.row(append([]string{""}, lo.Map(c.Kinds, func(k KindOfConfidence, _ int) string { return k.Name })...)...)
	cells("answers", func(k KindOfConfidence) string { return fmt.Sprint(k.Report.N) })
	cells("problems", func(k KindOfConfidence) string { return fmt.Sprint(k.Problems) })
	if lo.SomeBy(c.Kinds, func(k KindOfConfidence) bool { return k.Unknown > 0 }) {
		cells("unknown", func(k KindOfConfidence) string { return fmt.Sprint(k.Unknown) })
	}
	cells("accuracy", func(k KindOfConfidence) string { return c.show(k.Accuracy) })
	cells("confidence", func(k KindOfConfidence) string { return c.show(k.Confidence) })
	cells("overconfidence", func(k KindOfConfidence) string { return c.show(k.Overconfidence) })
	cells("ECE", func(k KindOfConfidence) string { return c.show(k.ECE) })
	cells("ECE, equal mass", func(k KindOfConfidence) string { return fmt.Sprintf("%.3f", k.Report.MassECE) })
	cells("MCE", func(k KindOfConfidence) string { return fmt.Sprintf("%.3f", k.Report.MCE) })
	cells("Brier", func(k KindOfConfidence) string { return c.show(k.Brier) })
	cells("  reliability", func(k KindOfConfidence) string { return fmt.Sprintf("%.3f", k.Report.Brier.Reliability) })
	cells("  resolution", func(k KindOfConfidence) string { return fmt.Sprintf("%.3f", k.Report.Brier.Resolution) })
	cells("  uncertainty", func(k KindOfConfidence) string { return fmt.Sprintf("%.3f", k.Report.Brier.Uncertainty) })
	cells("log loss", func(k KindOfConfidence) string { return fmt.Sprintf("%.3f", k.Report.LogLoss) })
	cells("AUROC", func(k KindOfConfidence) string { return c.show(k.AUROC) })
	cells("AURC", func(k KindOfConfidence) string { return fmt.Sprintf("%.3f", k.Report.AURC) })
	var text strings.Builder
	text.WriteString(t.String())
	fmt.Fprintf(&text, "not counted: %d answers without a verdict, %d unreadable assessments\n", c.Unjudged, c.Unparsed)
	text.WriteString("\nreliability: answers, their mean confidence, and the share that is right\n")
	text.WriteString(c.reliability() + notes(c.Notes))
	return text.String()
}

// show leaves room for three kinds side by side.
func (c Calibration) show(e Estimate) string {
	if len(c.Kinds) == 1 {
		return e.String()
	}
	return e.narrow()
}

// reliability is the table of bins, of all kinds side by side; bins that all leave empty are not in it.
func (c Calibration) reliability() string {
	var t table
	head := []string{"confidence"}
	kinds := lo.Filter(c.Kinds, func(k KindOfConfidence, _ int) bool { return k.Report != nil })
	for _, k := range kinds {
		head = append(head, k.Name, "mean", "right")
	}
	t.row(head...)
	for i := range c.Bins {
		var cells []string
		filled := 0
		for _, k := range kinds {
			bin := k.Report.Width[i]
			cells = append(cells, fmt.Sprint(bin.N), number(bin.Confidence), number(bin.Accuracy))
			filled += bin.N
		}
		if filled > 0 {
			bin := kinds[0].Report.Width[i]
			t.row(append([]string{fmt.Sprintf("%.2f-%.2f", bin.Low, bin.High)}, cells...)...)
		}
	}
	return t.String()
}

// Figure is the reliability diagram: the share of right answers in each bin of confidence, beside
// the diagonal on which calibrated confidence lies.
func (c Calibration) Figure() figure.Figure {
	f := figure.Figure{Title: "reliability", X: "confidence (middle of the bin)", Y: "share of right answers", High: 1}
	diagonal := figure.Series{Name: "calibrated", Faint: true}
	for i := range c.Bins {
		middle := (float64(i) + 0.5) / float64(c.Bins)
		f.Labels = append(f.Labels, fmt.Sprintf("%.2f", middle))
		diagonal.Values = append(diagonal.Values, &middle)
	}
	f.Series = append(f.Series, diagonal)
	for _, k := range c.Kinds {
		if k.Report != nil {
			f.Series = append(f.Series, figure.Series{
				Name:   k.Name,
				Values: lo.Map(k.Report.Width, func(b calibration.Bin, _ int) *float64 { return b.Accuracy }),
			})
		}
	}
	return f
}
