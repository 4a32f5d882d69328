package main

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/feedbackgen/feedbackgen/backends/mock"
)

// problemFile writes n problems of the toy model's kind.
func problemFile(t *testing.T, n int) string {
	t.Helper()
	var text bytes.Buffer
	if err := mock.WriteProblems(&text, mock.Problems(n, 1)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "problems.jsonl")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// mockServer serves the toy model with faults.
func mockServer(t *testing.T, faults mock.Faults) (*mock.Handler, string) {
	t.Helper()
	handler := mock.NewHandler(&mock.Model{}, faults)
	return handler, serve(t, handler)
}

// serve serves until the test ends, and returns the API's address.
func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server, err := mock.Serve("", handler)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server.URL + "/v1"
}

func mctsArgs(url, problems, out string, more ...string) []string {
	return append([]string{
		"mcts", "--backend", "openai", "--base-url", url, "--model", "toy", "--problems", problems, "--out", out,
		"--simulations", "24", "--guards-off", "difficulty", "--seed", "5",
	}, more...)
}

// recordFiles returns the JSONL files of a run by name.
func recordFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = string(text)
	}
	return files
}

// undisturbed is a run on a server that works, one request at a time.
func undisturbed(t *testing.T, problems string, more ...string) map[string]string {
	t.Helper()
	_, url := mockServer(t, mock.Faults{})
	dir := filepath.Join(t.TempDir(), "run")
	if got := command(t, nil, mctsArgs(url, problems, dir, append(more, "--concurrency", "1")...)...); got.code != exitDone {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	}
	files := recordFiles(t, dir)
	for _, name := range []string{"preferences.jsonl", "steps.jsonl", "groups.jsonl", "sft.jsonl"} {
		if strings.Count(files[name], "\n") < 5 {
			t.Fatalf("%s has %d lines: too few to compare anything", name, strings.Count(files[name], "\n"))
		}
	}
	return files
}

func compareFiles(t *testing.T, got, want map[string]string) {
	t.Helper()
	if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
		t.Fatalf("files %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s differs: %d bytes, want %d", name, len(got[name]), len(want[name]))
		}
	}
}

// The records of a run do not depend on concurrency, on delays and the order of replies, on what
// had to be retried, nor on whether the server can draw several samples at once.
func TestRecordsDependOnRepliesAlone(t *testing.T) {
	problems := problemFile(t, 30)
	want := undisturbed(t, problems)
	for name, faults := range map[string]mock.Faults{
		"delays":              {Jitter: 30 * time.Millisecond},
		"n is ignored":        {Jitter: 5 * time.Millisecond, IgnoreN: true},
		"n is short":          {Jitter: 5 * time.Millisecond, PShortN: 0.7},
		"resets":              {PReset: 0.05, MaxInARow: 1},
		"broken JSON":         {PTruncate: 0.05, MaxInARow: 1},
		"empty choices":       {PEmpty: 0.05, MaxInARow: 1},
		"internal errors":     {PInternal: 0.05, MaxInARow: 1},
		"null logprobs":       {NullLogprobs: true},
		"429 for ten seconds": {ThrottleFor: 10 * time.Second, RetryAfter: time.Second},
		"loading for a while": {LoadFor: 2 * time.Second, RetryAfter: time.Second, RetryAfterDate: true},
		"everything at once": {
			Jitter: 10 * time.Millisecond, PThrottle: 0.02, RetryAfter: time.Second, PUnavailable: 0.01, PReset: 0.02, PTruncate: 0.02,
			PEmpty: 0.02, PInternal: 0.02, PShortN: 0.5, PNullLogprobs: 0.5, MaxInARow: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, url := mockServer(t, faults)
			dir := filepath.Join(t.TempDir(), "run")
			if got := command(t, nil, mctsArgs(url, problems, dir, "--concurrency", "32")...); got.code != exitDone {
				t.Fatalf("exit code %d: %s", got.code, got.stderr)
			}
			compareFiles(t, recordFiles(t, dir), want)
		})
	}
}

// Nor do they where the model is asked which steps are the same, and the run is stopped again and again
// amid its questions: no reply is paid for twice.
func TestRunsThatAskWhichStepsAreTheSameGoOn(t *testing.T) {
	problems := problemFile(t, 30)
	want := undisturbed(t, problems, "--merge", "model")
	handler, url := mockServer(t, mock.Faults{Jitter: 5 * time.Millisecond})
	dir := filepath.Join(t.TempDir(), "run")
	stops := 0
	for calls := 100; ; calls += 150 {
		got := command(t, nil, mctsArgs(url, problems, dir, "--merge", "model", "--concurrency", "16", "--max-calls", fmt.Sprint(calls))...)
		if got.code == exitDone {
			break
		}
		if stops++; got.code != exitResumable || stops > 20 {
			t.Fatalf("exit code %d after %d stops: %s", got.code, stops, got.stderr)
		}
	}
	if stops < 3 {
		t.Errorf("the run was stopped %d times only", stops)
	}
	compareFiles(t, recordFiles(t, dir), want)
	repeated := 0
	for _, times := range handler.Paid() {
		repeated += times - 1
	}
	if repeated > 1 { // the probe asks one thing twice, to see whether the server heeds seeds
		t.Errorf("%d replies were paid for again", repeated)
	}
}

// A run that is killed, twenty times at random moments, goes on where it stopped: the same files,
// and what is paid for twice is at most what was in flight or in the batch being committed.
func TestKilledRunsGoOn(t *testing.T) {
	problems := problemFile(t, 250)
	want := undisturbed(t, problems)
	const concurrency = 8
	handler, url := mockServer(t, mock.Faults{Latency: 2 * time.Millisecond, Jitter: 8 * time.Millisecond})
	dir := filepath.Join(t.TempDir(), "run")
	args := mctsArgs(url, problems, dir, "--concurrency", fmt.Sprint(concurrency))

	rng := rand.New(rand.NewPCG(1, 1))
	kills := 0
	for kills < 20 {
		cmd := child(t, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = cmd.Wait() // killed: its error is no news
		}()
		select {
		case <-time.After(time.Duration(30+rng.IntN(220)) * time.Millisecond):
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-ended
			kills++
		case <-ended:
			t.Fatalf("the run was over after %d kills: the test's problems are too few", kills)
		}
	}
	if got := command(t, nil, args...); got.code != exitDone {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	}
	compareFiles(t, recordFiles(t, dir), want)

	repeated := 0
	for _, times := range handler.Paid() {
		repeated += times - 1
	}
	t.Logf("%d replies paid again in %d kills, of %d", repeated, kills, handler.Total())
	if most := kills * 2 * concurrency; repeated > most {
		t.Errorf("%d replies were paid for again in %d kills, at most %d were in flight or being committed", repeated, kills, most)
	}
}
