// Package store keeps a run in one SQLite file, run.db in the run's directory: what became of each
// problem, the records made of it, and the reply of every call that was paid for.
//
// One process writes ([Open], which locks the directory), any number read ([OpenReadOnly]). All
// writes go to one goroutine that commits whatever is waiting in one transaction, so that many
// callers share the cost of a commit and a single one never waits for others.
//
// What a write acknowledged survives the process being killed at any moment. The file is never
// damaged by a power cut either, but the last moments before one may be missing: SQLite syncs its
// write-ahead log at checkpoints, every few megabytes, not at each commit. What is missing is paid
// for again at the next start; nothing else is lost. The directory has to be on a local disk, as
// for every SQLite file in write-ahead mode.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/gofrs/flock"

	"github.com/feedbackgen/feedbackgen"
)

// FileName is the run's file in its directory.
const FileName = "run.db"

// Store is a run's file, open for writing. It is safe for concurrent use.
type Store struct {
	*Reader
	lock   *flock.Flock
	writer *writer

	// queue takes writes to the writer; closing guards it, so that nobody sends once it is closed.
	queue   chan write
	closing sync.RWMutex
	closed  bool
	stopped chan struct{}

	// lastLogged is the highest job that may have calls in the log: the logs of those above it are
	// empty without looking.
	lastLogged atomic.Int64
}

// Open opens the run in dir, or begins one there; dir is made if it does not exist. It fails
// with a [feedbackgen.Failure] around [ErrInUse], [ErrDenied], [ErrForeign] or [ErrNewer], which are
// [feedbackgen.ErrInput], [ErrFull] or [ErrCorrupt], and then leaves what it found as it was.
func Open(ctx context.Context, dir string) (*Store, error) {
	path := filepath.Join(dir, FileName)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, failure("create directory", dir, err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, path)
	if err != nil {
		return nil, errors.Join(failure("open run", path, err), lock.Close())
	}
	s.lock = lock
	go s.write()
	return s, nil
}

func open(ctx context.Context, path string) (*Store, error) {
	w, err := openWriter(ctx, path)
	if err != nil {
		return nil, err
	}
	last, err := w.lastLogged(ctx)
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	s := &Store{
		Reader:  &Reader{path: path, db: openPool(path, "mode=ro")},
		writer:  w,
		queue:   make(chan write, queued),
		stopped: make(chan struct{}),
	}
	s.lastLogged.Store(last)
	return s, nil
}

// Close commits what is waiting, folds the write-ahead log into the file and releases the
// directory. Writes after it fail; closing twice does nothing.
func (s *Store) Close() error {
	s.closing.Lock()
	again := s.closed
	if !again {
		s.closed = true
		close(s.queue)
	}
	s.closing.Unlock()
	<-s.stopped
	if again {
		return nil
	}
	// The writer is the last to close, because the last to close cleans up.
	err := errors.Join(s.Reader.Close(), s.writer.close(), s.lock.Close())
	return failure("close run", s.path, err)
}

// Status is what became of a problem.
type Status string

// The states of a job. A problem without a job was not finished yet.
const (
	// Done: the module made of it what can be made.
	Done Status = "done"
	// Failed: it will never work out; it is not tried again.
	Failed Status = "failed"
	// Suspended: it failed for a reason that may pass; the next start tries again.
	Suspended Status = "suspended"
)

// Job is what became of one problem.
type Job struct {
	// Index is the problem's place in its file, from 0 to MaxJob.
	Index int
	// ID is the problem's id.
	ID     string
	Status Status
	// Reason says why a job failed or is suspended; of one that is done, which check broke on its way.
	Reason string
	Counts feedbackgen.Counts
	// Records are the lines made of the problem, at most MaxLines, in order. Reading a Job leaves
	// them out; see [Reader.Records].
	Records []Line
	// Lines says how many records there are of each kind. It is only read; writing counts Records.
	Lines map[feedbackgen.Kind]int
}

// Line is a record as it stands in its file, without the line's end.
type Line struct {
	Kind feedbackgen.Kind
	JSON []byte
}

// Finish replaces, at once, what is known of a job: its row and its records. It returns when that
// would survive the process being killed.
func (s *Store) Finish(ctx context.Context, job Job) error {
	row, err := encode(job)
	if err == nil {
		err = s.submit(ctx, func(w *writer) error { return w.finish(row, job.Records) })
	}
	return failure("finish problem "+job.ID, s.path, err)
}

// jobRow is a job as its table holds it.
type jobRow struct {
	Job
	counts, lines []byte
}

// encode makes the row in the caller's goroutine, so that the writer has less to do.
func encode(job Job) (jobRow, error) {
	if err := job.check(); err != nil {
		return jobRow{}, err
	}
	lines := map[feedbackgen.Kind]int{}
	for _, line := range job.Records {
		lines[line.Kind]++
	}
	if job.Counts == nil {
		job.Counts = feedbackgen.Counts{}
	}
	row := jobRow{Job: job}
	var err, also error
	row.counts, err = json.Marshal(job.Counts)
	row.lines, also = json.Marshal(lines)
	return row, errors.Join(err, also)
}

func (j Job) check() error {
	switch {
	case j.Index < 0 || j.Index > MaxJob:
		return fmt.Errorf("job %d is not in 0 to %d", j.Index, MaxJob)
	case len(j.Records) > MaxLines:
		return fmt.Errorf("%d records are more than %d", len(j.Records), MaxLines)
	case j.Status != Done && j.Status != Failed && j.Status != Suspended:
		return fmt.Errorf("%q is no status", j.Status)
	}
	return nil
}

// SetMeta sets values that belong to the whole run, all of them or none. It returns when they would
// survive the process being killed.
func (s *Store) SetMeta(ctx context.Context, values map[string][]byte) error {
	err := s.submit(ctx, func(w *writer) error { return w.setMeta(values) })
	return failure("write settings", s.path, err)
}

// Reopen forgets what became of all jobs that are done, with their records, and sets values for the whole
// run, at once. The calls stay: working on the jobs again costs nothing.
func (s *Store) Reopen(ctx context.Context, values map[string][]byte) error {
	err := s.submit(ctx, func(w *writer) error { return w.reopen(values) })
	return failure("reopen problems", s.path, err)
}

// Bounds of a run, which the key of a record has bits for.
const (
	// MaxJob is the highest index of a problem.
	MaxJob = math.MaxUint32
	// MaxLines is the most records of one job.
	MaxLines = 1 << lineBits
)
