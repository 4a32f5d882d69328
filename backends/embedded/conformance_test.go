package embedded_test

import (
	"testing"

	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/backendtest"
	"github.com/feedbackgen/feedbackgen/backends/embedded"
)

func TestAbacusConforms(t *testing.T) {
	backendtest.Run(t, func(t *testing.T) backends.Backend { return abacus(t) }, expected())
}

func expected() backendtest.Options {
	return backendtest.Options{
		Continuations: []backends.Continuation{backends.Native}, Seeds: true, Logprobs: true, Entropies: true, SameTemplate: true,
	}
}

func abacus(t testing.TB) *embedded.Backend {
	t.Helper()
	b, err := embedded.Default()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, b) })
	return b
}

func opened(t testing.TB, config embedded.Config) *embedded.Backend {
	t.Helper()
	b, err := embedded.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, b) })
	return b
}

func closed(t testing.TB, b *embedded.Backend) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}
