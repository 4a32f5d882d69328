package mcts

import (
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/verify"
)

// selfConsistency names the judge of problems without a known answer.
const selfConsistency = "self-consistency"

// judge says what became of a solution: by the known answer, else by the one that most of the
// model's own independent solutions agree on.
type judge struct {
	rule verify.Verifier
	gold string
	name string
	// known: the answer came with the problem.
	known bool
	// undecided: there is no answer, and no agreement either. Every valid solution is an abstention.
	undecided bool
}

func newJudge(problem feedbackgen.Problem, cfg Config) (*judge, error) {
	rule, err := cfg.rule(problem)
	if err != nil {
		return nil, err
	}
	j := &judge{rule: rule, gold: problem.Answer, name: rule.Name(), known: problem.HasAnswer()}
	if !j.known {
		j.name = selfConsistency + ":" + rule.Name()
	}
	return j, nil
}

// rule is the verifier of a problem: the program's own, else the one that the problem or the
// configuration names, else the one that fits the look of the answer.
func (c Config) rule(problem feedbackgen.Problem) (verify.Verifier, error) {
	name := problem.Verifier
	if name == "" {
		name = c.Verifier
	}
	switch {
	case c.Rule != nil:
		return c.Rule, nil
	case name == "":
		return verify.Auto(problem.Answer), nil
	}
	rule, err := verify.New(name)
	if err != nil {
		return nil, &feedbackgen.Failure{Kind: feedbackgen.ErrInput, Subject: "problem " + problem.ID, Cause: err}
	}
	return rule, nil
}

// settle decides what stands in for an unknown answer: the one given most often among the valid
// answers of independent whole solutions, if at least two and the wanted share give it. Solutions
// drawn later, from nodes that the search favoured, have no vote.
func (j *judge) settle(samples []backends.Sample, share float64) {
	if j.known {
		return
	}
	type class struct {
		answer string
		votes  int
	}
	var classes []class
	valid := 0
	for _, sample := range samples {
		if sample.Finish != backends.FinishStop {
			continue
		}
		answer, ok := j.rule.Extract(sample.Text)
		if !ok {
			continue
		}
		valid++
		found := false
		for i := range classes {
			if j.rule.Equal(classes[i].answer, answer) {
				classes[i].votes++
				found = true
				break
			}
		}
		if !found {
			classes = append(classes, class{answer, 1})
		}
	}
	best, tied := class{}, false
	for _, c := range classes {
		switch {
		case c.votes > best.votes:
			best, tied = c, false
		case c.votes == best.votes:
			tied = true
		}
	}
	if best.votes < 2 || tied || float64(best.votes) < share*float64(valid) {
		j.undecided = true
		return
	}
	j.gold = best.answer
}

// verdict judges a whole solution.
func (j *judge) verdict(completion string, truncated bool) verify.Verdict {
	if !j.undecided {
		return j.rule.Verify(completion, truncated, j.gold)
	}
	if answer, ok := j.rule.Extract(completion); ok && !truncated {
		return verify.Verdict{Outcome: feedbackgen.Abstain, Answer: answer, Reason: "the solutions do not agree on an answer"}
	}
	return verify.Verdict{Outcome: feedbackgen.Invalid, Reason: "no answer"}
}

// wantsTokens reports whether steps are cut at tokens, which takes log-probabilities.
func (s *Search) wantsTokens() bool { return strings.HasPrefix(s.cfg.Step, "tokens:") }
