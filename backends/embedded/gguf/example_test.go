package gguf_test

import (
	"bytes"
	"fmt"

	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
)

func Example() {
	var w gguf.Writer
	w.Set("general.architecture", "llama")
	w.Set("llama.block_count", 2)
	w.AddFloats("token_embd.weight", []int{2, 3}, []float32{1, 2, 3, 4, 5, 6})
	data, err := w.Bytes()
	if err != nil {
		fmt.Println(err)
		return
	}

	file, err := gguf.Parse("tiny.gguf", bytes.NewReader(data), int64(len(data)))
	if err != nil {
		fmt.Println(err)
		return
	}
	blocks, err := file.Int("llama.block_count")
	fmt.Println(blocks, err)
	base, err := gguf.Optional(10000.0)(file.Float("llama.rope.freq_base"))
	fmt.Println(base, err)
	_, err = file.Int("llama.context_length")
	fmt.Println(err)

	embedding, err := file.Tensor("token_embd.weight")
	if err != nil {
		fmt.Println(err)
		return
	}
	row := make([]float32, embedding.Cols())
	fmt.Println(embedding.Row(1, row), row)
	// Output:
	// 2 <nil>
	// 10000 <nil>
	// tiny.gguf: llama.context_length: missing
	// <nil> [4 5 6]
}
