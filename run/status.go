package run

import (
	"sync/atomic"

	"github.com/feedbackgen/feedbackgen/store"
)

// Status counts while a run goes on, for whoever shows its progress. Problems that earlier starts
// finished are counted when their turn comes.
type Status struct {
	// Done, Failed and Suspended count problems by what became of them, Active those in work.
	Done, Failed, Suspended, Active atomic.Int64
	// Earlier counts those among Done and Failed that an earlier start finished.
	Earlier atomic.Int64
	// Records counts the records of done problems.
	Records atomic.Int64
}

// count counts a job of this start, or of an earlier one.
func (s *Status) count(job store.Job) {
	switch job.Status {
	case store.Done:
		s.Done.Add(1)
	case store.Failed:
		s.Failed.Add(1)
	case store.Suspended:
		s.Suspended.Add(1)
	}
	s.Records.Add(int64(len(job.Records)))
	for _, n := range job.Lines {
		s.Records.Add(int64(n))
	}
}

// countEarlier counts a job that an earlier start finished.
func (s *Status) countEarlier(job store.Job) {
	s.Earlier.Add(1)
	s.count(job)
}
