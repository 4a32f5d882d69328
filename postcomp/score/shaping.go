package score

import "github.com/feedbackgen/feedbackgen"

// DefaultAlpha is the weight of a correction's bonus (SCoRe, arXiv:2409.12917, table 5).
const DefaultAlpha = 10

// Shaped is what the two turns of a correction earn: r1, and r2 + alpha*(r2-r1). The bonus for mending
// and the malus for spoiling reach turn two only (SCoRe's gamma = 0), so turn one earns nothing by
// leaving something to mend.
func Shaped(r1, r2, alpha float64) (turn1, turn2 float64) {
	return r1, r2 + alpha*(r2-r1)
}

// Transition is what became of an answer in a correction: c is correct, i is incorrect.
type Transition string

// The four transitions.
const (
	CorrectToCorrect     Transition = "cc"
	CorrectToIncorrect   Transition = "ci"
	IncorrectToCorrect   Transition = "ic"
	IncorrectToIncorrect Transition = "ii"
)

// Transitions lists all four, in the order in which reports show them.
var Transitions = [...]Transition{CorrectToCorrect, CorrectToIncorrect, IncorrectToCorrect, IncorrectToIncorrect}

// TransitionOf names the transition between two attempts; "" unless both have a label.
func TransitionOf(first, second feedbackgen.Outcome) Transition {
	if !first.IsLabel() || !second.IsLabel() {
		return ""
	}
	return letter(first) + letter(second)
}

func letter(o feedbackgen.Outcome) Transition {
	if o == feedbackgen.Pass {
		return "c"
	}
	return "i"
}
