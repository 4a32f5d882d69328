package backends

import (
	"container/list"
	"context"
	"sync"
)

// Limiter bounds the calls in flight; see [Limit].
type Limiter struct {
	Backend
	max  int
	gate *Cooldown // given by the Retry above

	mu        sync.Mutex
	limit     int       // now in force, from 1 to max
	inFlight  int       // slots taken
	queue     list.List // of chan struct{}, closed when its slot is given
	successes int       // since limit last changed
	departed  int64     // calls that have taken off
	halvedAt  int64     // departed when limit was last halved
}

// Limit lets at most max calls (at least 1) be in flight, first come first served. It adapts: the
// limit halves when the server throttles, never below 1 and once for all calls that took off
// before the last halving, and grows by 1 for every limit successes, up to max.
//
// This is where a call takes off: before, it ends with its context; after, it goes on under the
// parent of [Drainable].
func Limit(b Backend, max int) *Limiter {
	return &Limiter{Backend: b, max: atLeastOne(max), limit: atLeastOne(max)}
}

func atLeastOne(n int) int { return max(1, n) }

// Unwrap returns the backend below.
func (l *Limiter) Unwrap() Backend { return l.Backend }

// Limit is how many calls may be in flight now.
func (l *Limiter) Limit() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.limit
}

// InFlight is how many calls hold a slot.
func (l *Limiter) InFlight() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inFlight
}

// Generate makes the call when a slot is free.
func (l *Limiter) Generate(ctx context.Context, req Request) (Response, error) {
	if err := l.acquire(ctx); err != nil {
		return Response{}, err
	}
	number, err := l.takeOff(ctx)
	if err != nil {
		l.release()
		return Response{}, err
	}
	reply, err := l.Backend.Generate(inFlight(ctx), req)
	l.land(number, err)
	return reply, err
}

// acquire takes a slot, or returns the context's cause.
func (l *Limiter) acquire(ctx context.Context) error {
	l.mu.Lock()
	if l.inFlight < l.limit && l.queue.Len() == 0 {
		l.inFlight++
		l.mu.Unlock()
		return nil
	}
	granted := make(chan struct{})
	place := l.queue.PushBack(granted)
	l.mu.Unlock()

	select {
	case <-granted:
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-granted: // at the same moment: pass the slot on
		l.inFlight--
		l.grant()
	default:
		l.queue.Remove(place)
	}
	return context.Cause(ctx)
}

// takeOff passes the cool-down and numbers the call, unless the context is done.
func (l *Limiter) takeOff(ctx context.Context) (number int64, err error) {
	if l.gate != nil {
		if err := l.gate.Wait(ctx); err != nil {
			return 0, err
		}
	}
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.departed++
	return l.departed, nil
}

// land adapts the limit to how the call ended and gives its slot back.
func (l *Limiter) land(number int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch kindOf(err) {
	case kindThrottled:
		if number > l.halvedAt {
			l.limit, l.successes, l.halvedAt = max(1, l.limit/2), 0, l.departed
		}
	case kindSuccess:
		if l.successes++; l.successes >= l.limit && l.limit < l.max {
			l.limit, l.successes = l.limit+1, 0
		}
	}
	l.inFlight--
	l.grant()
}

// release gives back the slot of a call that never took off.
func (l *Limiter) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
	l.grant()
}

// grant gives free slots to those who wait longest. The caller holds mu.
func (l *Limiter) grant() {
	for l.inFlight < l.limit && l.queue.Len() > 0 {
		close(l.queue.Remove(l.queue.Front()).(chan struct{}))
		l.inFlight++
	}
}
