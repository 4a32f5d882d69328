package tokenizer_test

import (
	"fmt"
	"path/filepath"

	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
	"github.com/feedbackgen/feedbackgen/backends/embedded/tokenizer"
)

func Example() {
	file, err := gguf.Open(filepath.Join("testdata", "bpe.gguf"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() {
		if err := file.Close(); err != nil {
			fmt.Println(err)
		}
	}()
	tok, err := tokenizer.New(file)
	if err != nil {
		fmt.Println(err)
		return
	}

	ids := tok.Encode("The answer is 42.<|im_end|>", true)
	for _, id := range ids {
		fmt.Println(id, tok.Text(id))
	}
	fmt.Println(tok.Decode(ids), tok.Ends(ids[len(ids)-1]))

	// A stream never splits a character.
	decoder := tok.Decoder()
	var stream []string
	for _, id := range tok.Encode("né 🙂", false) {
		stream = append(stream, decoder.Next(id))
	}
	fmt.Printf("%q\n", stream)
	// Output:
	// 54 T
	// 259 he
	// 305 Ġanswer
	// 302 Ġis
	// 223 Ġ
	// 22 4
	// 20 2
	// 16 .
	// 2 <|im_end|>
	// The answer is 42. true
	// ["n" "é" " " "" "" "" "🙂"]
}
