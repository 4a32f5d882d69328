package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/feedbackgen/feedbackgen/backends/mock"
	"github.com/feedbackgen/feedbackgen/run"
)

// What a role of self-play is shown decides how long its prompts are: the judge sees no document, and the
// proposer many tasks beside it.
func TestEstimatesKnowWhatEachRoleIsShown(t *testing.T) {
	url := serve(t, mock.NewHandler(&mock.Library{}, mock.Faults{}))
	dir := t.TempDir()
	document, anchors := filepath.Join(dir, "depot.md"), filepath.Join(dir, "known.jsonl")
	for path, text := range map[string]string{document: mock.Facts(400), anchors: string(mock.FactAnchors(24))} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{
		"selfplay", "--contexts", document, "--anchors", anchors, "--rounds", "1", "--tasks", "8", "--replay", "16",
		"--backend", "openai", "--base-url", url, "--model", "toy", "--out", filepath.Join(dir, "run"), "--max-tokens", "64", "--json",
	}
	said, done := saidAndDone(t, args)
	if done.Usage.Calls == 0 || done.Usage.Calls > said.MostCalls || done.Usage.Tokens > said.MostCompletionTokens {
		t.Errorf("it took %+v, and was said to take %+v at most", done.Usage, said.amounts)
	}
	per := map[string]int64{}
	for _, r := range said.Roles {
		per[r.Role] = r.MostPromptTokens / r.MostSamples
	}
	tokens := int64(len(mock.Facts(400)) / bytesPerToken)
	if per["judge"] >= tokens || per["solver"] <= tokens || per["proposer"] <= per["solver"] {
		t.Errorf("tokens a prompt: %v, the document has %d", per, tokens)
	}
}

// No run takes more than its dry run says at most, whatever it is asked to do besides.
func TestRunsStayWithinTheirEstimate(t *testing.T) {
	url := serve(t, mock.NewHandler(&author{}, mock.Faults{}))
	problems := problemFile(t, 6)
	for name, own := range map[string][]string{
		"search":   {"mcts", "--simulations", "24", "--guards-off", "difficulty"},
		"imagine":  {"mcts", "--simulations", "24", "--imagine", "2"},
		"critic":   {"mcts", "--simulations", "24", "--guards-off", "difficulty", "--critic", "value,process"},
		"baseline": {"mcts", "--simulations", "24", "--guards-off", "difficulty", "--baseline", "best-of-n"},
		"bisect":   {"mcts", "--simulations", "40", "--guards-off", "difficulty", "--bisect", "2"},
		"assess":   {"postcomp", "--guards-off", "difficulty"},
		"correct":  {"postcomp", "--guards-off", "difficulty", "--mode", "correct"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append(own,
				"--backend", "openai", "--base-url", url, "--model", "toy", "--problems", problems,
				"--out", filepath.Join(t.TempDir(), "run"), "--max-tokens", "64", "--json")
			said, done := saidAndDone(t, args)
			if done.Usage.Calls > said.MostCalls || done.Usage.PromptTokens > said.MostPromptTokens || done.Usage.Tokens > said.MostCompletionTokens {
				t.Errorf("it took %+v, and was said to take %+v at most", done.Usage, said.amounts)
			}
			if done.Usage.Calls == 0 || done.Usage.PromptTokens == 0 {
				t.Errorf("it took %+v", done.Usage)
			}
		})
	}
}

// saidAndDone is what a dry run says that a run takes, and what the run took. The arguments have --json.
func saidAndDone(t *testing.T, args []string) (said estimate, done run.Summary) {
	t.Helper()
	if got := command(t, nil, append(args, "--dry-run")...); json.Unmarshal([]byte(got.stdout), &said) != nil {
		t.Fatalf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	if got := command(t, nil, args...); got.code != exitDone || json.Unmarshal([]byte(got.stdout), &done) != nil {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	}
	return said, done
}
