package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends/embedded"
)

func write(t *testing.T, tasks ...feedbackgen.Task) string {
	t.Helper()
	var text []byte
	for _, task := range tasks {
		line, err := json.Marshal(task)
		if err != nil {
			t.Fatal(err)
		}
		text = append(append(text, line...), '\n')
	}
	path := filepath.Join(t.TempDir(), "tasks.jsonl")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func task(policy feedbackgen.Policy, text, answer, state string) feedbackgen.Task {
	t := feedbackgen.Task{Prompt: feedbackgen.Conversation(feedbackgen.User(text)), Answer: answer}
	t.Feedback.Problem, t.Feedback.Text, t.Feedback.State, t.Feedback.Policy = text, text, state, policy
	t.Feedback.Sampling = feedbackgen.Sampling{Temperature: 1, TopP: 1, MaxTokens: 80, Seed: 1}
	return t
}

// Only kept problems are asked again; what is nearly always solved, or never, is outside.
func TestKeptProblemsAreJudgedAfresh(t *testing.T) {
	model, err := embedded.Default()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := model.Close(); err != nil {
			t.Error(err)
		}
	}()
	policy, err := model.Policy(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	rolledBack := task(policy, "Tom has 3 apples. He buys 1 more. How many apples does Tom have?", "4", "active")
	rolledBack.Feedback.RolledBack = true
	path := write(t,
		task(policy, "Max reads 11 pages a day for 12 days. How many is that in the end?", "132", "active"),
		task(policy, "Tom has 3 apples. He buys 2 more. How many apples does Tom have?", "99", "active"), // the answer is wrong
		task(policy, "Tom has 3 apples. He buys 4 more. How many apples does Tom have?", "7", "retired"),
		rolledBack,
	)
	var out strings.Builder
	if err := judge(context.Background(), &out, model, path, 64, 9, band{.15, .85}); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.HasPrefix(got, "1 of 2 kept problems (50.0 %") || !strings.Contains(got, "0.000 fresh, 0 of 0 in the run: Tom has 3 apples. He buys 2 more.") {
		t.Errorf("it says %q", got)
	}
	if err := judge(context.Background(), &out, model, path, 64, 1, band{.15, .85}); err == nil || !strings.Contains(err.Error(), "the run's own") {
		t.Errorf("the run's own seed: %v", err)
	}
	policy.Digest = "another"
	if err := judge(context.Background(), &out, model, write(t, task(policy, "1?", "1", "active")), 64, 9, band{.15, .85}); err == nil || !strings.Contains(err.Error(), "another policy") {
		t.Errorf("another policy's task: %v", err)
	}
}
