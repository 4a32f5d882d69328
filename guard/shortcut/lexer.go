package shortcut

import (
	"strings"
	"unicode/utf8"
)

// lexer cuts a text into tokens, in one pass and without regard for what makes sense. The last
// token is an end.
type lexer struct {
	text   string
	tokens []token
	// inText counts open braces of \text and the like, whose braces are no brackets.
	inText int
	// dynamic says that there is code which only running it would tell the result of: loops and
	// changed variables.
	dynamic bool
}

func (l *lexer) run() {
	s := l.text
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '$' || c == '`' || c == '&':
			i++
		case isDigit(c) || c == '.' && i+1 < len(s) && isDigit(s[i+1]):
			i = l.number(i)
		case isLetter(c):
			i = l.word(i)
		case c == '\\':
			i = l.command(i)
		case c >= utf8.RuneSelf:
			i = l.symbol(i)
		default:
			i = l.sign(i)
		}
	}
	l.emit(end, 0, len(s), len(s))
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' }

func (l *lexer) emit(k kind, op byte, start, stop int) {
	l.tokens = append(l.tokens, token{
		kind: k, op: op, start: int32(start), end: int32(stop), hash: uint32(k)<<8 | uint32(op),
	})
}

func (l *lexer) emitNumber(v rational, start, stop int) *token {
	hash := (uint32(v.num)*2654435761 ^ uint32(v.den)*40503) | 1
	l.tokens = append(l.tokens, token{kind: number, value: v, start: int32(start), end: int32(stop), hash: hash})
	return &l.tokens[len(l.tokens)-1]
}

// last is the token before, or an end where there is none.
func (l *lexer) last() token {
	if len(l.tokens) == 0 {
		return token{kind: end}
	}
	return l.tokens[len(l.tokens)-1]
}

func (l *lexer) at(i int) byte {
	if i < 0 || i >= len(l.text) {
		return 0
	}
	return l.text[i]
}

// number reads digits with thousands separators, decimals and a percent sign. The numbers of a list
// or of steps, and things such as 12:30 and 1.2.3, are no numbers.
func (l *lexer) number(start int) int {
	s, i := l.text, start
	value, den, decimals, fits := int64(0), int64(1), 0, true
	digits, grouped := 0, false
	for i < len(s) {
		c := s[i]
		switch {
		case isDigit(c):
			if digits++; digits > 17 {
				fits = false
			} else {
				value = value*10 + int64(c-'0')
			}
			if den > 1 && fits {
				den *= 10
				decimals++
			}
			i++
			continue
		case c == ',' && den == 1 && (grouped || digits <= 3) && l.group(i):
			i++
			grouped = true
			continue
		case c == '.' && den == 1 && isDigit(l.at(i+1)):
			den = 10
			i++
			if digits++; digits > 17 {
				fits = false
			}
			if fits {
				value = value*10 + int64(s[i]-'0')
			}
			decimals = 1
			i++
			continue
		}
		break
	}
	if next := l.at(i); (next == ':' || next == '.') && isDigit(l.at(i+1)) {
		for i < len(s) && (isDigit(s[i]) || s[i] == ':' || s[i] == '.' && isDigit(l.at(i+1))) {
			i++
		}
		l.emit(other, 0, start, i)
		return i
	}
	if l.ordinal(i) {
		l.emit(word, 0, start, i+2)
		return i + 2
	}
	if l.enumerates(i) {
		return i + 1
	}
	v := rational{}
	if fits {
		v = ratio(value, den)
	}
	t := l.emitNumber(v, start, i)
	t.decimals = int8(min(decimals, 17))
	t.glued = isLetter(l.at(i))
	if l.at(i) == '\\' && l.at(i+1) == '%' {
		i++
	}
	if l.at(i) == '%' {
		t.percent, t.value = true, compute(v, '/', whole(100))
		i++
	}
	return i
}

// group reports whether exactly three digits follow a comma.
func (l *lexer) group(i int) bool {
	return isDigit(l.at(i+1)) && isDigit(l.at(i+2)) && isDigit(l.at(i+3)) && !isDigit(l.at(i+4))
}

func (l *lexer) ordinal(i int) bool {
	if i+2 > len(l.text) || isLetter(l.at(i+2)) {
		return false
	}
	switch l.text[i : i+2] {
	case "st", "nd", "rd", "th":
		return true
	}
	return false
}

