package backends

import "context"

// Capabilities is what a server turned out to do, found by [Probe] before the first job and kept
// with the run.
type Capabilities struct {
	// N: it returns as many samples as asked in one reply.
	N bool `json:"n"`
	// Seed: the same seed draws the same sample, and another seed another.
	Seed bool `json:"seed"`
	// Logprobs: it returns the log-probabilities of sampled tokens.
	Logprobs bool `json:"logprobs"`
	// Entropies: it tells how undecided the model was before each of them.
	Entropies bool `json:"entropies"`
	// Continuation is the best way to go on from a partial solution.
	Continuation Continuation `json:"continuation"`
	// Schema: it keeps to a JSON schema.
	Schema bool `json:"schema"`
	// Reasoning: it returns reasoning apart from the content.
	Reasoning bool `json:"reasoning"`
	// Slots is how many requests it works on at once; 0 if it does not tell.
	Slots int `json:"slots"`
	// Notes say, a line each, what a person should know about how these were found.
	Notes []string `json:"notes,omitempty"`
}

// Slotter is implemented by backends whose server tells how many requests it works on at once.
type Slotter interface {
	Slots(ctx context.Context) (int, error)
}
