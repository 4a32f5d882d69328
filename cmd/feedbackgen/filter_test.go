package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Interrupted, filter leaves no half a file, and says that it was interrupted.
func TestInterruptedFilterLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.jsonl"), filepath.Join(dir, "out.jsonl")
	lines := strings.Repeat("{\"prompt\":\"What is 1+1?\",\"completion\":\"It is 2.\"}\n", 20000)
	if err := os.WriteFile(in, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	signals := make(chan os.Signal, 1)
	signals <- os.Interrupt
	// The signal may come first or last: then the file is there whole, or not at all.
	var stdout, stderr bytes.Buffer
	code := execute(context.Background(), environment{
		args: []string{"filter", "--in", in, "--out", out}, stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, signals: signals,
	})
	text, err := os.ReadFile(out)
	switch {
	case code == exitResumable && err != nil && strings.Contains(stderr.String(), "interrupted"):
	case code == exitDone && err == nil && strings.HasPrefix(string(text), `{"prompt"`):
	default:
		t.Errorf("exit code %d, %d bytes written, %s", code, len(text), &stderr)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.tmp")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
