package backends

import "context"

// inFlightKey is the context key under which [Drainable] keeps the context of calls in flight.
type inFlightKey struct{}

// Drainable returns a context that can be stopped gently. After stop(cause), calls that wait (for
// a slot, a cool-down, a retry) and new calls end with the cause, as [context.Cause] tells it, but
// calls already at the server go on under parent, and their replies are committed to the log.
// Cancelling parent ends those, too. A stop without a cause means [context.Canceled]; only the
// first stop counts.
//
// Stopping a context derived from ctx has the same gentle effect on the calls made with it. Only
// parent's values reach the server.
func Drainable(parent context.Context) (ctx context.Context, stop func(cause error)) {
	return context.WithCancelCause(context.WithValue(parent, inFlightKey{}, parent))
}

// inFlight is the context under which a call goes on once it has taken off, and under which its
// reply is committed: the parent of the nearest [Drainable], or ctx itself if there is none.
func inFlight(ctx context.Context) context.Context {
	if parent, ok := ctx.Value(inFlightKey{}).(context.Context); ok {
		return parent
	}
	return ctx
}
