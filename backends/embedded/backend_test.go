package embedded_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/embedded"
)

func ask(prompt string, n, most int) backends.Request {
	return backends.Request{
		Messages: []feedbackgen.Message{feedbackgen.User(prompt)}, N: n, Logprobs: true,
		Sampling: feedbackgen.Sampling{Temperature: 1, TopP: 1, MaxTokens: most, Seed: 3},
	}
}

func TestSampleIIsTheDrawOfSeedPlusI(t *testing.T) {
	b := abacus(t)
	all, err := b.Generate(t.Context(), ask("What is 3 + 4?", 4, 40))
	if err != nil {
		t.Fatal(err)
	}
	for i, sample := range all.Samples {
		req := ask("What is 3 + 4?", 1, 40)
		req.Sampling.Seed += int64(i)
		alone, err := b.Generate(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		got, want := encoded(t, sample), encoded(t, alone.Samples[0])
		if got != want {
			t.Errorf("sample %d is %s, alone %s", i, got, want)
		}
	}
}

func encoded(t *testing.T, sample backends.Sample) string {
	t.Helper()
	text, err := json.Marshal(sample)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The texts of the scored tokens concatenate to the sample's, and what was sampled and what is
// scored have the same log-probabilities.
func TestScoresAreThoseOfSampling(t *testing.T) {
	b := abacus(t)
	req := ask("What is 3 + 4?", 1, 30)
	req.Sampling.Temperature = 0
	response, err := b.Generate(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	sample := response.Samples[0]
	scored, err := b.Score(t.Context(), req.Messages, "", sample.Text)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range scored {
		if s != sample.Logprobs[i] {
			t.Errorf("token %d was sampled as %+v and is scored as %+v", i, sample.Logprobs[i], s)
		}
	}
	if len(scored) == 0 {
		t.Errorf("nothing was scored of %q", sample.Text)
	}
}

func TestRequestsThatCannotBeAnswered(t *testing.T) {
	b := abacus(t)
	long := ask(strings.Repeat("apples ", 5000), 1, 10)
	none := ask("Hi", 0, 10)
	schema := ask("Hi", 1, 10)
	schema.Schema = json.RawMessage(`{"type":"object"}`)
	for says, req := range map[string]backends.Request{
		"do not fit the context of": long, "0 samples": none, "JSON schema": schema,
	} {
		if _, err := b.Generate(t.Context(), req); !errors.Is(err, backends.ErrRefused) || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want a refusal that says %q", err, says)
		}
	}
}

// A cancelled request makes room for others at the next token.
func TestCancelledRequestsFreeTheirSlots(t *testing.T) {
	b := abacus(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	for range 3 {
		go func() {
			_, err := b.Generate(ctx, ask("Write a problem of difficulty 4.", 200, 500))
			ended <- err
		}()
	}
	cancel()
	for range 3 {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled request returned %v", err)
		}
	}
	start := time.Now()
	if _, err := b.Generate(t.Context(), ask("What is 3 + 4?", 1, 5)); err != nil {
		t.Fatal(err)
	}
	// Without that, 600 samples would come first.
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("the next request took %v", took)
	}
}

func TestClosingEndsRequests(t *testing.T) {
	b, err := embedded.Default()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := b.Generate(context.Background(), ask("Write a problem of difficulty 4.", 1000, 500))
		ended <- err
	}()
	closed(t, b)
	if err := <-ended; !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("a request that was cut off returned %v", err)
	}
	if _, err := b.Generate(t.Context(), ask("Hi", 1, 5)); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("a closed backend returned %v", err)
	}
	closed(t, b) // again
}
