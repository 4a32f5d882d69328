package tokenizer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
	"github.com/feedbackgen/feedbackgen/backends/embedded/tokenizer"
)

// Prose of 16 KiB, and one word of 1 MiB, which is where a quadratic encoder would stand still.
// With -model, a real model's vocabulary.
func BenchmarkEncode(b *testing.B) {
	prose, err := os.ReadFile(filepath.Join("testdata", "make.py"))
	if err != nil {
		b.Fatal(err)
	}
	prose = append(prose, prose[:16<<10-len(prose)]...)
	tokenizers := map[string]*tokenizer.Tokenizer{"bpe": bpe(b), "spm": spm(b)}
	if *modelFlag != "" {
		tokenizers = map[string]*tokenizer.Tokenizer{filepath.Base(*modelFlag): load(b, open(b, *modelFlag))}
	}
	for name, tok := range tokenizers {
		for size, text := range map[string]string{"prose": string(prose), "word": strings.Repeat("abcdefgh", 1<<17)} {
			b.Run(name+"/"+size, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					tok.Encode(text, true)
				}
			})
		}
	}
}

func BenchmarkNew(b *testing.B) {
	path := filepath.Join("testdata", "bpe.gguf")
	if *modelFlag != "" {
		path = *modelFlag
	}
	file, err := gguf.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := file.Close(); err != nil {
			b.Error(err)
		}
	}()
	for b.Loop() {
		load(b, file)
	}
}
