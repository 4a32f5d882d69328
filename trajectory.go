package feedbackgen

// Step is one part of a solution: what is added to a partial solution at once.
type Step struct {
	// Text is the step, with whatever separates it from the next: the texts of a trajectory's
	// steps concatenate to the completion, byte for byte.
	Text string
}

// Trajectory is one whole solution, in steps.
type Trajectory struct {
	Steps    []Step
	Thinking string
	// Answer is what was extracted, as the verifier reads it.
	Answer  string
	Outcome Outcome
	// Reason says why the outcome is what it is, where that helps a person.
	Reason string
	// Seed drew the sampled part, which begins after the first Given steps.
	Seed  int64
	Given int
	// Tokens counts the sampled tokens, as the server says.
	Tokens int
}

// Text is the completion that the steps make up.
func (t Trajectory) Text() string {
	size := 0
	for _, s := range t.Steps {
		size += len(s.Text)
	}
	text := make([]byte, 0, size)
	for _, s := range t.Steps {
		text = append(text, s.Text...)
	}
	return string(text)
}
