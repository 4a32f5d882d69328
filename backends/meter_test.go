package backends

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestMeterCountsOnFromEarlierSessions(t *testing.T) {
	server := &fakeServer{generate: func(_ context.Context, req Request, times int) (Response, error) {
		if req.Sampling.Seed == 9 {
			return Response{}, failure(ErrTransient, "reset")
		}
		return drawn(req, req.N), nil
	}}
	meter := Meter(server, Prices{PromptPerMTok: 1e6, CompletionPerMTok: 2e6}, Budget{}, Usage{Calls: 5, PromptTokens: 100, CompletionTokens: 10, Failed: 1, Money: 3})
	for _, seed := range []int64{0, 9} {
		_, _ = meter.Generate(t.Context(), ask(seed, 3))
	}
	want := Usage{Calls: 6, PromptTokens: 107, CompletionTokens: 16, Failed: 2, Money: 3 + 7 + 12}
	if got := meter.Snapshot(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A refusal is an answer, as it is in the log from which a resumed run counts on; it is not tried again.
func TestARefusalIsACall(t *testing.T) {
	meter := Meter(failing(failure(ErrRefused, "too long")), Prices{PromptPerMTok: 1}, Budget{MaxCalls: 1}, Usage{})
	for i, want := range []error{ErrRefused, ErrBudget} {
		if _, err := meter.Generate(t.Context(), ask(0, 1)); !errors.Is(err, want) {
			t.Errorf("call %d: got %v, want %v", i, err, want)
		}
	}
	if got, want := meter.Snapshot(), (Usage{Calls: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestABudgetOfTenCallsPaysForExactlyTen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newSlow()
		meter := Meter(server, Prices{}, Budget{MaxCalls: 10}, Usage{})
		var group sync.WaitGroup
		for seed := range int64(64) {
			group.Go(func() {
				_, err := meter.Generate(t.Context(), ask(seed, 1))
				if err == nil {
					return
				}
				if want := "stopped at 10 calls; run the same command with a higher --max-calls to go on"; !errors.Is(err, ErrBudget) || err.Error() != want {
					t.Errorf("got %q, want %q", err, want)
				}
			})
		}
		group.Wait()
		if _, paid := server.counts(); paid != 10 || meter.Snapshot().Calls != 10 {
			t.Errorf("%d replies were paid, %d counted, want 10", paid, meter.Snapshot().Calls)
		}
	})
}

func TestAFailedCallGivesItsPlaceInTheBudgetBack(t *testing.T) {
	server := &fakeServer{generate: func(_ context.Context, req Request, times int) (Response, error) {
		if times == 0 {
			return Response{}, failure(ErrTransient, "reset")
		}
		return drawn(req, 1), nil
	}}
	meter := Meter(server, Prices{}, Budget{MaxCalls: 1}, Usage{})
	for i, want := range []error{ErrTransient, nil, ErrBudget} {
		if _, err := meter.Generate(t.Context(), ask(0, 1)); !errors.Is(err, want) {
			t.Errorf("call %d: got %v, want %v", i, err, want)
		}
	}
}

func TestABudgetOfTokensStopsBeforeTheNextCall(t *testing.T) {
	meter := Meter(obedient(), Prices{}, Budget{MaxTokens: 20}, Usage{PromptTokens: 5})
	calls := 0
	for {
		_, err := meter.Generate(t.Context(), ask(0, 1)) // 9 tokens each
		if err != nil {
			if !errors.Is(err, ErrBudget) || !strings.Contains(err.Error(), "stopped at 20 tokens; run the same command with a higher --max-tokens-total") {
				t.Error(err)
			}
			break
		}
		calls++
	}
	if calls != 2 {
		t.Errorf("%d calls were made, want 2 (5+9 is below 20, 5+9+9 is not)", calls)
	}
}

func TestTheBudgetIsNotRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		backend, _, _, _ := chain{budget: Budget{MaxCalls: 2}, limit: 4}.build(obedient(), newMemoryLog())
		_, err := backend.Generate(t.Context(), ask(0, 4))
		if !errors.Is(err, ErrBudget) || time.Since(start) > 0 {
			t.Errorf("got %v after %v, want the budget's end at once", err, time.Since(start))
		}
	})
}
