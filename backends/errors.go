package backends

import (
	"errors"
	"time"

	"github.com/feedbackgen/feedbackgen"
)

// Kinds of failure of a call. A backend wraps the cause in an [Error] of one of these kinds; the
// kind says who acts on it. Test with [errors.Is].
var (
	// ErrRefused: the server will never answer this request (a bad request, a prompt that does not
	// fit, a content filter). Logged and replayed; not retried.
	ErrRefused = errors.New("refused")
	// ErrThrottled: too many requests; the server may say when to come back. It costs no attempt.
	ErrThrottled = errors.New("throttled")
	// ErrLoading: the server is up but not ready, such as while it loads the model. Waited for, as
	// long as the user's patience lasts; it costs no attempt.
	ErrLoading = errors.New("not ready")
	// ErrUnavailable: nobody listens there. Retried for less than a minute, then the run ends,
	// resumable.
	ErrUnavailable = errors.New("unavailable")
	// ErrTransient: anything that may go better next time: a reset connection, a broken reply, an
	// empty choice, an internal error. Retried; then the problem is suspended.
	ErrTransient = errors.New("transient failure")
	// ErrConfig: no request can succeed with these settings: unknown model, wrong key, wrong URL.
	// The run does not start.
	ErrConfig = errors.New("misconfigured")
	// ErrBudget: the run may make no more calls; it ends, resumable.
	ErrBudget = errors.New("budget spent")
)

// Error is a failed call: a [feedbackgen.Failure] whose Kind is one of the errors above.
type Error struct {
	feedbackgen.Failure
	// RetryAfter is how long the server asked to be left alone; 0 if it did not say.
	RetryAfter time.Duration
}
