package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/export"
)

var update = flag.Bool("update", false, "rewrite testdata/sample")

func card() export.Card {
	return export.Card{
		Module:        "mcts",
		Policy:        feedbackgen.Policy{Backend: "ollama", Model: "smollm2:135m", Digest: "sha256:5f5ae3d1"},
		Sampling:      feedbackgen.Sampling{Temperature: 1, TopP: 1, MaxTokens: 256, Seed: 7},
		Problems:      3,
		StepSeparator: "\n",
		Counts:        feedbackgen.Counts{"rollouts": 24, "rollouts.pass": 16, "rollouts.fail": 8},
	}
}

// readDir reads a directory's files, hidden ones too.
func readDir(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[entry.Name()] = string(content)
	}
	return files
}

// testdata/sample is what Dir writes, byte for byte; evals/interop/load_dataset.py loads it with
// the real datasets library. Rewrite it with: go test ./export -run Sample -update
func TestSampleDirectory(t *testing.T) {
	const golden = "testdata/sample"
	if *update {
		if err := export.Dir(t.Context(), golden, sample(), card()); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	for range 2 { // over nothing, and over what it wrote itself
		if err := export.Dir(t.Context(), dir, sample(), card()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(readDir(t, golden), readDir(t, dir)); diff != "" {
			t.Fatalf("not what is checked in (-want +got):\n%s", diff)
		}
	}
}

func frontMatter(t *testing.T, readme string) (parsed struct {
	Configs []struct {
		ConfigName string `yaml:"config_name"`
		DataFiles  string `yaml:"data_files"`
		Default    bool   `yaml:"default"`
	} `yaml:"configs"`
	Info []struct {
		ConfigName string `yaml:"config_name"`
		Features   any    `yaml:"features"`
	} `yaml:"dataset_info"`
},
) {
	t.Helper()
	parts := strings.SplitN(readme, "---\n", 3)
	if len(parts) != 3 || parts[0] != "" {
		t.Fatalf("no front matter in:\n%s", readme)
	}
	if err := yaml.Unmarshal([]byte(parts[1]), &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestOnlyKindsThatHaveRecordsAreThere(t *testing.T) {
	dir := t.TempDir()
	if err := export.Dir(t.Context(), dir, sample(), card()); err != nil {
		t.Fatal(err)
	}
	less := sample()
	delete(less, feedbackgen.KindPreference)
	if err := os.WriteFile(filepath.Join(dir, "run.db"), []byte("not ours"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := export.Dir(t.Context(), dir, less, card()); err != nil {
		t.Fatal(err)
	}
	files := readDir(t, dir)
	for name, want := range map[string]bool{
		"preferences.jsonl": false, "steps.jsonl": true, "groups.jsonl": true, "sft.jsonl": false, "run.db": true, "README.md": true,
	} {
		if _, there := files[name]; there != want {
			t.Errorf("%s is there: %v, want %v", name, there, want)
		}
	}
	front := frontMatter(t, files["README.md"])
	if len(front.Configs) != 2 || len(front.Info) != 2 {
		t.Fatalf("front matter: %+v", front)
	}
	for i, want := range []string{"steps", "groups"} {
		if c := front.Configs[i]; c.ConfigName != want || c.DataFiles != want+".jsonl" || c.Default != (i == 0) || front.Info[i].ConfigName != want {
			t.Errorf("configuration %d: %+v, want %s", i, c, want)
		}
	}

	if err := export.Dir(t.Context(), dir, memory{}, card()); err != nil {
		t.Fatal(err)
	}
	files = readDir(t, dir)
	if len(files) != 2 || !strings.Contains(files["README.md"], "The run made no records.") || strings.Contains(files["README.md"], "configs:") {
		t.Errorf("of a run without records: %q", files)
	}
}

// Optional keys are columns where a line has them, and only there.
func TestOptionalColumns(t *testing.T) {
	declared := func(src memory) string {
		dir := t.TempDir()
		if err := export.Dir(t.Context(), dir, src, export.Card{}); err != nil {
			t.Fatal(err)
		}
		features, err := yaml.Marshal(frontMatter(t, readDir(t, dir)["README.md"]).Info[0].Features)
		if err != nil {
			t.Fatal(err)
		}
		return string(features)
	}
	sft := feedbackgen.SFT{
		Prompt: feedbackgen.Text("1+1="), Completion: feedbackgen.Text("2"),
		Feedback: feedbackgen.SFTFeedback{Provenance: provenance("p1", "0")},
	}
	without := declared(sourceOf(sft))
	sft.Prompt = feedbackgen.Conversation(feedbackgen.User("1+1?"))
	sft.Completion = feedbackgen.Conversation(feedbackgen.Message{Role: "assistant", Content: "2", Thinking: "hm"})
	sft.Feedback.Sampling.Stop = []string{"\n"}
	with := declared(sourceOf(sft))
	for _, name := range []string{"thinking", "stop"} {
		if strings.Contains(without, "name: "+name+"\n") {
			t.Errorf("%s is declared, though no line has it:\n%s", name, without)
		}
		if strings.Count(with, "name: "+name+"\n") != 1 {
			t.Errorf("%s is not declared once:\n%s", name, with)
		}
	}
	if strings.Contains(without, "name: role\n") || strings.Count(with, "name: role\n") != 2 {
		t.Errorf("prompts as text:\n%s\nas messages:\n%s", without, with)
	}
}

func TestLinesThatWouldNotLoadAreRefused(t *testing.T) {
	good := string(sample()[feedbackgen.KindPreference][0])
	for _, tt := range []struct{ name, old, new, want string }{
		{"missing column", `"depth":0,`, ``, `feedback: no "depth"`},
		{"further column", `"depth":0,`, `"depth":0,"height":1,`, `feedback: "height" is no column of this kind`},
		{"null", `"depth":0,`, `"depth":null,`, `feedback: "depth" is null`},
		{"text among messages", `"rejected":[{"role":"assistant","content":"2\n"}]`, `"rejected":"2"`, "rejected: it is text, and messages in the lines before"},
		{"two lines", `"depth":0,`, "\n" + `"depth":0,`, "the record holds a line end"},
		{"no JSON", `{"prompt"`, `{prompt`, "invalid character 'p'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bad := strings.Replace(good, tt.old, tt.new, 1)
			if bad == good {
				t.Fatalf("nothing to replace in %s", good)
			}
			dir := t.TempDir()
			if err := export.Dir(t.Context(), dir, sample(), card()); err != nil {
				t.Fatal(err)
			}
			before := readDir(t, dir)
			src := sample()
			src[feedbackgen.KindPreference] = [][]byte{[]byte(good), []byte(bad)}
			err := export.Dir(t.Context(), dir, src, card())
			if err == nil {
				t.Fatal("it was taken")
			}
			if want := "preferences.jsonl:2: export: " + tt.want; !strings.HasPrefix(err.Error(), want) {
				t.Errorf("error %q, want %q", err, want)
			}
			if diff := cmp.Diff(before, readDir(t, dir)); diff != "" {
				t.Errorf("the directory has changed:\n%s", diff)
			}
		})
	}
}

type failing struct {
	memory
	kind feedbackgen.Kind
	err  error
}

func (f failing) Records(kind feedbackgen.Kind) iter.Seq2[[]byte, error] {
	if kind != f.kind {
		return f.memory.Records(kind)
	}
	return func(yield func([]byte, error) bool) { yield(nil, f.err) }
}

func TestFailureLeavesTheDirectoryAsItWas(t *testing.T) {
	dir := t.TempDir()
	if err := export.Dir(t.Context(), dir, sample(), card()); err != nil {
		t.Fatal(err)
	}
	before := readDir(t, dir)
	broken := errors.New("the database is gone")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		ctx  context.Context
		src  export.Source
		want error
	}{
		{t.Context(), failing{sample(), feedbackgen.KindGroup, broken}, broken},
		{cancelled, sample(), context.Canceled},
	} {
		changed := card()
		changed.Problems++
		if err := export.Dir(tt.ctx, dir, tt.src, changed); !errors.Is(err, tt.want) {
			t.Errorf("error %v, want %v", err, tt.want)
		}
		if diff := cmp.Diff(before, readDir(t, dir)); diff != "" {
			t.Errorf("after %v (-want +got):\n%s", tt.want, diff)
		}
	}
	missing := filepath.Join(dir, "nowhere")
	err := export.Dir(t.Context(), missing, sample(), card())
	if want := "preferences.jsonl: export: "; !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v", err)
	}
}

// What a process that was killed left behind is in nobody's way.
func TestLeftoversAreReplaced(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".steps.jsonl.tmp", ".sft.jsonl.tmp", ".README.md.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), bytes.Repeat([]byte("x"), 1<<20), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := export.Dir(t.Context(), dir, sample(), card()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(readDir(t, "testdata/sample"), readDir(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A model's name is whatever a server says; it must not write the card.
func TestCardIsNotWrittenByModels(t *testing.T) {
	dir := t.TempDir()
	hostile := card()
	hostile.Policy.Model = "x`\n---\n# Owned | <script>"
	if err := export.Dir(t.Context(), dir, sample(), hostile); err != nil {
		t.Fatal(err)
	}
	readme := readDir(t, dir)["README.md"]
	if want := "| model | `x' --- # Owned \\| <script>` |\n"; !strings.Contains(readme, want) {
		t.Errorf("no %q in\n%s", want, readme)
	}
}

func BenchmarkDir(b *testing.B) {
	src := memory{}
	size := 0
	lines := sample()[feedbackgen.KindPreference]
	for i := range 20_000 {
		line := lines[i%len(lines)]
		src[feedbackgen.KindPreference] = append(src[feedbackgen.KindPreference], line)
		size += len(line) + 1
	}
	dir := b.TempDir()
	b.SetBytes(int64(size))
	for b.Loop() {
		if err := export.Dir(context.Background(), dir, src, card()); err != nil {
			b.Fatal(err)
		}
	}
	if !json.Valid(lines[0]) {
		b.Fatal("the sample is broken")
	}
}
