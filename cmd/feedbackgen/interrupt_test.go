package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/feedbackgen/feedbackgen/backends/mock"
)

// watched is a stderr that tells when a text has been written.
type watched struct {
	mu   sync.Mutex
	text bytes.Buffer
	want string
	seen chan struct{}
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(p)
	if w.want != "" && strings.Contains(w.text.String(), w.want) {
		w.want = ""
		close(w.seen)
	}
	return len(p), nil
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// interruptAfter runs a command line, and interrupts it once the server has had some requests:
// once, or twice.
func interruptAfter(t *testing.T, handler *mock.Handler, requests, times int, args []string) (result, time.Duration) {
	t.Helper()
	signals := make(chan os.Signal, 2)
	stderr := &watched{want: "stopping", seen: make(chan struct{})}
	var stdout bytes.Buffer
	var interrupted time.Time
	done := make(chan struct{})
	go func() {
		defer close(done)
		for handler.Total() < requests {
			time.Sleep(time.Millisecond) // a real server's requests, in real time
		}
		interrupted = time.Now()
		signals <- os.Interrupt
		if times == 2 {
			<-stderr.seen
			signals <- os.Interrupt
		}
	}()
	code := execute(context.Background(), environment{
		args: args, getenv: func(string) string { return "" }, stdin: strings.NewReader(""), stdout: &stdout, stderr: stderr, signals: signals,
	})
	<-done
	return result{code, stdout.String(), stderr.String()}, time.Since(interrupted)
}

// Interrupted once, a run finishes what is in flight and leaves valid files; twice, it does not
// wait. Either way the same command goes on, to the same end.
func TestInterruptedRunsGoOn(t *testing.T) {
	problems := problemFile(t, 30)
	want := undisturbed(t, problems)
	for name, times := range map[string]int{"once": 1, "twice": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const latency = 700 * time.Millisecond
			handler, slow := mockServer(t, mock.Faults{Latency: latency})
			dir := filepath.Join(t.TempDir(), "run")
			got, after := interruptAfter(t, handler, 40, times, mctsArgs(slow, problems, dir, "--concurrency", "16"))
			if got.code != exitResumable || !strings.Contains(got.stderr, "interrupted") || !strings.Contains(got.stderr, "same command") {
				t.Errorf("exit code %d: %s", got.code, got.stderr)
			}
			if times == 2 && after > latency {
				t.Errorf("interrupted twice, it waited %v for replies that take %v", after, latency)
			}
			paid := 0
			for _, n := range handler.Paid() {
				paid += n
			}
			_, fast := mockServer(t, mock.Faults{})
			again := command(t, nil, mctsArgs(fast, problems, dir)...)
			if again.code != exitDone {
				t.Fatalf("going on: exit code %d: %s", again.code, again.stderr)
			}
			compareFiles(t, recordFiles(t, dir), want)
			if times == 1 && !strings.Contains(got.stdout, "calls") {
				t.Errorf("no table of what was done: %s", got.stdout)
			}
			if times == 1 && paid < 40 {
				t.Errorf("only %d replies were waited for", paid)
			}
		})
	}
}
