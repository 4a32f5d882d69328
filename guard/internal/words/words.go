// Package words reads texts the way the guards compare them: case, punctuation, white space and
// markup do not matter, numbers do. Two problems that differ in a number are different problems.
package words

import (
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// Word is one word, by a fixed hash of its folded form: equal words are equal on every machine.
type Word struct {
	Hash uint64
	// Number says that the word is a number, a number word, holds a digit, or is a sign of
	// calculation.
	Number bool
}

// Append appends the words of a text to dst:
//
//   - runs of letters, marks and digits in lower case, without apostrophes: "Don't" is "dont";
//   - each Han, Hiragana or Katakana letter, because those scripts do not part words;
//   - numbers by value: "1,000.50" is "1000.5", ".5" is "0.5", and in English "five" is "5";
//   - signs of calculation: + = ^ % × ÷ − everywhere; - * / < > only between numbers, parentheses or
//     single letters, and a minus at the front of a number, because elsewhere they are punctuation.
//
// Everything else parts words and is dropped.
func Append(dst []Word, text string) []Word {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case letterOrDigit(c), c == '.' && startsFraction(text, i):
			word, size := run(text, i)
			dst = append(dst, word)
			i += size
		case c < utf8.RuneSelf:
			if isSign(text, i) {
				dst = append(dst, sign(c))
			}
			i++
		default:
			r, size := utf8.DecodeRuneInString(text[i:])
			switch {
			case alone(r):
				dst = append(dst, Word{Hash: mix(offset ^ uint64(r))})
			case unicode.In(r, unicode.L, unicode.M, unicode.N):
				word, length := run(text, i)
				dst = append(dst, word)
				size = length
			default:
				if c, ok := plain(r); ok {
					dst = append(dst, sign(c))
				}
			}
			i += size
		}
	}
	return dst
}

// Numbers is a digest of the numbers among the words, in their order: texts that differ in one have
// different digests. Without numbers it is 0.
func Numbers(all []Word) uint64 {
	digest := uint64(0)
	for _, w := range all {
		if w.Number {
			digest = Join(digest, w.Hash)
		}
	}
	return digest
}

// Join is a hash of a sequence, from the hash of all but its last element (0 for none) and the last.
func Join(before, last uint64) uint64 {
	return mix(bits.RotateLeft64(before, 23)*prime + last)
}

const (
	offset = 0xcbf29ce484222325 // FNV-1a
	prime  = 0x00000100000001b3
)

// mix spreads every bit over all (the finaliser of splitmix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func hash(s []byte) uint64 {
	h := uint64(offset)
	for _, c := range s {
		h = (h ^ uint64(c)) * prime
	}
	return mix(h)
}

// run reads the word that begins at i, and says how many bytes it takes.
func run(text string, i int) (word Word, size int) {
	var buffer [32]byte // most words fit, and need no memory of their own
	folded := buffer[:0]
	start, digits, others := i, false, false
	for i < len(text) {
		c := text[i]
		switch {
		case 'a' <= c && c <= 'z':
			folded, others = append(folded, c), true
		case 'A' <= c && c <= 'Z':
			folded, others = append(folded, c+'a'-'A'), true
		case isDigit(c):
			folded, digits = append(folded, c), true
		case c == '.' && isDigitAt(text, i+1) && (i == start || isDigit(text[i-1])):
			folded = append(folded, c)
		case c == ',' && isThousands(text, start, i):
		case c == '\'' && isLetterAt(text, i+1):
		case c >= utf8.RuneSelf:
			r, length := utf8.DecodeRuneInString(text[i:])
			if r == '’' && isLetterAt(text, i+length) {
				i += length
				continue
			}
			if alone(r) || !unicode.In(r, unicode.L, unicode.M, unicode.N) {
				return finish(folded, digits, others), i - start
			}
			folded, others = utf8.AppendRune(folded, unicode.ToLower(r)), true
			digits = digits || unicode.IsNumber(r)
			i += length
			continue
		default:
			return finish(folded, digits, others), i - start
		}
		i++
	}
	return finish(folded, digits, others), i - start
}

// finish gives numbers one form a value.
func finish(folded []byte, digits, others bool) Word {
	if digits && !others {
		return Word{Hash: hash(value(folded)), Number: true}
	}
	if !digits {
		if number, ok := numberWord(folded); ok {
			return Word{Hash: hash([]byte(number)), Number: true}
		}
	}
	return Word{Hash: hash(folded), Number: digits}
}

// value drops zeros that do not matter: "007" is "7", "1.50" is "1.5", "2.0" is "2", "0.5" is ".5".
func value(number []byte) []byte {
	points := 0
	for _, c := range number {
		if c == '.' {
			points++
		}
	}
	if points > 1 {
		return number // a version or a date
	}
	for len(number) > 1 && number[0] == '0' {
		number = number[1:]
	}
	if points == 1 {
		for len(number) > 1 && number[len(number)-1] == '0' {
			number = number[:len(number)-1]
		}
		if number[len(number)-1] == '.' {
			number = number[:len(number)-1]
		}
	}
	if len(number) == 0 {
		return []byte("0")
	}
	return number
}

func letterOrDigit(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isDigitAt(text string, i int) bool { return i < len(text) && isDigit(text[i]) }

// isLetterAt takes what is not ASCII for a letter.
func isLetterAt(text string, i int) bool {
	return i < len(text) && (text[i] >= utf8.RuneSelf || letterOrDigit(text[i]) && !isDigit(text[i]))
}

// startsFraction reports whether the point at i begins a number, such as ".5".
func startsFraction(text string, i int) bool {
	return isDigitAt(text, i+1) && (i == 0 || text[i-1] == ' ' || text[i-1] == '(' || text[i-1] == '$' || text[i-1] == '\n')
}

// isThousands reports whether the comma at i groups digits: one before it, exactly three after it.
func isThousands(text string, start, i int) bool {
	if i == start || !isDigit(text[i-1]) {
		return false
	}
	return isDigitAt(text, i+1) && isDigitAt(text, i+2) && isDigitAt(text, i+3) && !isDigitAt(text, i+4)
}

// alone reports whether a letter is a word by itself.
func alone(r rune) bool {
	return r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) && unicode.IsLetter(r)
}
