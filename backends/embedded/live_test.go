//go:build live

package embedded_test

import (
	"os"
	"testing"

	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/backendtest"
	"github.com/feedbackgen/feedbackgen/backends/embedded"
)

// A model that somebody else trained passes the suite, too. `make test-live` names one.
func TestForeignModelConforms(t *testing.T) {
	path := os.Getenv(ownModel)
	if path == "" {
		t.Fatal(ownModel + " names no GGUF file: run scripts/live/run.sh, which sets it")
	}
	backendtest.Run(t, func(t *testing.T) backends.Backend { return opened(t, embedded.Config{Path: path}) }, expected())
}
