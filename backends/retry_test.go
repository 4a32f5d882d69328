package backends

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedbackgen/feedbackgen"
)

// recorder notes when calls reach the server, and answers by the time since its start.
type recorder struct {
	*fakeServer
	mu    sync.Mutex
	times []time.Duration
}

func record(reply func(since time.Duration, call int) error) *recorder {
	r := &recorder{}
	start := time.Now()
	r.fakeServer = &fakeServer{generate: func(_ context.Context, req Request, _ int) (Response, error) {
		r.mu.Lock()
		since := time.Since(start)
		r.times = append(r.times, since)
		call := len(r.times)
		r.mu.Unlock()
		if err := reply(since, call); err != nil {
			return Response{}, err
		}
		return drawn(req, 1), nil
	}}
	return r
}

// rounded are the times of the calls to whole seconds, which takes the jitter out.
func (r *recorder) rounded() []int {
	var seconds []int
	for _, at := range r.times {
		seconds = append(seconds, int(at.Round(time.Second)/time.Second))
	}
	return seconds
}

func TestATransientFailureIsRetriedSixTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := record(func(time.Duration, int) error { return failure(ErrTransient, "reset") })
		_, err := Retry(server, RetryConfig{}).Generate(t.Context(), ask(0, 1))
		if !errors.Is(err, ErrTransient) || !strings.Contains(err.Error(), "failed 7 times, at last: fake: generate: reset") {
			t.Errorf("got %v", err)
		}
		if len(server.times) != 7 {
			t.Fatalf("%d attempts were made, want 7", len(server.times))
		}
		pause := 500 * time.Millisecond
		for i := range 6 {
			if got := server.times[i+1] - server.times[i]; got < pause*3/4 || got > pause*5/4 {
				t.Errorf("wait %d took %v, want %v, a quarter more or less", i, got, pause)
			}
			pause *= 2
		}
	})
}

func TestAReplyWithoutSamplesIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &fakeServer{generate: func(_ context.Context, req Request, times int) (Response, error) {
			return drawn(req, min(times, 1)), nil
		}}
		reply, err := Retry(server, RetryConfig{}).Generate(t.Context(), ask(0, 1))
		if err != nil || len(reply.Samples) != 1 {
			t.Errorf("got %d samples and %v", len(reply.Samples), err)
		}
	})
}

func TestWhatCannotGetBetterIsNotRetried(t *testing.T) {
	for _, kind := range []error{ErrRefused, ErrConfig, ErrBudget} {
		synctest.Test(t, func(t *testing.T) {
			want := failure(kind, "no")
			server := failing(want)
			start := time.Now()
			_, err := Retry(server, RetryConfig{}).Generate(t.Context(), ask(0, 1))
			if calls, _ := server.counts(); !errors.Is(err, want) || calls != 1 || time.Since(start) > 0 {
				t.Errorf("%v: got %v after %d calls and %v", kind, err, calls, time.Since(start))
			}
		})
	}
}

func TestThrottlingCostsNoAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := record(func(since time.Duration, _ int) error {
			if since < 5*time.Minute {
				return throttled(10 * time.Second)
			}
			return nil
		})
		_, err := Retry(server, RetryConfig{Retries: -1}).Generate(t.Context(), ask(0, 1))
		if err != nil {
			t.Fatal(err)
		}
		if len(server.times) != 31 {
			t.Errorf("%d calls were made, want one every 10 s for 5 min and the last", len(server.times))
		}
	})
}

