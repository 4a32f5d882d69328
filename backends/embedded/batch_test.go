package embedded

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// play is one request of a schedule.
type play struct {
	prompt   []int
	given    []int
	n, most  int
	sampling feedbackgen.Sampling
	// cancelled: it is given up at once, and nothing is expected.
	cancelled bool
	hold      bool
}

func (p play) String() string {
	return fmt.Sprintf("%d+%d tokens, %d samples of %d, cancelled %v, hold %v", len(p.prompt), len(p.given), p.n, p.most, p.cancelled, p.hold)
}

// result is everything that comes out of a play, as text that is equal if and only if every bit is.
func (p play) result(ctx context.Context, t interface{ Errorf(string, ...any) }, b *Backend) string {
	j := &job{prompt: p.prompt, given: p.given, hold: p.hold, undrawn: p.n}
	for i := range p.n {
		j.draws = append(j.draws, newDraw(b, backends.Request{Logprobs: true, Sampling: p.sampling}, i, p.most))
	}
	err := b.do(ctx, j)
	if p.hold && err == nil {
		b.scheduler.release(j.held)
	}
	if p.cancelled {
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled request returned %v", err)
		}
		return ""
	}
	if err != nil {
		t.Errorf("%v: %v", p, err)
		return ""
	}
	out := fmt.Sprintf("%x", j.scores)
	for _, d := range j.draws {
		out += fmt.Sprintf("\n%v %v", d.tokens, d.sample.Finish)
		for _, l := range d.sample.Logprobs {
			out += fmt.Sprintf(" %x", l.Logprob)
		}
	}
	return out
}

// plays draws a schedule of requests whose prompts share beginnings, as those of a search do.
func plays(t *rapid.T) []play {
	trunk := rapid.SliceOfN(rapid.IntRange(0, 2), 40, 150).Draw(t, "trunk")
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) play {
		p := play{
			prompt: slices.Clone(trunk[:rapid.IntRange(1, len(trunk)).Draw(t, "shared")]),
			sampling: feedbackgen.Sampling{
				Temperature: feedbackgen.Real(rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "temperature")),
				TopP:        feedbackgen.Real(rapid.SampledFrom([]float64{0.3, 1}).Draw(t, "top_p")),
				TopK:        rapid.SampledFrom([]int{0, 2}).Draw(t, "top_k"),
				Seed:        int64(rapid.IntRange(0, 3).Draw(t, "seed")),
			},
			cancelled: rapid.IntRange(0, 5).Draw(t, "cancelled") == 0,
		}
		p.prompt = append(p.prompt, rapid.SliceOfN(rapid.IntRange(0, 2), 0, 20).Draw(t, "own")...)
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			p.given = rapid.SliceOfN(rapid.IntRange(0, 258), 1, 40).Draw(t, "given")
		case 1:
			p.hold = true
		default:
			p.n, p.most = rapid.IntRange(1, 4).Draw(t, "n"), rapid.IntRange(1, 40).Draw(t, "most")
		}
		return p
	}), 1, 12).Draw(t, "plays")
}

// Who shares a batch, what the cache holds, how small it is, how many slots and threads there are:
// none of it changes a bit of any result.
func TestCompanyChangesNothing(t *testing.T) {
	model := newTiny(rand.New(rand.NewPCG(5, 0)), tinyShape(), false)
	file := model.file(t)
	rapid.Check(t, func(rt *rapid.T) {
		schedule := plays(rt)
		together := openBytes(t, file, Config{
			Threads: rapid.IntRange(1, 3).Draw(rt, "threads"), Slots: rapid.IntRange(1, 6).Draw(rt, "slots"),
			CacheBytes: int64(rapid.IntRange(17, 60).Draw(rt, "blocks")) * model.blockBytes(),
		})
		results := make([]string, len(schedule))
		var group sync.WaitGroup
		for i, p := range schedule {
			group.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if p.cancelled {
					go cancel()
				}
				results[i] = p.result(ctx, rt, together)
			})
		}
		group.Wait()
		closeBackend(t, together)
		checkIdle(rt, together.scheduler.cache)
		for i, p := range schedule {
			if p.cancelled {
				continue
			}
			alone := openBytes(t, file, Config{Threads: 1})
			if want := p.result(t.Context(), rt, alone); results[i] != want {
				rt.Errorf("%v:\nin company %s\nalone      %s", p, results[i], want)
			}
			closeBackend(t, alone)
		}
	})
}

// checkIdle says what is wrong with a cache that nobody uses.
func checkIdle(t interface{ Errorf(string, ...any) }, c *cache) {
	if c.busy != 0 {
		t.Errorf("%d blocks are busy though nothing runs", c.busy)
	}
	if n := len(c.blocks) + len(c.free); n > c.limit {
		t.Errorf("%d blocks exist, %d may", n, c.limit)
	}
	for _, b := range c.blocks {
		if b.refs != 0 || b.holds != 0 || b.writer != nil {
			t.Errorf("an idle block has %d trails, %d holds, writer %v", b.refs, b.holds, b.writer)
		}
		if b.offset > len(b.parent.tokens) || b.used >= 0 && b.parent.children[branch{b.offset, b.tokens[0]}] != b {
			t.Errorf("a block does not hang on its parent")
		}
	}
}

// A prefix that was computed is not computed again: what goes on from an answer adds no row to the
// cache but those of its own new tokens.
func TestKnownPrefixIsNotRunAgain(t *testing.T) {
	model := newTiny(rand.New(rand.NewPCG(6, 0)), tinyShape(), false)
	prompt := make([]int, 100)
	for i := range prompt {
		prompt[i] = i
	}
	rows := func(answer, further int) int {
		b := openBytes(t, model.file(t), Config{})
		d := newDraw(b, backends.Request{}, 0, answer)
		if err := b.do(t.Context(), &job{prompt: prompt, draws: []*draw{d}, undrawn: 1}); err != nil {
			t.Fatal(err)
		}
		if further > 0 {
			known := append(slices.Clone(prompt), d.tokens[:answer/2]...)
			p := play{prompt: known, n: 3, most: further}
			p.result(t.Context(), t, b)
		}
		closeBackend(t, b)
		n := 0
		for _, block := range b.scheduler.cache.blocks {
			n += len(block.tokens)
		}
		return n
	}
	// The last token of an answer is never run.
	if got := rows(20, 0); got != 119 {
		t.Errorf("%d rows for 100 tokens and an answer of 20", got)
	}
	// Greedily, the further tokens are the answer's own.
	if got := rows(20, 5); got != 119 {
		t.Errorf("%d rows after going on from the middle of the answer, along itself", got)
	}
}
