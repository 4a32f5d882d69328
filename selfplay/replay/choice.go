package replay

import (
	"fmt"
	"slices"

	"github.com/feedbackgen/feedbackgen"
)

// Choice is how a race ended.
type Choice struct {
	Candidate string `json:"candidate"`
	// Kept says that it is the incumbent.
	Kept bool `json:"kept"`
	// Reason says why in words.
	Reason string `json:"reason"`
	// Calls were observed.
	Calls int `json:"calls"`
	// Standings are all candidates, in the order given.
	Standings []Standing `json:"standings"`
}

// Standing is what was seen of one candidate.
type Standing struct {
	Candidate string `json:"candidate"`
	// Counts are its calls by outcome; those of all candidates add up to the calls.
	Counts map[feedbackgen.Outcome]int `json:"counts"`
	// Gain is against the incumbent on hard probes when it was last compared; nil for the incumbent.
	Gain *Difference `json:"gain"`
	// Fate says in words how far it came.
	Fate string `json:"fate"`
}

// Choice is the choice, once the race is done.
func (r *Race) Choice() (Choice, bool) {
	if r.choice == nil {
		return Choice{}, false
	}
	return *r.choice, true
}

// choose ends the race. There is at most one challenger left.
func (r *Race) choose() {
	winner, reason := r.incumbent, "no challenger came as far as the last test"
	if len(r.arms) == 1 {
		reason = "there is no other candidate"
	}
	for _, a := range r.alive {
		objection := r.objection(a)
		if objection == "" {
			winner = a
			reason = fmt.Sprintf("its gain over %q on %d hard probes is %.3f, at least %.3f", r.incumbent.id, a.gain.Units, a.gain.Mean, a.gain.Low)
			a.fate = "chosen"
			r.incumbent.fate = "beaten"
			break
		}
		a.fate = objection
		reason = fmt.Sprintf("%q: %s", a.id, objection)
	}
	if winner == r.incumbent {
		r.incumbent.fate = "kept"
	}
	r.choice = &Choice{
		Candidate: winner.id, Kept: winner == r.incumbent, Reason: reason, Calls: r.observed, Standings: r.standings(),
	}
}

// objection says what speaks against the last challenger, or "".
func (r *Race) objection(a *arm) string {
	if a.gain.Units < LeastProbes {
		return fmt.Sprintf("only %d hard probes have labels of both; it takes %d", a.gain.Units, LeastProbes)
	}
	if a.gain.Low <= 0 {
		return fmt.Sprintf("its gain is not proven: %.3f, but perhaps %.3f", a.gain.Mean, a.gain.Low)
	}
	// It came this far for being the best so far, which flatters it; the last stage's draws do not.
	if fresh := paired(a.fresh, r.incumbent.fresh, r.cfg.Z); fresh.Mean <= 0 {
		return fmt.Sprintf("its lead was luck: in the last stage alone its gain is %.3f", fresh.Mean)
	}
	if easy := paired(a.easy, r.incumbent.easy, 1); easy.Units > 1 && easy.High < 0 {
		return fmt.Sprintf("veto: it is worse on easy probes, %.3f, at best %.3f", easy.Mean, easy.High)
	}
	format := unparsed(slices.Concat(a.hard, a.easy), slices.Concat(r.incumbent.hard, r.incumbent.easy), 1)
	if format.Low > 0 {
		return fmt.Sprintf("veto: more of its answers cannot be parsed, by %.3f, at least %.3f", format.Mean, format.Low)
	}
	return ""
}

func (r *Race) standings() []Standing {
	all := make([]Standing, len(r.arms))
	for i, a := range r.arms {
		sum := tally{}
		for _, t := range a.hard {
			sum.plus(t)
		}
		for _, t := range a.easy {
			sum.plus(t)
		}
		all[i] = Standing{Candidate: a.id, Gain: a.gain, Fate: a.fate, Counts: map[feedbackgen.Outcome]int{
			feedbackgen.Pass: sum.passed, feedbackgen.Fail: sum.failed, feedbackgen.Abstain: sum.abstained,
			feedbackgen.Invalid: sum.invalid, feedbackgen.Error: sum.errors,
		}}
	}
	return all
}
