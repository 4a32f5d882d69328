package gguf_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
)

// What loading the bundled model costs: 4 MiB of Q8_0 and a vocabulary of 1,024 tokens.
func BenchmarkLoad(b *testing.B) {
	var w gguf.Writer
	tokens := make([]string, 1024)
	for i := range tokens {
		tokens[i] = fmt.Sprint("token", i)
	}
	w.Set("tokenizer.ggml.tokens", tokens)
	for i := range 32 {
		w.Add(fmt.Sprint("blk.", i), gguf.Q8_0, []int{480, 256}, make([]byte, 480*256/32*34))
	}
	data, err := w.Bytes()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		f, err := gguf.Parse("m.gguf", bytes.NewReader(data), int64(len(data)))
		if err != nil {
			b.Fatal(err)
		}
		for _, t := range f.Tensors {
			if _, err := t.Floats(nil); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, typ := range []gguf.Type{gguf.F32, gguf.F16, gguf.BF16, gguf.Q4_0, gguf.Q4_1, gguf.Q5_0, gguf.Q5_1, gguf.Q8_0, gguf.Q4_K, gguf.Q5_K, gguf.Q6_K} {
		b.Run(typ.String(), func(b *testing.B) {
			elements, size := typ.Block()
			dst := make([]float32, 1<<16)
			src := make([]byte, len(dst)/elements*size)
			b.SetBytes(int64(4 * len(dst)))
			for b.Loop() {
				if err := typ.Decode(dst, src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
