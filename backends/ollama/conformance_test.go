package ollama_test

import (
	"encoding/json"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/backendtest"
	"github.com/feedbackgen/feedbackgen/backends/ollama"
)

// recordFrom names the environment variable that, set to the address of a real server as
// scripts/live starts it, has the exchanges in testdata recorded anew.
const recordFrom = "FEEDBACKGEN_RECORD_OLLAMA"

// suite is what Ollama 0.6.5 does with SmolLM2-135M, asked through open.
func suite(t *testing.T, open func(t *testing.T, model string) backends.Backend) {
	backendtest.Run(t, func(t *testing.T) backends.Backend { return open(t, "smollm2") }, backendtest.Options{
		Continuations: []backends.Continuation{backends.Native, backends.Raw},
		Seeds:         true,
		SameTemplate:  true,
		Capabilities:  &backends.Capabilities{Seed: true, Schema: true, Continuation: backends.Native},
		Failing: []backendtest.Failing{{
			Name: "it has no such model", Backend: open(t, "qwen3:0.6b"), Kind: backends.ErrConfig,
			Says: []string{`has no model "qwen3:0.6b"; it has: smollm2. Pull it with: ollama pull qwen3:0.6b`},
		}},
	})
}

func TestConformsOnRecordedExchanges(t *testing.T) {
	defer goleak.VerifyNone(t)
	tape := backendtest.NewTape(t, "testdata/ollama-0.6.5-smollm2.jsonl", os.Getenv(recordFrom), scrub)
	suite(t, func(t *testing.T, model string) backends.Backend {
		return open(t, ollama.Config{Model: model, Transport: tape})
	})
}

func open(t *testing.T, config ollama.Config) *ollama.Backend {
	t.Helper()
	b, err := ollama.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// scrub leaves out of what Ollama shows all that the backend does not read: it is long, and names
// folders of the machine.
func scrub(path string, body []byte) []byte {
	if path != "/api/show" {
		return body
	}
	var shown map[string]json.RawMessage
	if json.Unmarshal(body, &shown) != nil {
		return body
	}
	kept := map[string]json.RawMessage{}
	for _, field := range []string{"template", "parameters", "system", "messages", "error"} {
		if value, ok := shown[field]; ok {
			kept[field] = value
		}
	}
	short, err := json.Marshal(kept)
	if err != nil {
		return body
	}
	return short
}
