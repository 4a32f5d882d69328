package main

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/feedbackgen/feedbackgen/backends"
)

// memory answers a request that was answered before from memory: all systems begin with the same
// draws, and many judge the same states. Requests that are under way twice are asked twice.
type memory struct {
	backends.Backend
	mu      sync.Mutex
	replies map[string]backends.Response
}

func remember(b backends.Backend) *memory {
	return &memory{Backend: b, replies: map[string]backends.Response{}}
}

func (m *memory) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	key, err := json.Marshal(req)
	if err != nil {
		return backends.Response{}, err
	}
	m.mu.Lock()
	reply, ok := m.replies[string(key)]
	m.mu.Unlock()
	if ok {
		return reply, nil
	}
	if reply, err = m.Backend.Generate(ctx, req); err != nil {
		return reply, err
	}
	m.mu.Lock()
	m.replies[string(key)] = reply
	m.mu.Unlock()
	return reply, nil
}

// ledger notes what one system draws for one problem.
type ledger struct {
	backends.Backend
	mu sync.Mutex
	// sampled and prompt tokens; the prompt's are counted once a request, prefix included.
	sampled, prompt, calls int
	// solutions are whole: prefix and sample, if finished.
	solutions []string
}

func (l *ledger) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	reply, err := l.Backend.Generate(ctx, req)
	if err != nil {
		return reply, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	l.prompt += reply.PromptTokens
	for _, sample := range reply.Samples {
		l.sampled += sample.Tokens
		if sample.Finish == backends.FinishStop {
			l.solutions = append(l.solutions, req.Prefix+sample.Text)
		}
	}
	return reply, nil
}
