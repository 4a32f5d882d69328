package backends

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/feedbackgen/feedbackgen"
)

// RetryConfig says how hard to try. Zero fields have the defaults named.
type RetryConfig struct {
	// Retries bounds the further attempts after an [ErrTransient], 6 by default; negative for none.
	Retries int
	// Backoff is the wait before the first of them, 500 ms by default; it doubles up to MaxBackoff,
	// 30 s by default, and varies by a quarter either way.
	Backoff, MaxBackoff time.Duration
	// Patience bounds how long a server may be overloaded or loading without a single success,
	// 10 minutes by default; negative for none.
	Patience time.Duration
	// Outage bounds how long nobody may listen there, 45 s by default; negative for none.
	Outage time.Duration
}

// Retrier retries what is worth it; see [Retry].
type Retrier struct {
	Backend
	cooldown *Cooldown
	executor failsafe.Executor[any]
}

// Retry retries calls that fail with [ErrTransient] (a reply without samples is one), and waits
// with those that fail with [ErrThrottled], [ErrLoading] or [ErrUnavailable], which cost no
// attempt: they close the [Cooldown] that all calls to this endpoint share. A [Limiter] below
// keeps to the same Cooldown, so that calls which queue there do not run into it.
//
// All waiting ends with the context, whose cause is then returned; a reply that comes all the same
// is returned instead.
func Retry(b Backend, config RetryConfig) *Retrier {
	first := cmp.Or(config.Backoff, 500*time.Millisecond)
	policy := retrypolicy.NewBuilder[any]().
		HandleIf(func(_ any, err error) bool { return kindOf(err) == kindTransient }).
		WithBackoff(first, max(first+1, cmp.Or(config.MaxBackoff, 30*time.Second))).
		WithJitterFactor(0.25).
		WithMaxRetries(max(0, cmp.Or(config.Retries, 6))).
		ReturnLastFailure().
		Build()
	r := &Retrier{
		Backend:  b,
		cooldown: newCooldown(max(0, cmp.Or(config.Patience, 10*time.Minute)), max(0, cmp.Or(config.Outage, 45*time.Second))),
		executor: failsafe.With(policy),
	}
	if limiter, ok := As[*Limiter](b); ok {
		limiter.gate = r.cooldown
	}
	return r
}

// Unwrap returns the backend below.
func (r *Retrier) Unwrap() Backend { return r.Backend }

// ThrottledUntil is when a server that is overloaded, loading or gone will next be asked; the zero
// time if it may be asked now.
func (r *Retrier) ThrottledUntil() time.Time { return r.cooldown.Until() }

// Generate makes the call until it succeeds, fails for good, or is given up.
func (r *Retrier) Generate(ctx context.Context, req Request) (Response, error) {
	var reply Response
	err := r.retry(ctx, func() (err error) {
		if reply, err = r.Backend.Generate(ctx, req); err == nil && len(reply.Samples) == 0 {
			err = noSamples()
		}
		return err
	})
	if err != nil {
		return Response{}, err
	}
	return reply, nil
}

// Policy asks in the same way, so that a run may begin while its server is still loading.
func (r *Retrier) Policy(ctx context.Context) (feedbackgen.Policy, error) {
	var policy feedbackgen.Policy
	err := r.retry(ctx, func() (err error) {
		policy, err = r.Backend.Policy(ctx)
		return err
	})
	return policy, err
}

// retry makes attempts until one succeeds, and says why if none does.
func (r *Retrier) retry(ctx context.Context, call func() error) error {
	attempts := 1
	err := r.attempt(ctx, call)
	if kindOf(err) == kindTransient && ctx.Err() == nil {
		// Most calls never get here: the executor costs as much as all the rest of the middleware. It
		// is told of the attempt that failed, and waits before the next as if it had made it.
		told := false
		// What the executor returns is not looked at: once the context is done it drops the last
		// result, which may be a reply that is paid for.
		_ = r.executor.WithContext(ctx).Run(func() error {
			if !told {
				told = true
				return err
			}
			attempts++
			err = r.attempt(ctx, call)
			return err
		})
	}
	switch ended := kindOf(err); {
	case err == nil:
		return nil
	case ctx.Err() != nil && ended != kindRefused && ended != kindConfig && ended != kindBudget:
		return context.Cause(ctx) // the failure is likely the context's own
	case ended == kindTransient && attempts > 1:
		return fmt.Errorf("failed %d times, at last: %w", attempts, err)
	default:
		return err
	}
}

// attempt makes one attempt, which takes as many calls as it takes to find the server ready.
func (r *Retrier) attempt(ctx context.Context, call func() error) error {
	for {
		if err := r.cooldown.Wait(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if again, err := r.cooldown.learn(call()); !again {
			return err
		}
	}
}
