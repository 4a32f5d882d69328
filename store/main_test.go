package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"go.uber.org/goleak"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// childEnv makes the test binary play a part, in a process of its own, on the directory childDir.
const (
	childEnv = "FEEDBACKGEN_STORE_CHILD"
	childDir = "FEEDBACKGEN_STORE_DIR"
)

func TestMain(m *testing.M) {
	switch part := os.Getenv(childEnv); part {
	case "":
		goleak.VerifyTestMain(m)
	case "open":
		childOpens(os.Getenv(childDir))
	case "read":
		childReads(os.Getenv(childDir))
	case "commit":
		childCommits(os.Getenv(childDir))
	default:
		panic("no part for a child: " + part)
	}
}

// childOpens prints why the run cannot be opened.
func childOpens(dir string) {
	s, err := Open(context.Background(), dir)
	if err == nil {
		fmt.Println("opened")
		err = s.Close()
	}
	fmt.Println(err)
	fmt.Println("denied:", errors.Is(err, ErrDenied), "in use:", errors.Is(err, ErrInUse))
}

// childReads prints how many calls the run's log holds, or why it cannot be read.
func childReads(dir string) {
	r, err := OpenReadOnly(context.Background(), dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	usage, err := r.Usage(context.Background())
	fmt.Println("calls:", usage.Calls, errors.Join(err, r.Close()))
}

// child is a process that plays a part, not yet started.
func child(t *testing.T, part, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	check0(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childEnv+"="+part, childDir+"="+dir)
	cmd.Stderr = os.Stderr
	return cmd
}

func check0(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func openTest(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir)
	check0(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// key and entry make the n-th call of a job.
func key(job, n int) backends.Key { return sha256.Sum256(fmt.Appendf(nil, "%d/%d", job, n)) }

func entry(job, n int) backends.Entry {
	text := fmt.Appendf(nil, "reply %d of job %d", n, job)
	return backends.Entry{Reply: text, PromptTokens: n, Tokens: len(text)}
}

func commit(t testing.TB, s *Store, job, n int) {
	t.Helper()
	log, err := s.Log(t.Context(), job)
	check0(t, err)
	check0(t, log.Commit(t.Context(), key(job, n), entry(job, n)))
}

func wantCall(t testing.TB, log backends.CallLog, job, n int) {
	t.Helper()
	got, found := log.Lookup(key(job, n))
	want := entry(job, n)
	if !found || !bytes.Equal(got.Reply, want.Reply) || got.PromptTokens != want.PromptTokens || got.Tokens != want.Tokens {
		t.Fatalf("call %d of job %d: %v %+v, want %+v", n, job, found, got, want)
	}
}

func lines(t testing.TB, r *Reader, kind feedbackgen.Kind) []string {
	t.Helper()
	var got []string
	for line, err := range r.Records(t.Context(), kind) {
		check0(t, err)
		got = append(got, string(line))
	}
	return got
}
