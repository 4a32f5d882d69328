package backends

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// slow takes a second for each call, and counts how many are at it at once.
type slow struct {
	*fakeServer
	mu           sync.Mutex
	now, highest int
	order        []int64
}

func newSlow() *slow {
	s := &slow{}
	s.fakeServer = &fakeServer{generate: func(_ context.Context, req Request, _ int) (Response, error) {
		s.mu.Lock()
		s.now++
		s.highest = max(s.highest, s.now)
		s.order = append(s.order, req.Sampling.Seed)
		s.mu.Unlock()
		time.Sleep(time.Second)
		s.mu.Lock()
		s.now--
		s.mu.Unlock()
		return drawn(req, 1), nil
	}}
	return s
}

func TestLimitBoundsCallsInFlightFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newSlow()
		limit := Limit(server, 3)
		var group sync.WaitGroup
		for seed := range int64(10) {
			group.Go(func() {
				if _, err := limit.Generate(t.Context(), ask(seed, 1)); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // so that they queue in this order
		}
		if got := limit.InFlight(); got != 3 {
			t.Errorf("%d are in flight, want 3", got)
		}
		group.Wait()
		if server.highest != 3 || limit.InFlight() != 0 {
			t.Errorf("at most %d were in flight and %d still are", server.highest, limit.InFlight())
		}
		for i, seed := range server.order {
			if i/3 != int(seed)/3 { // those let go in one instant may swap places
				t.Fatalf("calls took off in order %v", server.order)
			}
		}
	})
}

func TestLimitHalvesOncePerRoundAndGrowsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := true
		server := &fakeServer{generate: func(_ context.Context, req Request, _ int) (Response, error) {
			time.Sleep(time.Second)
			if busy {
				return Response{}, throttled(0)
			}
			return drawn(req, 1), nil
		}}
		limit := Limit(server, 16)
		round := func(n int) {
			var group sync.WaitGroup
			for range n {
				group.Go(func() { _, _ = limit.Generate(t.Context(), ask(0, 1)) })
			}
			group.Wait()
		}
		var limits []int
		for range 6 {
			round(limit.Limit())
			limits = append(limits, limit.Limit())
		}
		if want := []int{8, 4, 2, 1, 1, 1}; !slices.Equal(limits, want) {
			t.Errorf("while throttled the limit went %v, want %v", limits, want)
		}
		busy = false
		limits = nil
		for range 5 {
			round(limit.Limit())
			limits = append(limits, limit.Limit())
		}
		if want := []int{2, 3, 4, 5, 6}; !slices.Equal(limits, want) {
			t.Errorf("then it went %v, want %v", limits, want)
		}
		round(500)
		if limit.Limit() != 16 {
			t.Errorf("it ended at %d, want 16", limit.Limit())
		}
	})
}

func TestACallThatWaitsForASlotLeavesWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newSlow()
		limit := Limit(server, 1)
		var group sync.WaitGroup
		group.Go(func() { _, _ = limit.Generate(t.Context(), ask(0, 1)) })
		synctest.Wait()
		cause := errors.New("changed my mind")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, cause)
		defer cancel()
		if _, err := limit.Generate(ctx, ask(1, 1)); !errors.Is(err, cause) {
			t.Errorf("got %v, want the context's cause", err)
		}
		group.Wait()
		if _, err := limit.Generate(t.Context(), ask(2, 1)); err != nil || limit.InFlight() != 0 {
			t.Errorf("the place of the one who left is lost: %v, %d in flight", err, limit.InFlight())
		}
	})
}

// Whatever ends how and who leaves when, no slot is lost and the limit stays in its bounds.
func TestLimitLosesNoSlot(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		most := rapid.IntRange(1, 8).Draw(rt, "max")
		fates := rapid.SliceOfN(rapid.IntRange(0, 3), 1, 40).Draw(rt, "fates")
		var problem string
		synctest.Test(t, func(t *testing.T) {
			var limit *Limiter
			server := &fakeServer{generate: func(_ context.Context, req Request, _ int) (Response, error) {
				if got := limit.InFlight(); got < 1 || got > most {
					problem = "too many in flight"
				}
				time.Sleep(time.Duration(1+req.Sampling.Seed%5) * time.Second)
				switch fates[req.Sampling.Seed] {
				case 0:
					return Response{}, throttled(0)
				case 1:
					return Response{}, failure(ErrTransient, "reset")
				}
				return drawn(req, 1), nil
			}}
			limit = Limit(server, most)
			var group sync.WaitGroup
			for seed, fate := range fates {
				group.Go(func() {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					if fate == 3 {
						ctx, cancel = context.WithTimeout(ctx, time.Duration(seed%7)*time.Second)
						defer cancel()
					}
					_, _ = limit.Generate(ctx, ask(int64(seed), 1))
				})
			}
			group.Wait()
			if limit.InFlight() != 0 || limit.queue.Len() != 0 || limit.Limit() < 1 || limit.Limit() > most {
				problem = "a slot is lost"
			}
		})
		if problem != "" {
			rt.Fatal(problem)
		}
	})
}

func TestADoneContextTakesNoSlot(t *testing.T) {
	cause := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	server := obedient()
	limit := Limit(server, 1)
	_, err := limit.Generate(ctx, ask(0, 1))
	if calls, _ := server.counts(); !errors.Is(err, cause) || calls > 0 || limit.InFlight() > 0 {
		t.Errorf("got %v after %d calls, %d in flight", err, calls, limit.InFlight())
	}
}

func TestASlotGivenToSomeoneWhoJustLeftIsPassedOn(t *testing.T) {
	left := 0
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			limit := Limit(obedient(), 1)
			if err := limit.acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- limit.acquire(ctx) }()
			synctest.Wait()
			limit.mu.Lock() // so that both happen before the waiting call can look
			cancel()
			limit.inFlight--
			limit.grant()
			limit.mu.Unlock()
			if <-ended == nil {
				limit.release()
			} else {
				left++
			}
			if limit.InFlight() != 0 {
				t.Fatal("the slot is lost")
			}
		})
	}
	if left == 0 {
		t.Error("in 200 tries, the call never left with its context")
	}
}
