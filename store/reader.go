package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/feedbackgen/feedbackgen"
)

// Reader reads a run, also while another process writes it. It is safe for concurrent use.
type Reader struct {
	path string
	db   *sql.DB
}

// OpenReadOnly opens the run in dir to read it. It needs no lock and changes nothing. It fails
// with a [feedbackgen.Failure] around [fs.ErrNotExist] if there is no run, or [ErrForeign],
// [ErrNewer] or [ErrCorrupt].
func OpenReadOnly(ctx context.Context, dir string) (*Reader, error) {
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); err != nil {
		return nil, failure("read run", path, err)
	}
	cut := cutOff(path)
	r := &Reader{path: path, db: openPool(path, "mode=ro")}
	empty, err := check(ctx, r.db)
	if errors.Is(reason(err), ErrDenied) && size(path+"-wal") == 0 {
		// Even a reader keeps an index beside a write-ahead log. Where the directory is read-only
		// there can be no index, but without a log there is no writer either.
		err = r.db.Close()
		r.db = openPool(path, "mode=ro&immutable=1")
		if err == nil {
			empty, err = check(ctx, r.db)
		}
	}
	if err == nil && cut {
		err = errCutOff
	}
	if err == nil && empty {
		err = fmt.Errorf("the file is empty: %w", fs.ErrNotExist)
	}
	if err != nil {
		return nil, errors.Join(failure("read run", path, err), r.db.Close())
	}
	return r, nil
}

// Close ends reading.
func (r *Reader) Close() error { return failure("close run", r.path, r.db.Close()) }

// Meta returns a value that was set for the whole run, or false.
func (r *Reader) Meta(ctx context.Context, key string) ([]byte, bool, error) {
	var value []byte
	err := r.db.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = ?`, key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return value, err == nil, failure("read settings", r.path, err)
}

// Usage is what the calls in the log have cost, those of suspended problems included.
type Usage struct {
	Calls        int64 `json:"calls"`
	PromptTokens int64 `json:"prompt_tokens"`
	Tokens       int64 `json:"tokens"`
}

// Usage returns the totals over the call log. It costs the same however long the log is.
func (r *Reader) Usage(ctx context.Context) (Usage, error) {
	var u Usage
	err := r.db.QueryRowContext(ctx, `SELECT calls, prompt_tokens, tokens FROM usage`).
		Scan(&u.Calls, &u.PromptTokens, &u.Tokens)
	return u, failure("read usage", r.path, err)
}

// Job returns a job without its records, or false if there is none of that index.
func (r *Reader) Job(ctx context.Context, index int) (Job, bool, error) {
	page, err := r.jobs(ctx, index, 1)
	if err != nil || len(page) == 0 || page[0].Index != index {
		return Job{}, false, failure("read jobs", r.path, err)
	}
	return page[0], true, nil
}

// Jobs returns the jobs from an index on, in order, without their records. It reads a page at a
// time, so that a slow consumer keeps nobody from writing; a job finished meanwhile may appear.
func (r *Reader) Jobs(ctx context.Context, from int) iter.Seq2[Job, error] {
	const page = 512
	return func(yield func(Job, error) bool) {
		for {
			jobs, err := r.jobs(ctx, from, page)
			if err != nil {
				yield(Job{}, failure("read jobs", r.path, err))
				return
			}
			for _, job := range jobs {
				if !yield(job, nil) {
					return
				}
				from = job.Index + 1
			}
			if len(jobs) < page {
				return
			}
		}
	}
}

func (r *Reader) jobs(ctx context.Context, from, limit int) (jobs []Job, err error) {
	rows, err := r.db.QueryContext(ctx,
		`SELECT id, problem, status, reason, counts, lines FROM jobs WHERE id >= ? ORDER BY id LIMIT ?`, from, limit)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var job Job
		var counts, lines sql.RawBytes
		if err := rows.Scan(&job.Index, &job.ID, &job.Status, &job.Reason, &counts, &lines); err != nil {
			return nil, err
		}
		if err := errors.Join(json.Unmarshal(counts, &job.Counts), json.Unmarshal(lines, &job.Lines)); err != nil {
			return nil, fmt.Errorf("%w: counts of problem %s: %w", ErrCorrupt, job.ID, err)
		}
		jobs = append(jobs, job)
	}
	return jobs, rows.Err()
}

// Kinds returns the kinds of record that the run has had, in the order of their first records.
func (r *Reader) Kinds(ctx context.Context) (kinds []feedbackgen.Kind, err error) {
	defer func() { err = failure("read records", r.path, err) }()
	rows, err := r.db.QueryContext(ctx, `SELECT name FROM kinds ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var kind feedbackgen.Kind
		if err := rows.Scan(&kind); err != nil {
			return nil, err
		}
		kinds = append(kinds, kind)
	}
	return kinds, rows.Err()
}

// Records returns the lines of a kind as they were when it began, by job and then in the job's
// order, one at a time. A line belongs to the caller.
func (r *Reader) Records(ctx context.Context, kind feedbackgen.Kind) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		enough := false
		err := r.records(ctx, kind, func(_ int64, line []byte) bool {
			enough = !yield(line, nil)
			return !enough
		})
		if err != nil && !enough {
			yield(nil, failure("read records", r.path, err))
		}
	}
}

func (r *Reader) records(ctx context.Context, kind feedbackgen.Kind, each func(id int64, line []byte) bool) (err error) {
	var id int64
	err = r.db.QueryRowContext(ctx, `SELECT id FROM kinds WHERE name = ?`, string(kind)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	rows, err := r.db.QueryContext(ctx, `SELECT id, line FROM records WHERE id BETWEEN ? AND ? ORDER BY id`,
		recordID(id, 0, 0), recordID(id, MaxJob, MaxLines-1))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var line []byte
		if err := rows.Scan(&id, &line); err != nil {
			return err
		}
		if !each(id, line) {
			return nil
		}
	}
	return rows.Err()
}
