package feedbackgen

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// gsm8kLike is a line of the length and looks of GSM8K's, line end included.
func gsm8kLike(i int) string {
	return fmt.Sprintf(`{"id":"gsm8k-train-%07d","prompt":"%s\nHow many are left, in \"dozens\"?","answer":"%d"}`+"\n",
		i, strings.Repeat("Weng earns $12 an hour for babysitting. ", 5), i%997)
}

func BenchmarkCheckProblems(b *testing.B) {
	verl, err := os.ReadFile("testdata/problems/verl.jsonl")
	if err != nil {
		b.Fatal(err)
	}
	var plain strings.Builder
	for i := range 20_000 {
		plain.WriteString(gsm8kLike(i))
	}
	for _, bb := range []struct{ name, content string }{
		{"plain", plain.String()},
		{"verl", strings.Repeat(string(verl), 10_000)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.content)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := check(context.Background(), bb.content); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkProblemMemory checks a million problems, or PROBLEMS of them, that are made up while
// they are read, and reports what memory is in use at the end and at most.
func BenchmarkProblemMemory(b *testing.B) {
	n := 1_000_000
	if text := os.Getenv("PROBLEMS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		runtime.GC()
		var before, now runtime.MemStats
		runtime.ReadMemStats(&before)
		peak := uint64(0)
		source := &madeUpProblems{left: n, onChunk: func() {
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapInuse)
		}}
		set, err := CheckProblems(context.Background(), "made up", func() (io.ReadCloser, error) { return source, nil })
		if err != nil || set.Count != n {
			b.Fatal(set.Count, err)
		}
		runtime.GC()
		b.ReportMetric((float64(peak)-float64(before.HeapInuse))/float64(n), "peak-B/problem")
	}
}

type madeUpProblems struct {
	made, left int
	rest       []byte
	onChunk    func()
}

func (m *madeUpProblems) Read(p []byte) (int, error) {
	if len(m.rest) == 0 {
		if m.left == 0 {
			return 0, io.EOF
		}
		for range min(m.left, 10_000) {
			m.rest = fmt.Appendf(m.rest, "{\"id\":\"p-%d\",\"prompt\":\"What is %d + 1?\",\"answer\":%d}\n", m.made, m.made, m.made+1)
			m.made++
			m.left--
		}
		m.onChunk()
	}
	n := copy(p, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

func (m *madeUpProblems) Close() error { return nil }
