package tokenizer_test

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends/embedded/tokenizer"
)

// pres are the rules that cut text into words, one name for each.
func pres() []string { return []string{"smollm", "gpt-2", "llama-bpe", "dbrx", "qwen2", "default"} }

func byPre(t *testing.T) map[string]*tokenizer.Tokenizer {
	t.Helper()
	file := open(t, filepath.Join("testdata", "bpe.gguf"))
	tokenizers := map[string]*tokenizer.Tokenizer{}
	for _, pre := range pres() {
		tokenizers[pre] = load(t, changed(t, file, map[string]any{"tokenizer.ggml.pre": pre}))
	}
	return tokenizers
}

// text draws what the rules tell apart: words, numbers, marks, spaces of all kinds, tokens, other
// scripts.
func text() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{
			"the", " answer", "'s", "'LL", "12", "345", "٣", "²", "  ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "...", "$", "e\u0301",
			"世界", "🙂", "👩‍👩‍👧", "\x00", "▁", "Ġ", "<|im_end|>", "<tool>", "</s>", "<0x41>",
		}),
		rapid.StringN(0, 4, -1),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 12), func(pieces []string) string { return strings.Join(pieces, "") })
}

// spmText is what a SentencePiece vocabulary gives back: a space before it, and spaces for "▁". Each
// stretch between user-defined tokens gets such a space.
func spmText(text string) string {
	parts := strings.Split(text, "<tool>")
	for i, part := range parts {
		if part != "" {
			parts[i] = " " + part
		}
	}
	return strings.ReplaceAll(strings.Join(parts, "<tool>"), "▁", " ")
}

func TestDecodeUndoesEncode(t *testing.T) {
	tokenizers := byPre(t)
	sentencePiece := spm(t)
	rapid.Check(t, func(t *rapid.T) {
		want := text().Draw(t, "text")
		for pre, tok := range tokenizers {
			if got := tok.Decode(tok.Encode(want, false)); got != want {
				t.Errorf("%s: %q comes back as %q", pre, want, got)
			}
		}
		if got := sentencePiece.Decode(sentencePiece.Encode(want, false)); got != spmText(want) {
			t.Errorf("spm: %q comes back as %q, want %q", want, got, spmText(want))
		}
	})
}

// Text in two parts is text in one, but for where the parts meet: no space comes between them.
func TestEncodeNextPutsNoSpace(t *testing.T) {
	for name, tok := range map[string]*tokenizer.Tokenizer{"bpe": bpe(t), "spm": spm(t)} {
		got := tok.Decode(append(tok.Encode("ans", false), tok.EncodeNext("wer is", false)...))
		if strings.TrimPrefix(got, " ") != "answer is" {
			t.Errorf("%s: ans and wer is make %q", name, got)
		}
	}
	if got := spm(t).Decode(spm(t).EncodeNext("a<tool>b", false)); got != "a<tool> b" {
		t.Errorf("after a token that is recognised whole a space comes, as in llama.cpp: %q", got)
	}
}

// Text from outside cannot smuggle in a turn's end.
func TestTextHoldsNoControlTokensUnlessAsked(t *testing.T) {
	tokenizers := byPre(t)
	tokenizers["spm"] = spm(t)
	rapid.Check(t, func(t *rapid.T) {
		text := text().Draw(t, "text")
		for pre, tok := range tokenizers {
			for _, id := range tok.Encode(text, false) {
				if tok.Kind(id) == tokenizer.Control {
					t.Errorf("%s: %q holds the control token %q", pre, text, tok.Text(id))
				}
			}
		}
	})
}

func TestControlTokensWhereAsked(t *testing.T) {
	tok := bpe(t)
	end, ok := tok.ID("<|im_end|>")
	if !ok {
		t.Fatal("no <|im_end|>")
	}
	tool, ok := tok.ID("<tool>")
	if !ok {
		t.Fatal("no <tool>")
	}
	if got := tok.Encode("<|im_end|>", true); !slices.Equal(got, []int{end}) {
		t.Errorf("asked: %v, want [%d]", got, end)
	}
	if got := tok.Encode("<|im_end|>", false); slices.Contains(got, end) || len(got) < 2 {
		t.Errorf("not asked: %v", got)
	}
	if got := tok.Encode("<tool>", false); !slices.Equal(got, []int{tool}) {
		t.Errorf("a user-defined token becomes %v, want [%d]", got, tool)
	}
	if got := tok.Decode([]int{end, tool, end}); got != "<tool>" {
		t.Errorf("decoded to %q: control tokens stand for no text, user-defined ones for their own", got)
	}
	if !tok.Ends(end) || tok.Ends(tool) || tok.Kind(end) != tokenizer.Control || tok.Kind(tool) != tokenizer.UserDefined {
		t.Error("<|im_end|> ends a turn and <tool> does not")
	}
}

