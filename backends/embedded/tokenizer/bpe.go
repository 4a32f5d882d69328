package tokenizer

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
)

const (
	mergesKey = "tokenizer.ggml.merges"
	preKey    = "tokenizer.ggml.pre"
)

// bpe is byte-level byte-pair encoding, as GPT-2 does it.
type bpe struct {
	words  []splitter
	merges map[uint64]merge
	// bytes are the symbols of single bytes. A symbol is a token's id, or beyond all ids where a
	// merge needs what is not in the vocabulary.
	bytes  [256]int32
	tokens int32
	// whole are tokens that a word becomes without any merging; nil for most models.
	whole map[string]int32
	unk   int
}

type merge struct {
	rank uint32
	id   int32
}

func (t *Tokenizer) readBPE(f *gguf.File) error {
	if err := t.readSpecial(f, -1, -1, -1); err != nil {
		return err
	}
	pre, err := gguf.Optional("default")(f.Text(preKey))
	if err != nil {
		return err
	}
	rule, ok := ruleFor(pre)
	if !ok {
		return badField(f, preKey, fmt.Errorf("%q is not supported; smollm, gpt-2, llama-bpe, qwen2, default and those equal to them are", pre))
	}
	if err := t.readAdd(f, rule.whole && t.BOS >= 0); err != nil {
		return err
	}
	byteOf := byteAlphabet()
	for id, text := range t.texts {
		switch t.kinds[id] {
		case Control, Unused, Unknown:
		case UserDefined:
			t.pieces[id] = text
		default:
			t.pieces[id] = spelled(text, byteOf)
		}
	}
	model := &bpe{words: rule.words, tokens: int32(t.Len()), unk: t.UNK}
	if model.merges, err = t.readMerges(f, model, byteOf); err != nil {
		return err
	}
	if rule.whole {
		model.whole = map[string]int32{}
		for _, text := range t.texts {
			if id, ok := t.plain(text); ok {
				model.whole[t.pieces[id]] = id
			}
		}
	}
	t.model = model
	return nil
}

// readMerges reads the merges, the best first, and the symbols of single bytes.
func (t *Tokenizer) readMerges(f *gguf.File, model *bpe, byteOf map[rune]byte) (map[uint64]merge, error) {
	lines, err := f.Texts(mergesKey)
	if err != nil {
		return nil, err
	}
	if len(lines) > math.MaxInt32/8 {
		return nil, badField(f, mergesKey, fmt.Errorf("there are %d; that is absurd", len(lines)))
	}
	extra := map[string]int32{}
	symbolOf := func(text string) int32 {
		if id, ok := t.plain(text); ok {
			return id
		}
		id, ok := extra[text]
		if !ok {
			id = int32(t.Len() + len(extra))
			extra[text] = id
		}
		return id
	}
	for char, b := range byteOf {
		model.bytes[b] = symbolOf(string(char))
	}
	merges := make(map[uint64]merge, len(lines))
	for rank, line := range lines {
		// The first character may itself be a space where the vocabulary is odd, as in llama.cpp.
		at := -1
		if len(line) > 0 {
			at = strings.IndexByte(line[1:], ' ') + 1
		}
		if at <= 0 || at == len(line)-1 {
			return nil, badField(f, mergesKey, fmt.Errorf("%d is %q, not two symbols with a space between", rank, line))
		}
		left, right := line[:at], line[at+1:]
		key := pairKey(symbolOf(left), symbolOf(right))
		if _, ok := merges[key]; !ok {
			merges[key] = merge{uint32(rank), symbolOf(left + right)}
		}
	}
	return merges, nil
}

func pairKey(left, right int32) uint64 { return uint64(uint32(left))<<32 | uint64(uint32(right)) }

func (b *bpe) encode(ids []int, text string, _ bool, m *merger) []int {
	look := func(left, right *symbol) pair {
		found, ok := b.merges[pairKey(left.id, right.id)]
		return pair{found.rank, found.id, ok}
	}
	split(text, b.words, func(word string) {
		if id, ok := b.whole[word]; ok {
			ids = append(ids, int(id))
			return
		}
		m.reset(len(word))
		for i := range len(word) {
			m.push(i+1, b.bytes[word[i]])
		}
		m.merge(look)
		for i := int32(0); i >= 0; i = m.symbols[i].next {
			ids = b.append(ids, word, &m.symbols[i])
		}
	})
	return ids
}

// append appends a symbol's token, or where the vocabulary has none, its bytes', or at least the
// unknown token.
func (b *bpe) append(ids []int, word string, s *symbol) []int {
	if s.id < b.tokens {
		return append(ids, int(s.id))
	}
	for _, c := range []byte(word[s.start:s.end]) {
		if id := b.bytes[c]; id < b.tokens {
			ids = append(ids, int(id))
		} else if b.unk >= 0 {
			ids = append(ids, b.unk)
		}
	}
	return ids
}

// byteAlphabet is how GPT-2's vocabulary writes bytes: those that print as themselves, the others
// as the characters from U+0100 on.
func byteAlphabet() map[rune]byte {
	alphabet := make(map[rune]byte, 256)
	odd := rune(0x100)
	for b := range 256 {
		r := rune(b)
		if b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae {
			alphabet[r] = byte(b)
			continue
		}
		alphabet[odd] = byte(b)
		odd++
	}
	return alphabet
}

// spelled returns the bytes that a token stands for. Characters that are not in the alphabet stand
// for themselves.
func spelled(text string, alphabet map[rune]byte) string {
	piece := make([]byte, 0, len(text))
	for _, r := range text {
		if b, ok := alphabet[r]; ok {
			piece = append(piece, b)
		} else {
			piece = utf8.AppendRune(piece, r)
		}
	}
	return string(piece)
}
