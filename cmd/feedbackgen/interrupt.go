package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/feedbackgen/feedbackgen/backends"
)

// errInterrupted is why a run stops when the user asks.
var errInterrupted = errors.New("interrupted")

// interruptible returns a context that the first signal cancels.
func interruptible(parent context.Context, signals <-chan os.Signal) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-signals:
			cancel(&exit{exitResumable, errInterrupted})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-done
	}
}

// interrupt turns the user's signals into a gentle stop and then a hard one.
type interrupt struct {
	// ctx is stopped by the first signal: no new calls, those in flight are finished. hard is
	// cancelled by the second: nothing is waited for.
	ctx, hard context.Context
	stop      func()
}

func newInterrupt(parent context.Context, env environment) *interrupt {
	hard, cancel := context.WithCancelCause(parent)
	ctx, drain := backends.Drainable(hard)
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-env.signals:
			_, _ = fmt.Fprintln(env.stderr, "stopping: waiting for replies in flight; interrupt again to stop at once")
			drain(&exit{exitResumable, errInterrupted})
		case <-quit:
			return
		}
		select {
		case <-env.signals:
			cancel(&exit{exitResumable, errInterrupted})
		case <-quit:
		}
	}()
	return &interrupt{ctx: ctx, hard: hard, stop: func() {
		close(quit)
		<-done
		drain(nil)
		cancel(nil)
	}}
}
