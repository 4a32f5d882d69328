package backends

import "errors"

// kind is what a call ended with: one of the kinds of failure, success, or some other error, such
// as that the run was stopped or the call log failed. Those that matter more come first.
type kind int

const (
	kindOther kind = iota
	kindConfig
	kindUnavailable
	kindBudget
	kindLoading
	kindThrottled
	kindTransient
	kindRefused
	kindSuccess
)

// kindErrors are the errors of the kinds from kindConfig to kindRefused.
var kindErrors = [...]error{ErrConfig, ErrUnavailable, ErrBudget, ErrLoading, ErrThrottled, ErrTransient, ErrRefused}

// kindOf is the kind that the outermost [Error] in err says, whatever its cause may be.
func kindOf(err error) kind {
	if err == nil {
		return kindSuccess
	}
	if e, ok := errors.AsType[*Error](err); ok {
		err = e.Kind
	}
	for i, known := range kindErrors {
		if errors.Is(err, known) {
			return kindConfig + kind(i)
		}
	}
	return kindOther
}

// worst returns the error that matters most, the first of equals, or nil if there is none.
func worst(errs []error) error {
	var found error
	for _, err := range errs {
		if kindOf(err) < kindOf(found) {
			found = err
		}
	}
	return found
}
