//go:build live

package openai_test

import (
	"os"
	"testing"

	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/openai"
)

// TestConformsLive runs the suite against llama-cpp-python's server at FEEDBACKGEN_LIVE_OPENAI (with
// /v1), as scripts/live starts it.
func TestConformsLive(t *testing.T) {
	server := os.Getenv("FEEDBACKGEN_LIVE_OPENAI")
	if server == "" {
		t.Fatal("FEEDBACKGEN_LIVE_OPENAI is not set: run scripts/live/run.sh, or set it to the base URL of a server with the model smollm2")
	}
	suite(t, func(t *testing.T, model string) backends.Backend {
		return open(t, openai.Config{BaseURL: server, Model: model, Template: load(t, "smollm2")})
	})
}
