package mcts

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts/critic"
)

// million grows a search's tree to so many nodes, by whole solutions of lines that repeat as a model's do,
// each with a text of its own that the tree has to take apart.
func million(tb testing.TB, nodes int) *search {
	tb.Helper()
	s, err := New(Config{Continuation: backends.Native, NoGate: true, Verifier: "number"})
	if err != nil {
		tb.Fatal(err)
	}
	r, err := s.search(nil, feedbackgen.Problem{ID: "p", Prompt: []feedbackgen.Message{feedbackgen.User("2+2?")}, Answer: "4"})
	if err != nil {
		tb.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	for len(r.tree.nodes) < nodes {
		launch := r.selector.pick(r.tree)
		if len(r.tree.rollouts)%4 != 0 {
			launch = root
		}
		r.launch(launch)
		var text strings.Builder
		for range max(1, 8-int(r.tree.nodes[launch].depth)) {
			fmt.Fprintf(&text, "Then there are %d apples and %d pears more, as before.\n", random.IntN(12), random.IntN(12))
		}
		fmt.Fprintf(&text, "The answer is %d.", 3+random.IntN(4))
		sample := backends.Sample{Text: text.String(), Finish: backends.FinishStop, Seed: random.Int64(), Tokens: 90}
		if err := r.apply(context.Background(), launch, sample, critic.Opinion{}); err != nil {
			tb.Fatal(err)
		}
	}
	return r
}

// BenchmarkMillion is a tree of a million nodes: what it takes with its text, and how long its signals take.
func BenchmarkMillion(b *testing.B) {
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		r := million(b, 1_000_000)
		runtime.GC()
		runtime.ReadMemStats(&after)
		start := time.Now()
		result, err := r.result(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(start).Seconds(), "s/signals")
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<30), "GiB")
		b.ReportMetric(float64(len(result.Records)), "records")
		b.ReportMetric(float64(len(r.tree.rollouts)), "rollouts")
		runtime.KeepAlive(r)
	}
}
