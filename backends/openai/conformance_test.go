package openai_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/backendtest"
	"github.com/feedbackgen/feedbackgen/backends/openai"
	"github.com/feedbackgen/feedbackgen/backends/template"
)

// recordFrom names the environment variable that, set to the address of a real server as
// scripts/live starts it, has the exchanges in testdata recorded anew.
const recordFrom = "FEEDBACKGEN_RECORD_OPENAI"

// suite is what llama-cpp-python's server does with SmolLM2-135M, asked through open.
func suite(t *testing.T, open func(t *testing.T, model string) backends.Backend) {
	backendtest.Run(t, func(t *testing.T) backends.Backend { return open(t, "smollm2") }, backendtest.Options{
		Continuations: []backends.Continuation{backends.Raw},
		Seeds:         true,
		Logprobs:      true,
		Entropies:     true,
		SameTemplate:  true,
		Capabilities:  &backends.Capabilities{Seed: true, Schema: true, Logprobs: true, Entropies: true, Continuation: backends.Raw},
		Failing: []backendtest.Failing{{
			Name: "it has no such model", Backend: open(t, "gpt-oss"), Kind: backends.ErrConfig,
			Says: []string{`has no model "gpt-oss"; it has: smollm2`},
		}},
	})
}

func TestConformsOnRecordedExchanges(t *testing.T) {
	defer goleak.VerifyNone(t)
	tape := backendtest.NewTape(t, "testdata/llama-cpp-python-0.3.36-smollm2.jsonl", os.Getenv(recordFrom), nil)
	suite(t, func(t *testing.T, model string) backends.Backend {
		return open(t, openai.Config{
			BaseURL: "http://127.0.0.1:8000/v1", Model: model, APIKey: "sk-recorded", Template: load(t, "smollm2"), Transport: tape,
		})
	})
}

func open(t *testing.T, config openai.Config) *openai.Backend {
	t.Helper()
	b, err := openai.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func load(t *testing.T, name string) *template.Template {
	t.Helper()
	loaded, err := template.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}
