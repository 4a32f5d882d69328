package verify

import (
	"github.com/feedbackgen/feedbackgen"
)

// SelfConsistency is what records call the judge of problems without a known answer; after a colon
// comes the rule that compared the answers.
const SelfConsistency = "self-consistency"

// JudgesAlone is implemented by verifiers that may judge without a known answer, such as a schema.
type JudgesAlone interface {
	// JudgesAlone reports whether Verify with an empty gold says what is right.
	JudgesAlone() bool
}

// CanJudge reports whether a rule says what is right for a problem: it has a known answer, or the
// rule needs none. Otherwise solutions have only each other to be compared with.
func CanJudge(rule Verifier, problem feedbackgen.Problem) bool {
	alone, ok := rule.(JudgesAlone)
	return problem.HasAnswer() || ok && alone.JudgesAlone()
}

// For is the verifier of a problem: rule, if it is not nil; else the one that the problem names,
// else the named default, else the one that fits the look of the answer.
func For(problem feedbackgen.Problem, name string, rule Verifier) (Verifier, error) {
	return ForLoaded(problem, name, rule, New)
}

// ForLoaded is [For] where load, such as a [Loader]'s, makes verifiers of names; nil is [New].
func ForLoaded(problem feedbackgen.Problem, name string, rule Verifier, load func(name string) (Verifier, error)) (Verifier, error) {
	if problem.Verifier != "" {
		name = problem.Verifier
	}
	switch {
	case rule != nil:
		return rule, nil
	case name == "":
		return Auto(problem.Answer), nil
	}
	if load == nil {
		load = New
	}
	named, err := load(name)
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
