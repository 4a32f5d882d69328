package backendtest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

func testConcurrency(t *testing.T, b backends.Backend, _ Options) {
	const calls = 8
	got := make([]backends.Response, calls)
	group, ctx := errgroup.WithContext(t.Context())
	for i := range calls {
		group.Go(func() error {
			var err error
			got[i], err = b.Generate(ctx, drawn(storyPrompt, int64(100+i)))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	for i, response := range got {
		if len(response.Samples) != 1 || response.Samples[0].Seed != int64(100+i) {
			t.Errorf("call %d got %+v", i, response)
		}
	}
}

// promptly is how soon a call has to return once its context has ended.
const promptly = 5 * time.Second

func testCancellation(t *testing.T, b backends.Backend, _ Options) {
	if _, err := b.Policy(t.Context()); err != nil {
		t.Fatal(err)
	}
	long := ask("Count from 1 to 10000 in words.")
	long.Sampling.MaxTokens = 3000

	before, cancel := context.WithCancel(t.Context())
	cancel()
	ends(before, t, b, long, context.Canceled)

	within, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	ends(within, t, b, long, context.DeadlineExceeded)
}

func ends(ctx context.Context, t *testing.T, b backends.Backend, req backends.Request, want error) {
	t.Helper()
	start := time.Now()
	_, err := b.Generate(ctx, req)
	took := time.Since(start)
	if err == nil && ctx.Err() == nil {
		t.Logf("the call was done after %v, before its context ended", took)
		return
	}
	if !errors.Is(err, want) {
		t.Errorf("after %v the call returned %v, want %v", took, err, want)
	}
	for _, kind := range []error{backends.ErrTransient, backends.ErrUnavailable, backends.ErrThrottled, backends.ErrLoading} {
		if errors.Is(err, kind) {
			t.Errorf("ending the context looks like a failure to retry: %v", err)
		}
	}
	if took > promptly {
		t.Errorf("the call returned %v after it was told to", took)
	}
}

func testFailing(t *testing.T, failing Failing) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := failing.Backend.Policy(ctx)
	if err == nil {
		_, err = failing.Backend.Generate(ctx, ask("Hello"))
	}
	if !errors.Is(err, failing.Kind) {
		t.Fatalf("got %v, want it to be %q", err, failing.Kind)
	}
	if _, ok := errors.AsType[*backends.Error](err); !ok {
		t.Errorf("%v is not a *backends.Error", err)
	}
	for _, part := range failing.Says {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}

func testScorer(t *testing.T, b backends.Backend, _ Options) {
	scorer, ok := backends.As[backends.Scorer](b)
	if !ok {
		t.Log("absent: this backend scores no given continuations")
		return
	}
	messages := []feedbackgen.Message{feedbackgen.User("Write the numbers from 1 to 20.")}
	score := func(continuation string) float64 {
		tokens, err := scorer.Score(t.Context(), messages, "1, 2, 3, 4,", continuation)
		if err != nil {
			t.Fatal(err)
		}
		checkLogprobs(t, tokens)
		text, sum := "", 0.0
		for _, token := range tokens {
			text += token.Token
			sum += token.Logprob
		}
		if text != continuation {
			t.Errorf("the scored tokens are %q, want %q", text, continuation)
		}
		return sum
	}
	if good, bad := score(" 5, 6, 7"), score(" carpet ate Tuesday"); good <= bad {
		t.Errorf("going on counting scores %g, nonsense %g", good, bad)
	}
}

func testHolder(t *testing.T, b backends.Backend, _ Options) {
	holder, ok := backends.As[backends.Holder](b)
	if !ok {
		t.Log("absent: this backend holds no prefixes")
		return
	}
	req := ask("Write the numbers from 1 to 20.")
	req.Prefix, req.Continue = "1, 2, 3, 4,", backends.Native
	without := one(t, b, req).Text
	release, err := holder.Hold(t.Context(), req.Messages, req.Prefix)
	if err != nil {
		t.Fatal(err)
	}
	held := one(t, b, req).Text
	release()
	after := one(t, b, req).Text
	if held != without || after != without {
		t.Errorf("before %q, held %q, released %q", without, held, after)
	}
}
