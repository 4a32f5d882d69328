package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/feedbackgen/feedbackgen/backends/mock"
)

// asCommand, set in a child's environment, makes the test binary the command itself, for tests
// that have to kill it.
const asCommand = "FEEDBACKGEN_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"feedbackgen": main})
}

// TestScripts runs testdata/script: each is what a user types, and what they see. $SERVER is a mock
// server with the toy model, $LIBRARY one that plays self-play about depot.md, $REFUSING one that is gone.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			server, err := mock.Serve("", mock.NewHandler(&mock.Model{}, mock.Faults{}))
			if err != nil {
				return err
			}
			env.Defer(func() { _ = server.Close() })
			library, err := mock.Serve("", mock.NewHandler(&mock.Library{}, mock.Faults{}))
			if err != nil {
				return err
			}
			env.Defer(func() { _ = library.Close() })
			refusing, err := mock.RefusingURL()
			if err != nil {
				return err
			}
			var problems bytes.Buffer
			if err := mock.WriteProblems(&problems, mock.Problems(12, 1)); err != nil {
				return err
			}
			env.Setenv("SERVER", server.URL+"/v1")
			env.Setenv("REFUSING", refusing+"/v1")
			env.Setenv("LIBRARY", library.URL+"/v1")
			if err := os.WriteFile(filepath.Join(env.WorkDir, "depot.md"), []byte(mock.Facts(40)), 0o600); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(env.WorkDir, "known.jsonl"), mock.FactAnchors(24), 0o600); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(env.WorkDir, "problems.jsonl"), problems.Bytes(), 0o600)
		},
	})
}

// result is what became of one command line.
type result struct {
	code           int
	stdout, stderr string
}

// command runs a command line in this process.
func command(t *testing.T, stdin io.Reader, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if stdin == nil {
		stdin = strings.NewReader("")
	}
	code := execute(context.Background(), environment{
		args: args, getenv: func(string) string { return "" }, stdin: stdin, stdout: &stdout, stderr: &stderr,
		signals: make(chan os.Signal),
	})
	return result{code, stdout.String(), stderr.String()}
}

// child is the command in a process of its own.
func child(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	return cmd
}
