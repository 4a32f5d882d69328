//go:build unix

package store

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/feedbackgen/feedbackgen/backends"
)

// concurrently runs work(0..n-1) from that many goroutines and reports rate and processor time.
func concurrently(b *testing.B, callers int, work func(i int) error) {
	b.Helper()
	b.ResetTimer()
	before := processorTime(b)
	var next atomic.Int64
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < b.N; i = int(next.Add(1)) - 1 {
				if err := work(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
	b.ReportMetric((processorTime(b)-before)/float64(b.N)*1e6, "cpu-µs/op")
}

func processorTime(b *testing.B) float64 {
	var usage syscall.Rusage
	check0(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func BenchmarkCommit(b *testing.B) {
	for _, callers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			s := openTest(b, b.TempDir())
			reply := entry(0, 0)
			reply.Reply = bytes.Repeat([]byte("x"), 600)
			// Each job makes ten calls, 64 jobs at once.
			logs := make([]backends.CallLog, b.N/10+64)
			for job := range logs {
				log, err := s.Log(b.Context(), job)
				check0(b, err)
				logs[job] = log
			}
			concurrently(b, callers, func(i int) error {
				return logs[i/640*64+i%64].Commit(b.Context(), key(0, i), reply)
			})
		})
	}
}

func BenchmarkFinish(b *testing.B) {
	line := bytes.Repeat([]byte("x"), 2048)
	records := []Line{{"preferences", line}, {"preferences", line}, {"steps", line}, {"groups", line}, {"sft", line}}
	for _, callers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			s := openTest(b, b.TempDir())
			concurrently(b, callers, func(i int) error {
				return s.Finish(b.Context(), Job{Index: i, ID: fmt.Sprint(i), Status: Done, Records: records})
			})
			b.ReportMetric(float64(len(records)*b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func BenchmarkRecords(b *testing.B) {
	s := openTest(b, b.TempDir())
	line := bytes.Repeat([]byte("x"), 2048)
	for i := range 2000 {
		check0(b, s.Finish(b.Context(), Job{Index: i, Status: Done, Records: []Line{{"sft", line}, {"steps", line}}}))
	}
	b.SetBytes(2000 * int64(len(line)))
	for b.Loop() {
		n := 0
		for _, err := range s.Records(b.Context(), "sft") {
			check0(b, err)
			n++
		}
		if n != 2000 {
			b.Fatal(n)
		}
	}
}

// A job's log is read with one query.
func BenchmarkLog(b *testing.B) {
	s := openTest(b, b.TempDir())
	for i := range 1000 {
		commit(b, s, i%100, i)
	}
	for b.Loop() {
		log, err := s.Log(b.Context(), 50)
		check0(b, err)
		wantCall(b, log, 50, 50)
	}
}
