package backends

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
)

// instant is a server that always has the same reply.
type instant struct{ reply Response }

func (i instant) Generate(context.Context, Request) (Response, error) { return i.reply, nil }

func (i instant) Policy(context.Context) (feedbackgen.Policy, error) {
	return feedbackgen.Policy{Backend: "fake", Model: "instant"}, nil
}

// layers are the middleware, each alone.
var layers = map[string]func(Backend) Backend{
	"fan-out":        func(b Backend) Backend { return FanOut(b, false) },
	"native fan-out": func(b Backend) Backend { return FanOut(b, true) },
	"log":            func(b Backend) Backend { return Logged(b, newMemoryLog(), [32]byte{}) },
	"retry":          func(b Backend) Backend { return Retry(b, RetryConfig{}) },
	"limit":          func(b Backend) Backend { return Limit(b, 2) },
	"meter":          func(b Backend) Backend { return Meter(b, Prices{}, Budget{}, Usage{}) },
}

func TestEveryLayerIsTransparentForAnObedientServer(t *testing.T) {
	defer goleak.VerifyNone(t)
	for name, layer := range layers {
		t.Run(name, func(t *testing.T) {
			server := obedient()
			backend := layer(server)
			for n := 1; n < 5; n++ {
				reply, err := backend.Generate(t.Context(), ask(int64(10*n), n))
				if err != nil {
					t.Fatal(err)
				}
				if want := drawn(ask(int64(10*n), n), n); !reflect.DeepEqual(reply, want) {
					t.Errorf("n=%d: got %+v, want %+v", n, reply, want)
				}
			}
			if _, err := backend.Policy(t.Context()); err != nil {
				t.Error(err)
			}
			if found, ok := As[*fakeServer](backend); !ok || found != server {
				t.Error("what it wraps cannot be found")
			}
		})
	}
}

func TestEveryLayerPassesARefusalOn(t *testing.T) {
	for name, layer := range layers {
		want := failure(ErrRefused, "no")
		if _, err := layer(failing(want)).Generate(t.Context(), ask(0, 1)); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want the server's own error", name, err)
		}
	}
}

// fate is what a server does to one attempt.
type fate int

const (
	obeys fate = iota
	returnsFewer
	returnsMore
	returnsNone
	isBusy
	isBusyFor
	isLoading
	breaks
	isGone
	fates
)

// Whatever a server does, in whatever order replies arrive, the chain gives exactly the draws asked
// for, and pays for no draw twice.
func TestTheChainGivesEveryDrawOnceAndPaysForItOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		script := rapid.SliceOfN(rapid.IntRange(0, int(fates)-1), 1, 60).Draw(rt, "fates")
		delays := rapid.SliceOfN(rapid.IntRange(0, 3000), 1, 20).Draw(rt, "delays")
		n := rapid.IntRange(1, 9).Draw(rt, "n")
		c := chain{native: rapid.Bool().Draw(rt, "native"), limit: rapid.IntRange(1, 6).Draw(rt, "limit")}
		c.retry = RetryConfig{Patience: time.Hour, Outage: time.Hour} // the script may have nothing else
		var problem error
		synctest.Test(t, func(t *testing.T) {
			server := scripted(script, delays)
			log := newMemoryLog()
			backend, _, limit, meter := c.build(server, log)
			reply, err := backend.Generate(t.Context(), ask(100, n))
			problem = errors.Join(err, wrongDraws(reply, 100, n), paidTwice(server.paid, c.native))
			calls, paid := server.counts()
			if used := meter.Snapshot(); used.Calls != int64(paid) || used.Failed != int64(calls-paid) || limit.InFlight() != 0 {
				problem = errors.Join(problem, fmt.Errorf("of %d calls, %d paid, the meter has %+v", calls, paid, used))
			}
			again, err := backend.Generate(t.Context(), ask(100, n))
			if after, _ := server.counts(); err != nil || after != calls || !reflect.DeepEqual(again, reply) {
				problem = errors.Join(problem, fmt.Errorf("a replay made %d calls: %w", after-calls, err))
			}
		})
		if problem != nil {
			rt.Fatal(problem)
		}
	})
}

