package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"

	"github.com/feedbackgen/feedbackgen"
)

const (
	// maxProgramTime is how long a program may take for one completion.
	maxProgramTime = 10 * time.Second
	// maxProgramPages bounds a program's memory, in pages of 64 KiB: 256 MiB.
	maxProgramPages = 4096
)

func newProgram(name string, content []byte) (Verifier, error) {
	return limitedProgram(name, content, maxProgramTime)
}

// limitedProgram makes a verifier of a WASI program (preview 1), which finds the completion on its
// standard input and the known answer, if there is one, as its argument. Exit code 0 is pass, 1 is
// fail; any other, a trap, too much memory or time is invalid. It sees no files, no network, no
// environment; its clock stands still and its random numbers are always the same.
func limitedProgram(name string, content []byte, limit time.Duration) (Verifier, error) {
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCloseOnContextDone(true).WithMemoryLimitPages(maxProgramPages))
	compiled, err := compile(ctx, runtime, content)
	if err != nil {
		return nil, errors.Join(cannotLoad(name, err, "build it for WASI, such as: GOOS=wasip1 GOARCH=wasm go build -o check.wasm"), runtime.Close(ctx))
	}
	return check{name: name, run: func(completion, gold string) Verdict {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		args := []string{"check"}
		if gold != "" {
			args = append(args, gold)
		}
		config := wazero.NewModuleConfig().WithName("").WithArgs(args...).WithStdin(strings.NewReader(completion))
		module, err := runtime.InstantiateModule(ctx, compiled, config)
		if module != nil {
			err = errors.Join(err, module.Close(ctx))
		}
		return exited(err)
	}}, nil
}

// compile refuses programs that want anything but WASI.
func compile(ctx context.Context, runtime wazero.Runtime, content []byte) (wazero.CompiledModule, error) {
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, runtime); err != nil {
		return nil, err
	}
	compiled, err := runtime.CompileModule(ctx, content)
	if err != nil {
		return nil, err
	}
	for _, imported := range compiled.ImportedFunctions() {
		if module, function, _ := imported.Import(); module != wasi_snapshot_preview1.ModuleName {
			return nil, fmt.Errorf("it imports %s of %s", function, module)
		}
	}
	if _, ok := compiled.ExportedFunctions()["_start"]; !ok {
		return nil, errors.New("it is a library, without _start")
	}
	return compiled, nil
}

// exited reads how a program ended.
func exited(err error) Verdict {
	code := uint32(0)
	if exit := (*sys.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		said, _, _ := strings.Cut(err.Error(), "\n") // the stack below it is the program's own
		return broke(ReasonCheckFailed, said)
	}
	switch code {
	case 0:
		return Verdict{Outcome: feedbackgen.Pass}
	case 1:
		return Verdict{Outcome: feedbackgen.Fail}
	case sys.ExitCodeDeadlineExceeded:
		return broke(ReasonCheckTime, "the program takes longer than it may")
	}
	return broke(ReasonCheckResult, fmt.Sprintf("the program exits with %d, which is neither 0 nor 1", code))
}
