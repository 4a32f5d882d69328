package verify

import (
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mathKind is what a token of a formula is.
type mathKind int

const (
	mathEnd    mathKind = iota
	mathNum             // a number, in value
	mathName            // a variable or a constant
	mathFunc            // a function that takes what follows
	mathWord            // a word, such as a unit
	mathOp              // an operator or a bracket
	mathOpaque          // part of a normal form that only stands for itself
)

// mathToken is one token of a formula.
type mathToken struct {
	kind mathKind
	text string
	// value is a number's, digits how it was written if that was a plain integer.
	value  *big.Rat
	digits string
	// base is the subscript of a number or a function.
	base []mathToken
	// spaced says that white space stands before it.
	spaced bool
}

func (t mathToken) is(op string) bool { return t.kind == mathOp && t.text == op }

// braceComma is what the lexer makes of {,}, which only ever separates thousands.
const braceComma = "\x01"

// mathLexer cuts a formula into tokens.
type mathLexer struct {
	text string
	at   int
	// depth counts open round and square brackets and sets, in which a comma separates.
	depth  int
	words  bool // inside \text{}
	tokens []mathToken
	bad    bool
}

// mathTokens cuts a formula, in the signs that mathSigns leaves, into tokens, or reports that it has something in it that no formula has.
func mathTokens(text string) ([]mathToken, bool) {
	l := mathLexer{text: text}
	l.run()
	return l.tokens, !l.bad
}

func (l *mathLexer) run() {
	for !l.bad {
		spaced := l.skipSpace()
		if l.at >= len(l.text) {
			return
		}
		before := len(l.tokens)
		l.next()
		if len(l.tokens) > before {
			l.tokens[before].spaced = l.tokens[before].spaced || spaced
		}
	}
}

func (l *mathLexer) skipSpace() bool {
	start := l.at
	for l.at < len(l.text) {
		switch {
		case isSpace(l.text[l.at]) || l.text[l.at] == '~':
			l.at++
		case strings.HasPrefix(l.text[l.at:], thin):
			l.at += len(thin)
		default:
			return l.at > start
		}
	}
	return l.at > start
}

func (l *mathLexer) add(kind mathKind, text string) {
	l.tokens = append(l.tokens, mathToken{kind: kind, text: text})
}

// after reports whether the token before is of a kind.
func (l *mathLexer) after(kind mathKind) bool {
	return len(l.tokens) > 0 && l.tokens[len(l.tokens)-1].kind == kind
}

func (l *mathLexer) next() {
	rest := l.text[l.at:]
	c := rest[0]
	switch {
	case isDigit(c) || c == '.' && len(rest) > 1 && isDigit(rest[1]):
		l.number()
	case c == '\\':
		l.command()
	case strings.HasPrefix(rest, "‹"):
		l.opaque()
	case isLetter(c):
		l.letters()
	case c == '.' && l.after(mathWord): // "sq. ft."
		l.at++
	case strings.IndexByte("+-*/^=<>()[]{}|!%,;:&", c) >= 0:
		l.at++
		l.bracket(c)
		l.add(mathOp, string(c))
	default:
		l.bad = true
	}
}

func (l *mathLexer) bracket(c byte) {
	switch c {
	case '(', '[':
		l.depth++
	case ')', ']':
		l.depth--
	}
}

// opaque scans what a normal form uses for values that have no short name.
func (l *mathLexer) opaque() {
	end := strings.Index(l.text[l.at:], "›")
	if end < 0 {
		l.bad = true
		return
	}
	end += l.at + len("›")
	l.add(mathOpaque, l.text[l.at:end])
	l.at = end
}

// number scans digits with thousands separators, decimals, a repeating part and an exponent.
func (l *mathLexer) number() {
	s := l.text
	start := l.at
	end := skip(s, start, "0123456789")
	digits := s[start:end]
	if len(digits) > 0 && len(digits) <= 3 && digits[0] != '0' {
		separators := []string{braceComma, thin}
		if l.depth == 0 {
			separators = append(separators, ",", " ")
		}
		for _, separator := range separators {
			for isGroup(s[end:], separator) {
				digits += s[end+len(separator) : end+len(separator)+3]
				end += len(separator) + 3
			}
			if end-start > 3 {
				break
			}
		}
	}
	t := mathToken{kind: mathNum, text: digits, digits: digits}
	if end+1 < len(s) && s[end] == '.' && (isDigit(s[end+1]) || strings.HasPrefix(s[end+1:], `\overline`)) {
		stop := skip(s, end+1, "0123456789")
		t.text, t.digits, end = digits+s[end:stop], "", stop
	}
	value, ok := new(big.Rat).SetString("0" + strings.TrimSuffix(t.text, "."))
	if !ok || continues(s, end) && s[end] == '.' {
		l.bad = true
		return
	}
	t.value = value
	const over = `\overline{`
	if t.digits == "" && strings.HasPrefix(s[end:], over) {
		from := end + len(over)
		stop := skip(s, from, "0123456789")
		if stop == from || stop >= len(s) || s[stop] != '}' {
			l.bad = true
			return
		}
		_, places, _ := strings.Cut(t.text, ".")
		t.value = repeating(value, len(places), s[from:stop])
		end = stop + 1
	}
	if end < len(s) && s[end]|0x20 == 'e' {
		if exponent, stop, ok := scanExponent(s, end+1); ok && (stop == len(s) || !isLetter(s[stop])) {
			if exponent > maxDigits || exponent < -maxDigits {
				l.bad = true
				return
			}
			t.value, t.digits, end = new(big.Rat).Mul(t.value, powerOfTen(exponent)), "", stop
		}
	}
	l.at = end
	t.base = l.subscript()
	l.tokens = append(l.tokens, t)
}

// repeating adds to a number the digits that repeat for ever after so many decimal places.
func repeating(value *big.Rat, places int, digits string) *big.Rat {
	part, _ := new(big.Rat).SetString(digits)
	nines := new(big.Rat).Sub(powerOfTen(len(digits)), big.NewRat(1, 1))
	part.Quo(part, nines)
	part.Mul(part, powerOfTen(-places))
	return part.Add(part, value)
}

func powerOfTen(exponent int) *big.Rat {
	size := int64(max(exponent, -exponent))
	power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(size), nil))
	if exponent < 0 {
		power.Inv(power)
	}
	return power
}

