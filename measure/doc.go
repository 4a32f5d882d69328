// Package measure and the packages below it say how good a signal is: pure functions over what the
// caller has, with no model, clock or global state.
//
//	passk         how many problems k draws solve, and which of two models solves which
//	calibration   whether stated confidence means anything, and how to mend it
//	agreement     whether two judges agree, and what a judge's mistakes do to a rate
//	correction    what a second attempt changes
//	preference    whether pairs are right, and what they prefer besides being right
//	diversity     whether completions still differ
//	sparsity      what training changed in the weights
//	betabinomial  how pass rates spread over problems
//	interval      how sure any of these numbers is, with problems as the unit
//
// What is undefined is told: functions return false beside their number, and result structs, whose
// JSON is what the command line prints, hold nil, which is null.
package measure

// Optional is a number that may be undefined, as result structs hold it: nil unless ok.
func Optional(value float64, ok bool) *float64 {
	if !ok {
		return nil
	}
	return &value
}
