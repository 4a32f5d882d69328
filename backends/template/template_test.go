package template_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends/template"
)

func ExampleLoad() {
	t, err := template.Load("chatml")
	if err != nil {
		fmt.Println(err)
		return
	}
	prompt, err := t.Render([]feedbackgen.Message{feedbackgen.User("What is 2+3?")}, "It is")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(prompt)
	fmt.Println(t.Stop())
	// Output:
	// <|im_start|>user
	// What is 2+3?<|im_end|>
	// <|im_start|>assistant
	// It is
	// [<|im_end|>]
}

// These are what the models' own Jinja templates render, without the leading BOS token.
func TestBuiltinTemplatesRenderWhatTheModelsExpect(t *testing.T) {
	conversation := []feedbackgen.Message{
		{Role: feedbackgen.RoleSystem, Content: "Be brief."},
		feedbackgen.User("Hi"), feedbackgen.Assistant("Hello"), feedbackgen.User("2+3?"),
	}
	want := map[string]string{
		"chatml":  "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\n2+3?<|im_end|>\n<|im_start|>assistant\nIt",
		"smollm2": "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\n2+3?<|im_end|>\n<|im_start|>assistant\nIt",
		"qwen2.5": "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\n2+3?<|im_end|>\n<|im_start|>assistant\nIt",
		"llama3":  "<|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHello<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n2+3?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nIt",
		"gemma":   "<start_of_turn>user\nBe brief.\n\nHi<end_of_turn>\n<start_of_turn>model\nHello<end_of_turn>\n<start_of_turn>user\n2+3?<end_of_turn>\n<start_of_turn>model\nIt",
		"mistral": "[INST] Hi [/INST] Hello</s>[INST] Be brief.\n\n2+3? [/INST]It",
		"phi3":    "<|system|>\nBe brief.<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\nHello<|end|>\n<|user|>\n2+3?<|end|>\n<|assistant|>\nIt",
		"zephyr":  "<|system|>\nBe brief.</s>\n<|user|>\nHi</s>\n<|assistant|>\nHello</s>\n<|user|>\n2+3?</s>\n<|assistant|>\nIt",
		"alpaca":  "Be brief.\n\n### Instruction:\nHi\n\n### Response:\nHello\n\n### Instruction:\n2+3?\n\n### Response:\nIt",
	}
	for _, name := range template.Names() {
		if _, ok := want[name]; !ok {
			t.Errorf("the built-in template %s is not tested here", name)
		}
	}
	for name, text := range want {
		got, err := load(t, name).Render(conversation, "It")
		if err != nil {
			t.Fatal(err)
		}
		if got != text {
			t.Errorf("%s renders\n%q\nwant\n%q", name, got, text)
		}
	}
}

func TestDefaultSystemPromptsAreKept(t *testing.T) {
	got, err := load(t, "smollm2").Render([]feedbackgen.Message{feedbackgen.User("Hi")}, "")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got, "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n<|im_start|>user\nHi") {
		t.Fatalf("got %q", got)
	}
}

func TestAFileIsATemplateToo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.tmpl")
	text := "{{/* stop: END OF TURN */}}{{/* stop: </s> */}}{{range .Messages}}{{.Role}}: {{.Content}}\n{{end}}assistant:"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	mine := load(t, file)
	got, err := mine.Render([]feedbackgen.Message{feedbackgen.User("Hi {{.System}} <b>")}, " x")
	if err != nil {
		t.Fatal(err)
	}
	// What users write is text, never template.
	if want := "user: Hi {{.System}} <b>\nassistant: x"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := []string{"END OF TURN", "</s>"}; !slices.Equal(mine.Stop(), want) {
		t.Errorf("stops at %q, want %q", mine.Stop(), want)
	}
	if mine.Digest() == load(t, "chatml").Digest() || mine.Digest() != load(t, file).Digest() {
		t.Error("the digest does not follow the text")
	}
}

func TestAMissingTemplateSaysWhichThereAre(t *testing.T) {
	_, err := template.Load("lama3")
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "llama3") || !strings.Contains(err.Error(), "lama3") {
		t.Fatalf("got %v", err)
	}
	if _, err := template.Parse("broken", "{{range}}"); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Fatalf("got %v", err)
	}
}

func load(t *testing.T, name string) *template.Template {
	t.Helper()
	loaded, err := template.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// Whatever a user writes as a template, it parses or fails with an error.
func FuzzParse(f *testing.F) {
	for _, name := range template.Names() {
		text, err := os.ReadFile(filepath.Join("builtin", name+".tmpl"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := template.Parse("fuzz", text)
		if err != nil {
			return
		}
		for _, stop := range parsed.Stop() {
			if stop == "" || !strings.Contains(text, stop) {
				t.Fatalf("stop %q is not in the text", stop)
			}
		}
	})
}
