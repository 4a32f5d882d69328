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
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"reflect"

	"github.com/tidwall/gjson"

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
func Dir(ctx context.Context, dir string, src Source, card Card) error {
	w := NewWriter(dir)
	defer w.Discard()
	for _, record := range feedbackgen.Kinds() {
		for line, err := range src.Records(record.Kind()) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return &feedbackgen.Failure{Op: "export", Subject: fileName(record.Kind()), Cause: err}
			}
			if !gjson.ValidBytes(line) {
				err = json.Unmarshal(line, new(json.RawMessage)) // which says where it is not valid
				return wouldNotLoad(record.Kind(), w.Lines(record.Kind())+1, err)
			}
			if err := w.Write(record.Kind(), line); err != nil {
				return err
			}
		}
	}
	return w.Commit(card)
}

// Writer writes what [Dir] writes, record by record, in whatever order of kinds. It is not safe for
// concurrent use. Nothing is in place before Commit; Discard after it does nothing.
type Writer struct {
	dir   string
	stage stage
	files []*file
}

// NewWriter writes into a directory that exists.
func NewWriter(dir string) *Writer {
	w := &Writer{dir: dir}
	for _, record := range feedbackgen.Kinds() {
		w.files = append(w.files, &file{kind: record.Kind(), columns: columnOf("", reflect.TypeOf(record))})
	}
	return w
}

// Write adds a line, which is valid JSON, to a kind's file. The line is used no more when it returns.
func (w *Writer) Write(kind feedbackgen.Kind, line []byte) error {
	for _, f := range w.files {
		if f.kind == kind {
			return w.add(f, line)
		}
	}
	return &feedbackgen.Failure{Op: "export", Subject: fileName(kind), Cause: errors.New("there is no such kind of record")}
}

func (w *Writer) add(f *file, line []byte) (err error) {
	if f.out == nil {
		if f.out, err = w.stage.create(filepath.Join(w.dir, fileName(f.kind))); err != nil {
			return err
		}
	}
	f.lines++
	if err := f.check(line); err != nil {
		return wouldNotLoad(f.kind, f.lines, err)
	}
	return f.out.line(line)
}

func wouldNotLoad(kind feedbackgen.Kind, line int, err error) error {
	return &feedbackgen.Failure{
		Op: "export", Subject: fmt.Sprintf("%s:%d", fileName(kind), line), Cause: err,
		Hint: "datasets would not load it; whatever made this record is at fault",
	}
}

// Lines counts the lines of a kind so far.
func (w *Writer) Lines(kind feedbackgen.Kind) int {
	for _, f := range w.files {
		if f.kind == kind {
			return f.lines
		}
	}
	return 0
}

// Beside adds a file that holds no records. It is put in place together with them. The name is a path with
// slashes within the directory.
func (w *Writer) Beside(name string) (*Extra, error) {
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, cannotWrite(path, errors.New("it lies outside the directory"))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, cannotWrite(path, err)
	}
	out, err := w.stage.create(path)
	return &Extra{out: out}, err
}

// Extra is a file beside the records. One that nothing was written to is removed at Commit.
type Extra struct{ out *output }

// Write adds to the file.
func (e *Extra) Write(text []byte) (int, error) { return e.out.write(text) }

// Commit writes README.md and puts all files in place.
func (w *Writer) Commit(card Card) error {
	var there []*file
	for _, f := range w.files {
		if f.lines > 0 {
			there = append(there, f)
		} else {
			w.stage.drop(filepath.Join(w.dir, fileName(f.kind)))
		}
	}
	readme, err := w.stage.create(filepath.Join(w.dir, "README.md"))
	if err != nil {
		return err
	}
	if err := card.render(readme.buffer, there); err != nil {
		return err
	}
	return w.stage.commit(w.dir)
}

// Discard removes what was not committed.
func (w *Writer) Discard() { w.stage.discard() }

// A file is one kind's, with what its lines turned out to hold.
type file struct {
	kind    feedbackgen.Kind
	columns *column
	lines   int
	out     *output
}

func fileName(kind feedbackgen.Kind) string { return string(kind) + ".jsonl" }

func (f *file) check(line []byte) error {
	if bytes.IndexByte(line, '\n') >= 0 {
		return errors.New("the record holds a line end")
	}
	return f.columns.observe(gjson.ParseBytes(line))
}

// A stage holds finished files under other names until all are to be put in place.
type stage struct {
	outputs   []*output
	drops     []string // final paths that are to be gone
	committed bool
}

// output is a file that is being written.
type output struct {
	path   string
	file   *os.File
	buffer *bufio.Writer
	size   int64
}

// temporary is fixed, so that what a killed process left behind is overwritten by the next.
func temporary(path string) string {
	dir, name := filepath.Split(path)
	return filepath.Join(dir, "."+name+".tmp")
}

// create begins the file that is to stand at path.
func (s *stage) create(path string) (*output, error) {
	f, err := os.Create(temporary(path))
	if err != nil {
		return nil, cannotWrite(path, err)
	}
	out := &output{path: path, file: f}
	out.buffer = bufio.NewWriterSize(counter{out}, 64<<10)
	s.outputs = append(s.outputs, out)
	return out, nil
}

// counter counts what is written to an output's file.
type counter struct{ *output }

func (c counter) Write(text []byte) (int, error) {
	n, err := c.file.Write(text)
	c.size += int64(n)
	return n, err
}

func (o *output) write(text []byte) (int, error) {
	n, err := o.buffer.Write(text)
	if err != nil {
		err = cannotWrite(o.path, err)
	}
	return n, err
}

func (o *output) line(text []byte) error {
	if _, err := o.write(text); err != nil {
		return err
	}
	_, err := o.write([]byte{'\n'})
	return err
}

// finish brings the file onto the disk and closes it.
func (o *output) finish() error {
	err := errors.Join(o.buffer.Flush(), o.file.Sync(), o.file.Close())
	o.file = nil
	if err != nil {
		return cannotWrite(o.path, err)
	}
	return nil
}

// drop takes away what stands at a path.
func (s *stage) drop(path string) { s.drops = append(s.drops, path) }

func (s *stage) commit(dir string) error {
	for _, out := range s.outputs {
		if err := out.finish(); err != nil {
			return err
		}
	}
	for _, out := range s.outputs {
		if out.size == 0 {
			s.drop(out.path)
			continue
		}
		if err := os.Rename(temporary(out.path), out.path); err != nil {
			return cannotWrite(out.path, err)
		}
	}
	for _, path := range s.drops {
		for _, gone := range []string{temporary(path), path} {
			if err := os.Remove(gone); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return cannotWrite(path, err)
			}
		}
	}
	s.committed = true
	// Some systems cannot sync a directory. Then a power cut may bring old files back, all whole.
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}

// discard removes what was written but is not to be put in place.
func (s *stage) discard() {
	if s.committed {
		return
	}
	for _, out := range s.outputs {
		if out.file != nil {
			_ = out.file.Close()
		}
		_ = os.Remove(temporary(out.path)) // the error that brought us here says more
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
