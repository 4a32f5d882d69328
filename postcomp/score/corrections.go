package score

import (
	"maps"

	"github.com/feedbackgen/feedbackgen"
)

// Verdicts counts how often a verdict on an answer is right. Its zero value is empty.
type Verdicts struct {
	// Right answers, of which RightFound were called right.
	Right, RightFound int
	// Wrong answers, of which WrongFound were called wrong.
	Wrong, WrongFound int
}

// Add counts a verdict on an answer; one without a label is left out.
func (v *Verdicts) Add(saysRight bool, truth feedbackgen.Outcome) {
	switch truth {
	case feedbackgen.Pass:
		v.Right++
		v.RightFound += int(indicator(saysRight))
	case feedbackgen.Fail:
		v.Wrong++
		v.WrongFound += int(indicator(!saysRight))
	}
}

// RightRecall is the share of right answers that were called right; nil without any.
func (v Verdicts) RightRecall() *float64 { return ratio(float64(v.RightFound), v.Right) }

// WrongRecall is the share of wrong answers that were called wrong; nil without any.
func (v Verdicts) WrongRecall() *float64 { return ratio(float64(v.WrongFound), v.Wrong) }

// Alarms says whether the verdict is constant.
func (v Verdicts) Alarms() []Alarm { return verdictAlarm(v) }

// Corrections adds up two-turn corrections. Its zero value is empty.
type Corrections struct {
	n, changed int
	edits      float64
	counts     map[Transition]int
}

// Add counts one correction: what came of both attempts, whether the answer changed, and the
// [EditRatio] between their texts.
func (c *Corrections) Add(first, second feedbackgen.Outcome, changed bool, editRatio float64) {
	if c.counts == nil {
		c.counts = map[Transition]int{}
	}
	c.n++
	c.changed += int(indicator(changed))
	c.edits += editRatio
	c.counts[TransitionOf(first, second)]++
}

// CorrectionReport is what corrections did (SCoRe, arXiv:2409.12917). Rates are nil where there is
// nothing to take them of.
type CorrectionReport struct {
	// N corrections were added, of which Labelled have a label on both attempts.
	N, Labelled int
	// Counts is by transition; "" are those without a label on both attempts. It adds up to N.
	Counts map[Transition]int
	// Accuracy1 and Accuracy2 are the shares of right answers in turn one and two, Delta their
	// difference, Mended (i to c) and Spoilt (c to i) what it is made of. All are shares of Labelled.
	Accuracy1, Accuracy2, Delta, Mended, Spoilt *float64
	// Changed is the share of answers that changed, and EditRatio the mean, over all N.
	Changed, EditRatio *float64
	Alarms             []Alarm
}

// Report says what was seen so far.
func (c *Corrections) Report() CorrectionReport {
	counts := maps.Clone(c.counts)
	labelled := c.n - counts[""]
	cc, ci, ic := counts[CorrectToCorrect], counts[CorrectToIncorrect], counts[IncorrectToCorrect]
	share := func(n int) *float64 { return ratio(float64(n), labelled) }
	r := CorrectionReport{
		N: c.n, Labelled: labelled, Counts: counts,
		Accuracy1: share(cc + ci), Accuracy2: share(cc + ic), Delta: share(ic - ci), Mended: share(ic), Spoilt: share(ci),
		Changed: ratio(float64(c.changed), c.n), EditRatio: ratio(c.edits, c.n),
	}
	r.Alarms = changeAlarm(r)
	return r
}
