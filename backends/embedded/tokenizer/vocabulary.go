package tokenizer

import (
	"fmt"

	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
)

const (
	modelKey  = "tokenizer.ggml.model"
	tokensKey = "tokenizer.ggml.tokens"
	kindsKey  = "tokenizer.ggml.token_type"
	bosKey    = "tokenizer.ggml.bos_token_id"
	eosKey    = "tokenizer.ggml.eos_token_id"
	eotKey    = "tokenizer.ggml.eot_token_id"
	unkKey    = "tokenizer.ggml.unknown_token_id"
	addBOSKey = "tokenizer.ggml.add_bos_token"
	addEOSKey = "tokenizer.ggml.add_eos_token"
)

// endNames are the tokens that end a turn in llama.cpp whatever the file says of them.
func endNames() []string {
	return []string{
		"</s>", "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<end_of_turn>", "<|endoftext|>",
		"<|end_of_text|>", "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "<|end▁of▁sentence|>", "<｜end▁of▁sentence｜>",
		"<end_of_utterance>",
	}
}

// readVocabulary reads what both kinds of vocabulary have.
func readVocabulary(f *gguf.File) (*Tokenizer, error) {
	if _, err := f.Text(modelKey); err != nil {
		return nil, err
	}
	texts, err := f.Texts(tokensKey)
	if err != nil {
		return nil, err
	}
	if len(texts) == 0 {
		return nil, badField(f, tokensKey, fmt.Errorf("is empty"))
	}
	t := &Tokenizer{
		texts: texts, pieces: make([]string, len(texts)), kinds: make([]Kind, len(texts)),
		ids: make(map[string]int32, len(texts)), ends: map[int]bool{},
	}
	kinds, err := gguf.Optional([]int(nil))(f.Ints(kindsKey))
	if err != nil {
		return nil, err
	}
	if kinds != nil && len(kinds) != len(texts) {
		return nil, badField(f, kindsKey, fmt.Errorf("has %d elements for %d tokens", len(kinds), len(texts)))
	}
	for id, text := range texts {
		t.kinds[id] = Normal
		if kinds != nil {
			t.kinds[id] = Kind(kinds[id])
		}
		if t.kinds[id] < Normal || t.kinds[id] > Byte {
			return nil, badField(f, kindsKey, fmt.Errorf("token %d is of kind %d", id, t.kinds[id]))
		}
		if text != "" {
			t.ids[text] = int32(id)
		}
	}
	return t, nil
}

// readSpecial reads the ids of special tokens, given those that hold where the file says nothing
// (-1 for none), and prepares what finds tokens in a text.
func (t *Tokenizer) readSpecial(f *gguf.File, bos, eos, unk int) error {
	for _, field := range []struct {
		key      string
		id       *int
		fallback int
	}{
		{bosKey, &t.BOS, bos}, {eosKey, &t.EOS, eos}, {eotKey, &t.EOT, -1}, {unkKey, &t.UNK, unk},
	} {
		id, err := gguf.Optional(field.fallback)(f.Int(field.key))
		switch {
		case err != nil:
			return err
		case id >= 0 && id < t.Len():
			*field.id = id
		case f.Has(field.key):
			return badField(f, field.key, fmt.Errorf("is %d; there are %d tokens", id, t.Len()))
		default:
			*field.id = -1
		}
	}
	for _, name := range endNames() {
		id, ok := t.ID(name)
		if !ok {
			continue
		}
		t.ends[id] = true
		t.kinds[id] = Control
	}
	for _, id := range []int{t.EOS, t.EOT} {
		if id >= 0 {
			t.ends[id] = true
		}
	}
	for id, kind := range t.kinds {
		if t.texts[id] == "" {
			continue
		}
		switch kind {
		case UserDefined:
			t.always.add(t.texts[id], id)
			t.special.add(t.texts[id], id)
		case Control, Unknown:
			t.special.add(t.texts[id], id)
		}
	}
	return nil
}

// readAdd reads whether BOS and EOS go around a text.
func (t *Tokenizer) readAdd(f *gguf.File, bos bool) error {
	var err error
	if t.AddBOS, err = gguf.Optional(bos)(f.Bool(addBOSKey)); err != nil {
		return err
	}
	if t.AddEOS, err = gguf.Optional(false)(f.Bool(addEOSKey)); err != nil {
		return err
	}
	if t.AddBOS && t.BOS < 0 {
		return badField(f, addBOSKey, fmt.Errorf("is true, but there is no %s", bosKey))
	}
	if t.AddEOS && t.EOS < 0 {
		return badField(f, addEOSKey, fmt.Errorf("is true, but there is no %s", eosKey))
	}
	return nil
}
