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
	return &once{Backend: backend, asked: map[string]*answer{}}
}

type once struct {
	backends.Backend
	mu    sync.Mutex
	asked map[string]*answer
}

// answer is there when done is closed.
type answer struct {
	done  chan struct{}
	reply backends.Response
	err   error
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
	a, known := o.asked[string(key)]
	if !known {
		a = &answer{done: make(chan struct{})}
		o.asked[string(key)] = a
	}
	o.mu.Unlock()
	if !known {
		a.reply, a.err = o.Backend.Generate(ctx, req)
		close(a.done)
	}
	select {
	case <-a.done:
		return a.reply, a.err
	case <-ctx.Done():
		return backends.Response{}, context.Cause(ctx)
	}
}
