package run

import (
	"errors"
	"fmt"
	"sync"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/store"
)

// Kinds of end that are no failure of the program. Test with [errors.Is]; a third is
// [feedbackgen.ErrInput].
var (
	// ErrStopped: the run ended early and can be gone on with: it was interrupted, its budget is
	// spent, the server is gone or the disk is full. Commands exit with code 3.
	ErrStopped = errors.New("stopped")
	// ErrSomeFailed: all problems were tried, and some have no result. Commands exit with code 4.
	ErrSomeFailed = errors.New("some problems failed")
)

// interrupted marks the cause with which the context was stopped.
type interrupted struct{ error }

func (i interrupted) Unwrap() error { return i.error }

// kindOf is the kind of end that an error amounts to, nil for a failure.
func kindOf(err error) error {
	if _, ours := errors.AsType[interrupted](err); ours {
		return ErrStopped
	}
	for _, each := range []struct{ err, kind error }{
		{backends.ErrConfig, feedbackgen.ErrInput},
		{feedbackgen.ErrInput, feedbackgen.ErrInput},
		{backends.ErrUnavailable, ErrStopped},
		{backends.ErrBudget, ErrStopped},
		{backends.ErrLoading, ErrStopped},
		{backends.ErrThrottled, ErrStopped},
		{store.ErrFull, ErrStopped},
	} {
		if errors.Is(err, each.err) {
			return each.kind
		}
	}
	return nil
}

// reason is why a run ended early: the first error, because later ones are mostly its effects,
// unless a later one is a failure.
type reason struct {
	mu  sync.Mutex
	err error
}

func (r *reason) add(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil || kindOf(err) == nil && kindOf(r.err) != nil {
		r.err = err
	}
}

// tell is the error that Run returns.
func (r *reason) tell() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	kind := kindOf(r.err)
	if kind == nil {
		return r.err
	}
	f := &feedbackgen.Failure{Kind: kind, Cause: r.err}
	if by, ours := errors.AsType[interrupted](r.err); ours {
		f.Cause = by.error
		f.Hint = "run the same command again to go on"
	}
	// A call's failure says all there is to say; at which problem it struck does not matter.
	if call, found := errors.AsType[*backends.Error](r.err); found {
		f.Cause, f.Hint = call, ""
		if call.Hint == "" && errors.Is(kind, ErrStopped) && !errors.Is(call, backends.ErrBudget) {
			f.Hint = "run the same command again to go on"
		}
	}
	return f
}

// failed is the error of a run that tried everything, nil if everything worked.
func (s Summary) failed() error {
	n := s.Problems
	if n.Failed+n.Suspended == 0 {
		return nil
	}
	first := s.Failures[0]
	f := &feedbackgen.Failure{
		Kind:  ErrSomeFailed,
		Cause: fmt.Errorf("%d of %d problems have no result, the first is %s: %s", n.Failed+n.Suspended, n.Total, first.Problem, first.Reason),
	}
	if n.Suspended > 0 {
		f.Hint = fmt.Sprintf("run the same command again to retry the %d that may work out", n.Suspended)
	}
	return f
}

// worse is the error to report when the files could not be written, after the run may have ended
// early, too.
func worse(ended, err error) error {
	if ended == nil {
		return err
	}
	return fmt.Errorf("%w; then: %w", ended, err)
}
