package tokenizer

import (
	"strings"
	"unicode/utf8"
)

// Decoder decodes a stream of tokens into whole UTF-8 characters.
type Decoder struct {
	tokenizer *Tokenizer
	// pending is the beginning of a character, at most 3 bytes.
	pending string
}

// Decoder returns a decoder at the beginning of a stream.
func (t *Tokenizer) Decoder() *Decoder { return &Decoder{tokenizer: t} }

// Next returns what the next token completes: its text, less a character that is not yet whole,
// which comes with a later token. The texts of a stream and [Decoder.Rest] concatenate to what
// [Tokenizer.Decode] returns, which is always valid UTF-8.
func (d *Decoder) Next(id int) string {
	bytes := d.pending + d.tokenizer.Piece(id)
	whole := len(bytes) - unfinished(bytes)
	d.pending = bytes[whole:]
	return valid(bytes[:whole])
}

// Rest ends the stream: it returns the bytes of a character that stayed unfinished, as U+FFFD.
func (d *Decoder) Rest() string {
	rest := valid(d.pending)
	d.pending = ""
	return rest
}

// unfinished is how many bytes at the end of s begin a character that more bytes may complete.
func unfinished(s string) int {
	for n := 1; n <= min(len(s), utf8.UTFMax-1); n++ {
		if tail := s[len(s)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRuneInString(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

// valid replaces each byte that is no part of a character by U+FFFD.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}
