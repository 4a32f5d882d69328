package main

import (
	"context"
	"errors"
	"os"
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
