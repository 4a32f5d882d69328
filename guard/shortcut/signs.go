package shortcut

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sign reads ASCII punctuation.
func (l *lexer) sign(i int) int {
	s, c, next := l.text, l.text[i], l.at(i+1)
	switch c {
	case '\n', ';':
		return l.stop(i, i+1)
	case '.', '!', '?':
		if next == 0 || next == ' ' || next == '\n' || next == '"' || next == '*' || next == ')' {
			return l.stop(i, i+1)
		}
	case '=':
		j := i + 1
		for l.at(j) == '=' {
			j++
		}
		if l.at(j) == '>' {
			j++
		}
		return l.relation(equals, i, j)
	case '+', '-', '*', '/':
		return l.arithmetic(i)
	case '^':
		l.emit(operator, '^', i, i+1)
		return i + 1
	case '(', '[', '{':
		l.emit(opening, 0, i, i+1)
		return i + 1
	case '}':
		if l.inText > 0 {
			l.inText--
			return i + 1
		}
		fallthrough
	case ')', ']':
		l.emit(closing, 0, i, i+1)
		return i + 1
	case '#':
		for i < len(s) && s[i] == '#' {
			i++
		}
		l.emit(other, '#', i-1, i)
		return i
	}
	l.emit(other, c, i, i+1)
	return i + 1
}

// stop ends a sentence or a line; many ends are one.
func (l *lexer) stop(start, stop int) int {
	if l.last().kind != end {
		l.emit(end, 0, start, stop)
	}
	return stop
}

// arithmetic reads + - * /, which are also bullets, hyphens, arrows, emphasis and "per".
func (l *lexer) arithmetic(i int) int {
	c, next, before := l.text[i], l.at(i+1), l.at(i-1)
	last := l.last()
	switch {
	case c == '-' && next == '>':
		return l.relation(equals, i, i+2)
	case next == '=' && c != '=' && last.kind == word:
		l.dynamic = true
		return i + 2
	case c == '*' && next == '*':
		if powers(before, l.at(i+2)) {
			l.emit(operator, '^', i, i+2)
		}
		return i + 2
	case c == '/' && next == '/':
		l.emit(operator, '/', i, i+2)
		return i + 2
	case next == c: // a rule, a dash, an increment
		for l.at(i) == c {
			i++
		}
		l.emit(other, c, i-1, i)
		return i
	case last.kind == end && next == ' ': // a bullet
		return i + 1
	case c == '*' && !multiplies(before, next, last.kind):
		return i + 1
	case c == '-' && isLetter(next) && (isLetter(before) || isDigit(before)) && isLetter(l.at(i+2)): // a hyphen
		return i + 1
	}
	l.emit(operator, c, i, i+1)
	return i + 1
}

// powers reports whether ** between two bytes is Python's power and not Markdown's emphasis.
func powers(before, after byte) bool {
	tight := (isLetter(before) || isDigit(before) || before == ')') && (isLetter(after) || isDigit(after) || after == '(')
	return tight || before == ' ' && after == ' '
}

// multiplies reports whether * between two bytes multiplies and does not emphasise.
func multiplies(before, after byte, last kind) bool {
	switch {
	case after == ' ':
		return last == number || last == word || last == closing
	case before == ' ':
		return (last == number || last == closing) && !isLetter(after)
	}
	return isLetter(before) || isDigit(before) || before == ')' || before == '%' || before == '}'
}

// symbol reads what is beyond ASCII.
func (l *lexer) symbol(i int) int {
	r, size := utf8.DecodeRuneInString(l.text[i:])
	stop := i + size
	switch r {
	case '×', '·', '∙', '⋅', '∗':
		l.emit(operator, '*', i, stop)
	case '÷', '∕':
		l.emit(operator, '/', i, stop)
	case '−', '－':
		l.emit(operator, '-', i, stop)
	case '→', '⇒', '⟹', '⟶':
		return l.relation(equals, i, stop)
	case '≈', '≃', '≅':
		return l.relation(approx, i, stop)
	case '½':
		l.emitNumber(rational{1, 2}, i, stop)
	case '¼':
		l.emitNumber(rational{1, 4}, i, stop)
	case '¾':
		l.emitNumber(rational{3, 4}, i, stop)
	case '。', '！', '？':
		return l.stop(i, stop)
	case '\u00a0', '\u2009', '\u202f', '€', '£', '¥', '•', '’':
	default:
		if wordLetter(r) {
			return l.word(i)
		}
		l.emit(other, 0, i, stop)
		l.tokens[len(l.tokens)-1].hash = uint32(r)
	}
	return stop
}

// ideographs is where the signs begin that stand for words or syllables.
const ideographs = 0x2E80

// wordLetter reports whether a sign beyond ASCII is part of a word.
func wordLetter(r rune) bool { return r < ideographs && unicode.IsLetter(r) }

// command reads a LaTeX command or an escaped sign.
func (l *lexer) command(i int) int {
	stop := i + 1
	for stop < len(l.text) && isLetter(l.text[stop]) && l.text[stop] != '_' {
		stop++
	}
	switch l.text[i+1 : stop] {
	case "":
		if l.at(stop) == '\\' {
			return l.stop(i, stop+1)
		}
		if c := l.at(stop); c == '(' || c == ')' || c == '[' || c == ']' || c == '$' || c == ',' || c == ' ' || c == '!' {
			return stop + 1
		}
		return stop
	case "times", "cdot", "ast":
		l.emit(operator, '*', i, stop)
	case "div":
		l.emit(operator, '/', i, stop)
	case "frac", "dfrac", "tfrac", "cfrac":
		return l.frac(i, stop)
	case "rightarrow", "Rightarrow", "to", "implies", "longrightarrow":
		return l.relation(equals, i, stop)
	case "approx", "equiv":
		return l.relation(approx, i, stop)
	case "text", "mathrm", "textbf", "mathbf", "textit", "quad", "left", "right", "begin", "end", "displaystyle":
		if strings.HasPrefix(l.text[stop:], "{") {
			l.inText++
			return stop + 1
		}
	case "pmod", "bmod", "mod":
		l.emit(word, 0, i, stop)
		l.tokens[len(l.tokens)-1].role = hedge
	default:
		l.emit(other, 0, i, stop)
	}
	return stop
}

// frac reads \frac12 at once; \frac{..}{..} is for the parser.
func (l *lexer) frac(start, i int) int {
	if isDigit(l.at(i)) && isDigit(l.at(i+1)) {
		l.emitNumber(ratio(int64(l.at(i)-'0'), int64(l.at(i+1)-'0')), start, i+2)
		return i + 2
	}
	l.emit(fraction, 0, start, i)
	return i
}
