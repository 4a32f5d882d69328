package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/mock"
)

// author is the toy model, which also writes sums where a problem is asked for.
type author struct{ mock.Model }

func (a *author) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	if !strings.Contains(req.Messages[len(req.Messages)-1].Content, "between <problem> and </problem>") {
		return a.Model.Generate(ctx, req)
	}
	var res backends.Response
	for i := range req.N {
		seed := req.Sampling.Seed + int64(i)
		rng := rand.New(rand.NewPCG(uint64(seed), 1))
		text := fmt.Sprintf("<problem>Start with %d. Add %d. Subtract %d. What is the result?</problem>", rng.IntN(50), 2+rng.IntN(30), 2+rng.IntN(30))
		res.Samples = append(res.Samples, backends.Sample{Text: text, Finish: backends.FinishStop, Seed: seed, Tokens: 9})
	}
	return res, nil
}

// A run that imagines ends up the same at any concurrency and after a stop, and what it imagined passes
// the guards as everything does.
func TestImagine(t *testing.T) {
	url := serve(t, mock.NewHandler(&author{}, mock.Faults{}))
	problems := problemFile(t, 6)
	args := func(dir string, more ...string) []string {
		return append([]string{
			"mcts", "--backend", "openai", "--base-url", url, "--model", "toy", "--problems", problems, "--out", dir,
			"--simulations", "24", "--imagine", "2", "--quiet",
		}, more...)
	}
	alone, stopped := filepath.Join(t.TempDir(), "alone"), filepath.Join(t.TempDir(), "stopped")
	if got := command(t, nil, args(alone, "--concurrency", "1")...); got.code != exitDone {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	}
	if got := command(t, nil, args(stopped, "--concurrency", "16", "--max-calls", "100")...); got.code != exitResumable {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	}
	if got := command(t, nil, args(stopped, "--concurrency", "16")...); got.code != exitDone {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	}
	want := recordFiles(t, alone)
	compareFiles(t, recordFiles(t, stopped), want)

	lines := strings.Split(strings.TrimSpace(want["imagined.jsonl"]), "\n")
	if len(lines) < 2 {
		t.Fatalf("imagined.jsonl has %d lines", len(lines))
	}
	for _, line := range lines {
		var p feedbackgen.Imagined
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatal(err)
		}
		if f := p.Feedback; f.State != "active" || f.Parents == "" || f.AgreementVotes == 0 || !strings.Contains(f.Guards, "difficulty") {
			t.Errorf("in the file is %s", line)
		}
	}
	if got := command(t, nil, args(alone, "--imagine", "3")...); got.code != exitUsage || !strings.Contains(got.stderr, "imagine") {
		t.Errorf("another --imagine in the same directory: exit code %d: %s", got.code, got.stderr)
	}
}

func TestTheEmbeddedModelDoesNotImagine(t *testing.T) {
	got := command(t, nil, "mcts", "--imagine", "1", "--out", filepath.Join(t.TempDir(), "run"))
	if got.code != exitUsage || !strings.Contains(got.stderr, "--backend ollama|openai") {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
}
