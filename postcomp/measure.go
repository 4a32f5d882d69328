package postcomp

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/measure/calibration"
	"github.com/feedbackgen/feedbackgen/postcomp/score"
)

// NewMeasure measures what the module's records say together: how well confidence is calibrated, in
// three ways to get it, what corrections do, and how foreign mistakes differ from the model's own.
// It stands behind the guards as one of them, and refuses nothing.
func NewMeasure() guard.Guard {
	return &measure{
		confidences: map[string][]calibration.Pair{}, own: map[string][]wrongAnswer{}, foreign: map[string][]wrongAnswer{},
	}
}

// Ways to a confidence, in the order in which reports show them.
var confidenceNames = []string{"verbal", "verdict", "agreement"}

type measure struct {
	assessments  score.Summary
	confidences  map[string][]calibration.Pair
	corrections  map[string]*score.Corrections // by source of the first attempt
	verdicts     score.Verdicts
	own, foreign map[string][]wrongAnswer
	order        []string
	broken       int
}

func (*measure) Name() string { return "postcomp" }

func (m *measure) Judge(c *guard.Case) {
	for r := range c.Live() {
		var err error
		switch r.Kind {
		case feedbackgen.KindAssessment:
			err = m.assessment(r.Line)
		case feedbackgen.KindEpisode:
			err = m.episode(r.Line)
		case feedbackgen.KindTurn:
			err = m.turn(r.Line)
		case feedbackgen.KindFirstAttempt:
			err = m.firstAttempt(r.Line)
		}
		if err != nil {
			m.broken++
		}
	}
}

func (m *measure) assessment(line []byte) error {
	var a feedbackgen.Assessment
	if err := json.Unmarshal(line, &a); err != nil {
		return err
	}
	f := a.Feedback
	text := ""
	if n := len(a.Completion.Messages); n > 0 {
		text = a.Completion.Messages[n-1].Content
	}
	outcome := f.Outcome
	if f.Invalid == "truncated" {
		outcome = feedbackgen.Invalid
	}
	marker := ""
	for _, s := range f.Segments {
		if s.Role == string(score.Marker) && s.End <= len(text) {
			marker = text[s.Start:s.End]
		}
	}
	for _, scored := range score.Score([]score.Completion{{Text: text, Correct: outcome}}, formatOf(strings.TrimSpace(marker)), score.DefaultWeights()) {
		m.assessments.Add(scored)
	}
	if !f.Parsed || !f.Outcome.IsLabel() {
		return nil
	}
	for name, confidence := range map[string]feedbackgen.Real{"verbal": f.Confidence, "verdict": f.VerdictConfidence, "agreement": f.Agreement} {
		if confidence >= 0 && confidence <= 1 {
			m.confidences[name] = append(m.confidences[name], calibration.Pair{Confidence: float64(confidence), Correct: f.Outcome == feedbackgen.Pass})
		}
	}
	return nil
}

func (m *measure) episode(line []byte) error {
	var e feedbackgen.Episode
	if err := json.Unmarshal(line, &e); err != nil {
		return err
	}
	f := e.Feedback
	if len(f.Outcomes) != 2 {
		return nil
	}
	if m.corrections == nil {
		m.corrections = map[string]*score.Corrections{}
	}
	if m.corrections[f.FirstAttemptSource] == nil {
		m.corrections[f.FirstAttemptSource] = &score.Corrections{}
	}
	for range max(1, f.Multiplicity) { // what the policy says more often counts for more
		m.corrections[f.FirstAttemptSource].Add(f.Outcomes[0], f.Outcomes[1], f.AnswerChanged, float64(f.EditRatio))
	}
	return nil
}

func (m *measure) turn(line []byte) error {
	var t feedbackgen.Turn
	if err := json.Unmarshal(line, &t); err != nil {
		return err
	}
	if f := t.Feedback; f.Role == feedbackgen.RoleVerifier && f.FirstAttemptSource == feedbackgen.OwnAttempt {
		m.verdicts.Add(f.Verdict == "right", f.Outcome)
	}
	return nil
}

