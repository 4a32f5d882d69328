package store

import (
	"context"
	"iter"

	"github.com/feedbackgen/feedbackgen"
)

// Results returns each job's lines together, job by job, for the jobs that have any: first those of
// the first kind given, in the job's order, and so on. Kinds that are not given are left out. A line
// belongs to the caller; the slice is used again for the next job.
func (r *Reader) Results(ctx context.Context, kinds []feedbackgen.Kind) iter.Seq2[[]Line, error] {
	return func(yield func([]Line, error) bool) {
		var heads []*head
		for _, kind := range kinds {
			h := &head{kind: kind}
			var stop func()
			h.next, stop = iter.Pull2(r.numbered(ctx, kind))
			defer stop()
			heads = append(heads, h)
			if err := h.advance(); err != nil {
				yield(nil, failure("read records", r.path, err))
				return
			}
		}
		var lines []Line
		for {
			job, more := first(heads)
			if !more {
				return
			}
			lines = lines[:0]
			for _, h := range heads {
				for h.more && h.at.job == job {
					lines = append(lines, Line{Kind: h.kind, JSON: h.at.line})
					if err := h.advance(); err != nil {
						yield(nil, failure("read records", r.path, err))
						return
					}
				}
			}
			if !yield(lines, nil) {
				return
			}
		}
	}
}

// head is the next line of a kind.
type head struct {
	kind feedbackgen.Kind
	next func() (numbered, error, bool)
	at   numbered
	more bool
}

// numbered is a line with its job's index.
type numbered struct {
	job  int
	line []byte
}

func (h *head) advance() (err error) {
	h.at, err, h.more = h.next()
	return err
}

// first is the lowest job that a head is at.
func first(heads []*head) (job int, more bool) {
	for _, h := range heads {
		if h.more && (!more || h.at.job < job) {
			job, more = h.at.job, true
		}
	}
	return job, more
}

func (r *Reader) numbered(ctx context.Context, kind feedbackgen.Kind) iter.Seq2[numbered, error] {
	return func(yield func(numbered, error) bool) {
		enough := false
		err := r.records(ctx, kind, func(id int64, line []byte) bool {
			enough = !yield(numbered{int(id >> lineBits & (1<<jobBits - 1)), line}, nil)
			return !enough
		})
		if err != nil && !enough {
			yield(numbered{}, err)
		}
	}
}
