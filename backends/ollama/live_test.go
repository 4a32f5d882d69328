//go:build live

package ollama_test

import (
	"os"
	"testing"

	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/ollama"
)

// TestConformsLive runs the suite against the Ollama at FEEDBACKGEN_LIVE_OLLAMA, as scripts/live
// starts it.
func TestConformsLive(t *testing.T) {
	server := os.Getenv("FEEDBACKGEN_LIVE_OLLAMA")
	if server == "" {
		t.Fatal("FEEDBACKGEN_LIVE_OLLAMA is not set: run scripts/live/run.sh, or set it to the address of an Ollama with the model smollm2")
	}
	suite(t, func(t *testing.T, model string) backends.Backend {
		return open(t, ollama.Config{BaseURL: server, Model: model})
	})
}
