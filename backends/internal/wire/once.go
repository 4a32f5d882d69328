package wire

import (
	"context"
	"sync/atomic"
)

// Once keeps the first answer to a question that is asked of the server; a failure is not kept.
// One caller asks at a time, and the others wait no longer than their contexts last.
type Once[T any] struct {
	answer atomic.Pointer[T]
	asking chan struct{}
}

// NewOnce returns a question that nobody has asked.
func NewOnce[T any]() *Once[T] { return &Once[T]{asking: make(chan struct{}, 1)} }

// Get returns the answer, asking if there is none yet.
func (o *Once[T]) Get(ctx context.Context, ask func(context.Context) (T, error)) (T, error) {
	if known := o.answer.Load(); known != nil {
		return *known, nil
	}
	var none T
	select {
	case o.asking <- struct{}{}:
		defer func() { <-o.asking }()
	case <-ctx.Done():
		return none, ctx.Err()
	}
	if known := o.answer.Load(); known != nil {
		return *known, nil
	}
	answer, err := ask(ctx)
	if err != nil {
		return none, err
	}
	o.answer.Store(&answer)
	return answer, nil
}
