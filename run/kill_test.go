package run_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/run"
	"github.com/feedbackgen/feedbackgen/store"
)

// childDir names the directory in which this binary, started again, runs until it is killed.
const childDir = "FEEDBACKGEN_RUN_DIR"

const (
	childProblems = 60
	childActive   = 4
	kills         = 20
	// paidFile stands in for the server's own count, which survives its client.
	paidFile = "paid.log"
)

// childConfig is a run whose server writes down each call that it answers.
func childConfig(dir string, answered func(call string) error) run.Config {
	cfg := config(dir, &server{Before: func(_ context.Context, req backends.Request) error { return answered(callName(req)) }}, childProblems)
	cfg.Active = childActive
	return cfg
}

// childRuns runs. Its server answers a call for each byte of standard input, and says so.
func childRuns(dir string) {
	paid, err := os.OpenFile(filepath.Join(dir, paidFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	cfg := childConfig(dir, func(call string) error {
		if _, err := os.Stdin.Read(make([]byte, 1)); err != nil {
			return err
		}
		_, err := fmt.Fprintln(paid, call)
		_, said := fmt.Println(call)
		return errors.Join(err, said)
	})
	if cfg.Store, err = store.Open(context.Background(), dir); err != nil {
		panic(err)
	}
	_, err = run.Run(context.Background(), cfg)
	if err = errors.Join(err, cfg.Store.Close(), paid.Close()); err != nil {
		panic(err)
	}
}

func TestKilledAtAnyMomentARunGoesOn(t *testing.T) {
	want := finished(t, childConfig(t.TempDir(), func(string) error { return nil }))
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(3, 4))
	for range kills {
		killAfter(t, dir, 1+random.IntN(20), random.IntN(6))
	}
	got := finished(t, childConfig(dir, func(call string) error {
		paid, err := os.OpenFile(filepath.Join(dir, paidFile), os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(paid, call)
		return errors.Join(err, paid.Close())
	}))
	same(t, "records", want["sft.jsonl"], got["sft.jsonl"])
	same(t, "card", want["README.md"], got["README.md"])

	text, err := os.ReadFile(filepath.Join(dir, paidFile))
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]int{}
	calls := strings.Fields(strings.ReplaceAll(string(text), " ", "_"))
	for _, call := range calls {
		times[call]++
	}
	repeated, inFlight := len(calls)-len(times), kills*childActive*3
	if len(times) != childProblems*6 {
		t.Errorf("%d calls, an undisturbed run has %d", len(times), childProblems*6)
	}
	if repeated > inFlight {
		t.Errorf("%d calls were paid for again, at most %d were in flight", repeated, inFlight)
	}
	t.Logf("%d of %d calls were paid for again after %d kills", repeated, len(calls), kills)
}

// killAfter starts the child and kills it once that many calls have been answered, and while some
// more may be.
func killAfter(t *testing.T, dir string, calls, more int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write(make([]byte, calls+more)); err != nil {
		t.Fatal(err)
	}
	for said := bufio.NewScanner(out); said.Scan(); calls-- {
		if calls == 1 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the child came to its end, so that this tests nothing")
	}
}
