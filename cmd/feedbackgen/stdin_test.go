package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Interrupted while nobody writes to its standard input, a command ends, and leaves nothing.
func TestInterruptedWhileItWaitsForStandardInput(t *testing.T) {
	for name, args := range map[string][]string{
		"filter": {"filter", "--in", "-"},
		"mcts":   {"mcts", "--problems", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			input, writer := io.Pipe()
			t.Cleanup(func() { _ = writer.Close() }) // so that the reader ends
			signals := make(chan os.Signal, 1)
			go func() {
				_, _ = writer.Write([]byte("{\"prompt\":\"What is 1+1?\"}\n")) // returns once it was read
				signals <- os.Interrupt
			}()
			var stdout, stderr bytes.Buffer
			code := execute(context.Background(), environment{
				args: append(args, "--out", filepath.Join(dir, "out")), getenv: func(string) string { return "" },
				stdin: input, stdout: &stdout, stderr: &stderr, signals: signals,
			})
			if code != exitResumable || !strings.Contains(stderr.String(), "interrupted") {
				t.Errorf("exit code %d: %s", code, &stderr)
			}
			if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// broken is an input that fails after its text.
type broken struct{ io.Reader }

var errBroken = errors.New("the disk is gone")

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errBroken
	}
	return n, err
}

func TestInputIsCopiedWhole(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.SliceOfN(rapid.Byte(), 0, 1<<17).Draw(rt, "text")
		var to bytes.Buffer
		if err := copyInput(t.Context(), &to, bytes.NewReader(text)); err != nil || !bytes.Equal(to.Bytes(), text) {
			rt.Errorf("%d of %d bytes, %v", to.Len(), len(text), err)
		}
		if err := copyInput(t.Context(), io.Discard, broken{bytes.NewReader(text)}); !errors.Is(err, errBroken) {
			rt.Errorf("a broken input ends with %v", err)
		}
	})
}
