package backends_test

import (
	"context"
	"fmt"
	"sync"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/mock"
)

// memory is a call log that lasts as long as the process.
type memory struct{ entries sync.Map }

func (m *memory) Lookup(key backends.Key) (backends.Entry, bool) {
	entry, ok := m.entries.Load(key)
	if !ok {
		return backends.Entry{}, false
	}
	return entry.(backends.Entry), true
}

func (m *memory) Commit(_ context.Context, key backends.Key, entry backends.Entry) error {
	m.entries.Store(key, entry)
	return nil
}

// A server is wrapped once; the call log and the fan-out belong to one job each.
func Example() {
	ctx := context.Background()
	server := &mock.Model{}

	meter := backends.Meter(server, backends.Prices{PromptPerMTok: 0.1, CompletionPerMTok: 0.4}, backends.Budget{MaxCalls: 100}, backends.Usage{})
	endpoint := backends.Retry(backends.Limit(meter, 8), backends.RetryConfig{})

	policy, err := endpoint.Policy(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	job := backends.FanOut(backends.Logged(endpoint, &memory{}, backends.PolicyKey(policy)), false)

	request := backends.Request{
		Messages: []feedbackgen.Message{feedbackgen.User("Start with 3. Add 4. What is the result?")},
		N:        4,
		Sampling: feedbackgen.Sampling{Temperature: 1, TopP: 1, MaxTokens: 100, Seed: 1},
	}
	for range 2 { // the second time costs nothing
		reply, err := job.Generate(ctx, request)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(len(reply.Samples), "samples,", meter.Snapshot().Calls, "calls")
	}
	// Output:
	// 4 samples, 4 calls
	// 4 samples, 4 calls
}