// subscript scans _2, _{10}, or nothing.
func (l *mathLexer) subscript() []mathToken {
	if l.at >= len(l.text) || l.text[l.at] != '_' {
		return nil
	}
	l.at++
	text := l.argument()
	if text == "" {
		l.bad = true
		return nil
	}
	inner := mathLexer{text: text}
	inner.run()
	l.bad = l.bad || inner.bad || len(inner.tokens) == 0
	return inner.tokens
}

// argument scans the text of one argument, braced or a single character.
func (l *mathLexer) argument() string {
	l.skipSpace()
	if l.at >= len(l.text) {
		return ""
	}
	if l.text[l.at] != '{' {
		_, size := utf8.DecodeRuneInString(l.text[l.at:])
		l.at += size
		return l.text[l.at-size : l.at]
	}
	shut := closingBrace(l.text, l.at)
	if shut < 0 {
		return ""
	}
	inner := l.text[l.at+1 : shut]
	l.at = shut + 1
	return inner
}

// letters scans a run of letters: a word, a function's name, or variables side by side.
func (l *mathLexer) letters() {
	end := l.at
	for end < len(l.text) && (isLetter(l.text[end]) || l.text[end] == '\'' || l.text[end] == '-' && l.words && end+1 < len(l.text) && isLetter(l.text[end+1])) {
		r, size := utf8.DecodeRuneInString(l.text[end:])
		if r != '\'' && r != '-' && !unicode.IsLetter(r) {
			break
		}
		end += size
	}
	if end == l.at {
		l.bad = true
		return
	}
	run := l.text[l.at:end]
	lower := strings.ToLower(run)
	l.at = end
	switch {
	case lower == "or" || lower == "and":
		l.add(mathOp, lower)
	case mathFunctions[run] != "":
		l.function(mathFunctions[run])
	case lower == "pi" || lower == "inf" || lower == "infinity":
		l.add(mathName, map[string]string{"pi": "pi", "inf": "inf", "infinity": "inf"}[lower])
	case isGreek(run):
		l.name(run)
	case lower == "is" || lower == "are" || lower == "equals":
		l.add(mathOp, "=")
	case run == "x" && l.after(mathNum) && strings.HasPrefix(strings.TrimLeft(l.text[end:], " "), "10^"):
		l.add(mathOp, "*") // 3 x 10^5
	case isMathWord(lower), l.words && (len(run) > 1 || len(l.tokens) > 0):
		l.add(mathWord, lower)
	case strings.ContainsFunc(run, func(r rune) bool { return r >= utf8.RuneSelf }):
		l.bad = true
	default:
		for i := range len(run) - 1 {
			l.add(mathName, run[i:i+1])
		}
		l.name(run[len(run)-1:])
	}
}

// name adds a variable with its subscript.
func (l *mathLexer) name(name string) {
	if l.at < len(l.text) && l.text[l.at] == '_' {
		l.at++
		index := strings.Trim(l.argument(), " ")
		if index == "" || strings.ContainsFunc(index, func(r rune) bool { return notLetter(r) && !unicode.IsDigit(r) }) || len(index) > 8 {
			l.bad = true
			return
		}
		name += "_" + index
		if len(index) > 1 {
			name = name[:len(name)-len(index)] + "{" + index + "}"
		}
	}
	l.add(mathName, name)
}

func (l *mathLexer) function(name string) {
	t := mathToken{kind: mathFunc, text: name}
	if name == "log" {
		t.base = l.subscript()
	}
	l.tokens = append(l.tokens, t)
}

func (l *mathLexer) command() {
	end := l.at + 1
	for end < len(l.text) && l.text[end] < utf8.RuneSelf && isLetter(l.text[end]) {
		end++
	}
	if end == l.at+1 && end < len(l.text) {
		end++
	}
	name := l.text[l.at+1 : end]
	l.at = end
	op, known := mathCommands[name]
	switch {
	case known && op == "":
	case known:
		switch op {
		case `\{`:
			l.depth++
		case `\}`:
			l.depth--
		}
		l.add(mathOp, op)
	case mathFunctions[name] != "":
		l.function(mathFunctions[name])
	case isGreek(name):
		l.name(name)
	case name == "pi":
		l.add(mathName, "pi")
	case name == "infty":
		l.add(mathName, "inf")
	case name == "emptyset" || name == "varnothing":
		l.add(mathOp, "∅")
	case name == "mathbb":
		set, known := numberSets[strings.TrimSpace(l.argument())]
		l.add(mathWord, set)
		l.bad = l.bad || !known
	case name == "begin" || name == "end":
		l.add(mathOp, name+" "+l.argument())
	default:
		l.textual(name)
	}
}

// textual scans \text{...} and its relatives, whose letters are words.
func (l *mathLexer) textual(name string) {
	l.bad = !textCommands[name]
	l.skipSpace()
	if l.bad || l.at >= len(l.text) || l.text[l.at] != '{' {
		l.bad = true
		return
	}
	inner := mathLexer{text: l.argument(), words: true, depth: l.depth, tokens: l.tokens}
	inner.run()
	l.tokens, l.bad = inner.tokens, inner.bad
}
