// Package export writes a run's records into a directory that trainers and the Hugging Face
// datasets library read: one JSON Lines file for every kind of record, and a README.md that
// declares their columns and says how they were made.
//
// What it writes depends on the records and the card alone: no time, host, URL or path gets in. A
// file is there whole or not at all.
package export

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"reflect"

	"github.com/feedbackgen/feedbackgen"
)

// Source holds the records of a run.
type Source interface {
	// Records yields the records of a kind as lines of JSON without line ends, in the order in
	// which they are to stand in the file, and ends with the first error. A line is valid until the
	// next one is asked for.
	Records(kind feedbackgen.Kind) iter.Seq2[[]byte, error]
}

// Dir writes "<kind>.jsonl" for every kind that has records, and README.md, into a directory that
// exists. Files of the same names are replaced; one of a kind that has no records any more is
// removed. All files are complete and on disk before the first is put in place, so that an error
// while they are made leaves the directory as it was.
//
// Lines that would not load are refused, as [feedbackgen.Failure] with file and line: every line
// has to have the columns of its kind's Go type, none of them null, and a column is text in all
// lines or messages in all.
func Dir(ctx context.Context, dir string, src Source, card Card) (err error) {
	var staged stage
	defer func() {
		if err != nil {
			staged.discard()
		}
	}()
	var files []file
	for _, record := range feedbackgen.Kinds() {
		f := newFile(record)
		path := filepath.Join(dir, f.name())
		err := staged.write(path, func(w *bufio.Writer) error { return f.copyLines(ctx, src, w) })
		if err != nil {
			return err
		}
		if f.lines > 0 {
			files = append(files, f)
		} else {
			staged.drop(path)
		}
	}
	err = staged.write(filepath.Join(dir, "README.md"), func(w *bufio.Writer) error {
		return card.render(w, files)
	})
	if err != nil {
		return err
	}
	return staged.commit(dir)
}

// A file is one kind's, with what its lines turned out to hold.
type file struct {
	kind    feedbackgen.Kind
	columns *column
	lines   int
}

func newFile(record feedbackgen.Record) file {
	return file{kind: record.Kind(), columns: columnOf("", reflect.TypeOf(record))}
}

func (f *file) name() string { return string(f.kind) + ".jsonl" }

func (f *file) copyLines(ctx context.Context, src Source, w *bufio.Writer) error {
	for line, err := range src.Records(f.kind) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return &feedbackgen.Failure{Op: "export", Subject: f.name(), Cause: err}
		}
		f.lines++
		if err := f.check(line); err != nil {
			return &feedbackgen.Failure{
				Op: "export", Subject: fmt.Sprintf("%s:%d", f.name(), f.lines), Cause: err,
				Hint: "datasets would not load it; whatever made this record is at fault",
			}
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
		if err := w.WriteByte('\n'); err != nil {
			return err
		}
	}
	return nil
}

func (f *file) check(line []byte) error {
	if bytes.IndexByte(line, '\n') >= 0 {
		return errors.New("the record holds a line end")
	}
	return f.columns.observe(line)
}

// A stage holds finished files under other names until all are to be put in place.
type stage struct {
	ready []string // final paths whose temporary file is written
	drops []string // final paths that are to be gone
}

// temporary is fixed, so that what a killed process left behind is overwritten by the next.
func temporary(path string) string {
	dir, name := filepath.Split(path)
	return filepath.Join(dir, "."+name+".tmp")
}

// write makes the file that is to stand at path.
func (s *stage) write(path string, content func(w *bufio.Writer) error) (err error) {
	s.ready = append(s.ready, path)
	out, err := os.Create(temporary(path))
	if err != nil {
		return cannotWrite(path, err)
	}
	w := bufio.NewWriterSize(out, 256<<10)
	if err = content(w); err == nil {
		if err = errors.Join(w.Flush(), out.Sync()); err != nil {
			err = cannotWrite(path, err)
		}
	}
	if closed := out.Close(); err == nil && closed != nil {
		err = cannotWrite(path, closed)
	}
	return err
}

// drop gives up the last file written, and what stands at its path.
func (s *stage) drop(path string) {
	s.ready = s.ready[:len(s.ready)-1]
	s.drops = append(s.drops, path)
}

func (s *stage) commit(dir string) error {
	for _, path := range s.ready {
		if err := os.Rename(temporary(path), path); err != nil {
			return cannotWrite(path, err)
		}
	}
	for _, path := range s.drops {
		for _, gone := range []string{temporary(path), path} {
			if err := os.Remove(gone); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return cannotWrite(path, err)
			}
		}
	}
	// Some systems cannot sync a directory. Then a power cut may bring old files back, all whole.
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}

// discard removes what was written but is not to be put in place.
func (s *stage) discard() {
	for _, path := range append(s.ready, s.drops...) {
		_ = os.Remove(temporary(path)) // the error that brought us here says more
	}
}

func cannotWrite(path string, err error) error {
	var failure *feedbackgen.Failure
	if errors.As(err, &failure) {
		return err
	}
	return &feedbackgen.Failure{
		Op: "export", Subject: filepath.Base(path), Cause: err,
		Hint: "check that the directory is writable and the disk not full",
	}
}
