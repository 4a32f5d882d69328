package store

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
)

// refused opens dir, wants a failure of the kind, with a hint, that names the subject, and wants
// the file left as it was.
func refused(t *testing.T, dir string, kind error) {
	t.Helper()
	path := filepath.Join(dir, FileName)
	before, err := os.ReadFile(path)
	check0(t, err)
	s, err := Open(t.Context(), dir)
	if err == nil {
		check0(t, s.Close())
		t.Fatalf("opened, want %v", kind)
	}
	wantFailure(t, err, kind)
	after, err := os.ReadFile(path)
	check0(t, err)
	if !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
	if r, err := OpenReadOnly(t.Context(), dir); err == nil {
		check0(t, r.Close())
		t.Errorf("opened to read, want %v", kind)
	} else {
		wantFailure(t, err, kind)
	}
}

func wantFailure(t *testing.T, err, kind error) {
	t.Helper()
	var f *feedbackgen.Failure
	if !errors.Is(err, kind) || !errors.As(err, &f) || f.Op == "" || f.Subject == "" || f.Hint == "" {
		t.Errorf("want a failure with a hint around %q, got: %v", kind, err)
	}
	if mends := !errors.Is(kind, ErrFull) && !errors.Is(kind, ErrCorrupt); errors.Is(err, feedbackgen.ErrInput) != mends {
		t.Errorf("other arguments would help: %v, but not as it says: %v", mends, err)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than a line: %v", err)
	}
}

func TestAForeignFileIsRefused(t *testing.T) {
	t.Run("text", func(t *testing.T) {
		dir := t.TempDir()
		check0(t, os.WriteFile(filepath.Join(dir, FileName), bytes.Repeat([]byte("not a database\n"), 300), 0o644))
		refused(t, dir, ErrForeign)
	})
	t.Run("another program's database", func(t *testing.T) {
		dir := t.TempDir()
		scratch(t, dir, `CREATE TABLE jobs (id INTEGER); INSERT INTO jobs VALUES (7)`)
		refused(t, dir, ErrForeign)
	})
	t.Run("a later version", func(t *testing.T) {
		dir := t.TempDir()
		check0(t, openTest(t, dir).Close())
		scratch(t, dir, fmt.Sprintf("PRAGMA user_version = %d", version+1))
		refused(t, dir, ErrNewer)
	})
}

// scratch runs SQL on the directory's file, behind the store's back.
func scratch(t *testing.T, dir, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, FileName))
	check0(t, err)
	_, err = db.Exec(text)
	check0(t, errors.Join(err, db.Close()))
}

func TestATruncatedFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	for i := range 200 {
		check0(t, s.Finish(t.Context(), Job{
			Index: i, ID: fmt.Sprint(i), Status: Done, Records: []Line{{"sft", bytes.Repeat([]byte("x"), 2000)}},
		}))
	}
	check0(t, s.Close())
	path := filepath.Join(dir, FileName)
	whole, err := os.ReadFile(path)
	check0(t, err)
	for _, size := range []int{100, 4096, len(whole) / 2, len(whole) - 4096, len(whole) - 1} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			check0(t, os.WriteFile(path, whole[:size], 0o644))
			refused(t, dir, ErrCorrupt)
		})
	}
}

func TestAnEmptyFileIsANewRun(t *testing.T) {
	dir := t.TempDir()
	check0(t, os.WriteFile(filepath.Join(dir, FileName), nil, 0o644))
	_, err := OpenReadOnly(t.Context(), dir)
	wantFailure(t, err, fs.ErrNotExist)
	commit(t, openTest(t, dir), 0, 0)
}

func TestReadingWhereThereIsNoRun(t *testing.T) {
	dir := t.TempDir()
	_, err := OpenReadOnly(t.Context(), dir)
	wantFailure(t, err, fs.ErrNotExist)
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("reading left %v %v", left, err)
	}
}

func TestAFileInPlaceOfTheDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	check0(t, os.WriteFile(path, nil, 0o644))
	_, err := Open(t.Context(), path)
	var f *feedbackgen.Failure
	if !errors.As(err, &f) || f.Subject != path {
		t.Errorf("got %v", err)
	}
}

func TestASecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	out, err := child(t, "open", dir).Output()
	check0(t, err)
	if want := fmt.Sprintf("pid %d", os.Getpid()); !strings.Contains(string(out), want) || !strings.Contains(string(out), "in use: true") {
		t.Errorf("want %q in: %s", want, out)
	}
	_, err = Open(t.Context(), dir)
	wantFailure(t, err, ErrInUse)
	commit(t, s, 0, 0)
	check0(t, s.Close())
	if out, err = child(t, "open", dir).Output(); err != nil || !strings.HasPrefix(string(out), "opened") {
		t.Errorf("after the first has left: %v %s", err, out)
	}
}

// When the disk is full a write fails and says so; what was there stays, and so does the store.
func TestAFullDiskLosesNothing(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	commit(t, s, 0, 0)
	check0(t, s.Finish(t.Context(), Job{ID: "a", Status: Done, Records: []Line{{"sft", []byte("1")}}}))
	pages := func(limit int) {
		check0(t, s.submit(t.Context(), func(w *writer) error {
			var now int
			return w.conn.QueryRowContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", limit)).Scan(&now)
		}))
	}
	pages(1) // SQLite takes the pages there are as the limit
	full := Job{ID: "a", Status: Done, Records: []Line{{"a new kind", bytes.Repeat([]byte("x"), 1<<20)}}}
	wantFailure(t, s.Finish(t.Context(), full), ErrFull)
	if got := lines(t, s.Reader, "sft"); len(got) != 1 || got[0] != "1" {
		t.Errorf("sft: %q", got)
	}
	pages(1 << 20)
	check0(t, s.Finish(t.Context(), full))
	if got := lines(t, s.Reader, "a new kind"); len(got) != 1 {
		t.Errorf("after space was made: %d lines", len(got))
	}
	check0(t, s.Close())
	log, err := openTest(t, dir).Log(t.Context(), 0)
	check0(t, err)
	wantCall(t, log, 0, 0)
}
