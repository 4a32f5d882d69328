package backends

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/feedbackgen/feedbackgen"
)

// Prices of a server, per million tokens, in whatever currency they are given. Zero: unknown, or
// free.
type Prices struct {
	PromptPerMTok, CompletionPerMTok float64
}

// Cost is the price of what was used.
func (p Prices) Cost(u Usage) float64 {
	return (float64(u.PromptTokens)*p.PromptPerMTok + float64(u.CompletionTokens)*p.CompletionPerMTok) / 1e6
}

// Budget bounds what a run may use, its earlier sessions included. Zero: no bound.
type Budget struct {
	// MaxCalls bounds the replies, to the call.
	MaxCalls int64
	// MaxTokens bounds prompt and completion tokens together. What a call takes is only known
	// afterwards: calls in flight when the bound is reached are completed and may pass it.
	MaxTokens int64
}

// Usage is what calls used. A call is a request that was answered, whatever its number of samples; so is
// one that was refused for good, as in the log of calls.
type Usage struct {
	Calls            int64 `json:"calls"`
	PromptTokens     int64 `json:"prompt_tokens"`
	CompletionTokens int64 `json:"completion_tokens"`
	// Failed counts attempts that were not answered.
	Failed int64 `json:"failed"`
	// Money is what the tokens cost, 0 unless prices are given.
	Money float64 `json:"money"`
}

// Tokens is the sum of prompt and completion tokens.
func (u Usage) Tokens() int64 { return u.PromptTokens + u.CompletionTokens }

// Metered counts what calls use; see [Meter].
type Metered struct {
	Backend
	prices Prices
	budget Budget

	mu       sync.Mutex
	used     Usage
	reserved int64 // calls in flight
}

// Meter counts calls, tokens, money and failed attempts, beginning with what earlier sessions
// spent, and ends with [ErrBudget] before a call for which the budget has no room. A call reserves
// its place before it leaves and gives it back if it fails.
func Meter(b Backend, prices Prices, budget Budget, spent Usage) *Metered {
	return &Metered{Backend: b, prices: prices, budget: budget, used: spent}
}

// Unwrap returns the backend below.
func (m *Metered) Unwrap() Backend { return m.Backend }

// Snapshot is what has been used up to now, earlier sessions included.
func (m *Metered) Snapshot() Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used
}

// Generate makes the call if the budget has room for it.
func (m *Metered) Generate(ctx context.Context, req Request) (Response, error) {
	if err := m.reserve(); err != nil {
		return Response{}, err
	}
	reply, err := m.Backend.Generate(ctx, req)
	m.settle(&reply, err)
	return reply, err
}

// reserve takes a place in the budget.
func (m *Metered) reserve() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if limit := m.budget.MaxCalls; limit > 0 && m.used.Calls+m.reserved >= limit {
		return spent(fmt.Sprintf("stopped at %d calls; run the same command with a higher --max-calls to go on", limit))
	}
	if limit := m.budget.MaxTokens; limit > 0 && m.used.Tokens() >= limit {
		return spent(fmt.Sprintf("stopped at %d tokens; run the same command with a higher --max-tokens-total to go on", limit))
	}
	m.reserved++
	return nil
}

// settle books a call that is over.
func (m *Metered) settle(reply *Response, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reserved--
	if errors.Is(err, ErrRefused) {
		m.used.Calls++
		return
	}
	if err != nil || len(reply.Samples) == 0 {
		m.used.Failed++
		return
	}
	call := Usage{Calls: 1, PromptTokens: int64(reply.PromptTokens), CompletionTokens: int64(reply.tokens())}
	m.used.Calls += call.Calls
	m.used.PromptTokens += call.PromptTokens
	m.used.CompletionTokens += call.CompletionTokens
	m.used.Money += m.prices.Cost(call)
}

// spent is the end of a budget.
func spent(message string) error {
	return &Error{Failure: feedbackgen.Failure{Kind: ErrBudget, Cause: errors.New(message)}}
}
