package critic

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/feedbackgen/feedbackgen/backends"
)

// Once sends equal requests but once, and waits for one that is under way: simulations that run side by
// side come to the same state, and how often it is paid for must not depend on their timing. What has
// failed has failed for all.
func Once(backend backends.Backend) backends.Backend {
	return &once{Backend: backend, replies: map[string]func() (backends.Response, error){}}
}

type once struct {
	backends.Backend
	mu      sync.Mutex
	replies map[string]func() (backends.Response, error)
}

// Unwrap returns the backend below.
func (o *once) Unwrap() backends.Backend { return o.Backend }

// Generate sends the request, unless an equal one was.
func (o *once) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	key, err := json.Marshal(req)
	if err != nil {
		return backends.Response{}, err
	}
	o.mu.Lock()
	reply, known := o.replies[string(key)]
	if !known {
		reply = sync.OnceValues(func() (backends.Response, error) { return o.Backend.Generate(ctx, req) })
		o.replies[string(key)] = reply
	}
	o.mu.Unlock()
	return reply()
}
