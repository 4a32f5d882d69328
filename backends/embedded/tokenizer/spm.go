package tokenizer

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
)

const (
	scoresKey      = "tokenizer.ggml.scores"
	spacePrefixKey = "tokenizer.ggml.add_space_prefix"
	// blank is how the vocabulary writes a space.
	blank = "▁"
)

// spm is SentencePiece's BPE as llama.cpp does it: the pair whose joint token has the highest score
// merges first.
type spm struct {
	plain func(text string) (int32, bool)
	// ranks are the tokens' scores, turned so that the highest is the lowest rank.
	ranks  []uint32
	prefix bool
	// longest is the length of the longest token: no pair beyond it merges.
	longest int
	bytes   [256]int
}

func (t *Tokenizer) readSPM(f *gguf.File) error {
	if err := t.readSpecial(f, 1, 2, 0); err != nil {
		return err
	}
	if err := t.readAdd(f, t.BOS >= 0); err != nil {
		return err
	}
	scores, err := f.Floats(scoresKey)
	if err != nil {
		return err
	}
	if len(scores) != t.Len() {
		return badField(f, scoresKey, fmt.Errorf("has %d elements for %d tokens", len(scores), t.Len()))
	}
	model := &spm{plain: t.plain, ranks: make([]uint32, len(scores))}
	if model.prefix, err = gguf.Optional(true)(f.Bool(spacePrefixKey)); err != nil {
		return err
	}
	for id, text := range t.texts {
		if scores[id] != scores[id] {
			return badField(f, scoresKey, fmt.Errorf("token %d has a score that is not a number", id))
		}
		model.ranks[id] = rankOf(scores[id])
		model.longest = max(model.longest, len(text))
		switch t.kinds[id] {
		case Control, Unused, Unknown:
		case UserDefined:
			t.pieces[id] = text
		case Byte:
			b, ok := byteNamed(text)
			if !ok {
				return badField(f, tokensKey, fmt.Errorf("token %d is of kind byte, and %q is none, such as <0x0A>", id, text))
			}
			t.pieces[id] = string([]byte{b})
		default:
			t.pieces[id] = strings.ReplaceAll(text, blank, " ")
		}
	}
	for b := range model.bytes {
		id, ok := t.ids[fmt.Sprintf("<0x%02X>", b)]
		if !ok && t.UNK < 0 {
			return badField(f, tokensKey, errors.New("there is neither a token for each byte nor an unknown token"))
		}
		model.bytes[b] = int(id)
		if !ok {
			model.bytes[b] = t.UNK
		}
	}
	t.model = model
	return nil
}

// rankOf orders scores as unsigned numbers, the highest score first.
func rankOf(score float32) uint32 {
	bits := math.Float32bits(0 - score) // not -score, so that both zeros are one
	if bits>>31 == 1 {
		return ^bits
	}
	return bits | 1<<31
}

// byteNamed reads a byte token's text, "<0x0A>".
func byteNamed(text string) (byte, bool) {
	var b byte
	n, err := fmt.Sscanf(text, "<0x%02X>", &b)
	return b, err == nil && n == 1 && len(text) == len("<0x0A>")
}

func (s *spm) encode(ids []int, text string, first bool, m *merger) []int {
	if s.prefix && first {
		text = " " + text
	}
	text = strings.ReplaceAll(text, " ", blank)
	m.reset(len(text))
	for i := 0; i < len(text); {
		_, n := utf8.DecodeRuneInString(text[i:])
		i += n
		m.push(i, unmerged)
	}
	m.merge(func(left, right *symbol) pair {
		if int(right.end-left.start) > s.longest {
			return pair{}
		}
		id, ok := s.plain(text[left.start:right.end])
		if !ok {
			return pair{}
		}
		return pair{s.ranks[id], id, true}
	})
	for i := int32(0); i >= 0; i = m.symbols[i].next {
		symbol := &m.symbols[i]
		id, ok := symbol.id, symbol.id != unmerged
		if !ok {
			id, ok = s.plain(text[symbol.start:symbol.end])
		}
		if ok {
			ids = append(ids, int(id))
			continue
		}
		for _, b := range []byte(text[symbol.start:symbol.end]) {
			ids = append(ids, s.bytes[b])
		}
	}
	return ids
}

// unmerged is the id of a character that merged with nothing: its token is looked for at the end.
const unmerged = -1
