// Command bench measures what feedbackgen costs beside the server it talks to, and prints a table:
//
//	make bench
//
// Every figure with a bound is a ratio within this run, or says what machine it is from. Servers
// are mocks in this process, so that the client's share is not hidden behind a model's.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

func main() {
	if err := bench(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// row is one line of the table.
type row struct {
	what, got, bound string
	met              bool
}

func bench(ctx context.Context, w io.Writer) error {
	scratch, err := os.MkdirTemp("", "feedbackgen-bench-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }() // a temporary directory
	_, err = fmt.Fprintf(w, "%s, %d cores, %s, %s\n\n", time.Now().Format(time.DateOnly), runtime.NumCPU(), runtime.Version(), runtime.GOARCH)
	if err != nil {
		return err
	}
	var rows []row
	for _, measure := range []func(context.Context, string) ([]row, error){pipelines, benchmarks, binary} {
		more, err := measure(ctx, scratch)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		verdict := ""
		if r.bound != "" {
			verdict = map[bool]string{true: "met", false: "MISSED"}[r.met]
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", r.what, r.got, r.bound, verdict) // Flush tells
	}
	return table.Flush()
}

// benchmarks runs the packages' own benchmarks, for what only they can see.
func benchmarks(ctx context.Context, _ string) ([]row, error) {
	out, err := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^(BenchmarkSimulation|BenchmarkMemory|BenchmarkMillion|BenchmarkFinish|BenchmarkAll|BenchmarkScore)$",
		"./mcts", "./store", "./guard", "./postcomp/score").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("go test -bench: %w\n%s", err, out)
	}
	figure := func(name, unit string) (float64, error) {
		m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + `-?\d*\s.*?([0-9.e+]+) ` + regexp.QuoteMeta(unit) + `\b`).FindSubmatch(out)
		if m == nil {
			return 0, fmt.Errorf("no figure %q of %s in\n%s", unit, name, out)
		}
		return strconv.ParseFloat(string(m[1]), 64)
	}
	small, err := figure("BenchmarkSimulation/nodes=1000", "ns/op")
	if err != nil {
		return nil, err
	}
	large, err := figure("BenchmarkSimulation/nodes=100000", "ns/op")
	if err != nil {
		return nil, err
	}
	node, err := figure("BenchmarkMemory", "B/node")
	if err != nil {
		return nil, err
	}
	million, err := figure("BenchmarkMillion", "GiB")
	if err != nil {
		return nil, err
	}
	signals, err := figure("BenchmarkMillion", "s/signals")
	if err != nil {
		return nil, err
	}
	records, err := figure("BenchmarkFinish/callers=8", "records/s")
	if err != nil {
		return nil, err
	}
	guards, err := figure("BenchmarkAll", "records/s")
	if err != nil {
		return nil, err
	}
	const logarithmic = 5.0 / 3 // log 100,000 / log 1,000
	return []row{
		{"search bookkeeping, a simulation in a tree of 100,000 nodes", fmt.Sprintf("%.1f µs", large/1000), "at most 20 µs", large <= 20_000},
		{"  beside one in a tree of 1,000 nodes", fmt.Sprintf("%.2f times", large/small), "at most 1.67 times (logarithmic)", large/small <= logarithmic},
		{"memory of a node, without its text", fmt.Sprintf("%.0f B", node), "at most 1024 B", node <= 1024},
		{"a tree of a million nodes, with its text", fmt.Sprintf("%.2f GiB", million), "at most 1.2 GiB", million <= 1.2},
		{"  its signals", fmt.Sprintf("%.2f s", signals), "under 2 s", signals < 2},
		{"store", fmt.Sprintf("%.0f records/s", records), "at least 10,000/s", records >= 10_000},
		{"all guards, over all cores", fmt.Sprintf("%.0f records/s", guards), "at least 50,000/s on two", guards >= 50_000},
	}, nil
}

// binary measures the stripped command.
func binary(ctx context.Context, scratch string) ([]row, error) {
	path := filepath.Join(scratch, "feedbackgen")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./cmd/feedbackgen")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	var starts []time.Duration
	for range 21 {
		start := time.Now()
		if out, err := exec.CommandContext(ctx, path, "--version").CombinedOutput(); err != nil {
			return nil, fmt.Errorf("feedbackgen --version: %w\n%s", err, out)
		}
		starts = append(starts, time.Since(start))
	}
	start := median(starts)
	megabytes := float64(info.Size()) / 1e6
	return []row{
		{"feedbackgen --version", fmt.Sprintf("%.1f ms", float64(start.Microseconds())/1000), "at most 30 ms", start <= 30*time.Millisecond},
		{"stripped binary", fmt.Sprintf("%.1f MB", megabytes), "at most 60 MB", megabytes <= 60},
	}, nil
}

func percent(share float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", 100*share), ".0") + " %"
}
