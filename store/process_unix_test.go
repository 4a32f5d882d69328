//go:build unix

package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

const (
	childJobs = 8
	kills     = 20
)

// childCommits logs calls, several jobs at once, and says after each that it was acknowledged, until
// it is killed.
func childCommits(dir string) {
	s, err := Open(context.Background(), dir)
	if err != nil {
		panic(err)
	}
	var all sync.WaitGroup
	for job := range childJobs {
		all.Go(func() {
			log, err := s.Log(context.Background(), job)
			for n := 0; err == nil; n++ {
				if _, done := log.Lookup(key(job, n)); done {
					continue
				}
				if err = log.Commit(context.Background(), key(job, n), entry(job, n)); err == nil {
					_, err = fmt.Printf("%d %d\n", job, n)
				}
			}
			panic(err)
		})
	}
	all.Wait()
}

func TestWhatWasAcknowledgedSurvivesKill(t *testing.T) {
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	acknowledged := map[[2]int]bool{}
	for range kills {
		cmd := child(t, "commit", dir)
		out, err := cmd.StdoutPipe()
		check0(t, err)
		check0(t, cmd.Start())
		said := bufio.NewScanner(out)
		for left := random.IntN(400); said.Scan(); left-- {
			if left == 0 {
				check0(t, cmd.Process.Kill())
			}
			var job, n int
			if _, err := fmt.Sscanf(said.Text(), "%d %d", &job, &n); err == nil {
				acknowledged[[2]int{job, n}] = true
			}
		}
		check0(t, said.Err())
		if err := cmd.Wait(); cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("the child ended by itself: %v", err)
		}
		verify(t, dir, acknowledged)
	}
	if len(acknowledged) < kills {
		t.Fatalf("only %d calls were acknowledged", len(acknowledged))
	}
}

func verify(t *testing.T, dir string, acknowledged map[[2]int]bool) {
	t.Helper()
	s, err := Open(t.Context(), dir)
	check0(t, err)
	calls := 0
	for job := range childJobs {
		log, err := s.Log(t.Context(), job)
		check0(t, err)
		calls += len(log.(*callLog).entries)
		for call := range acknowledged {
			if call[0] == job {
				wantCall(t, log, call[0], call[1])
			}
		}
	}
	usage, err := s.Usage(t.Context())
	check0(t, err)
	if usage.Calls != int64(calls) {
		t.Fatalf("usage says %d calls, the log holds %d", usage.Calls, calls)
	}
	check0(t, s.Close())
}

func TestAReadOnlyDirectoryIsRefusedAndCanBeRead(t *testing.T) {
	dir := t.TempDir()
	check0(t, os.Chmod(filepath.Dir(dir), 0o755))
	s := openTest(t, dir)
	commit(t, s, 0, 0)
	check0(t, s.Close())
	empty := t.TempDir()
	for _, dir := range []string{dir, empty} {
		check0(t, os.Chmod(dir, 0o555))
		t.Cleanup(func() { check0(t, os.Chmod(dir, 0o755)) })
		out := asNobody(t, "open", dir)
		if !strings.Contains(out, "denied: true") || !strings.Contains(out, dir) {
			t.Errorf("got: %s", out)
		}
	}
	if out := asNobody(t, "read", dir); out != "calls: 1 <nil>\n" {
		t.Errorf("read: %s", out)
	}
	if _, err := os.Stat(filepath.Join(empty, FileName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file appeared: %v", err)
	}
}

// asNobody is what a child says to whom a directory can be read-only, as none is to root.
func asNobody(t *testing.T, part, dir string) string {
	t.Helper()
	cmd := child(t, part, dir)
	if os.Getuid() == 0 {
		binary, err := os.ReadFile(cmd.Path)
		check0(t, err)
		home := t.TempDir()
		check0(t, os.Chmod(filepath.Dir(home), 0o755))
		cmd.Path = filepath.Join(home, "child")
		check0(t, os.WriteFile(cmd.Path, binary, 0o755))
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := cmd.Output()
	check0(t, err)
	return string(out)
}
