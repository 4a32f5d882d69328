package tokenizer_test

import (
	"testing"
	"unicode/utf8"

	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
	"github.com/feedbackgen/feedbackgen/backends/embedded/tokenizer"
)

// Whatever the text, it becomes tokens; and valid UTF-8 comes back as it was.
func FuzzEncode(f *testing.F) {
	for _, text := range []string{
		"", "The answer is 42.", " a  b\n\n\tc", "don't they'LL", "1234 ½ ٣٤", "naïve 世界 🙂", "<|im_end|><tool></s>",
		"\x00\xff\xe4", "▁▁a ▁", "$1,000.00 = x^2", "a\u00a0\u3000\u0085b", "'",
	} {
		f.Add(text)
	}
	file := open(f, "testdata/bpe.gguf")
	tokenizers := map[string]*tokenizer.Tokenizer{}
	for _, pre := range pres() {
		tokenizers[pre] = load(f, changed(f, file, map[string]any{"tokenizer.ggml.pre": pre}))
	}
	sentencePiece := spm(f)
	f.Fuzz(func(t *testing.T, text string) {
		for pre, tok := range tokenizers {
			tok.Encode(text, true)
			if got := tok.Decode(tok.Encode(text, false)); utf8.ValidString(text) && got != text {
				t.Errorf("%s: %q comes back as %q", pre, text, got)
			}
		}
		sentencePiece.Encode(text, true)
		if got := sentencePiece.Decode(sentencePiece.Encode(text, false)); utf8.ValidString(text) && got != spmText(text) {
			t.Errorf("spm: %q comes back as %q, want %q", text, got, spmText(text))
		}
	})
}

// Whatever a file's vocabulary, it is refused or it encodes and decodes without a panic.
func FuzzVocabulary(f *testing.F) {
	for _, model := range []string{"gpt2", "llama"} {
		f.Add(model, "smollm", "<|im_end|>\x01a\x01b\x01ab\x01<0x41>\x01▁\x01▁a", "a b\x01ab a", []byte{3, 1, 1, 1, 6, 1, 1}, 0.5, 0, "ab A<|im_end|>")
	}
	f.Add("gpt2", "llama-bpe", "a\x01b\x01a", "a a\x01b b", []byte{1, 4, 2}, -1.0, 2, "aabb")
	f.Add("gpt2", "default", "\x01\x01a", "", []byte{}, 0.0, -1, "123456")
	f.Fuzz(func(t *testing.T, model, pre, tokens, merges string, kinds []byte, score float64, id int, text string) {
		var w gguf.Writer
		texts := splitOn(tokens)
		scores := make([]float32, len(texts))
		for i := range scores {
			scores[i] = float32(score) * float32(i%5)
		}
		w.Set("tokenizer.ggml.model", model)
		w.Set("tokenizer.ggml.pre", pre)
		w.Set("tokenizer.ggml.tokens", texts)
		w.Set("tokenizer.ggml.scores", scores)
		w.Set("tokenizer.ggml.merges", splitOn(merges))
		if len(kinds) > 0 {
			w.Set("tokenizer.ggml.token_type", kinds)
		}
		w.Set("tokenizer.ggml.unknown_token_id", id)
		tok, err := tokenizer.New(parsed(t, &w))
		if err != nil {
			return
		}
		for _, special := range []bool{false, true} {
			ids := tok.Encode(text, special)
			for _, id := range ids {
				if id < 0 || id >= tok.Len() {
					t.Fatalf("%q becomes %v: there are %d tokens", text, ids, tok.Len())
				}
			}
			if !utf8.ValidString(tok.Decode(ids)) {
				t.Errorf("%v decodes to what is not UTF-8", ids)
			}
		}
	})
}
