//go:build unix

package run_test

import (
	"syscall"
	"testing"
)

// A run with a server that answers at once: what remains is the run's own work. A problem makes six
// calls.
func BenchmarkRun(b *testing.B) {
	cfg := config(b.TempDir(), &server{}, b.N)
	cfg.Active = 64
	before := processorTime(b)
	b.ResetTimer()
	if _, err := start(b.Context(), b, cfg); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(6*float64(b.N)/b.Elapsed().Seconds(), "calls/s")
	b.ReportMetric((processorTime(b)-before)/float64(6*b.N)*1e6, "cpu-µs/call")
}

// A run of which everything is done already: what a problem costs that is skipped.
func BenchmarkSkip(b *testing.B) {
	const n = 2000
	dir := b.TempDir()
	finished(b, config(dir, &server{}, n))
	for b.Loop() {
		finished(b, config(dir, &server{}, n))
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/n*1e6, "µs/problem")
}

func processorTime(b *testing.B) float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}
