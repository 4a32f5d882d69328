package embedded

import (
	"context"
	"errors"
	"fmt"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// unusable is the error of a file that cannot be run. The cause names file and field.
func unusable(cause error) error {
	return &backends.Error{Failure: feedbackgen.Failure{
		Kind: backends.ErrConfig,
		Op:   "open model", Cause: cause,
	}}
}

// badField is the cause for a part of the file that cannot be as it is.
func badField(file, field, format string, args ...any) error {
	return fmt.Errorf("%s: %s: %s", file, field, fmt.Sprintf(format, args...))
}

// unsupported adds to a cause what helps where the file is fine, but not for this engine.
func unsupported(cause error) error {
	return &feedbackgen.Failure{
		Cause: cause, Hint: "serve such models with Ollama or llama.cpp, and use --backend ollama or openai",
	}
}

// refused is the error of a request that this model will never answer.
func (b *Backend) refused(cause, hint string) error {
	return &backends.Error{Failure: feedbackgen.Failure{
		Kind: backends.ErrRefused,
		Op:   "generate", Subject: "embedded model " + b.policy.Model, Cause: errors.New(cause), Hint: hint,
	}}
}

// ended is the error of a request whose context is done.
func (b *Backend) ended(ctx context.Context) error {
	return &feedbackgen.Failure{Op: "generate", Subject: "embedded model " + b.policy.Model, Cause: ctx.Err()}
}

// errClosed is the cause for requests that meet a closed backend.
var errClosed = errors.New("the backend is closed")

func (b *Backend) closed() error {
	return &backends.Error{Failure: feedbackgen.Failure{
		Kind: backends.ErrUnavailable,
		Op:   "generate", Subject: "embedded model " + b.policy.Model, Cause: errClosed,
	}}
}
