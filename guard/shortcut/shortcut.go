// Package shortcut screens the successes among a problem's rollouts for answers that are right
// without the work that makes them right.
//
// On a problem that is too hard, the rare success of a group gets a huge advantage
// (sqrt(N-1) for a lone one among N), and what it did is learnt whether or not it was reasoning:
// models trained on such problems come to repeat answers and to skip computations
// (arXiv:2605.28388). So every success is looked at before anything trains, and at least two
// independent ones have to remain.
//
// The screen reads text only; it runs nothing and asks no model. Numbers are exact rationals, read
// by a strict parser of arithmetic. It leans to the side of the rollout: what it cannot follow it
// takes for work. A finding says "suspect", not "wrong".
package shortcut

import (
	"strings"

	"github.com/feedbackgen/feedbackgen"
)

// Kind is a way to be right without the work.
type Kind string

// The kinds of shortcut.
const (
	// Guess: an answer with next to no reasoning. Either nothing but the answer stands there, or the
	// text is shorter than half the median of its class and does less than half of the computing
	// there, or the caller has measured that the policy passes without reasoning too.
	Guess Kind = "guess"
	// Repetition: the answer said over and over, or text that runs in a loop.
	Repetition Kind = "repetition"
	// Copy: there is a number for an answer, but no computation in the text produces it.
	Copy Kind = "copy"
	// WrongStep: an equation on the way is false: right by luck.
	WrongStep Kind = "wrong_step"
)

// Kinds lists all of them, in the order in which findings and reports show them.
var Kinds = [...]Kind{Guess, Repetition, Copy, WrongStep}

// Rollout is one completion of the problem.
type Rollout struct {
	// Text is the completion, with the reasoning that a server returned apart before it.
	Text string
	// Answer is what was extracted from the text.
	Answer string
	// Outcome: only those that pass are screened. Those that fail count in the lengths they are
	// compared with; others count nowhere.
	Outcome feedbackgen.Outcome
	// Class is the rollout's format, by whatever classification the caller uses. Lengths are compared
	// within a class only, and not at all where it is empty.
	Class string
	// GuessPasses is whether the policy, asked for the answer without any reasoning, passes; nil if
	// that was not measured.
	GuessPasses *bool
}

// Finding is one reason to suspect a rollout.
type Finding struct {
	Kind Kind
	// Reason is for people, with the numbers.
	Reason string
}

// Judgement is what the screen has to say of one rollout.
type Judgement struct {
	// Screened is whether it was looked at, that is, whether it passes.
	Screened bool
	// Findings holds at most one of each kind, in the order of [Kinds].
	Findings []Finding
	// NotJudged says why [Copy] could not be judged; empty if it was.
	NotJudged string
}

// Suspect reports whether there is any finding.
func (j Judgement) Suspect() bool { return len(j.Findings) > 0 }

// Has reports whether there is a finding of a kind.
func (j Judgement) Has(kind Kind) bool {
	for _, f := range j.Findings {
		if f.Kind == kind {
			return true
		}
	}
	return false
}

func (j *Judgement) add(kind Kind, reason string) {
	if reason != "" {
		j.Findings = append(j.Findings, Finding{Kind: kind, Reason: reason})
	}
}

// Verdict is what the screen has to say of a group.
type Verdict struct {
	// Judgements has one entry a rollout, in their order.
	Judgements []Judgement
	// Successes counts the rollouts that pass, Suspects those of them with a finding.
	Successes, Suspects int
	// Independent counts the different texts among the successes without a finding; space at the ends
	// makes no difference.
	Independent int
}

// Enough is how many independent successes have to remain before anything of a problem trains.
const Enough = 2

// Enough reports whether at least [Enough] independent successes remain.
func (v Verdict) Enough() bool { return v.Independent >= Enough }

// Screen judges the rollouts of one problem. The prompt is the problem's text, with no worked
// examples in it: it tells whether there is anything to compute.
func Screen(prompt string, rollouts []Rollout) Verdict {
	s := newScreen(prompt, rollouts)
	v := Verdict{Judgements: make([]Judgement, len(rollouts))}
	texts := map[string]struct{}{}
	for i, r := range rollouts {
		if r.Outcome != feedbackgen.Pass {
			continue
		}
		v.Judgements[i] = s.judge(i)
		v.Successes++
		if v.Judgements[i].Suspect() {
			v.Suspects++
			continue
		}
		texts[strings.TrimSpace(r.Text)] = struct{}{}
	}
	v.Independent = len(texts)
	return v
}

// judge looks at one rollout that passes.
func (s *screen) judge(i int) Judgement {
	r := s.rollouts[i]
	answer := s.target(r.Answer)
	work := s.read(r.Text)
	work.follow(answer)
	j := Judgement{Screened: true}
	guess, bare := s.guess(i, work, answer)
	j.add(Guess, guess)
	j.add(Repetition, work.repetition(answer))
	if !bare { // what computes nothing at all is said already
		reason, notJudged := s.copied(work, answer)
		j.add(Copy, reason)
		j.NotJudged = notJudged
	}
	j.add(WrongStep, work.wrongStep())
	return j
}
