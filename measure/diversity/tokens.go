package diversity

import (
	"unicode"
	"unicode/utf8"
)

// Tokens splits a text into words and punctuation, for all measures of this package. In order:
//
//   - white space separates and is dropped;
//   - a word is a run of letters, marks, digits and connectors such as "_"; "." and "," belong to it
//     between two digits ("3.5", "1,000"), and so does an apostrophe between two letters ("don't");
//   - each Han, Hiragana or Katakana letter is a word, because those scripts do not part words;
//     other scripts without spaces, such as Thai, come out as long words;
//   - every other rune, such as punctuation, a sign or an emoji, is a token.
//
// Case is kept. A byte that is not UTF-8 is a token of its own.
func Tokens(text string) []string {
	var tokens []string
	start := -1 // where the word that is being read began
	var before rune
	flush := func(end int) {
		if start >= 0 {
			tokens = append(tokens, text[start:end])
		}
		start = -1
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case alone(r):
			flush(i)
			tokens = append(tokens, text[i:i+size])
		case inWord(r), start >= 0 && joins(before, r, text[i+size:]):
			if start < 0 {
				start = i
			}
		default:
			flush(i)
			if !unicode.IsSpace(r) {
				tokens = append(tokens, text[i:i+size])
			}
		}
		before = r
		i += size
	}
	flush(len(text))
	return tokens
}

func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_'
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Pc)
}

// alone reports whether a letter is a word by itself.
func alone(r rune) bool {
	return r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) && unicode.IsLetter(r)
}

// joins reports whether r belongs to a word between the rune before it and the text after it.
func joins(before, r rune, after string) bool {
	next, _ := utf8.DecodeRuneInString(after)
	switch r {
	case '.', ',':
		return unicode.IsDigit(before) && unicode.IsDigit(next)
	case '\'', '’':
		return unicode.IsLetter(before) && unicode.IsLetter(next) && !alone(next)
	}
	return false
}
