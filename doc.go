// Package feedbackgen holds the words that every other package speaks: [Problem], [Message],
// [Outcome], [Policy], [Sampling], [Trajectory], and [Record] with its kinds.
//
// feedbackgen manufactures training signal from a model's own behaviour: no preference labels, no
// teacher, no reward model. A module takes a [Problem], asks a backend, and emits [Record] values:
//
//	Problem -> module -> (backend calls, through middleware) -> Records -> guards -> store -> export
//
// This package imports none of the others.
package feedbackgen
