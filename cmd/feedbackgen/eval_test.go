package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors/safetensorstest"
)

// checkpoint writes a model of two layers of four weights each.
func checkpoint(t *testing.T, dir, name string, weights ...float32) string {
	t.Helper()
	path := filepath.Join(dir, name)
	file := safetensorstest.File(
		safetensorstest.F32("model.layers.0.mlp.weight", []int64{2, 2}, weights[:4]...),
		safetensorstest.F32("model.layers.1.mlp.weight", []int64{2, 2}, weights[4:]...),
	)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEvalSparsity(t *testing.T) {
	dir := t.TempDir()
	base := checkpoint(t, dir, "base.safetensors", 1, 1, 1, 1, 1, 1, 1, 1)
	tuned := checkpoint(t, dir, "tuned.safetensors", 2, 1, 1, 1, 1, 1, 1, 1)
	other := checkpoint(t, dir, "other.safetensors", 3, 3, 1, 1, 1, 1, 1, 1)
	figure := filepath.Join(dir, "layers.svg")

	shown := command(t, nil, "eval", "sparsity", base, tuned, other, "--rank", "--figure", figure)
	if shown.code != exitDone {
		t.Fatalf("exit %d: %s", shown.code, shown.stderr)
	}
	for _, want := range []string{
		"overall             0.875", "model.layers.0      0.750", "model.layers.1      1.000",
		"effective rank of the update: 0.250", "OTHER changed 1.000 (by chance 0.250)", "TUNED changed 0.500 (by chance 0.125)",
	} {
		if !strings.Contains(shown.stdout, want) {
			t.Errorf("no %q in\n%s", want, shown.stdout)
		}
	}
	if picture, err := os.ReadFile(figure); err != nil || !strings.Contains(string(picture), "<svg") {
		t.Errorf("the picture: %v", err)
	}

	asJSON := command(t, nil, "eval", "sparsity", base, tuned, "--json")
	var report struct {
		Overall struct {
			Share *float64 `json:"share"`
		} `json:"overall"`
		Overlap *struct{} `json:"overlap"`
		Ranks   *struct{} `json:"ranks"`
	}
	if err := json.Unmarshal([]byte(asJSON.stdout), &report); err != nil {
		t.Fatal(err)
	}
	if *report.Overall.Share != 0.875 || report.Overlap != nil || report.Ranks != nil {
		t.Errorf("share %g, overlap %v, ranks %v", *report.Overall.Share, report.Overlap, report.Ranks)
	}
}

// Files of models come from strangers.
func TestEvalSparsityOfHostileFiles(t *testing.T) {
	dir := t.TempDir()
	base := checkpoint(t, dir, "base.safetensors", 1, 1, 1, 1, 1, 1, 1, 1)
	broken := filepath.Join(dir, "broken.safetensors")
	if err := os.WriteFile(broken, []byte("\xff\xff\xff\xff\xff\xff\xff\x7f{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := command(t, nil, "eval", "sparsity", base, broken)
	if got.code != exitUsage || !strings.Contains(got.stderr, "broken.safetensors") || got.stdout != "" {
		t.Errorf("exit %d, stdout %q, stderr %q", got.code, got.stdout, got.stderr)
	}
}
