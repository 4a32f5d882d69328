package backends

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/feedbackgen/feedbackgen"
)

// How long a [Cooldown] keeps an endpoint closed when the server does not say.
const (
	busyFirst, busyLongest = time.Second, time.Minute
	goneFirst, goneLongest = 500 * time.Millisecond, 5 * time.Second
	// rampStep lies between the calls that are let go when it opens, at most rampPlaces of them
	// one after the other: a server that has just recovered is not asked everything at once.
	rampStep, rampPlaces = 10 * time.Millisecond, 200
	// parole is how long every call fails at once after the endpoint has been given up.
	parole = 30 * time.Second
)

// Cooldown is an endpoint's shared waiting room. While the server is overloaded, loading or gone,
// it is closed, and every call waits for it instead of burning an attempt; when it opens, the
// waiting calls are let go one after the other. It is closed for as long as the server asked, else
// for 1 s doubling to 1 min (500 ms doubling to 5 s if nobody listens), counted once per closing
// however many calls are turned away. It gives the endpoint up after patience without a success
// (outage, if nobody listens): then all waiting calls fail, and new ones for 30 s.
type Cooldown struct {
	patience, outage time.Duration

	mu        sync.Mutex
	until     time.Time // closed until then
	window    int       // counts the times that until was moved
	waiting   int       // calls that found this window closed
	level     int       // closings since the last success
	busySince time.Time // first overload since the last success
	goneSince time.Time // first refused connection since the last answer of any kind
	verdict   *Error    // why the endpoint is given up
	paroleAt  time.Time // when the verdict lapses
	gaveUp    chan struct{}
}

// newCooldown is open.
func newCooldown(patience, outage time.Duration) *Cooldown {
	return &Cooldown{patience: patience, outage: outage, gaveUp: make(chan struct{})}
}

// Until is when a closed endpoint will open; the zero time if it is open.
func (c *Cooldown) Until() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.until.IsZero() || !time.Now().Before(c.until) {
		return time.Time{}
	}
	return c.until
}

// Wait returns nil when the caller may call, and otherwise why it may not: an [ErrUnavailable] if
// the endpoint is given up, the context's cause if that ends first.
func (c *Cooldown) Wait(ctx context.Context) error {
	for {
		pass := c.enter()
		if pass.err != nil {
			return pass.err
		}
		if pass.open {
			return nil
		}
		timer := time.NewTimer(pass.delay)
		select {
		case <-timer.C:
			if c.isWindow(pass.window) {
				return nil
			}
		case <-pass.gaveUp:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

// pass is what a call is told at the door.
type pass struct {
	open   bool
	err    error
	delay  time.Duration
	window int
	gaveUp <-chan struct{}
}

func (c *Cooldown) enter() pass {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.until.IsZero() && c.verdict == nil {
		return pass{open: true}
	}
	now := time.Now()
	if c.verdict != nil && now.Before(c.paroleAt) {
		return pass{err: c.verdict}
	}
	c.verdict = nil
	if !now.Before(c.until) {
		return pass{open: true}
	}
	place := min(c.waiting, rampPlaces)
	c.waiting++
	delay := c.until.Sub(now) + time.Duration(place)*rampStep + rand.N(rampStep)
	return pass{delay: delay, window: c.window, gaveUp: c.gaveUp}
}

// isWindow reports whether the endpoint has not been closed again.
func (c *Cooldown) isWindow(window int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.window == window && c.verdict == nil
}

// learn takes in how a call ended. If it is to be made again, after Wait, again is true; otherwise
// the call ends with the error returned, which is err, or the verdict that the endpoint is given up.
func (c *Cooldown) learn(err error) (again bool, end error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.verdict != nil && errors.Is(err, c.verdict) {
		return false, err // a call that was turned away at take-off has learned nothing new
	}
	switch kindOf(err) {
	case kindThrottled, kindLoading:
		end = c.busy(err)
		return end == nil, end
	case kindUnavailable:
		end = c.gone(err)
		return end == nil, end
	case kindTransient:
		c.goneSince = time.Time{} // somebody is there
	case kindRefused, kindSuccess:
		c.succeeded()
	}
	return false, err
}

func (c *Cooldown) succeeded() {
	c.level, c.busySince, c.goneSince, c.verdict = 0, time.Time{}, time.Time{}, nil
}

// busy closes the endpoint, or returns the verdict that patience is over.
func (c *Cooldown) busy(err error) error {
	now := time.Now()
	if c.busySince.IsZero() || now.After(c.until.Add(c.patience)) { // long idle is no trouble
		c.busySince = now
	}
	c.goneSince = time.Time{}
	deadline := c.busySince.Add(c.patience)
	asked := retryAfter(err)
	switch {
	case !now.Before(deadline):
		return c.giveUp(now, fmt.Errorf("the server has taken no call for %v: %s", now.Sub(c.busySince).Round(time.Second), err.Error()),
			"wait longer with --patience, or ask less at once with --concurrency; the same command goes on from here")
	case now.Add(asked).After(deadline):
		return c.giveUp(now, fmt.Errorf("the server asks to be left alone for %v, which is past the patience of %v: %s", asked, c.patience, err.Error()),
			"run the same command again later, or with a higher --patience")
	case asked > 0:
		c.closeUntil(now.Add(asked))
	case !now.Before(c.until): // else it is closed already, on account of a call that left with this one
		c.closeUntil(earlier(now.Add(c.backoff(busyFirst, busyLongest)), deadline))
	}
	return nil
}

// gone closes the endpoint for a moment, or returns the verdict that nobody is there.
func (c *Cooldown) gone(err error) error {
	now := time.Now()
	if c.goneSince.IsZero() || now.After(c.until.Add(c.outage)) {
		c.goneSince = now
	}
	deadline := c.goneSince.Add(c.outage)
	if !now.Before(deadline) {
		return c.giveUp(now, fmt.Errorf("no connection for %v: %w", now.Sub(c.goneSince).Round(time.Second), err),
			"start the server, then run the same command to go on")
	}
	if !now.Before(c.until) {
		c.closeUntil(earlier(now.Add(c.backoff(goneFirst, goneLongest)), deadline))
	}
	return nil
}

// backoff is first, doubled for each closing since the last success, at most longest.
func (c *Cooldown) backoff(first, longest time.Duration) time.Duration {
	delay := min(first<<min(c.level, 10), longest)
	c.level++
	return delay
}

func (c *Cooldown) closeUntil(t time.Time) {
	if t.After(c.until) {
		c.until, c.waiting = t, 0
		c.window++
	}
}

// giveUp ends all waiting. The cause of an overload is given in words only, so that nothing above
// takes the verdict for one.
func (c *Cooldown) giveUp(now time.Time, cause error, hint string) error {
	c.succeeded()
	c.until = time.Time{}
	c.verdict = &Error{Failure: feedbackgen.Failure{Kind: ErrUnavailable, Op: "generate", Cause: cause, Hint: hint}}
	c.paroleAt = now.Add(parole)
	close(c.gaveUp)
	c.gaveUp = make(chan struct{})
	return c.verdict
}

// retryAfter is how long the server asked to be left alone.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return max(0, e.RetryAfter)
	}
	return 0
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