// The names by which llama.cpp knows a turn's end are control tokens whatever the file calls them.
func TestTurnEndsByName(t *testing.T) {
	file := open(t, filepath.Join("testdata", "bpe.gguf"))
	tok := load(t, changed(t, file, map[string]any{"tokenizer.ggml.token_type": nil}))
	end, _ := tok.ID("<|im_end|>")
	start, _ := tok.ID("<|im_start|>")
	if tok.Kind(end) != tokenizer.Control || !tok.Ends(end) || tok.Piece(end) != "" {
		t.Errorf("<|im_end|> is of kind %d and stands for %q", tok.Kind(end), tok.Piece(end))
	}
	if tok.Kind(start) != tokenizer.Normal || tok.Ends(start) {
		t.Errorf("<|im_start|> is of kind %d", tok.Kind(start))
	}
}

// Even where the vocabulary would merge text into a control token.
func TestMergesMakeNoControlToken(t *testing.T) {
	file := open(t, filepath.Join("testdata", "spm.gguf"))
	tok := load(t, changed(t, file, map[string]any{
		"tokenizer.ggml.tokens":     []string{"<unk>", "<s>", "</s>", "<", "s", ">", "<s", "▁"},
		"tokenizer.ggml.token_type": []int{2, 3, 3, 1, 1, 1, 1, 1}, "tokenizer.ggml.scores": make([]float32, 8),
		"tokenizer.ggml.add_space_prefix": false,
	}))
	if got := tok.Encode("<s>", false); !slices.Equal(got, []int{6, 5}) {
		t.Errorf("<s> becomes %v, want <s and >", got)
	}
	if got := tok.Encode("<s>", true); !slices.Equal(got, []int{1}) {
		t.Errorf("<s> becomes %v where asked, want the control token", got)
	}
}

// Whatever tokens come, in whatever order, each text of a stream is valid UTF-8, and together they
// are what Decode returns.
func TestStreamsHoldWholeCharacters(t *testing.T) {
	for name, tok := range map[string]*tokenizer.Tokenizer{"bpe": bpe(t), "spm": spm(t)} {
		rapid.Check(t, func(t *rapid.T) {
			ids := rapid.SliceOf(rapid.OneOf(rapid.IntRange(-1, tok.Len()), rapid.IntRange(3, 258))).Draw(t, "ids")
			if rapid.Bool().Draw(t, "real text") {
				ids = tok.Encode(text().Draw(t, "text"), false)
			}
			var whole, raw string
			decoder := tok.Decoder()
			for _, id := range ids {
				next := decoder.Next(id)
				if !utf8.ValidString(next) {
					t.Errorf("%s: token %d gives %q", name, id, next)
				}
				whole += next
				raw += tok.Piece(id)
			}
			whole += decoder.Rest()
			// Go's conversion to runes replaces each odd byte, too.
			if want := string([]rune(raw)); whole != want || tok.Decode(ids) != want {
				t.Errorf("%s: %v streams as %q and decodes to %q, want %q", name, ids, whole, tok.Decode(ids), want)
			}
		})
	}
}

// A character comes with its last byte's token, not before and not later.
func TestStreamDelaysNoCharacter(t *testing.T) {
	tok := bpe(t)
	decoder := tok.Decoder()
	var got []string
	for _, id := range []int{byteToken(t, tok, 0xf0), byteToken(t, tok, 0x9f), byteToken(t, tok, 0x99), byteToken(t, tok, 0x82), byteToken(t, tok, 'a'), byteToken(t, tok, 0xc3), byteToken(t, tok, 'b'), byteToken(t, tok, 0xe4)} {
		got = append(got, decoder.Next(id))
	}
	got = append(got, decoder.Rest(), decoder.Rest())
	if want := []string{"", "", "", "🙂", "a", "", "\ufffdb", "", "\ufffd", ""}; !slices.Equal(got, want) {
		t.Errorf("stream is %q, want %q", got, want)
	}
}

// byteToken is the token of one byte.
func byteToken(t *testing.T, tok *tokenizer.Tokenizer, b byte) int {
	t.Helper()
	for id := range tok.Len() {
		if tok.Piece(id) == string([]byte{b}) {
			return id
		}
	}
	t.Fatalf("no token for byte %#x", b)
	return 0
}

