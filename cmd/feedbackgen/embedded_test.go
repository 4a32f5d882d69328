package main

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// embeddedRuns are runs of each module that need nothing but the binary.
var embeddedRuns = map[string][]string{
	"mcts":             {"mcts", "--max-problems", "8", "--simulations", "24", "--max-tokens", "160"},
	"postcomp assess":  {"postcomp", "--max-problems", "6", "--max-tokens", "160"},
	"selfplay":         {"selfplay", "--rounds", "2", "--chains", "2", "--tasks", "8", "--max-tokens", "160"},
	"postcomp correct": {"postcomp", "--mode", "correct", "--max-problems", "5", "--max-tokens", "160"},
}

func with(args []string, more ...string) []string { return append(slices.Clone(args), more...) }

// With nothing but the binary: its own model, its own problems, and the same files whatever is
// asked at once.
func TestEmbeddedRunsNeedNothing(t *testing.T) {
	for name, args := range embeddedRuns {
		t.Run(name, func(t *testing.T) {
			dirs := map[string]string{}
			for _, concurrency := range []string{"1", "32"} {
				dir := filepath.Join(t.TempDir(), "run")
				got := command(t, nil, with(args, "--out", dir, "--concurrency", concurrency)...)
				if got.code != exitDone {
					t.Fatalf("exit code %d: %s", got.code, got.stderr)
				}
				if first, _, _ := strings.Cut(got.stderr, "\n"); !strings.Contains(first, "abacus") || !strings.Contains(first, "--model") {
					t.Errorf("the first line does not say who answers, and how to name another: %q", first)
				}
				dirs[concurrency] = dir
			}
			want := recordFiles(t, dirs["1"])
			if len(want) < 2 {
				t.Fatalf("too few files to compare: %v", want)
			}
			compareFiles(t, recordFiles(t, dirs["32"]), want)
		})
	}
}

// A run of a real model that is killed goes on to the same files.
func TestKilledEmbeddedRunsGoOn(t *testing.T) {
	for name, args := range embeddedRuns {
		t.Run(name, func(t *testing.T) {
			whole, dir := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "run")
			if got := command(t, nil, with(args, "--out", whole, "--concurrency", "1")...); got.code != exitDone {
				t.Fatalf("exit code %d: %s", got.code, got.stderr)
			}
			rng := rand.New(rand.NewPCG(2, 1))
			for range 3 {
				cmd := child(t, with(args, "--out", dir)...)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Duration(100+rng.IntN(400)) * time.Millisecond) // a kill in real time, at any moment
				_ = cmd.Process.Kill()                                          // it may have ended
				_ = cmd.Wait()                                                  // killed: its error is no news
			}
			if got := command(t, nil, with(args, "--out", dir)...); got.code != exitDone {
				t.Fatalf("exit code %d: %s", got.code, got.stderr)
			}
			compareFiles(t, recordFiles(t, dir), recordFiles(t, whole))
		})
	}
}