func (m *measure) firstAttempt(line []byte) error {
	var a feedbackgen.FirstAttempt
	if err := json.Unmarshal(line, &a); err != nil {
		return err
	}
	f := a.Feedback
	if f.Outcome != feedbackgen.Fail {
		return nil
	}
	to := m.own
	if f.FirstAttemptSource == feedbackgen.ForeignAttempt {
		to = m.foreign
	}
	if len(m.order) == 0 || m.order[len(m.order)-1] != f.Problem {
		m.order = append(m.order, f.Problem)
	}
	wrong := wrongAnswer{answer: f.Answer, step: f.FirstWrongStep, length: math.Log(float64(len(f.Attempt) + 1))}
	for range f.Multiplicity {
		to[f.Problem] = append(to[f.Problem], wrong)
	}
	return nil
}

// Detail is what the records say together. What there are no records for is null.
type Detail struct {
	// Confidences has a calibration report for each way to a confidence: verbal (as stated), verdict
	// (the probability of yes, asked apart), agreement (of the other answers).
	Confidences map[string]calibration.Report `json:"confidences"`
	Assessments *score.Report                 `json:"assessments"`
	// Corrections has what second answers did, by the source of the first.
	Corrections map[string]score.CorrectionReport `json:"corrections"`
	Verdicts    *score.Verdicts                   `json:"verdicts"`
	// Mismatch compares foreign mistakes with the model's own.
	Mismatch *Mismatch `json:"mismatch"`
}

func (m *measure) Report() guard.Report {
	detail := Detail{Confidences: map[string]calibration.Report{}, Corrections: map[string]score.CorrectionReport{}}
	var notes []string
	note := func(text string, args ...any) { notes = append(notes, fmt.Sprintf(text, args...)) }
	if report := m.assessments.Report(); report.N > 0 {
		detail.Assessments = &report
		note("%d of %d assessments can be read; %s", report.Readable, report.N, kindCounts(report))
		for _, alarm := range report.Alarms {
			note("ALARM, %s: %s", alarm.Name, alarm.Detail)
		}
	}
	for _, name := range confidenceNames {
		report, err := calibration.Measure(m.confidences[name], 15)
		if err != nil {
			continue // nothing to measure
		}
		detail.Confidences[name] = report
		note("confidence, %-9s  Brier %.3f (a constant: %.3f)  ECE %.3f  AUROC %s  mean %.2f against %.2f right, %d values",
			name, report.Brier.Brier, report.Brier.Uncertainty, report.ECE, optional(report.AUROC), report.Confidence, report.Accuracy, report.Distinct)
	}
	for _, source := range []string{feedbackgen.OwnAttempt, feedbackgen.ForeignAttempt} {
		if c := m.corrections[source]; c != nil {
			report := c.Report()
			detail.Corrections[source] = report
			note("corrections of %s first answers: %s right, then %s (mended %s, spoilt %s); %s of the answers changed, edit ratio %s", source,
				percent(report.Accuracy1), percent(report.Accuracy2), percent(report.Mended), percent(report.Spoilt), percent(report.Changed), optional(report.EditRatio))
			for _, alarm := range report.Alarms {
				note("ALARM, %s: %s", alarm.Name, alarm.Detail)
			}
		}
	}
	if v := m.verdicts; v.Right+v.Wrong > 0 {
		detail.Verdicts = &v
		note("verdicts: %s of the right answers called right, %s of the wrong ones called wrong", percent(v.RightRecall()), percent(v.WrongRecall()))
		for _, alarm := range v.Alarms() {
			note("ALARM, %s: %s", alarm.Name, alarm.Detail)
		}
	}
	if len(m.foreign) > 0 {
		mismatch := compareErrors(m.own, m.foreign, m.order)
		detail.Mismatch = &mismatch
		note("foreign mistakes against the model's own, over %d problems (0 is alike): answers %s, first wrong step %s, log length %s",
			mismatch.Problems, estimate(mismatch.Answers), estimate(mismatch.Steps), estimate(mismatch.Length))
	}
	if m.broken > 0 {
		note("%d records could not be read", m.broken)
	}
	return guard.Report{Notes: notes, Detail: detail}
}

func kindCounts(r score.Report) string {
	text := ""
	for _, kind := range score.Kinds {
		if r.Kinds[kind] > 0 {
			text += fmt.Sprintf("%s %d, ", kind, r.Kinds[kind])
		}
	}
	var reasons []score.Reason
	for reason := range r.Invalid {
		reasons = append(reasons, reason)
	}
	slices.Sort(reasons)
	for _, reason := range reasons {
		text += fmt.Sprintf("%s %d, ", reason, r.Invalid[reason])
	}
	return "confidence as " + text[:max(0, len(text)-2)]
}
