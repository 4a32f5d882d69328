//go:build compare

package embedded

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// The environment variables that have evals/interop/compare_llamacpp.py's other half run: a model,
// a file of prompts (one JSON string a line), and where to write what this engine makes of them.
const (
	compareModel   = "FEEDBACKGEN_COMPARE_MODEL"
	comparePrompts = "FEEDBACKGEN_COMPARE_PROMPTS"
	compareOut     = "FEEDBACKGEN_COMPARE_OUT"
)

// compared is a line of the output.
type compared struct {
	Prompt   []int     `json:"prompt"`
	Tokens   []int     `json:"tokens"`
	Logprobs []float64 `json:"logprobs"`
}

func TestWriteGreedyTokensForComparison(t *testing.T) {
	model := os.Getenv(compareModel)
	if model == "" {
		t.Fatal("nothing to compare: " + compareModel + " names no model (see evals/interop/compare_llamacpp.py)")
	}
	b, err := Open(Config{Path: model})
	if err != nil {
		t.Fatal(err)
	}
	defer closeBackend(t, b)
	prompts, err := os.Open(os.Getenv(comparePrompts))
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(os.Getenv(compareOut))
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(prompts)
	for lines.Scan() {
		var prompt string
		if err := json.Unmarshal(lines.Bytes(), &prompt); err != nil {
			t.Fatal(err)
		}
		line, err := json.Marshal(greedy(t, b, prompt, 32))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintln(out, string(line)); err != nil {
			t.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := prompts.Close(); err != nil {
		t.Fatal(err)
	}
}

// greedy is the answer to a prompt, as tokens.
func greedy(t *testing.T, b *Backend, prompt string, most int) compared {
	t.Helper()
	ids, err := b.prompt(t.Context(), []feedbackgen.Message{feedbackgen.User(prompt)}, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	req := backends.Request{Logprobs: true, Sampling: feedbackgen.Sampling{TopP: 1}}
	d := newDraw(b, req, 0, most)
	if err := b.do(t.Context(), &job{prompt: ids, undrawn: 1, draws: []*draw{d}}); err != nil {
		t.Fatal(err)
	}
	got := compared{Prompt: ids, Tokens: d.tokens}
	for _, l := range d.sample.Logprobs {
		got.Logprobs = append(got.Logprobs, l.Logprob)
	}
	return got
}
