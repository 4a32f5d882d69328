package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/feedbackgen/feedbackgen/backends"
)

// callLog is one job's calls: those of earlier starts, read at once, and those of this one.
type callLog struct {
	store *Store
	job   int

	mu      sync.Mutex
	entries map[backends.Key]backends.Entry
}

var _ backends.CallLog = (*callLog)(nil)

// Log returns the call log of a job. Of two replies to one call, the first counts, now and after
// a restart. While a job is worked on there may be only one log of it.
func (s *Store) Log(ctx context.Context, job int) (backends.CallLog, error) {
	if job < 0 || job > MaxJob {
		return nil, failure("read calls", s.path, fmt.Errorf("job %d is not in 0 to %d", job, MaxJob))
	}
	log := &callLog{store: s, job: job, entries: map[backends.Key]backends.Entry{}}
	if int64(job) > s.lastLogged.Load() {
		return log, nil
	}
	entries, err := s.calls(ctx, job)
	if err != nil {
		return nil, failure("read calls", s.path, err)
	}
	maps.Copy(log.entries, entries)
	return log, nil
}

// String names the job, for messages.
func (l *callLog) String() string { return fmt.Sprintf("job %d", l.job) }

// Lookup returns the entry that was committed for the key.
func (l *callLog) Lookup(key backends.Key) (backends.Entry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry, found := l.entries[key]
	return entry, found
}

// Commit writes the entry. It does so even if the context has ended: the reply is paid for.
func (l *callLog) Commit(ctx context.Context, key backends.Key, entry backends.Entry) error {
	l.store.logged(l.job)
	err := l.store.submit(ctx, func(w *writer) error { return w.call(l.job, key, entry) })
	if err != nil {
		return failure("log call", l.store.path, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, found := l.entries[key]; !found {
		l.entries[key] = entry
	}
	return nil
}

// logged raises lastLogged to the job.
func (s *Store) logged(job int) {
	for last := s.lastLogged.Load(); last < int64(job); last = s.lastLogged.Load() {
		if s.lastLogged.CompareAndSwap(last, int64(job)) {
			return
		}
	}
}

// calls reads a job's entries, the first of each key.
func (r *Reader) calls(ctx context.Context, job int) (entries map[backends.Key]backends.Entry, err error) {
	rows, err := r.db.QueryContext(ctx,
		`SELECT key, prompt_tokens, tokens, reply FROM calls WHERE job = ? ORDER BY id`, job)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	entries = map[backends.Key]backends.Entry{}
	for rows.Next() {
		var key []byte
		var entry backends.Entry
		if err := rows.Scan(&key, &entry.PromptTokens, &entry.Tokens, &entry.Reply); err != nil {
			return nil, err
		}
		if len(key) != len(backends.Key{}) {
			return nil, fmt.Errorf("%w: a call of job %d has a key of %d bytes", ErrCorrupt, job, len(key))
		}
		if _, found := entries[backends.Key(key)]; !found {
			entries[backends.Key(key)] = entry
		}
	}
	return entries, rows.Err()
}