// scripted is a server that meets the k-th attempt at a draw with a fate from the script, and
// the fourth with obedience, so that retrying helps.
func scripted(script, delays []int) *fakeServer {
	return &fakeServer{generate: func(_ context.Context, req Request, times int) (Response, error) {
		at := int(req.Sampling.Seed)*7 + times
		time.Sleep(time.Duration(delays[at%len(delays)]) * time.Millisecond)
		fate := fate(script[at%len(script)])
		if times >= 4 {
			fate = obeys
		}
		switch fate {
		case returnsFewer:
			return drawn(req, (req.N+1)/2), nil
		case returnsMore:
			return drawn(req, req.N+2), nil
		case returnsNone:
			return Response{}, nil
		case isBusy:
			return Response{}, throttled(0)
		case isBusyFor:
			return Response{}, throttled(3 * time.Second)
		case isLoading:
			return Response{}, failure(ErrLoading, "loading model")
		case breaks:
			return Response{}, failure(ErrTransient, "reset")
		case isGone:
			return Response{}, failure(ErrUnavailable, "connection refused")
		default:
			return drawn(req, req.N), nil
		}
	}}
}

func wrongDraws(reply Response, seed int64, n int) error {
	if len(reply.Samples) != n {
		return fmt.Errorf("got %d samples, want %d", len(reply.Samples), n)
	}
	for j, s := range reply.Samples {
		if want := seed + int64(j); s.Seed != want || s.Text != fmt.Sprintf("draw %d", want) {
			return fmt.Errorf("sample %d is %q of seed %d, want the draw of seed %d", j, s.Text, s.Seed, want)
		}
	}
	return nil
}

// paidTwice finds a draw that was the first of two paid requests, or a request that asked for more
// than one draw of a server that cannot.
func paidTwice(paid []Request, native bool) error {
	seen := map[int64]bool{}
	for _, req := range paid {
		if seen[req.Sampling.Seed] {
			return fmt.Errorf("the draw of seed %d was paid twice", req.Sampling.Seed)
		}
		seen[req.Sampling.Seed] = true
		if !native && req.N != 1 {
			return fmt.Errorf("a request asked for %d draws at once", req.N)
		}
	}
	return nil
}

// What failed for good is asked for again next time; what was paid is not.
func TestOnlyWhatIsMissingIsPaidAfterAFailure(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(2, 9).Draw(rt, "n")
		bad := rapid.SliceOfNDistinct(rapid.Int64Range(0, int64(n-1)), 1, n, rapid.ID[int64]).Draw(rt, "bad")
		var problem error
		synctest.Test(t, func(t *testing.T) {
			broken := map[int64]bool{}
			for _, seed := range bad {
				broken[seed] = true
			}
			server := &fakeServer{generate: func(_ context.Context, req Request, _ int) (Response, error) {
				if broken[req.Sampling.Seed] {
					return Response{}, failure(ErrTransient, "reset")
				}
				return drawn(req, 1), nil
			}}
			backend, _, _, _ := chain{limit: 3}.build(server, newMemoryLog())
			if _, err := backend.Generate(t.Context(), ask(0, n)); !errors.Is(err, ErrTransient) {
				problem = fmt.Errorf("got %w, want the failure", err)
			}
			broken = nil
			reply, err := backend.Generate(t.Context(), ask(0, n))
			problem = errors.Join(problem, err, wrongDraws(reply, 0, n))
			if _, paid := server.counts(); paid != n {
				problem = errors.Join(problem, fmt.Errorf("%d replies were paid for %d draws", paid, n))
			}
		})
		if problem != nil {
			rt.Fatal(problem)
		}
	})
}

func BenchmarkChain(b *testing.B) {
	req := ask(1, 1)
	server := instant{drawn(req, 1)}
	b.Run("miss", func(b *testing.B) {
		b.ReportAllocs()
		backend, _, _, _ := chain{limit: 64}.build(server, newMemoryLog())
		for i := 0; b.Loop(); i++ {
			req.Sampling.Seed = int64(i)
			if _, err := backend.Generate(b.Context(), req); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("replay", func(b *testing.B) {
		b.ReportAllocs()
		backend, _, _, _ := chain{limit: 64}.build(server, newMemoryLog())
		for b.Loop() {
			if _, err := backend.Generate(b.Context(), req); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("64 callers", func(b *testing.B) {
		b.ReportAllocs()
		backend, _, _, _ := chain{limit: 64}.build(server, nowhere{})
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := backend.Generate(b.Context(), ask(1, 1)); err != nil {
					b.Error(err)
				}
			}
		})
	})
	for name, layer := range layers {
		if name == "log" {
			continue // grows, measured above
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			backend := layer(server)
			for b.Loop() {
				if _, err := backend.Generate(b.Context(), req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// nowhere is a log that forgets.
type nowhere struct{}

func (nowhere) Lookup(Key) (Entry, bool)                 { return Entry{}, false }
func (nowhere) Commit(context.Context, Key, Entry) error { return nil }
