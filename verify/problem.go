package verify

import (
	"github.com/feedbackgen/feedbackgen"
)

// SelfConsistency is what records call the judge of problems without a known answer; after a colon
// comes the rule that compared the answers.
const SelfConsistency = "self-consistency"

// For is the verifier of a problem: rule, if it is not nil; else the one that the problem names,
// else the named default, else the one that fits the look of the answer.
func For(problem feedbackgen.Problem, name string, rule Verifier) (Verifier, error) {
	if problem.Verifier != "" {
		name = problem.Verifier
	}
	switch {
	case rule != nil:
		return rule, nil
	case name == "":
		return Auto(problem.Answer), nil
	}
	named, err := New(name)
	if err != nil {
		return nil, &feedbackgen.Failure{Kind: feedbackgen.ErrInput, Subject: "problem " + problem.ID, Cause: err}
	}
	return named, nil
}

// Majority is what stands in for an unknown answer: the one given most often among extracted
// answers of independent solutions, if at least two and the wanted share of them give it, and no
// other is given as often.
func Majority(rule Verifier, answers []string, share float64) (answer string, ok bool) {
	type class struct {
		answer string
		votes  int
	}
	var classes []class
	for _, answer := range answers {
		found := false
		for i := range classes {
			if rule.Equal(classes[i].answer, answer) {
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
	if best.votes < 2 || tied || float64(best.votes) < share*float64(len(answers)) {
		return "", false
	}
	return best.answer, true
}

// Votes counts the answers that mean the same as one of them.
func Votes(rule Verifier, answers []string, answer string) int {
	votes := 0
	for _, other := range answers {
		if rule.Equal(other, answer) {
			votes++
		}
	}
	return votes
}
