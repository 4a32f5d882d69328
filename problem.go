package feedbackgen

import "encoding/json"

// Problem is one task to be solved.
type Problem struct {
	// ID is unique within its file; a line without one is called "line-N".
	ID string
	// Index is the problem's place in its file, from 0.
	Index int
	// Prompt is the conversation that asks for a solution.
	Prompt []Message
	// Plain says that the prompt came as a bare string (Prompt is then one user message), so that
	// a module may wrap it in its own instructions. Messages are sent as they are.
	Plain bool
	// Answer is the right answer, if the file has one; it is only ever checked against, by rule.
	Answer string
	// Verifier names the rule that checks this problem's answers, if the file says so.
	Verifier string
	// Meta is whatever else the file holds for this problem, passed through.
	Meta json.RawMessage
}

// HasAnswer reports whether solutions can be checked against a known answer.
func (p Problem) HasAnswer() bool { return p.Answer != "" }
