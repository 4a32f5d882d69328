package format

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// glance is what one pass over a line's bytes tells.
type glance struct {
	words   int // runs of at least two letters
	foreign int // letters outside ASCII
	numeric int // bytes of digits and operators
	visible int // bytes that are not white space
	marks   [marks]bool
}

// look goes over a line once, and counts its letters by script.
func look(text string, letters *[scripts]int) glance {
	var l glance
	digits, equals, latin, run := false, false, 0, 0
	for i := 0; i < len(text); {
		c := text[i]
		if isLetter(c) {
			latin++
			run++
			if run == 2 {
				l.words++
			}
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			l.visible += size
			i += size
			if s, ok := scriptOf(r); ok {
				letters[s]++
				l.foreign++
				run++
				if run == 2 {
					l.words++
				}
				continue
			}
			run = 0
			l.symbol(r, size)
			continue
		}
		run = 0
		i++
		switch {
		case '0' <= c && c <= '9':
			digits = true
			l.numeric++
		case c == ' ' || c == '\t' || c == '\r':
			continue
		default:
			switch c {
			case '=':
				equals = true
				l.numeric++
				if i < len(text) && text[i] == '>' {
					l.marks[markArrow] = true
				}
			case '-':
				l.numeric++
				if i < len(text) && text[i] == '>' {
					l.marks[markArrow] = true
				}
			case '+', '*', '/', '^', '<', '>':
				l.numeric++
				if c == '<' && isTag(text[i:]) {
					l.marks[markTag] = true
				}
				if c == '*' && i < len(text) && text[i] == '*' {
					l.marks[markEmphasis] = true
				}
			case '\\':
				if i < len(text) && (isLetter(text[i]) || text[i] == '(' || text[i] == '[') {
					l.marks[markLatex] = true
				}
			case '$':
				if isInlineMath(text[i:]) {
					l.marks[markLatex] = true
				}
			}
		}
		l.visible++
	}
	l.visible += latin
	letters[scriptLatin] += latin
	l.marks[markRelation] = equals && digits
	l.marks[markSentence] = l.marks[markSentence] || endsSentence(text)
	return l
}

// symbol notes a rune outside ASCII that is no letter.
func (l *glance) symbol(r rune, size int) {
	switch r {
	case '\u2192', '\u21d2', '\u27f6', '\u27f9': // arrows
		l.marks[markArrow] = true
	case '\u00d7', '\u00f7', '\u2212', '\u00b7', '\u2248', '\u2260', '\u2264', '\u2265': // operators
		l.numeric += size
	case '\u3002', '\uff01', '\uff1f', '\u0964', '\u061f', '\u06d4': // full stops and the like
		l.marks[markSentence] = true
	}
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func endsSentence(text string) bool {
	text = strings.TrimRight(text, `*_")`)
	return text != "" && (text[len(text)-1] == '.' || text[len(text)-1] == '!' || text[len(text)-1] == '?')
}

// isTag: what follows a "<" makes it a tag: a name, perhaps with attributes, and ">".
func isTag(rest string) bool {
	rest = strings.TrimPrefix(rest, "/")
	if rest == "" || !isLetter(rest[0]) {
		return false
	}
	for i := range min(len(rest), 64) {
		switch rest[i] {
		case '>':
			return true
		case '<':
			return false
		}
	}
	return false
}

// isInlineMath: what follows a "$" makes it math rather than money. The closing one stands behind
// something visible and not before a digit (pandoc's rule).
func isInlineMath(rest string) bool {
	if rest == "" || rest[0] == ' ' || rest[0] == '$' {
		return false
	}
	end := strings.IndexByte(rest, '$')
	return end > 0 && rest[end-1] != ' ' && (end+1 == len(rest) || rest[end+1] < '0' || rest[end+1] > '9')
}

// scriptOf is a letter's writing system. Languages that share one are not told apart.
func scriptOf(r rune) (script, bool) {
	switch {
	case r == utf8.RuneError || !unicode.IsLetter(r):
		return 0, false
	case r < 0x250 || 0x1e00 <= r && r < 0x1f00:
		return scriptLatin, true
	case 0x370 <= r && r < 0x400:
		return scriptGreek, true
	case 0x400 <= r && r < 0x530:
		return scriptCyrillic, true
	case 0x590 <= r && r < 0x600:
		return scriptHebrew, true
	case 0x600 <= r && r < 0x780, 0x8a0 <= r && r < 0x900:
		return scriptArabic, true
	case 0x900 <= r && r < 0xe00:
		return scriptIndic, true
	case 0xe00 <= r && r < 0xf00:
		return scriptThai, true
	case 0x3040 <= r && r < 0x3100:
		return scriptKana, true
	case 0x1100 <= r && r < 0x1200, 0xac00 <= r && r < 0xd7b0:
		return scriptHangul, true
	case 0x3400 <= r && r < 0xa000, 0x20000 <= r && r < 0x32000:
		return scriptHan, true
	}
	return scriptOther, true
}
