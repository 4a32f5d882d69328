// Package backendtest is the conformance suite that every backend passes: [Run]. [NewTape] lets a
// backend that speaks HTTP run it against recorded exchanges.
package backendtest

import (
	"context"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// Options says what is to be expected of a backend, beyond what all have in common.
type Options struct {
	// Continuations are the ways that have to work; each is tested.
	Continuations []backends.Continuation
	// Seeds: equal requests draw equal samples, and different seeds different ones.
	Seeds bool
	// Logprobs: they have to come when asked for. Otherwise they may be missing, but not made up.
	Logprobs bool
	// Entropies, beside Logprobs: they have to come when asked for, too.
	Entropies bool
	// SameTemplate: a prompt that the backend renders itself, under [backends.Raw], has as many
	// tokens as the server's own.
	SameTemplate bool
	// Failing are backends that have to fail, and how.
	Failing []Failing
	// Capabilities, if given, is what [backends.Probe] has to find, its notes aside.
	Capabilities *backends.Capabilities
}

// Failing is a backend whose calls all fail.
type Failing struct {
	// Name says what is wrong with it.
	Name    string
	Backend backends.Backend
	// Kind is one of the kinds in package backends.
	Kind error
	// Says are parts of the message.
	Says []string
}

// Run tests a backend, made anew for each behaviour. Capabilities that it does not have are named
// in the test's log.
func Run(t *testing.T, newBackend func(t *testing.T) backends.Backend, opts Options) {
	t.Helper()
	for _, behaviour := range []struct {
		name string
		test func(*testing.T, backends.Backend, Options)
	}{
		{"gives between one and N samples", testSamples},
		{"keeps seeds apart and repeats draws", testSeeds},
		{"ends before a stop string", testStop},
		{"says when the token limit cut it off", testLength},
		{"continues a prefix without repeating it", testContinuation},
		{"renders prompts as the server does", testTemplate},
		{"takes system messages and earlier turns", testConversation},
		{"survives any text", testUnicode},
		{"keeps thinking apart from content", testThinking},
		{"returns log-probabilities or none", testLogprobs},
		{"tells entropies of positions, whatever was drawn", testEntropies},
		{"may be used concurrently", testConcurrency},
		{"ends when its context ends", testCancellation},
		{"knows its policy", testPolicy},
		{"scores continuations", testScorer},
		{"holds prefixes", testHolder},
		{"is probed for what it can do", testProbe},
	} {
		t.Run(behaviour.name, func(t *testing.T) { behaviour.test(t, newBackend(t), opts) })
	}
	for _, failing := range opts.Failing {
		t.Run("fails if "+failing.Name, func(t *testing.T) { testFailing(t, failing) })
	}
}

// ask is a request for one sample, greedy and short.
func ask(prompt string) backends.Request {
	return backends.Request{
		Messages: []feedbackgen.Message{feedbackgen.User(prompt)},
		N:        1,
		Sampling: feedbackgen.Sampling{TopP: 1, MaxTokens: 16, Seed: 7},
	}
}

// drawn is ask at temperature 1.
func drawn(prompt string, seed int64) backends.Request {
	req := ask(prompt)
	req.Sampling.Temperature = 1
	req.Sampling.Seed = seed
	return req
}

func generate(t *testing.T, b backends.Backend, req backends.Request) backends.Response {
	t.Helper()
	response, err := b.Generate(t.Context(), req)
	if err != nil {
		t.Fatalf("Generate: %v", err)
	}
	if n := len(response.Samples); n < 1 || n > req.N {
		t.Fatalf("asked for %d samples, got %d", req.N, n)
	}
	return response
}

// one is the first sample's text and the sample.
func one(t *testing.T, b backends.Backend, req backends.Request) backends.Sample {
	t.Helper()
	return generate(t, b, req).Samples[0]
}

func testPolicy(t *testing.T, b backends.Backend, _ Options) {
	first, err := b.Policy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if first.Backend == "" || first.Model == "" {
		t.Errorf("the policy does not say who it is: %+v", first)
	}
	generate(t, b, ask("Hello"))
	again, err := b.Policy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if first != again {
		t.Errorf("the policy was %+v and is now %+v", first, again)
	}
}

func testProbe(t *testing.T, b backends.Backend, opts Options) {
	if _, err := b.Policy(t.Context()); err != nil {
		t.Fatal(err)
	}
	counted := &counting{Backend: b}
	found, err := backends.Probe(t.Context(), counted)
	if err != nil {
		t.Fatal(err)
	}
	for _, note := range found.Notes {
		t.Log(note)
	}
	if counted.calls > 12 {
		t.Errorf("the probe made %d calls", counted.calls)
	}
	if opts.Capabilities == nil {
		return
	}
	want := *opts.Capabilities
	if found.N != want.N || found.Seed != want.Seed || found.Logprobs != want.Logprobs || found.Entropies != want.Entropies || found.Schema != want.Schema ||
		found.Reasoning != want.Reasoning || found.Slots != want.Slots || found.Continuation != want.Continuation {
		t.Errorf("the probe found %+v, want %+v", found, want)
	}
}

// counting counts the calls of a probe, which makes them one after the other.
type counting struct {
	backends.Backend
	calls int
}

func (c *counting) Unwrap() backends.Backend { return c.Backend }

func (c *counting) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	c.calls++
	return c.Backend.Generate(ctx, req)
}
