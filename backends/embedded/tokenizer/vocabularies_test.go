package tokenizer_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
	"github.com/feedbackgen/feedbackgen/backends/embedded/tokenizer"
)

// bpe and spm load the small vocabularies that testdata/make.py trained.
func bpe(t testing.TB) *tokenizer.Tokenizer {
	t.Helper()
	return load(t, open(t, filepath.Join("testdata", "bpe.gguf")))
}

func spm(t testing.TB) *tokenizer.Tokenizer {
	t.Helper()
	return load(t, open(t, filepath.Join("testdata", "spm.gguf")))
}

func open(t testing.TB, path string) *gguf.File {
	t.Helper()
	file, err := gguf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	return file
}

func load(t testing.TB, file *gguf.File) *tokenizer.Tokenizer {
	t.Helper()
	tok, err := tokenizer.New(file)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// changed is the file's metadata with other values for some keys; nil leaves a key out.
func changed(t testing.TB, file *gguf.File, changes map[string]any) *gguf.File {
	t.Helper()
	var w gguf.Writer
	for _, key := range file.Keys() {
		value, _ := file.Value(key)
		if _, ok := changes[key]; !ok {
			w.Set(key, value)
		}
	}
	for key, value := range changes {
		if value != nil {
			w.Set(key, value)
		}
	}
	f := parsed(t, &w)
	f.Name = file.Name
	return f
}

// parsed is the file that w writes.
func parsed(t testing.TB, w *gguf.Writer) *gguf.File {
	t.Helper()
	data, err := w.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Parse("m.gguf", bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// splitOn splits at \x01, which no token needs.
func splitOn(s string) []string { return strings.Split(s, "\x01") }
