package critic

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen/backends"
)

// Once sends equal requests but once, and waits for one that is under way: simulations that run side by
// side come to the same state, and how often it is paid for must not depend on their timing. What has
// failed has failed for all.
func Once(backend backends.Backend) *Asked {
	return &Asked{Backend: backend, asked: map[string]*answer{}, tokens: map[backends.Role]int64{}}
}

// Asked is a backend that answers equal requests once, see [Once].
type Asked struct {
	backends.Backend
	mu     sync.Mutex
	asked  map[string]*answer
	tokens map[backends.Role]int64
}

// answer is there when done is closed.
type answer struct {
	done  chan struct{}
	reply backends.Response
	err   error
}

// Unwrap returns the backend below.
func (o *Asked) Unwrap() backends.Backend { return o.Backend }

// Generate sends the request, unless an equal one was.
func (o *Asked) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	key, err := json.Marshal(req)
	if err != nil {
		return backends.Response{}, err
	}
	o.mu.Lock()
	a, known := o.asked[string(key)]
	if !known {
		a = &answer{done: make(chan struct{})}
		o.asked[string(key)] = a
	}
	o.mu.Unlock()
	if !known {
		a.reply, a.err = o.Backend.Generate(ctx, req)
		o.mu.Lock()
		o.tokens[req.Role] += lo.SumBy(a.reply.Samples, func(s backends.Sample) int64 { return int64(s.Tokens) })
		o.mu.Unlock()
		close(a.done)
	}
	select {
	case <-a.done:
		return a.reply, a.err
	case <-ctx.Done():
		return backends.Response{}, context.Cause(ctx)
	}
}

// Tokens counts the tokens sampled so far for requests of a role, those of equal requests once.
func (o *Asked) Tokens(role backends.Role) int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tokens[role]
}
