// Package backends says what a model server must do ([Backend]), what it may do ([Scorer],
// [Holder]), and wraps servers in middleware, each itself a Backend.
//
// The order of the wrapping is fixed, from the caller to the wire: fan-out, call log, retry, limit,
// meter, server. So three paid replies of four survive the fourth's failure.
package backends

import (
	"context"
	"encoding/json"

	"github.com/feedbackgen/feedbackgen"
)

// Backend generates text from one model. Implementations are safe for concurrent use.
type Backend interface {
	// Generate returns at least one and at most req.N samples, or an error and none. A server may
	// return fewer than asked; [FanOut] tops up, so that what is above it gets exactly req.N.
	// Equal requests mean the same draw, and it may be retried. Its errors are of the kinds in
	// errors.go, which say who acts on them.
	Generate(ctx context.Context, req Request) (Response, error)

	// Policy identifies the weights and template that answer, as far as the server tells. It may
	// ask the server, once.
	Policy(ctx context.Context) (feedbackgen.Policy, error)
}

// Continuation is how a partial solution is handed to the model to go on from. Asking in words
// to go on is not among them: that would be another policy.
type Continuation string

// The ways, best first.
const (
	// Native: the server continues a trailing assistant message.
	Native Continuation = "native"
	// Raw: the prompt is rendered here with the model's template and sent as bare text.
	Raw Continuation = "raw"
	// None: there is no way; only whole completions can be drawn.
	None Continuation = "none"
)

// Request asks for samples.
type Request struct {
	// Messages is the conversation so far.
	Messages []feedbackgen.Message `json:"messages"`
	// Prefix is the beginning of the assistant's answer, to be continued; samples do not repeat it.
	Prefix string `json:"prefix,omitempty"`
	// Continue says how. With [Raw], set it for prompts without a prefix too, so that the same
	// template renders them all; the other ways are only looked at if Prefix is not empty.
	Continue Continuation `json:"continue,omitempty"`
	// N is how many samples are wanted, at least 1. Sample i is the draw of seed Sampling.Seed+i,
	// as far as the server keeps seeds apart.
	N int `json:"n"`
	// Sampling is sent in full. Its Seed is this request's own.
	Sampling feedbackgen.Sampling `json:"sampling"`
	// Logprobs asks for the log-probability of each sampled token.
	Logprobs bool `json:"logprobs,omitempty"`
	// Entropies asks, beside Logprobs, how undecided the model was before each sampled token.
	Entropies bool `json:"entropies,omitempty"`
	// Schema, if given, is a JSON schema that the text has to satisfy.
	Schema json.RawMessage `json:"schema,omitempty"`
	// Role is who asks, for [ByRole]. Servers do not see it.
	Role Role `json:"role,omitempty"`
}

// Response holds the samples of one request.
type Response struct {
	Samples []Sample `json:"samples"`
	// PromptTokens counts the prompt once, however many samples it was for; 0 if not told.
	PromptTokens int `json:"prompt_tokens"`
}

// Finish says why a sample ended.
type Finish string

// Why samples end.
const (
	// FinishStop: the model ended its turn, or a stop string was met.
	FinishStop Finish = "stop"
	// FinishLength: the token limit or the context ran out; the text is truncated.
	FinishLength Finish = "length"
)

// Sample is one drawn completion, or continuation of a prefix.
type Sample struct {
	Text string `json:"text"`
	// Thinking is reasoning that the server returned apart.
	Thinking string `json:"thinking,omitempty"`
	Finish   Finish `json:"finish"`
	// Tokens counts the sampled tokens, thinking included; 0 if the server does not tell.
	Tokens int `json:"tokens"`
	// Seed is the seed of this draw.
	Seed int64 `json:"seed"`
	// Logprobs are the sampled tokens' log-probabilities, nil where unavailable (never zeros).
	Logprobs []TokenLogprob `json:"logprobs,omitempty"`
	// Entropies holds, for each of Logprobs, the entropy in nats (0 or more) of the distribution that the
	// token was drawn from, at temperature 1 and before any filter, as Logprobs are. It belongs to the
	// position, whatever token was drawn there. Servers that tell only the likeliest tokens give a lower
	// bound, which counts all others as one. Nil where unavailable, or unknown anywhere (never zeros).
	Entropies []float64 `json:"entropies,omitempty"`
}

// TokenLogprob is a token with its natural log-probability.
type TokenLogprob struct {
	Token   string  `json:"token"`
	Logprob float64 `json:"logprob"`
}

// Scorer is implemented by backends that can say how likely a given continuation is.
type Scorer interface {
	// Score returns the natural log-probability of each token of continuation, given the messages
	// and the beginning of the answer. Its errors are Generate's.
	Score(ctx context.Context, messages []feedbackgen.Message, prefix, continuation string) ([]TokenLogprob, error)
}

// Holder is implemented by backends that can keep the state after a prefix, so that requests which
// begin with it cost only their new tokens.
type Holder interface {
	// Hold keeps the state after messages and prefix until release is called. It is a hint: a
	// backend short of memory may drop what is held, and requests still succeed.
	Hold(ctx context.Context, messages []feedbackgen.Message, prefix string) (release func(), err error)
}

// As finds a capability, such as [Scorer], in b or in what b wraps.
func As[T any](b Backend) (T, bool) {
	for b != nil {
		if t, ok := b.(T); ok {
			return t, true
		}
		w, ok := b.(interface{ Unwrap() Backend })
		if !ok {
			break
		}
		b = w.Unwrap()
	}
	var none T
	return none, false
}
