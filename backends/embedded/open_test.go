package embedded

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
)

func parsed(t testing.TB, file []byte) *gguf.File {
	t.Helper()
	f, err := gguf.Parse("tiny.gguf", bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func tryOpen(file []byte) (*Backend, error) {
	return open(bytes.NewReader(file), int64(len(file)), "tiny.gguf", Config{})
}

// What cannot be run is refused with the file's and the field's name.
func TestUnusableFilesSayWhichField(t *testing.T) {
	model := func() *tiny { return newTiny(rand.New(rand.NewPCG(1, 0)), tinyShape(), true) }
	for name, tt := range map[string]struct {
		file []byte
		says []string
	}{
		"empty":                {nil, []string{"tiny.gguf"}},
		"truncated":            {model().file(t)[:9000], []string{"tiny.gguf"}},
		"another architecture": {patched(t, model(), "general.architecture", "gemma3"), []string{"tiny.gguf: general.architecture", `"gemma3"`, "--backend ollama"}},
		"no architecture":      {patched(t, model(), "general.architecture", nil), []string{"general.architecture"}},
		"no width":             {patched(t, model(), "llama.embedding_length", nil), []string{"llama.embedding_length"}},
		"absurd layers":        {patched(t, model(), "llama.block_count", uint32(1<<31)), []string{"llama.block_count"}},
		"many layers":          {patched(t, model(), "llama.block_count", uint32(40)), []string{"llama.block_count", "40"}},
		"no layers":            {patched(t, model(), "llama.block_count", uint32(0)), []string{"llama.block_count", "0"}},
		"heads that do not divide": {
			patched(t, model(), "llama.attention.head_count_kv", uint32(3)), []string{"llama.attention.head_count_kv", "3"},
		},
		"epsilon of text":     {patched(t, model(), "llama.attention.layer_norm_rms_epsilon", "tiny"), []string{"layer_norm_rms_epsilon"}},
		"an odd rotation":     {patched(t, model(), "llama.rope.dimension_count", uint32(5)), []string{"llama.rope.dimension_count", "5"}},
		"scaled positions":    {patched(t, patchable(model(), "llama.rope.scaling.factor", float32(4)), "llama.rope.scaling.type", "yarn"), []string{"llama.rope.scaling.type", "yarn"}},
		"experts":             {patched(t, model(), "llama.expert_count", uint32(8)), []string{"llama.expert_count", "8"}},
		"no tokenizer":        {patched(t, model(), "tokenizer.ggml.model", nil), []string{"tokenizer.ggml.model"}},
		"no chat template":    {patched(t, model(), "tokenizer.chat_template", nil), []string{"tokenizer.chat_template", "Instruct"}},
		"another width":       {patched(t, model(), "llama.embedding_length", uint32(32)), []string{"tensor token_embd.weight", "[259 24]", "[259 32]"}},
		"a tensor too many":   {withTensor(t, model(), "blk.0.attn_q.bias"), []string{"tensor blk.0.attn_q.bias"}},
		"a tensor of ternary": {withType(t, model(), "blk.1.ffn_up.weight", 34), []string{"blk.1.ffn_up.weight"}},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := tryOpen(tt.file)
			if err == nil {
				closeBackend(t, b)
				t.Fatal("it was opened")
			}
			if !errors.Is(err, backends.ErrConfig) {
				t.Errorf("%v is no matter of configuration", err)
			}
			for _, part := range tt.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

// patchable adds a key to a model that is yet to be written.
func patchable(model *tiny, key string, value any) *tiny {
	model.writer.Set(key, value)
	return model
}

// withTensor is the model's file with one more tensor.
func withTensor(t testing.TB, model *tiny, name string) []byte {
	model.writer.AddFloats(name, []int{2}, []float32{1, 2})
	return model.file(t)
}

// withType is the model's file with the type of a tensor overwritten.
func withType(t testing.TB, model *tiny, name string, typ byte) []byte {
	file := bytes.Clone(model.file(t))
	at := bytes.Index(file, []byte(name)) + len(name)
	file[at+4+2*8] = typ // after the number of dimensions, and two of them
	return file
}

func TestContextAndCacheAreChecked(t *testing.T) {
	file := newTiny(rand.New(rand.NewPCG(1, 0)), tinyShape(), false).file(t)
	path := filepath.Join(t.TempDir(), "my model.gguf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		config Config
		says   string
	}{
		{Config{Path: path, Context: 300}, "a context of 300"},
		{Config{Path: path, CacheBytes: 1000}, "a cache of 1000 bytes is too small"},
		{Config{Path: filepath.Join(t.TempDir(), "none.gguf")}, "none.gguf"},
	} {
		if _, err := Open(tt.config); !errors.Is(err, backends.ErrConfig) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%+v: %v, want it to say %q", tt.config, err, tt.says)
		}
	}
	b, err := Open(Config{Path: path, PolicyID: "mine"})
	if err != nil {
		t.Fatal(err)
	}
	defer closeBackend(t, b)
	policy, err := b.Policy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if policy.Model != "my model" || policy.ID != "mine" || policy.Digest != digest(file) || policy.Template != digest([]byte(tinyTemplate)) {
		t.Errorf("the policy is %+v", policy)
	}
}

// Whatever is done to a file, opening it ends with a model or with an error of configuration.
func FuzzOpen(f *testing.F) {
	s := tinyShape()
	s.layers = 1
	model := newTiny(rand.New(rand.NewPCG(1, 0)), s, false)
	file, err := model.writer.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), []byte{})
	f.Add(uint32(8), []byte{255, 255, 255, 255})
	f.Add(uint32(100), []byte{0})
	for at := range 40 {
		f.Add(uint32(at*67), []byte{255, 0, 255})
	}
	f.Fuzz(func(t *testing.T, at uint32, patch []byte) {
		damaged := bytes.Clone(file)
		copy(damaged[int(at)%len(damaged):], patch)
		b, err := tryOpen(damaged)
		if err != nil {
			if !errors.Is(err, backends.ErrConfig) {
				t.Errorf("%v is no matter of configuration", err)
			}
			return
		}
		defer closeBackend(t, b)
		_, err = b.Generate(t.Context(), backends.Request{
			Messages: []feedbackgen.Message{feedbackgen.User("Hi")}, N: 1,
			Sampling: feedbackgen.Sampling{Temperature: 1, TopP: 0.9, MaxTokens: 3},
		})
		if err != nil && !errors.Is(err, backends.ErrRefused) {
			t.Error(err)
		}
	})
}
