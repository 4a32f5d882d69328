package mcts

import (
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/verify"
)

// judge says what became of a solution: by the known answer, else by the one that most of the
// model's own independent solutions agree on.
type judge struct {
	rule verify.Verifier
	gold string
	name string
	// known: the answer came with the problem, or the rule needs none.
	known bool
	// votes of solutions gave gold, where it is no known answer.
	votes, solutions int
	// undecided: there is no answer, and no agreement either. Every valid solution is an abstention.
	undecided bool
	// answers are those that were to agree.
	answers []string
}

func newJudge(problem feedbackgen.Problem, cfg Config) (*judge, error) {
	rule, err := cfg.rule(problem)
	if err != nil {
		return nil, err
	}
	j := &judge{rule: rule, gold: problem.Answer, name: rule.Name(), known: verify.CanJudge(rule, problem)}
	if !j.known || problem.Descent != nil {
		j.name = verify.SelfConsistency + ":" + rule.Name()
	}
	if d := problem.Descent; d != nil {
		j.votes, j.solutions = d.Votes, d.Solutions
	}
	return j, nil
}

// rule is the verifier of a problem.
func (c Config) rule(problem feedbackgen.Problem) (verify.Verifier, error) {
	return verify.ForLoaded(problem, c.Verifier, c.Rule, c.Load)
}

// settle decides what stands in for an unknown answer: the one given most often among the valid
// answers of independent whole solutions, if at least two and the wanted share give it. Solutions
// drawn later, from nodes that the search favoured, have no vote.
func (j *judge) settle(samples []backends.Sample, share float64) {
	if j.known {
		return
	}
	var answers []string
	for _, sample := range samples {
		if sample.Finish != backends.FinishStop {
			continue
		}
		if answer, ok := j.rule.Extract(sample.Text); ok {
			answers = append(answers, answer)
		}
	}
	answer, agreed := verify.Majority(j.rule, answers, share)
	j.gold, j.undecided, j.answers = answer, !agreed, answers
	if agreed {
		j.votes, j.solutions = verify.Votes(j.rule, answers, answer), len(answers)
	}
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

// wantsLogprobs reports whether steps are cut at tokens or weighed by how likely they are, or records are to
// say how likely, which takes log-probabilities.
func (s *Search) wantsLogprobs() bool {
	return s.cfg.Probabilities || strings.HasPrefix(s.cfg.Step, "tokens:") || byEntropy(s.cfg.Step) || s.cfg.Selection == PUCT
}