func TestOneWindowIsSharedByAllCallsAndOpensGradually(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := record(func(since time.Duration, _ int) error {
			if since < 30*time.Second {
				return throttled(30 * time.Second)
			}
			return nil
		})
		retry := Retry(server, RetryConfig{})
		start := time.Now()
		var group sync.WaitGroup
		group.Go(func() { _, _ = retry.Generate(t.Context(), ask(0, 1)) })
		synctest.Wait()
		if got := retry.ThrottledUntil().Sub(start); got != 30*time.Second {
			t.Errorf("the window is said to end after %v, want 30s", got)
		}
		for seed := range int64(63) {
			group.Go(func() {
				if _, err := retry.Generate(t.Context(), ask(seed, 1)); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if len(server.times) != 65 {
			t.Fatalf("%d calls were made, want 1 that met the window and 64 that waited", len(server.times))
		}
		waited := server.times[1:]
		if waited[0] < 30*time.Second {
			t.Errorf("a call was let go after %v, in the closed window", waited[0])
		}
		if spread := waited[63] - waited[0]; spread < 500*time.Millisecond || spread > time.Second {
			t.Errorf("64 calls were let go within %v, want one every 10ms or so", spread)
		}
		if !retry.ThrottledUntil().IsZero() {
			t.Error("the window does not end")
		}
	})
}

func TestCallsThatQueueForASlotDoNotRunIntoAClosedWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := record(func(since time.Duration, _ int) error {
			time.Sleep(100 * time.Millisecond)
			if since < time.Second {
				return throttled(20 * time.Second)
			}
			return nil
		})
		backend, _, limit, _ := chain{limit: 4}.build(server, newMemoryLog())
		reply, err := backend.Generate(t.Context(), ask(0, 40))
		if err != nil {
			t.Fatal(err)
		}
		checkDraws(t, reply, 0, 40)
		early := 0
		for _, at := range server.times {
			if at < 20*time.Second {
				early++
			}
		}
		if early != 4 || len(server.times) != 44 {
			t.Errorf("%d calls were burnt of %d, want the 4 that were in flight", early, len(server.times))
		}
		if limit.Limit() != 4 {
			t.Errorf("the limit is %d, want 4 again", limit.Limit())
		}
	})
}

func TestWithoutRetryAfterTheWindowsDoubleToAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := record(func(since time.Duration, _ int) error {
			time.Sleep(time.Millisecond) // so that the calls are out together
			if since < 4*time.Minute {
				return failure(ErrLoading, "loading model")
			}
			return nil
		})
		retry := Retry(server, RetryConfig{})
		var group sync.WaitGroup
		for range 2 { // two calls that leave together must not count twice
			group.Go(func() { _, _ = retry.Generate(t.Context(), ask(0, 1)) })
		}
		group.Wait()
		// Either call may be let out first, and now and then both are before one is turned away.
		got := slices.Compact(server.rounded())
		if want := []int{0, 1, 3, 7, 15, 31, 63, 123, 183, 243}; !slices.Equal(got, want) {
			t.Errorf("calls were made at %v s, want %v", got, want)
		}
	})
}

func TestPatienceEndsWithTheReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := record(func(time.Duration, int) error { return failure(ErrLoading, "loading model") })
		retry := Retry(server, RetryConfig{Patience: 2 * time.Minute})
		start := time.Now()
		var group sync.WaitGroup
		for seed := range int64(20) {
			group.Go(func() {
				_, err := retry.Generate(t.Context(), ask(seed, 1))
				if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrLoading) ||
					!strings.Contains(err.Error(), "the server has taken no call for 2m0s: fake: generate: loading model: wait longer with --patience") {
					t.Errorf("got %v", err)
				}
			})
		}
		group.Wait()
		if got := time.Since(start); got < 2*time.Minute || got > 2*time.Minute+time.Second {
			t.Errorf("it took %v, want 2 minutes", got)
		}
		calls := len(server.times)
		if _, err := retry.Generate(t.Context(), ask(0, 1)); !errors.Is(err, ErrUnavailable) || len(server.times) != calls {
			t.Errorf("right after, a call is made: %v", err)
		}
		time.Sleep(time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _ = retry.Generate(ctx, ask(0, 1)); len(server.times) == calls {
			t.Error("a minute later, no call is made")
		}
	})
}

func TestASuccessRenewsPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := record(func(_ time.Duration, call int) error {
			if call%4 > 0 {
				return throttled(20 * time.Second)
			}
			return nil
		})
		retry := Retry(server, RetryConfig{Patience: 70 * time.Second})
		for range 10 {
			if _, err := retry.Generate(t.Context(), ask(0, 1)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestARetryAfterPastPatienceIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := Retry(failing(throttled(time.Hour)), RetryConfig{}).Generate(t.Context(), ask(0, 1))
		if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "left alone for 1h0m0s") || time.Since(start) > 0 {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}

func TestAServerThatIsGoneEndsTheRunWithinAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := record(func(time.Duration, int) error { return failure(ErrUnavailable, "connection refused") })
		backend, _, _, _ := chain{limit: 8}.build(server, newMemoryLog())
		start := time.Now()
		_, err := backend.Generate(t.Context(), ask(0, 64))
		if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "no connection for 45s: fake: generate: connection refused: start the server") {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took < 45*time.Second || took > 50*time.Second {
			t.Errorf("it took %v", took)
		}
		// 64 calls, and yet one at a time asks: the others wait for what it learns.
		if len(server.times) > 8*12 {
			t.Errorf("%d calls were made to a server that is gone", len(server.times))
		}
	})
}

func TestAServerThatComesBackIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := record(func(since time.Duration, _ int) error {
			if since < 30*time.Second {
				return failure(ErrUnavailable, "connection refused")
			}
			return nil
		})
		backend, _, _, _ := chain{limit: 8}.build(server, newMemoryLog())
		reply, err := backend.Generate(t.Context(), ask(0, 64))
		if err != nil {
			t.Fatal(err)
		}
		checkDraws(t, reply, 0, 64)
	})
}

func TestAnOldTroubleIsNotCountedAgainstANewCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := record(func(_ time.Duration, call int) error {
			if call == 1 || call == 2 {
				return failure(ErrUnavailable, "connection refused")
			}
			return nil
		})
		retry := Retry(server, RetryConfig{})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := retry.Generate(ctx, ask(0, 1)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if _, err := retry.Generate(t.Context(), ask(0, 1)); err != nil {
			t.Errorf("after an hour's pause: %v", err)
		}
	})
}

func TestAReplyThatComesAfterTheEndIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		server := &fakeServer{generate: func(_ context.Context, req Request, _ int) (Response, error) {
			cancel()
			return drawn(req, 1), nil
		}}
		reply, err := Retry(server, RetryConfig{}).Generate(ctx, ask(0, 1))
		if err != nil || len(reply.Samples) != 1 {
			t.Errorf("a paid reply was dropped: %v", err)
		}
	})
}

func TestGivingUpEndsAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := record(func(_ time.Duration, call int) error {
			if call == 1 {
				time.Sleep(time.Millisecond)
				return throttled(5 * time.Minute)
			}
			time.Sleep(10 * time.Second)
			return throttled(time.Hour)
		})
		retry := Retry(server, RetryConfig{})
		start := time.Now()
		var group sync.WaitGroup
		for seed := range int64(7) { // two that take off together, and five that find it closed
			group.Go(func() {
				if seed >= 2 {
					time.Sleep(time.Second)
				}
				_, err := retry.Generate(t.Context(), ask(seed, 1))
				if took := time.Since(start); !errors.Is(err, ErrUnavailable) || took != 10*time.Second {
					t.Errorf("got %v after %v, want the long wait's end when it is known", err, took)
				}
			})
		}
		group.Wait()
	})
}

func TestAShorterRetryAfterDoesNotOpenTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := record(func(_ time.Duration, call int) error {
			switch call {
			case 1:
				time.Sleep(time.Millisecond)
				return throttled(time.Minute)
			case 2:
				time.Sleep(time.Second)
				return throttled(5 * time.Second)
			}
			return nil
		})
		retry := Retry(server, RetryConfig{})
		var group sync.WaitGroup
		for seed := range int64(2) {
			group.Go(func() {
				if _, err := retry.Generate(t.Context(), ask(seed, 1)); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if want := []int{0, 0, 60, 60}; !slices.Equal(server.rounded(), want) {
			t.Errorf("calls were made at %v s, want %v", server.rounded(), want)
		}
	})
}

func TestAServerThatAnswersAnythingIsNotGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answered := false
		server := record(func(since time.Duration, _ int) error {
			switch {
			case since > 40*time.Second && !answered:
				answered = true
				return failure(ErrTransient, "reset")
			case since < 80*time.Second:
				return failure(ErrUnavailable, "connection refused")
			}
			return nil
		})
		if _, err := Retry(server, RetryConfig{}).Generate(t.Context(), ask(0, 1)); err != nil {
			t.Error(err)
		}
	})
}

// shy is a server that tells its policy only once it has loaded.
type shy struct {
	*fakeServer
	ready time.Time
}

func (s shy) Policy(ctx context.Context) (feedbackgen.Policy, error) {
	if time.Now().Before(s.ready) {
		return feedbackgen.Policy{}, failure(ErrLoading, "loading model")
	}
	return s.fakeServer.Policy(ctx)
}

func TestThePolicyOfAServerThatIsLoadingIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := shy{obedient(), time.Now().Add(3 * time.Minute)}
		backend, _, _, _ := chain{}.build(server, newMemoryLog())
		policy, err := backend.Policy(t.Context())
		if err != nil || policy.Model != "m" {
			t.Errorf("got %+v (%v)", policy, err)
		}
	})
}
