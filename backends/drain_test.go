package backends

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var errStop = errors.New("interrupted")

func TestStoppingLetsCallsInFlightFinishAndCommitsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, log := newSlow(), newMemoryLog()
		backend, _, _, _ := chain{limit: 3}.build(server, log)
		ctx, stop := Drainable(t.Context())
		var group sync.WaitGroup
		var mu sync.Mutex
		finished := 0
		for seed := range int64(10) {
			group.Go(func() {
				_, err := backend.Generate(ctx, ask(seed, 1))
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					finished++
				case !errors.Is(err, errStop):
					t.Errorf("got %v, want the cause of the stop", err)
				}
			})
		}
		time.Sleep(100 * time.Millisecond)
		stop(errStop)
		group.Wait()
		if finished != 3 || len(log.entries) != 3 {
			t.Errorf("%d calls were finished and %d logged, want the 3 in flight", finished, len(log.entries))
		}
		if _, err := backend.Generate(ctx, ask(99, 1)); !errors.Is(err, errStop) {
			t.Errorf("a new call: got %v, want the cause", err)
		}
		if calls, _ := server.counts(); calls != 3 {
			t.Errorf("%d calls reached the server", calls)
		}
	})
}

func TestCancellingTheParentEndsCallsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &fakeServer{generate: func(ctx context.Context, _ Request, _ int) (Response, error) {
			<-ctx.Done()
			return Response{}, failure(ErrTransient, ctx.Err().Error()) // as a cut connection looks
		}}
		backend, _, limit, _ := chain{limit: 3}.build(server, newMemoryLog())
		parent, cancel := context.WithCancelCause(t.Context())
		ctx, stop := Drainable(parent)
		done := make(chan error, 1)
		go func() {
			_, err := backend.Generate(ctx, ask(0, 1))
			done <- err
		}()
		synctest.Wait()
		stop(errStop)
		synctest.Wait()
		if limit.InFlight() != 1 {
			t.Fatal("the first interrupt ended the call in flight")
		}
		start := time.Now()
		cancel(errors.New("twice"))
		if err := <-done; !errors.Is(err, errStop) || time.Since(start) > 0 {
			t.Errorf("got %v after %v, want the stop's cause at once", err, time.Since(start))
		}
	})
}

func TestStoppingEndsAllWaiting(t *testing.T) {
	for name, err := range map[string]error{
		"backoff":        failure(ErrTransient, "reset"),
		"cool-down":      throttled(time.Minute),
		"own cool-down":  throttled(0),
		"loading":        failure(ErrLoading, "loading model"),
		"no connections": failure(ErrUnavailable, "connection refused"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				backend, _, _, _ := chain{limit: 3}.build(failing(err), newMemoryLog())
				ctx, stop := Drainable(t.Context())
				time.AfterFunc(7900*time.Millisecond, func() { stop(errStop) })
				start := time.Now()
				_, got := backend.Generate(ctx, ask(0, 5))
				if !errors.Is(got, errStop) || time.Since(start) != 7900*time.Millisecond {
					t.Errorf("got %v after %v, want the stop's cause at once", got, time.Since(start))
				}
			})
		})
	}
}
