package store

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

const (
	// queued is how many writes can wait before their callers block.
	queued = 1024
	// together is the most writes in one transaction: it bounds how long one of them takes.
	together = 256
)

// write is a caller's wish, and where it waits for the answer.
type write struct {
	apply func(*writer) error
	done  chan error
}

// submit hands a write to the writer and waits until it is committed. The context only matters
// while the queue is full: what has been paid for is written even if nobody waits for it any more.
func (s *Store) submit(ctx context.Context, apply func(*writer) error) error {
	w := write{apply: apply, done: make(chan error, 1)}
	if err := s.enqueue(ctx, w); err != nil {
		return err
	}
	return <-w.done
}

func (s *Store) enqueue(ctx context.Context, w write) error {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return ErrClosed
	}
	select {
	case s.queue <- w:
		return nil
	default:
	}
	select {
	case s.queue <- w:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// write commits until the queue is closed and empty. Close waits for it.
func (s *Store) write() {
	defer close(s.stopped)
	batch := make([]write, 0, together)
	for first := range s.queue {
		batch = append(batch[:0], first)
		batch = s.waiting(batch)
		err := s.writer.commit(batch)
		for _, w := range batch {
			w.done <- err
		}
		clear(batch)
	}
}

// yields is how often the writer lets others run before it commits.
const yields = 3

// waiting adds what is waiting to the batch, without waiting for more; but callers that are about
// to write are let run first, because a commit costs the same for all of them as for one.
func (s *Store) waiting(batch []write) []write {
	yielded := 0
	for len(batch) < together {
		select {
		case w, open := <-s.queue:
			if !open {
				return batch
			}
			batch = append(batch, w)
		default:
			if yielded == yields {
				return batch
			}
			yielded++
			runtime.Gosched()
		}
	}
	return batch
}

// writer owns the one connection that writes. Only one goroutine at a time uses it.
type writer struct {
	db   *sql.DB
	conn *sql.Conn

	begin, end, undo, insertCall, addUsage *sql.Stmt
	insertJob, deleteJob, deleteRecords    *sql.Stmt
	insertRecord, insertKind, replaceMeta  *sql.Stmt
	deleteDone, deleteAllRecords           *sql.Stmt

	// prepared are all of them: SQLite does not close a file that has open statements.
	prepared []*sql.Stmt

	// kinds numbers the kinds of record, as the file does.
	kinds map[feedbackgen.Kind]int64
	// usage is what the open transaction adds to the totals.
	usage Usage
}

// openWriter opens the file, begins it if it is new, and prepares every statement.
func openWriter(ctx context.Context, path string) (*writer, error) {
	cut := cutOff(path)
	// None of these touches the file. Checkpoints sync the disk, so they come every 16 MB, not
	// every 4.
	db := openPool(path, "mode=rwc", "synchronous(normal)", "page_size(4096)",
		"wal_autocheckpoint(4096)", "cache_size(-16384)")
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	w := &writer{db: db, conn: conn}
	if err := w.prepare(ctx, cut); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *writer) prepare(ctx context.Context, cut bool) error {
	if err := begin(ctx, w.conn, cut); err != nil {
		return err
	}
	for statement, text := range map[**sql.Stmt]string{
		&w.begin:         `BEGIN IMMEDIATE`,
		&w.end:           `COMMIT`,
		&w.undo:          `ROLLBACK`,
		&w.insertCall:    `INSERT INTO calls (job, key, prompt_tokens, tokens, reply) VALUES (?, ?, ?, ?, ?)`,
		&w.addUsage:      `UPDATE usage SET calls = calls + ?, prompt_tokens = prompt_tokens + ?, tokens = tokens + ?`,
		&w.insertJob:     `INSERT INTO jobs (id, problem, status, reason, counts, lines) VALUES (?, ?, ?, ?, ?, ?)`,
		&w.deleteJob:     `DELETE FROM jobs WHERE id = ?`,
		&w.deleteRecords: `DELETE FROM records WHERE id BETWEEN ? AND ?`,
		&w.insertRecord:  `INSERT INTO records (id, line) VALUES (?, ?)`,
		&w.insertKind:    `INSERT INTO kinds (id, name) VALUES (?, ?)`,
		&w.replaceMeta:   `INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)`,
		&w.deleteDone:    `DELETE FROM jobs WHERE status = ?`,
		// Only jobs that are done have any.
		&w.deleteAllRecords: `DELETE FROM records`,
	} {
		prepared, err := w.conn.PrepareContext(ctx, text) //nolint:sqlclosecheck // writer.close does
		if err != nil {
			return err
		}
		*statement = prepared
		w.prepared = append(w.prepared, prepared)
	}
	return w.loadKinds(ctx)
}

func (w *writer) close() error {
	var err error
	for _, statement := range w.prepared {
		err = errors.Join(err, statement.Close())
	}
	return errors.Join(err, w.conn.Close(), w.db.Close())
}

// commit applies the writes in one transaction: all of them, or none. A context would cost every
// statement a goroutine, and nothing here waits for anything but the disk.
func (w *writer) commit(batch []write) error {
	if err := run(w.begin); err != nil {
		return err
	}
	err := w.applyAll(batch)
	if err == nil {
		err = run(w.end)
	}
	if err == nil {
		return nil
	}
	// SQLite may have rolled back by itself, as it does when the disk is full.
	if undo := run(w.undo); undo != nil && !strings.Contains(undo.Error(), "no transaction is active") {
		err = errors.Join(err, undo)
	}
	return errors.Join(err, w.loadKinds(context.Background()))
}

func (w *writer) applyAll(batch []write) error {
	w.usage = Usage{}
	for _, each := range batch {
		if err := each.apply(w); err != nil {
			return err
		}
	}
	if w.usage == (Usage{}) {
		return nil
	}
	return run(w.addUsage, w.usage.Calls, w.usage.PromptTokens, w.usage.Tokens)
}

func (w *writer) call(job int, key backends.Key, entry backends.Entry) error {
	w.usage.Calls++
	w.usage.PromptTokens += int64(entry.PromptTokens)
	w.usage.Tokens += int64(entry.Tokens)
	return run(w.insertCall, int64(job), key[:], int64(entry.PromptTokens), int64(entry.Tokens), present(entry.Reply))
}

func (w *writer) finish(job jobRow, records []Line) error {
	if err := w.forget(job.Index); err != nil {
		return err
	}
	err := run(w.insertJob, int64(job.Index), job.ID, string(job.Status), job.Reason, string(job.counts), string(job.lines))
	if err != nil {
		return err
	}
	for i, line := range records {
		kind, err := w.kind(line.Kind)
		if err != nil {
			return err
		}
		if err := run(w.insertRecord, recordID(kind, job.Index, i), present(line.JSON)); err != nil {
			return err
		}
	}
	return nil
}

// forget removes a job and its records, if it is there.
func (w *writer) forget(job int) error {
	result, err := w.deleteJob.ExecContext(context.Background(), int64(job))
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	for _, kind := range w.kinds {
		if err := run(w.deleteRecords, recordID(kind, job, 0), recordID(kind, job, MaxLines-1)); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) setMeta(values map[string][]byte) error {
	for key, value := range values {
		if err := run(w.replaceMeta, key, present(value)); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) reopen(values map[string][]byte) error {
	return errors.Join(run(w.deleteDone, string(Done)), run(w.deleteAllRecords), w.setMeta(values))
}

// kind is the number of a kind, which it gets when its first record is written.
func (w *writer) kind(kind feedbackgen.Kind) (int64, error) {
	id, known := w.kinds[kind]
	if known {
		return id, nil
	}
	id = int64(len(w.kinds))
	if id > maxKind {
		return 0, errors.New("too many kinds of record")
	}
	w.kinds[kind] = id
	return id, run(w.insertKind, id, string(kind))
}

// loadKinds reads the numbers of the kinds, which a transaction that was rolled back may have got
// wrong.
func (w *writer) loadKinds(ctx context.Context) (err error) {
	rows, err := w.conn.QueryContext(ctx, `SELECT id, name FROM kinds`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	w.kinds = map[feedbackgen.Kind]int64{}
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		w.kinds[feedbackgen.Kind(name)] = id
	}
	return rows.Err()
}

// lastLogged is the highest job with a call in the log, -1 if there is none.
func (w *writer) lastLogged(ctx context.Context) (int64, error) {
	var last int64
	err := w.conn.QueryRowContext(ctx, `SELECT coalesce(max(job), -1) FROM calls`).Scan(&last)
	return last, err
}

func run(statement *sql.Stmt, args ...any) error {
	_, err := statement.ExecContext(context.Background(), args...)
	return err
}

// present makes an empty blob of nil, which would be NULL.
func present(blob []byte) []byte {
	if blob == nil {
		return []byte{}
	}
	return blob
}
