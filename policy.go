package feedbackgen

import "encoding/json"

// Policy says which model produced a completion, as far as the server tells. Equal Policies are the
// same as far as anybody can tell. Different ones may be the same, too, such as one file of weights
// behind two servers or under two names: guard/staleness decides that, by the digest of the weights.
// A run goes on only under an equal Policy, because its replies came from that server.
type Policy struct {
	// Backend is the kind of server: "embedded", "ollama", "openai".
	Backend string `json:"backend"`
	// Model is the name the server knows it by.
	Model string `json:"model"`
	// Digest identifies the content of the weights, where the server tells it.
	Digest string `json:"digest"`
	// ID is the user's own name for the weights (--policy-id), for servers that tell no digest.
	ID string `json:"id"`
	// Template is a digest of the chat template, where it is known.
	Template string `json:"template"`
}

// Sampling is how completions are drawn. Every field is sent explicitly, because servers differ in
// their defaults.
type Sampling struct {
	// Temperature divides the logits; 0 is greedy.
	Temperature Real `json:"temperature"`
	// TopP keeps the smallest set of tokens with at least this probability; 1 keeps all.
	TopP Real `json:"top_p"`
	// TopK keeps the K likeliest tokens; 0 keeps all.
	TopK int `json:"top_k"`
	// MinP drops tokens below this share of the likeliest one's probability; 0 drops none.
	MinP Real `json:"min_p"`
	// MaxTokens bounds a completion; reaching it makes the completion truncated, hence invalid.
	MaxTokens int `json:"max_tokens"`
	// Stop ends a completion before any of these strings, which are not part of it.
	Stop []string `json:"stop,omitempty"`
	// Seed makes a draw repeatable. In a record it is the run's seed.
	Seed int64 `json:"seed"`
}

// Real is a float64 whose JSON always has a decimal point or an exponent, so that readers which
// infer a column's type from its first values (Arrow, pandas) never take it for an integer.
type Real float64

// MarshalJSON writes the shortest form that reads back equal, with at least one decimal.
func (r Real) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal(float64(r))
	if err != nil {
		return nil, err
	}
	for _, c := range text {
		if c == '.' || c == 'e' || c == 'E' {
			return text, nil
		}
	}
	return append(text, ".0"...), nil
}
