// Package tokenizer turns text into a model's tokens and back, as llama.cpp does, from the
// vocabulary in the model's GGUF file.
//
// Two kinds of vocabulary are known by their tokenizer.ggml.model:
//
//   - "gpt2", byte-level BPE: text is cut into words by the rule that tokenizer.ggml.pre names
//     (smollm, gpt-2, llama-bpe, qwen2, default and those equal to them), and each word's bytes are
//     merged pair by pair in the order of tokenizer.ggml.merges. Decoding gives back every text.
//   - "llama", as SentencePiece: spaces become "▁", one is put before the text unless the file
//     says otherwise, and characters are merged by the tokens' scores; what the vocabulary lacks
//     becomes byte tokens. Decoding gives back the text, with that leading space; a "▁" in the text
//     comes back as a space.
//
// Time is O(n log n) in the length of the text, whatever the text, and memory is O(n).
package tokenizer

import (
	"fmt"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
)

// Kind says what a token is for; the numbers are the file format's.
type Kind int

// Kinds of tokens.
const (
	// Normal tokens stand for text.
	Normal Kind = 1
	// Unknown stands for whatever the vocabulary lacks.
	Unknown Kind = 2
	// Control tokens mark structure, such as a turn's end; they stand for no text.
	Control Kind = 3
	// UserDefined tokens stand for their own text, which is never split.
	UserDefined Kind = 4
	// Unused tokens have an id and no meaning.
	Unused Kind = 5
	// Byte tokens stand for one byte.
	Byte Kind = 6
)

// Tokenizer is a model's vocabulary. It does not change and is safe for concurrent use.
type Tokenizer struct {
	// BOS, EOS, EOT and UNK are the ids of the tokens that begin a text, end one, end a turn, and
	// stand for the unknown; -1 where the model has none.
	BOS, EOS, EOT, UNK int
	// AddBOS and AddEOS say whether the model expects them around a text; see [Tokenizer.Wrap].
	AddBOS, AddEOS bool

	texts  []string
	pieces []string
	kinds  []Kind
	ids    map[string]int32
	ends   map[int]bool
	// always and special find tokens that are recognised whole in a text: user-defined ones, and
	// these with the control tokens.
	always, special finder
	model           interface {
		// encode appends the tokens of a text that holds none to be recognised whole: it lies
		// between those, or at an end. first says that no other text goes before it. m is scratch
		// space.
		encode(ids []int, text string, first bool, m *merger) []int
	}
}

// New reads the vocabulary of a file.
func New(f *gguf.File) (*Tokenizer, error) {
	t, err := readVocabulary(f)
	if err != nil {
		return nil, err
	}
	model, err := f.Text(modelKey)
	if err != nil {
		return nil, err
	}
	switch model {
	case "gpt2":
		err = t.readBPE(f)
	case "llama":
		err = t.readSPM(f)
	default:
		err = badField(f, modelKey, fmt.Errorf("is %q; gpt2 (byte-level BPE) and llama (SentencePiece) are supported", model))
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Len is the number of tokens; ids are 0 to Len-1.
func (t *Tokenizer) Len() int { return len(t.texts) }

// Encode returns the tokens of text, without BOS and EOS. With special, the texts of control tokens
// in it, such as "<|im_end|>", become these tokens; otherwise they are text like any other, which
// is what text from outside needs. User-defined tokens are always recognised. Bytes that are not
// valid UTF-8 are kept by byte-level BPE, and as byte tokens by the other. text is shorter than 2 GiB.
func (t *Tokenizer) Encode(text string, special bool) []int { return t.encode(text, special, true) }

// EncodeNext is Encode for text that goes on from other text, in the middle of a line: a
// SentencePiece vocabulary puts no space before it. Byte-level BPE makes no difference.
func (t *Tokenizer) EncodeNext(text string, special bool) []int {
	return t.encode(text, special, false)
}

func (t *Tokenizer) encode(text string, special, first bool) []int {
	find := &t.always
	if special {
		find = &t.special
	}
	var ids []int
	var m merger
	done := 0
	for _, found := range find.matches(text) {
		if done < found.start {
			ids = t.model.encode(ids, text[done:found.start], first, &m)
		}
		ids = append(ids, found.id)
		first, done = true, found.start+len(t.texts[found.id])
	}
	if done < len(text) {
		ids = t.model.encode(ids, text[done:], first, &m)
	}
	return ids
}

// Wrap returns ids with BOS before them and EOS after, where the model expects them.
func (t *Tokenizer) Wrap(ids []int) []int {
	wrapped := make([]int, 0, len(ids)+2)
	if t.AddBOS {
		wrapped = append(wrapped, t.BOS)
	}
	wrapped = append(wrapped, ids...)
	if t.AddEOS {
		wrapped = append(wrapped, t.EOS)
	}
	return wrapped
}

// Text is the token as the vocabulary writes it, such as "Ġthe" or "<|im_end|>"; "" if there is no
// such id.
func (t *Tokenizer) Text(id int) string {
	if id < 0 || id >= len(t.texts) {
		return ""
	}
	return t.texts[id]
}

// Piece is the bytes that the token stands for, which may be part of a UTF-8 character; "" for
// control and unused tokens, and if there is no such id.
func (t *Tokenizer) Piece(id int) string {
	if id < 0 || id >= len(t.pieces) {
		return ""
	}
	return t.pieces[id]
}

// Kind is the kind of the token; 0 if there is no such id.
func (t *Tokenizer) Kind(id int) Kind {
	if id < 0 || id >= len(t.kinds) {
		return 0
	}
	return t.kinds[id]
}

// ID is the token that the vocabulary writes like that, or false.
func (t *Tokenizer) ID(text string) (int, bool) {
	id, ok := t.ids[text]
	return int(id), ok
}

// Ends says whether the token ends what the model has to say: EOS, EOT, and the tokens that
// llama.cpp knows by name, such as "<|im_end|>".
func (t *Tokenizer) Ends(id int) bool { return t.ends[id] }

// Decode returns the text of ids: the pieces one after the other, with U+FFFD for each byte that is
// no part of a valid UTF-8 character.
func (t *Tokenizer) Decode(ids []int) string {
	d := t.Decoder()
	var text []byte
	for _, id := range ids {
		text = append(text, d.Next(id)...)
	}
	return string(append(text, d.Rest()...))
}

// plain is the token that text may become by merging: never a control token.
func (t *Tokenizer) plain(text string) (int32, bool) {
	id, ok := t.ids[text]
	return id, ok && t.kinds[id] != Control && t.kinds[id] != Unknown
}

func badField(f *gguf.File, key string, cause error) error {
	return feedbackgen.BadInput(f.Name+": "+key, cause, "")
}