func TestInvalidUTF8IsKept(t *testing.T) {
	for name, tok := range map[string]*tokenizer.Tokenizer{"bpe": bpe(t), "spm": spm(t)} {
		var got string
		for _, id := range tok.Encode("a\xff\xe4b", false) {
			got += tok.Piece(id)
		}
		if strings.TrimPrefix(got, " ") != "a\xff\xe4b" {
			t.Errorf("%s: a\\xff\\xe4b is kept as %q", name, got)
		}
	}
}

// 256 KiB take a fraction of a second, where anything quadratic takes minutes; the deadline only
// tells these apart.
func TestLongWordsAreNotQuadratic(t *testing.T) {
	for name, tok := range map[string]*tokenizer.Tokenizer{"bpe": bpe(t), "spm": spm(t)} {
		for _, unit := range []string{"a", "abcdefgh", " ", "\n", "7", "<tool", "'"} {
			long := strings.Repeat(unit, 1<<18/len(unit))
			started := time.Now()
			ids := tok.Encode(long, true)
			if took := time.Since(started); took > 20*time.Second {
				t.Errorf("%s: 256 KiB of %q took %v", name, unit, took)
			}
			if got := tok.Decode(ids); got != long && got != " "+long {
				t.Errorf("%s: 256 KiB of %q do not come back", name, unit)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	file := open(t, filepath.Join("testdata", "bpe.gguf"))
	for _, tt := range []struct {
		changes map[string]any
		want    []int
	}{
		{nil, []int{7}},
		{map[string]any{"tokenizer.ggml.add_bos_token": true}, []int{0, 7}},
		{map[string]any{"tokenizer.ggml.add_bos_token": true, "tokenizer.ggml.add_eos_token": true}, []int{0, 7, 2}},
		{map[string]any{"tokenizer.ggml.add_bos_token": nil}, []int{7}},
		{map[string]any{"tokenizer.ggml.add_bos_token": nil, "tokenizer.ggml.pre": "llama-bpe"}, []int{0, 7}},
	} {
		if got := load(t, changed(t, file, tt.changes)).Wrap([]int{7}); !slices.Equal(got, tt.want) {
			t.Errorf("%v: %v, want %v", tt.changes, got, tt.want)
		}
	}
	if got := spm(t).Wrap([]int{7}); !slices.Equal(got, []int{1, 7}) {
		t.Errorf("SentencePiece: %v, want BOS before it", got)
	}
}

func TestIDsThatAreNone(t *testing.T) {
	tok := bpe(t)
	for _, id := range []int{-1, tok.Len(), math.MaxInt} {
		if tok.Text(id) != "" || tok.Piece(id) != "" || tok.Kind(id) != 0 || tok.Ends(id) {
			t.Errorf("id %d is something", id)
		}
	}
	if _, ok := tok.ID("no such token"); ok {
		t.Error("there is an id for what is no token")
	}
}

// A vocabulary that lacks a byte's token says so with the unknown token.
func TestUnknownBytes(t *testing.T) {
	file := open(t, filepath.Join("testdata", "bpe.gguf"))
	tokens, err := file.Texts("tokenizer.ggml.tokens")
	if err != nil {
		t.Fatal(err)
	}
	tokens = slices.Clone(tokens)
	tokens[slices.Index(tokens, "z")] = "zzzz"
	tok := load(t, changed(t, file, map[string]any{"tokenizer.ggml.tokens": tokens, "tokenizer.ggml.unknown_token_id": 0}))
	if got := tok.Encode("1z", false); len(got) != 2 || got[1] != 0 {
		t.Errorf("1z becomes %v, want the unknown token at the end", got)
	}
}

func TestErrorsNameFileAndField(t *testing.T) {
	for _, tt := range []struct {
		file    string
		changes map[string]any
		want    string
	}{
		{"bpe.gguf", map[string]any{"tokenizer.ggml.model": nil}, "bpe.gguf: tokenizer.ggml.model: missing"},
		{"bpe.gguf", map[string]any{"tokenizer.ggml.model": "bert"}, "bpe.gguf: tokenizer.ggml.model: is \"bert\"; gpt2 (byte-level BPE) and llama (SentencePiece) are supported"},
		{"bpe.gguf", map[string]any{"tokenizer.ggml.tokens": nil}, "bpe.gguf: tokenizer.ggml.tokens: missing"},
		{"bpe.gguf", map[string]any{"tokenizer.ggml.tokens": []string{}}, "bpe.gguf: tokenizer.ggml.tokens: is empty"},
		{"bpe.gguf", map[string]any{"tokenizer.ggml.tokens": 7}, "bpe.gguf: tokenizer.ggml.tokens: is the uint32 7, wanted an array of strings"},
		{"bpe.gguf", map[string]any{"tokenizer.ggml.token_type": []int32{1}}, "bpe.gguf: tokenizer.ggml.token_type: has 1 elements for 1535 tokens"},
		{"bpe.gguf", map[string]any{"tokenizer.ggml.token_type": make([]int32, 1535)}, "bpe.gguf: tokenizer.ggml.token_type: token 0 is of kind 0"},
		{"bpe.gguf", map[string]any{"tokenizer.ggml.merges": nil}, "bpe.gguf: tokenizer.ggml.merges: missing"},
		{"bpe.gguf", map[string]any{"tokenizer.ggml.merges": []string{"a b", "ab"}}, `bpe.gguf: tokenizer.ggml.merges: 1 is "ab", not two symbols`},
		{"bpe.gguf", map[string]any{"tokenizer.ggml.merges": []string{""}}, `bpe.gguf: tokenizer.ggml.merges: 0 is ""`},
		{"bpe.gguf", map[string]any{"tokenizer.ggml.pre": "tekken"}, `bpe.gguf: tokenizer.ggml.pre: "tekken" is not supported; smollm, gpt-2`},
		{"bpe.gguf", map[string]any{"tokenizer.ggml.eos_token_id": 1535}, "bpe.gguf: tokenizer.ggml.eos_token_id: is 1535; there are 1535 tokens"},
		{"bpe.gguf", map[string]any{"tokenizer.ggml.bos_token_id": nil, "tokenizer.ggml.add_bos_token": true}, "bpe.gguf: tokenizer.ggml.add_bos_token: is true, but there is no tokenizer.ggml.bos_token_id"},
		{"bpe.gguf", map[string]any{"tokenizer.ggml.eos_token_id": nil, "tokenizer.ggml.add_eos_token": true}, "bpe.gguf: tokenizer.ggml.add_eos_token: is true, but there is no tokenizer.ggml.eos_token_id"},
		{"bpe.gguf", map[string]any{"tokenizer.ggml.add_bos_token": "yes"}, `bpe.gguf: tokenizer.ggml.add_bos_token: is the string "yes", wanted true or false`},
		{"spm.gguf", map[string]any{"tokenizer.ggml.scores": nil}, "spm.gguf: tokenizer.ggml.scores: missing"},
		{"spm.gguf", map[string]any{"tokenizer.ggml.scores": []float32{1}}, "spm.gguf: tokenizer.ggml.scores: has 1 elements for"},
		{"spm.gguf", map[string]any{"tokenizer.ggml.add_space_prefix": 1}, "spm.gguf: tokenizer.ggml.add_space_prefix: is the uint32 1, wanted true or false"},
	} {
		file := open(t, filepath.Join("testdata", tt.file))
		_, err := tokenizer.New(changed(t, file, tt.changes))
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) || !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("error is %v, want %q", err, tt.want)
		}
	}
}

func TestOddScores(t *testing.T) {
	file := open(t, filepath.Join("testdata", "spm.gguf"))
	scores, err := file.Floats("tokenizer.ggml.scores")
	if err != nil {
		t.Fatal(err)
	}
	scores = slices.Clone(scores)
	scores[300] = float32(math.NaN())
	_, err = tokenizer.New(changed(t, file, map[string]any{"tokenizer.ggml.scores": scores}))
	if want := "spm.gguf: tokenizer.ggml.scores: token 300 has a score that is not a number"; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %q", err, want)
	}
}

// The smallest SentencePiece vocabulary: without byte tokens what it lacks is unknown, and without
// an unknown token it is refused.
func TestVocabularyWithoutBytes(t *testing.T) {
	file := open(t, filepath.Join("testdata", "spm.gguf"))
	small := map[string]any{
		"tokenizer.ggml.tokens": []string{"<unk>", "<s>", "</s>", "▁", "a"}, "tokenizer.ggml.scores": make([]float32, 5),
		"tokenizer.ggml.token_type": []int{2, 3, 3, 1, 1},
	}
	tok := load(t, changed(t, file, small))
	if got := tok.Encode("ab", false); !slices.Equal(got, []int{3, 4, 0}) {
		t.Errorf("ab becomes %v, want space, a, unknown", got)
	}
	small["tokenizer.ggml.tokens"] = []string{"<0x4>", "<s>", "</s>", "▁", "a"}
	small["tokenizer.ggml.token_type"] = []int{6, 3, 3, 1, 1}
	_, err := tokenizer.New(changed(t, file, small))
	if want := `spm.gguf: tokenizer.ggml.tokens: token 0 is of kind byte, and "<0x4>" is none`; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error is %v, want %q", err, want)
	}
}
