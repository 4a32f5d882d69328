package wire

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestOnceAsksAgainAfterAFailureAndNeverAfterAnAnswer(t *testing.T) {
	asked := 0
	question := NewOnce[int]()
	ask := func(context.Context) (int, error) {
		if asked++; asked == 1 {
			return 0, errors.New("not yet")
		}
		return 42, nil
	}
	if _, err := question.Get(t.Context(), ask); err == nil {
		t.Fatal("the failure is lost")
	}
	for range 3 {
		if got, err := question.Get(t.Context(), ask); err != nil || got != 42 {
			t.Fatalf("got %d, %v", got, err)
		}
	}
	if asked != 2 {
		t.Fatalf("asked %d times", asked)
	}
}

func TestOnceWaitsForAnotherAskerNoLongerThanItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		question := NewOnce[int]()
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = question.Get(t.Context(), func(context.Context) (int, error) {
				time.Sleep(time.Hour)
				return 1, nil
			})
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := question.Get(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		<-done
	})
}
