package judge

import (
	"fmt"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/agreement"
	"github.com/feedbackgen/feedbackgen/measure/calibration"
	"github.com/feedbackgen/feedbackgen/measure/interval"
)

// Limits are what a judge has to keep to be usable. The zero value of each field means its default.
type Limits struct {
	// Kappa is the least agreement with the anchors' truth beyond chance, in (0, 1]; default 0.6.
	Kappa float64 `json:"kappa"`
	// Errors is the largest share of single calls that are refused, unreadable or wrong, in (0, 1];
	// default 0.15. Voting hides such errors from kappa.
	Errors float64 `json:"call_errors"`
	// Anchors is how many right, and how many wrong ones, must have got a verdict; default 5.
	Anchors int `json:"anchors"`
}

func (l Limits) withDefaults() (Limits, error) {
	if l.Kappa == 0 {
		l.Kappa = 0.6
	}
	if l.Errors == 0 {
		l.Errors = 0.15
	}
	if l.Anchors == 0 {
		l.Anchors = 5
	}
	if !(0 < l.Kappa && l.Kappa <= 1) || !(0 < l.Errors && l.Errors <= 1) || l.Anchors < 1 {
		return l, feedbackgen.BadInput("judge limits", fmt.Errorf("kappa %v, call errors %v, anchors %d", l.Kappa, l.Errors, l.Anchors), "shares are in (0, 1], and it takes at least 1 anchor")
	}
	return l, nil
}

// Instrument is what an examination says of a judge. Lists and counts depend only on anchors and
// replies.
type Instrument struct {
	Judge  string `json:"judge"`
	Limits Limits `json:"limits"`
	// Kinds has a row for each kind of anchor that there was; All is their sum.
	Kinds []KindRow `json:"kinds"`
	All   KindRow   `json:"all"`
	// Kappa compares the judge with the truth, on anchors that got a verdict. Its own interval takes
	// anchors for independent; KappaByTask resamples whole tasks, and is null for less than two. Both
	// say little where judge and truth agree on everything.
	Kappa       agreement.Cohen    `json:"kappa"`
	KappaByTask *interval.Interval `json:"kappa_by_task"`
	// Rates are the true positive and true negative rates, with Wilson intervals.
	Rates agreement.Judge `json:"rates"`
	Calls Calls           `json:"calls"`
	// VoteAgreement is the share of anchors whose first two votes say the same, and VoteAlpha
	// Krippendorff's alpha of these votes: both were asked before anything was decided. Null where
	// they are undefined, as with one vote.
	VoteAgreement *float64 `json:"vote_agreement"`
	VoteAlpha     *float64 `json:"vote_alpha"`
	// Position is null for judges that do not compare.
	Position *Position `json:"position"`
	// Calibration is null where nothing could be fitted; Brier scores are in it.
	Calibration *Calibration `json:"calibration"`
}

// KindRow counts anchors of a kind by outcome: N = Pass + Fail + Abstain + Invalid + Error.
type KindRow struct {
	Kind    string `json:"kind"`
	N       int    `json:"n"`
	Pass    int    `json:"pass"`
	Fail    int    `json:"fail"`
	Abstain int    `json:"abstain"`
	Invalid int    `json:"invalid"`
	Error   int    `json:"error"`
}

func (r *KindRow) add(o feedbackgen.Outcome) {
	r.N++
	switch o {
	case feedbackgen.Pass:
		r.Pass++
	case feedbackgen.Fail:
		r.Fail++
	case feedbackgen.Abstain:
		r.Abstain++
	case feedbackgen.Invalid:
		r.Invalid++
	case feedbackgen.Error:
		r.Error++
	}
}

// Calls counts single votes. Wrong ones can be read and say what is not true of the anchor.
type Calls struct {
	Votes
	Wrong int `json:"wrong"`
	// Errors is the share of calls that are refused, unreadable or wrong, with Wilson's interval.
	Errors agreement.Rate `json:"errors"`
}

// Position is what comparing a right with a wrong answer, both ways round, says.
type Position struct {
	// Pairs = Judged + Invalid + Error.
	Pairs   int `json:"pairs"`
	Judged  int `json:"judged"`
	Invalid int `json:"invalid"`
	Error   int `json:"error"`
	// Consistent is the share of judged pairs on which both ways say the same; null without any.
	Consistent *float64 `json:"consistent"`
	// First is the share of answers shown first among those named better; 1/2 is fair, and null is
	// that none was named.
	First *float64 `json:"first"`
}

// Usable says whether the judge may be relied on, and if not, why. It is not usable on too few
// anchors, with a kappa below the limit or undefined, or if too many single calls err.
func (i Instrument) Usable() (ok bool, reason string) {
	var reasons []string
	if n := min(i.Rates.TPR.Total, i.Rates.TNR.Total); n < i.Limits.Anchors {
		reasons = append(reasons, fmt.Sprintf("it gave verdicts on %d right and %d wrong anchors, of which %d each are needed", i.Rates.TPR.Total, i.Rates.TNR.Total, i.Limits.Anchors))
	}
	switch kappa := i.Kappa.Kappa; {
	case kappa == nil:
		reasons = append(reasons, "kappa is undefined")
	case *kappa < i.Limits.Kappa:
		reasons = append(reasons, fmt.Sprintf("kappa %.2f is below %.2f (it calls %s of right and %s of wrong anchors right)", *kappa, i.Limits.Kappa, percent(i.Rates.TPR.Share, false), percent(i.Rates.TNR.Share, true)))
	}
	if share := i.Calls.Errors.Share; share != nil && *share > i.Limits.Errors {
		reasons = append(reasons, fmt.Sprintf("%.0f %% of its calls err (%d refused, %d unreadable, %d wrong of %d), more than %.0f %%", 100**share, i.Calls.Refused, i.Calls.Invalid, i.Calls.Wrong, i.Calls.Asked, 100*i.Limits.Errors))
	}
	return len(reasons) == 0, strings.Join(reasons, "; ")
}

func percent(share *float64, complement bool) string {
	if share == nil {
		return "none"
	}
	p := *share
	if complement {
		p = 1 - p
	}
	return fmt.Sprintf("%.0f %%", 100*p)
}

// Correct is the true share of right answers among n that the judge gave a verdict on, of which passed
// passed, by Rogan and Gladen. It is undefined where [agreement.Confusion.RoganGladen] is, as for a
// judge no better than a coin.
func (i Instrument) Correct(passed, n int) (agreement.Corrected, bool) {
	return i.Rates.RoganGladen(passed, n, interval.Level)
}

// Brier is the Brier score of the judge's scores, calibrated by cross-fitting where that was possible.
func (i Instrument) Brier() (float64, bool) {
	switch c := i.Calibration; {
	case c == nil:
		return 0, false
	case c.After != nil:
		return c.After.Brier.Brier, true
	case c.Before != nil:
		return c.Before.Brier.Brier, true
	}
	return 0, false
}

// Calibration turns a verdict's score into a probability that the answer is right.
type Calibration struct {
	// Source is "tokens" if scores are [Verdict].Probability, "votes" if they are [Verdict].Pass.
	Source string `json:"source"`
	// Platt is the map, over log-odds; Isotonic is, over scores, where there are at least 300 anchors.
	Platt    *calibration.Platt    `json:"platt"`
	Isotonic *calibration.Isotonic `json:"isotonic"`
	// Before measures the raw scores; After the calibrated ones, each by a map fitted without the
	// anchor's own task, null with less than two tasks.
	Before *calibration.Report `json:"before"`
	After  *calibration.Report `json:"after"`
}
