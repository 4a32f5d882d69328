package feedbackgen

import "strings"

// Failure is an error that tells a person what to do next: what was being done, to what, why it
// failed, and what would help. Parts that are empty are left out of the message.
type Failure struct {
	// Op is what was being done, such as "read problems".
	Op string
	// Subject is what it was done to, such as "problems.jsonl:7".
	Subject string
	// Cause is why it failed. [errors.Is] and [errors.As] see through to it.
	Cause error
	// Hint is what would help.
	Hint string
}

// Error is "subject: op: cause: hint", without what is empty.
func (f *Failure) Error() string {
	parts := make([]string, 0, 4)
	for _, part := range []string{f.Subject, f.Op} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if f.Cause != nil {
		parts = append(parts, f.Cause.Error())
	}
	if f.Hint != "" {
		parts = append(parts, f.Hint)
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Cause }
