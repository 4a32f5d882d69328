package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A splitter returns the length in bytes, at least 1, of the first word of a text that is not
// empty; the rest of the text is split by calling it again. The splitters do what llama.cpp's
// regular expressions do, quoted beside each, without backtracking.
type splitter func(text string) int

// rule is what a name in tokenizer.ggml.pre stands for.
type rule struct {
	// words: each splits the words of the one before.
	words []splitter
	// whole: a word that is a token becomes it without any merging, and BOS begins a text unless the
	// file says otherwise.
	whole bool
}

// ruleFor returns false for a name that is not known.
func ruleFor(name string) (rule, bool) {
	switch name {
	case "default":
		return rule{words: []splitter{runsOf(isMark), splitGPT2, runsOf(unicode.IsNumber), splitThousands}}, true
	case "gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion", "gigachat", "a.x-4.0", "mellum":
		return rule{words: []splitter{splitGPT2}}, true
	case "smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b":
		return rule{words: []splitter{splitNumbers, splitGPT2}}, true
	case "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "lfm2", "midm-2.0":
		return rule{words: []splitter{splitLlama3(3)}, whole: true}, true
	case "dbrx", "smaug-bpe":
		return rule{words: []splitter{splitLlama3(3)}}, true
	case "qwen2", "deepseek-r1-qwen", "kormo", "stablelm2", "megrez", "hunyuan":
		return rule{words: []splitter{splitLlama3(1)}}, true
	}
	return rule{}, false
}

// split calls word for each word, in order.
func split(text string, by []splitter, word func(string)) {
	if len(by) == 0 {
		word(text)
		return
	}
	for len(text) > 0 {
		n := by[0](text)
		split(text[:n], by[1:], word)
		text = text[n:]
	}
}

// class is what the rules tell characters apart by.
type class int

const (
	other class = iota
	letter
	number
	space
	nothing // the text is over
)

// classOf returns the first character's class and length.
func classOf(text string) (class, int) {
	if len(text) == 0 {
		return nothing, 0
	}
	if c := text[0]; c < utf8.RuneSelf {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			return letter, 1
		case '0' <= c && c <= '9':
			return number, 1
		case c == ' ', '\t' <= c && c <= '\r':
			return space, 1
		}
		return other, 1
	}
	r, n := utf8.DecodeRuneInString(text)
	switch {
	case unicode.IsLetter(r):
		return letter, n
	case unicode.IsNumber(r):
		return number, n
	case unicode.IsSpace(r):
		return space, n
	}
	return other, n // what is not UTF-8 too: U+FFFD is a symbol
}

// runLength is the length of the characters of one class that the text begins with.
func runLength(text string, of class) int {
	length := 0
	for {
		c, n := classOf(text[length:])
		if c != of {
			return length
		}
		length += n
	}
}

// splitGPT2 is 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func splitGPT2(text string) int {
	if n := contraction(text); n > 0 {
		return n
	}
	begin := 0
	if text[0] == ' ' {
		begin = 1
	}
	if c, _ := classOf(text[begin:]); c != space && c != nothing {
		return begin + runLength(text[begin:], c)
	}
	return spaces(text)
}

// spaces is \s+(?!\S)|\s+ : all spaces but the last, which goes with the word that follows.
func spaces(text string) int {
	length, last := 0, 0
	for {
		c, n := classOf(text[length:])
		switch {
		case c == space:
			length, last = length+n, n
		case c == nothing || length == last:
			return length
		default:
			return length - last
		}
	}
}

// contraction is 's|'t|'re|'ve|'m|'ll|'d
func contraction(text string) int {
	if text[0] != '\'' || len(text) < 2 {
		return 0
	}
	switch text[1] {
	case 's', 't', 'm', 'd':
		return 2
	}
	if len(text) >= 3 {
		switch text[1:3] {
		case "re", "ve", "ll":
			return 3
		}
	}
	return 0
}

// splitLlama3 is, for that many digits,
//
//	(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|
//	\s*[\r\n]+|\s+(?!\S)|\s+
func splitLlama3(digits int) splitter {
	return func(text string) int {
		if text[0] == '\'' {
			if n := contraction(lowerASCII(text[:min(3, len(text))])); n > 0 {
				return n
			}
		}
		c, n := classOf(text)
		switch {
		case c == letter:
			return runLength(text, letter)
		case c == number:
			return someNumbers(text, digits)
		case text[0] != '\r' && text[0] != '\n':
			if letters := runLength(text[n:], letter); letters > 0 {
				return n + letters
			}
		}
		begin := 0
		if text[0] == ' ' {
			begin = 1
		}
		if marks := runLength(text[begin:], other); marks > 0 {
			return begin + marks + newlines(text[begin+marks:])
		}
		blank := text[:runLength(text, space)]
		if last := strings.LastIndexAny(blank, "\r\n"); last >= 0 {
			return last + 1
		}
		return spaces(text)
	}
}

// someNumbers is \p{N}{1,most} at the text's beginning.
func someNumbers(text string, most int) int {
	length := 0
	for range most {
		c, n := classOf(text[length:])
		if c != number {
			break
		}
		length += n
	}
	return length
}

func newlines(text string) int {
	n := 0
	for n < len(text) && (text[n] == '\r' || text[n] == '\n') {
		n++
	}
	return n
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// splitNumbers is \p{N}: each such character is a word, and what is between them.
func splitNumbers(text string) int {
	if c, n := classOf(text); c == number {
		return n
	}
	for i := range text {
		if c, _ := classOf(text[i:]); c == number {
			return i
		}
	}
	return len(text)
}

// runsOf splits into runs of the characters that is tells apart, and what is between them.
func runsOf(is func(rune) bool) splitter {
	return func(text string) int {
		first, _ := utf8.DecodeRuneInString(text)
		wanted := is(first)
		for i, r := range text {
			if is(r) != wanted {
				return i
			}
		}
		return len(text)
	}
}

// isMark is [\p{P}\$\+<=>\^~\|]
func isMark(r rune) bool {
	return unicode.IsPunct(r) || strings.ContainsRune("$+<=>^~|", r)
}

// splitThousands is [0-9][0-9][0-9]: each such three digits are a word, and what is between them.
func splitThousands(text string) int {
	digits := 0
	for i := range len(text) {
		if c := text[i]; c < '0' || c > '9' {
			digits = 0
			continue
		}
		if digits++; digits == 3 {
			if i == 2 {
				return 3
			}
			return i - 2
		}
	}
	return len(text)
}
