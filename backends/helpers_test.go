package backends

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/feedbackgen/feedbackgen"
)

// fakeServer is a backend whose replies are a function; it remembers what was asked and paid.
type fakeServer struct {
	generate func(ctx context.Context, req Request, times int) (Response, error)

	mu    sync.Mutex
	asked map[int64]int // by seed
	paid  []Request
	calls int
}

func (f *fakeServer) Generate(ctx context.Context, req Request) (Response, error) {
	f.mu.Lock()
	if f.asked == nil {
		f.asked = map[int64]int{}
	}
	times := f.asked[req.Sampling.Seed]
	f.asked[req.Sampling.Seed]++
	f.calls++
	f.mu.Unlock()

	reply, err := f.generate(ctx, req, times)

	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil && len(reply.Samples) > 0 {
		f.paid = append(f.paid, req)
	}
	return reply, err
}

func (f *fakeServer) Policy(context.Context) (feedbackgen.Policy, error) {
	return feedbackgen.Policy{Backend: "fake", Model: "m"}, nil
}

func (f *fakeServer) counts() (calls, paid int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls, len(f.paid)
}

// drawn is what a well-behaved server returns: n samples whose text tells the draw.
func drawn(req Request, n int) Response {
	reply := Response{PromptTokens: 7}
	for i := range n {
		seed := req.Sampling.Seed + int64(i)
		reply.Samples = append(reply.Samples, Sample{
			Text: fmt.Sprintf("draw %d", seed), Finish: FinishStop, Tokens: 2, Seed: seed,
		})
	}
	return reply
}

// obedient does as it is told.
func obedient() *fakeServer {
	return &fakeServer{generate: func(_ context.Context, req Request, _ int) (Response, error) {
		return drawn(req, req.N), nil
	}}
}

// failing always fails in one way.
func failing(err error) *fakeServer {
	return &fakeServer{generate: func(context.Context, Request, int) (Response, error) { return Response{}, err }}
}

// failure is an error of a kind.
func failure(kind error, text string) *Error {
	return &Error{Failure: feedbackgen.Failure{Kind: kind, Op: "generate", Subject: "fake", Cause: errors.New(text)}}
}

func throttled(after time.Duration) *Error {
	err := failure(ErrThrottled, "too many requests")
	err.RetryAfter = after
	return err
}

// ask is a request for n samples from seed on.
func ask(seed int64, n int) Request {
	return Request{
		Messages: []feedbackgen.Message{feedbackgen.User("What is 2 + 2?")},
		N:        n,
		Sampling: feedbackgen.Sampling{Temperature: 1, TopP: 1, MaxTokens: 100, Seed: seed},
	}
}

// memoryLog is a CallLog without a disk.
type memoryLog struct {
	mu      sync.Mutex
	entries map[Key]Entry
	fail    error
}

func newMemoryLog() *memoryLog { return &memoryLog{entries: map[Key]Entry{}} }

func (l *memoryLog) String() string { return "job p7" }

func (l *memoryLog) Lookup(key Key) (Entry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry, ok := l.entries[key]
	return entry, ok
}

func (l *memoryLog) Commit(ctx context.Context, key Key, entry Entry) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail == nil {
		l.entries[key] = entry
	}
	return l.fail
}

// chain is all the middleware over a server, with settings that tests change.
type chain struct {
	retry  RetryConfig
	limit  int
	budget Budget
	native bool
}

func (c chain) build(server Backend, log CallLog) (Backend, *Retrier, *Limiter, *Metered) {
	meter := Meter(server, Prices{PromptPerMTok: 1, CompletionPerMTok: 2}, c.budget, Usage{})
	limit := Limit(meter, max(1, c.limit))
	retry := Retry(limit, c.retry)
	return FanOut(Logged(retry, log, [32]byte{}), c.native), retry, limit, meter
}
