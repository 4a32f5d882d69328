package feedbackgen

import (
	"encoding/json"
	"strings"
)

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
	// Descent says how a problem came about that the policy made from others; nil for a given one.
	Descent *Descent
}

// Descent is where an imagined problem comes from. Nobody gave its answer: it is the one that most of
// several independent solutions agree on.
type Descent struct {
	// Way is how it was made of its parents, such as "rephrase".
	Way string
	// Parents are the ids of the given problems that it was made from.
	Parents []string
	// Votes of Solutions independent solutions gave the answer; those without an answer are among
	// Solutions.
	Votes, Solutions int
	// Prompts is a digest of the prompt files that asked for it, Seed drew it.
	Prompts string
	Seed    int64
}

// Text is what the prompt's messages say, with an empty line between them.
func (p Problem) Text() string {
	words := make([]string, len(p.Prompt))
	for i, m := range p.Prompt {
		words[i] = m.Content
	}
	return strings.Join(words, "\n\n")
}

// HasAnswer reports whether solutions can be checked against a known answer.
func (p Problem) HasAnswer() bool { return p.Answer != "" }
