package verify

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/feedbackgen/feedbackgen"
)

const (
	// maxSteps bounds the work of one check, in the interpreter's steps, about a tenth of a second.
	maxSteps = 1_000_000
	// maxCheckTime ends a check whose steps are uncommonly dear. It is long, so that what a check
	// says does not depend on how busy the machine is.
	maxCheckTime = 10 * time.Second
)

// starlarkOptions allow what is bounded by steps. Recursion would be bounded by memory alone.
var starlarkOptions = &syntax.FileOptions{Set: true, While: true, TopLevelControl: true, GlobalReassign: true}

// newStarlark makes a verifier of a Starlark file with def check(completion, answer). It can load
// nothing, read nothing and print nothing; an error or more than a million steps is invalid. The
// file is its user's own: it is kept from hanging, not from using memory.
func newStarlark(name string, content []byte) (Verifier, error) {
	thread := sandboxed()
	path := pinned.FindStringSubmatch(strings.TrimPrefix(name, starlarkPrefix))[1]
	_, program, err := starlark.SourceProgramOptions(starlarkOptions, path, content, func(string) bool { return false })
	if err != nil {
		return nil, cannotLoad(name, err, "")
	}
	globals, err := program.Init(thread, nil)
	if err != nil {
		return nil, cannotLoad(name, err, "what stands outside functions runs once, within a million steps")
	}
	globals.Freeze()
	function, ok := globals["check"].(*starlark.Function)
	if !ok || function.NumParams() != 2 {
		return nil, cannotLoad(name, errors.New("it does not define check with two parameters"), "write: def check(completion, answer), returning True, False, or None for no opinion")
	}
	return check{name: name, run: func(completion, gold string) Verdict {
		return runStarlark(function, completion, gold)
	}}, nil
}

func runStarlark(function *starlark.Function, completion, gold string) Verdict {
	thread := sandboxed()
	stop := time.AfterFunc(maxCheckTime, func() { thread.Cancel("out of time") })
	result, err := starlark.Call(thread, function, starlark.Tuple{starlark.String(completion), starlark.String(gold)}, nil)
	inTime := stop.Stop()
	switch {
	case err != nil && !inTime:
		return broke(ReasonCheckTime, fmt.Sprintf("%s takes longer than %v", function.Position(), maxCheckTime))
	case err != nil && thread.ExecutionSteps() >= maxSteps:
		return broke(ReasonCheckSteps, fmt.Sprintf("%s takes more than %d steps", function.Position(), maxSteps))
	case err != nil:
		return broke(ReasonCheckFailed, located(err))
	case result == starlark.True:
		return Verdict{Outcome: feedbackgen.Pass}
	case result == starlark.False:
		return Verdict{Outcome: feedbackgen.Fail}
	case result == starlark.None:
		return Verdict{Outcome: feedbackgen.Abstain}
	}
	return broke(ReasonCheckResult, fmt.Sprintf("%s returns a %s, not True, False or None", function.Position(), result.Type()))
}

// located is an error after the line of the file where it happened.
func located(err error) string {
	failed := (*starlark.EvalError)(nil)
	if !errors.As(err, &failed) {
		return err.Error()
	}
	for i := range failed.CallStack {
		if at := failed.CallStack.At(i).Pos; at.Filename() != "<builtin>" {
			return at.String() + ": " + failed.Msg
		}
	}
	return failed.Msg
}

// sandboxed is a thread without load and print, and with a bounded number of steps.
func sandboxed() *starlark.Thread {
	thread := &starlark.Thread{Print: func(*starlark.Thread, string) {}}
	thread.SetMaxExecutionSteps(maxSteps)
	return thread
}