// enumerates reports whether the number before i counts items: "2. ..." or "2) ..." at the beginning
// of a line, or "Step 2: ...".
func (l *lexer) enumerates(i int) bool {
	c := l.at(i)
	if (c == '.' || c == ')') && l.at(i+1) == ' ' && l.last().kind == end {
		return true
	}
	return l.last().role == step && (c == ':' || c == '.' || c == ')')
}

// word reads letters, digits and underscores, and apostrophes inside. Only words in ASCII have a
// meaning.
func (l *lexer) word(start int) int {
	s, i := l.text, start
	var lower [16]byte
	n, hash, ascii := 0, uint32(2166136261), true
	for i < len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if !wordLetter(r) {
				break
			}
			hash = (hash ^ uint32(r)) * 16777619
			i += size
			ascii = false
			continue
		}
		if !isLetter(c) && (!isDigit(c) || i == start) {
			if c != '\'' || !isLetter(l.at(i+1)) {
				break
			}
		} else if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if n < len(lower) {
			lower[n] = c
			n++
		}
		hash = (hash ^ uint32(c)) * 16777619
		i++
	}
	if i-start == 1 {
		return l.single(start, hash)
	}
	m := meaning{kind: word}
	if ascii && i-start <= len(lower) {
		m = meaningOf(lower[:n])
		if c := l.at(i); c == '(' || c == '.' || l.last().kind == end {
			l.watch(lower[:n], i)
		}
	}
	switch {
	case m.kind == number:
		l.spelled(m, start, i, hash)
	case m.kind == word && l.percentWord(lower[:n]):
	case m.kind == word && n == 3 && string(lower[:3]) == "one" && l.last().role == tens:
		l.spelled(meaning{number, spelled, 0, 1}, start, i, hash)
	default:
		l.emit(m.kind, m.op, start, i)
		t := &l.tokens[len(l.tokens)-1]
		t.role, t.hash = m.role, hash
		if m.kind == operator && (n == len("multiplied") || n == len("divided")) && strings.HasPrefix(s[i:], " by ") {
			return i + len(" by")
		}
	}
	return i
}

// watch notices code that has to be run to know what it does.
func (l *lexer) watch(w []byte, stop int) {
	switch string(w) {
	case "for", "while":
		line, _, _ := strings.Cut(l.text[stop:], "\n")
		if l.last().kind == end && strings.HasSuffix(strings.TrimRight(line, " "), ":") {
			l.dynamic = true
		}
	case "sum", "range", "len", "max", "min", "round", "int", "float", "math", "sympy":
		if c := l.at(stop); c == '(' || c == '.' && isLetter(l.at(stop+1)) {
			l.dynamic = true
		}
	}
}

// percentWord makes a percentage of the number before the word "percent".
func (l *lexer) percentWord(w []byte) bool {
	if string(w) != "percent" || l.last().kind != number || l.last().percent {
		return false
	}
	t := &l.tokens[len(l.tokens)-1]
	t.percent, t.value = true, compute(t.value, '/', whole(100))
	return true
}

// single reads a word of one letter: a sign of multiplication, an unknown, or an article.
func (l *lexer) single(start int, hash uint32) int {
	c := l.text[start]
	if c == 'x' || c == 'X' {
		next := start + 1
		for l.at(next) == ' ' || l.at(next) == '$' {
			next++
		}
		before := l.last().kind
		if (isDigit(l.at(next)) || l.at(next) == '(' && next > start+1) && (before == number || before == closing || before == word) {
			l.emit(operator, '*', start, start+1)
			return start + 1
		}
	}
	l.emit(word, 0, start, start+1)
	t := &l.tokens[len(l.tokens)-1]
	t.hash = hash
	if c != 'a' && c != 'A' && c != 'I' && c != '_' {
		t.role = letter
	}
	return start + 1
}

// spelled puts numbers in words together: twenty-five, three hundred.
func (l *lexer) spelled(m meaning, start, stop int, hash uint32) {
	value := whole(m.value)
	if m.op == '/' {
		value = rational{1, m.value}
	}
	if last := l.last(); last.kind == number && (last.role == tens && m.role == spelled && m.value < 10 || m.role == hundred) {
		op := byte('+')
		if m.role == hundred {
			op = '*'
		}
		t := &l.tokens[len(l.tokens)-1]
		t.value, t.end, t.hash, t.role = compute(t.value, op, value), int32(stop), t.hash*16777619^hash, spelled
		return
	}
	l.emitNumber(value, start, stop).role = m.role
}

func (l *lexer) relation(r role, start, stop int) int {
	l.emit(relation, '=', start, stop)
	l.tokens[len(l.tokens)-1].role = r
	return stop
}
