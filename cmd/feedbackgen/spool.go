package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends/embedded"
)

// spooledName is where standard input's problems are kept in a run's directory.
const spooledName = "problems.jsonl"

// problems checks the problems, to the last. Standard input is copied to a file first, which can
// be read again; stop ends that, and ctx everything.
func (j *job) problems(ctx, stop context.Context) (feedbackgen.ProblemSet, *spool, error) {
	name, path := j.runFlags.problems, j.runFlags.problems
	s := &spool{}
	if path == "" {
		name, lines := "sample problems", embedded.Problems()
		if j.beginnings != nil {
			var err error
			if lines, err = j.beginnings(); err != nil {
				return feedbackgen.ProblemSet{}, s, err
			}
			name = "beginnings"
		}
		set, err := feedbackgen.CheckProblems(ctx, name, func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(lines)), nil
		})
		return set, s, err
	}
	if path == "-" {
		var err error
		if s, err = spoolInput(stop, j.env.stdin, j.runFlags.out); err != nil {
			return feedbackgen.ProblemSet{}, nil, err
		}
		name, path = "standard input", s.path
	}
	set, err := feedbackgen.CheckProblems(ctx, name, func() (io.ReadCloser, error) { return os.Open(s.current(path)) })
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		cause := errors.New("no such file")
		if errors.Is(err, fs.ErrPermission) {
			cause = fs.ErrPermission
		}
		err = &feedbackgen.Failure{Kind: feedbackgen.ErrInput, Subject: name, Cause: cause, Hint: "--problems names a JSONL file, or - for standard input"}
	}
	if err != nil {
		s.discard()
		return feedbackgen.ProblemSet{}, nil, err
	}
	return set, s, nil
}

// spool is a copy of standard input, on its way to the run's directory. The zero spool is none.
type spool struct {
	path string
	kept bool
}

// spoolInput copies the input to a temporary file on the disk that the run will be on, as far as
// that can be told; the run's directory is only made once all is found good.
func spoolInput(ctx context.Context, r io.Reader, out string) (*spool, error) {
	dir := out
	for dir != "" && dir != "." {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			break
		}
		dir = filepath.Dir(dir)
		if dir == string(filepath.Separator) {
			break
		}
	}
	if out == "" {
		dir = os.TempDir() // a dry run leaves nothing where it stands
	}
	if dir == "" {
		dir = "."
	}
	file, err := os.CreateTemp(dir, ".feedbackgen-problems-*")
	if err != nil {
		return nil, &feedbackgen.Failure{Op: "copy standard input", Subject: dir, Cause: err}
	}
	s := &spool{path: file.Name()}
	if err := copyInput(ctx, file, r); err != nil {
		s.discard()
		if ctx.Err() != nil {
			return nil, errors.Join(context.Cause(ctx), file.Close())
		}
		return nil, errors.Join(&feedbackgen.Failure{Op: "copy standard input", Subject: s.path, Cause: err}, file.Close())
	}
	if err := file.Close(); err != nil {
		s.discard()
		return nil, &feedbackgen.Failure{Op: "copy standard input", Subject: s.path, Cause: err}
	}
	return s, nil
}

// current is where the copy is now, or the given path if there is no copy.
func (s *spool) current(path string) string {
	if s.path != "" {
		return s.path
	}
	return path
}

// keep moves the copy into the run's directory.
func (s *spool) keep(dir string) error {
	if s.path == "" {
		return nil
	}
	to := filepath.Join(dir, spooledName)
	if err := os.Rename(s.path, to); err != nil {
		return &feedbackgen.Failure{Op: "keep standard input", Subject: to, Cause: err}
	}
	s.path, s.kept = to, true
	return nil
}

// discard removes a copy that was not kept.
func (s *spool) discard() {
	if s.path != "" && !s.kept {
		_ = os.Remove(s.path) // a temporary file; there is nobody to tell
	}
}
