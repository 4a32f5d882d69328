package verify

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// numeral is a number as it is written in a text.
type numeral struct {
	// value is the normal form; empty if the digits make no number, as in 1.2.3, 10:30 and 1/0.
	value string
	// start and end are where it is, signs and currency included, units not.
	start, end int
}

// thin is what plain makes of spaces that may group digits.
const thin = "\u2009"

// nextNumeral returns the first numeral of plain text from a place on. Digits inside words, such
// as CO2, are none.
func nextNumeral(s string, from int) (numeral, bool) {
	for i := from; i < len(s); {
		c := s[i]
		switch {
		case isDigit(c) || c == '.' && i+1 < len(s) && isDigit(s[i+1]):
			return signed(s, from, i, scanDigits), true
		case c == '\\' && strings.HasPrefix(s[i:], `\frac`):
			return signed(s, from, i, scanFrac), true
		case c == '\\':
			i = skipCommand(s, i)
		case c < utf8.RuneSelf && isLetter(c):
			i = skipWord(s, i)
		case c < utf8.RuneSelf:
			i++
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			switch {
			case vulgar(r) != "":
				return signed(s, from, i, scanVulgar), true
			case unicode.IsLetter(r):
				i = skipWord(s, i)
			default:
				i += size
			}
		}
	}
	return numeral{}, false
}

// skipWord passes letters and what belongs to them: digits, a power, a hyphen before a digit.
func skipWord(s string, i int) int {
	for i < len(s) {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			if !unicode.IsLetter(r) {
				return i
			}
			i += size
		case isLetter(c) || isDigit(c) || c == '_':
			i++
		case c == '^' || c == '-' && i+1 < len(s) && isDigit(s[i+1]):
			i++
			i = skip(s, i, "{-")
			i = skip(s, i, "0123456789")
			i = skip(s, i, "}")
		default:
			return i
		}
	}
	return i
}

func skipCommand(s string, i int) int {
	i++
	for i < len(s) && s[i] < utf8.RuneSelf && isLetter(s[i]) {
		i++
	}
	return i
}

// magnitude is what a scanner makes of the text at a place: an unsigned number and where it ends.
type magnitude struct {
	num, den string // decimal with an optional dot; integer, empty for 1
	exponent int
	end      int
	bad      bool
}

// signed scans a number at i and looks for the sign before it, but not before from.
func signed(s string, from, i int, scan func(s string, i int) magnitude) numeral {
	m := scan(s, i)
	start, negative := i, false
	j := i
	for {
		size := currencyBefore(s[from:j])
		if size == 0 {
			break
		}
		j -= size
		start = j
	}
	if j > from && (s[j-1] == '-' || s[j-1] == '+') && (j-1 == 0 || opens(s[:j-1])) {
		negative = s[j-1] == '-'
		start = j - 1
		for size := currencyBefore(s[from:start]); size > 0; size = currencyBefore(s[from:start]) {
			start -= size
		}
	} else if word := lastWord(s[from:start]); word == "minus" || word == "negative" {
		if lead := strings.TrimRight(s[from:start], " "); len(lead) < start-from && hasSuffixFold(lead, word) {
			negative = true
			start = from + len(lead) - len(word)
		}
	}
	n := numeral{start: start, end: m.end}
	if !m.bad {
		n.value = normal(negative, m)
	}
	return n
}

func hasSuffixFold(text, suffix string) bool {
	return len(text) >= len(suffix) && strings.EqualFold(text[len(text)-len(suffix):], suffix)
}

// opens reports whether a sign after this text belongs to the number, and is no hyphen or operator.
func opens(before string) bool {
	return strings.IndexByte(" \t\n([{=:$*_`\"'~", before[len(before)-1]) >= 0
}

func currencyBefore(s string) int {
	for _, sign := range [...]string{"$", "€", "£", "¥", "₹"} {
		if strings.HasSuffix(s, sign) {
			return len(sign)
		}
	}
	return 0
}

// scanDigits scans a number that begins with a digit or a dot.
func scanDigits(s string, i int) magnitude {
	whole, end := scanWhole(s, i)
	m := magnitude{num: whole, end: end}
	decimal := false
	if end+1 < len(s) && s[end] == '.' && isDigit(s[end+1]) {
		stop := skip(s, end+1, "0123456789")
		m.num, m.end, decimal = whole+s[end:stop], stop, true
	}
	if continues(s, m.end) {
		return ruined(s, m.end)
	}
	if !decimal {
		if f, ok := fractionAfter(s, m); ok {
			return f
		}
	} else if strings.HasPrefix(s[m.end:], "/") && m.end+1 < len(s) && isDigit(s[m.end+1]) {
		return ruined(s, m.end)
	}
	return scaled(s, m)
}

// scanWhole scans an integer part, which may be empty, and drops its thousands separators.
func scanWhole(s string, i int) (digits string, end int) {
	end = skip(s, i, "0123456789")
	if n := end - i; n == 0 || n > 3 || s[i] == '0' {
		return s[i:end], end
	}
	for _, separator := range [...]string{",", thin} {
		if !isGroup(s[end:], separator) {
			continue
		}
		parts := []byte(s[i:end])
		for isGroup(s[end:], separator) {
			from := end + len(separator)
			parts = append(parts, s[from:from+3]...)
			end = from + 3
		}
		return string(parts), end
	}
	return s[i:end], end
}

// isGroup reports whether a text begins with a separator and exactly three digits.
func isGroup(s, separator string) bool {
	if !strings.HasPrefix(s, separator) {
		return false
	}
	s = s[len(separator):]
	return len(s) >= 3 && isDigit(s[0]) && isDigit(s[1]) && isDigit(s[2]) && (len(s) == 3 || !isDigit(s[3]))
}

// continues reports whether what looks like a number goes on as something else: a version, a time,
// a ratio.
func continues(s string, i int) bool {
	return i+1 < len(s) && (s[i] == '.' || s[i] == ':') && isDigit(s[i+1])
}

// ruined passes all that belongs to a thing of digits that is no number.
func ruined(s string, i int) magnitude {
	return magnitude{bad: true, end: skip(s, i, "0123456789.,:/")}
}

// fractionAfter makes a fraction or a mixed number of an integer and what follows it.
func fractionAfter(s string, whole magnitude) (magnitude, bool) {
	i := whole.end
	if i+1 < len(s) && s[i] == '/' && isDigit(s[i+1]) {
		return over(s, whole.num, i+1), true
	}
	i = skip(s, i, " ")
	if i == len(s) {
		return magnitude{}, false
	}
	var part magnitude
	r, _ := utf8.DecodeRuneInString(s[i:])
	switch {
	case strings.HasPrefix(s[i:], `\frac`):
		part = scanFrac(s, i)
	case vulgar(r) != "":
		part = scanVulgar(s, i)
	case i > whole.end && isDigit(s[i]):
		slash := skip(s, i, "0123456789")
		if slash+1 >= len(s) || s[slash] != '/' || !isDigit(s[slash+1]) {
			return magnitude{}, false
		}
		part = over(s, s[i:slash], slash+1)
	default:
		return magnitude{}, false
	}
	return mixed(whole.num, part), true
}

// over is the fraction of a numerator and the denominator at i.
func over(s, num string, i int) magnitude {
	end := skip(s, i, "0123456789")
	if continues(s, end) || end+1 < len(s) && s[end] == '/' && isDigit(s[end+1]) {
		return ruined(s, end)
	}
	return magnitude{num: num, den: s[i:end], end: end}
}

// scanFrac scans \frac{3}{4} or \frac34.
func scanFrac(s string, i int) magnitude {
	num, i := scanArgument(s, i+len(`\frac`))
	den, i := scanArgument(s, i)
	return magnitude{num: num, den: den, end: i, bad: num == "" || den == ""}
}

// scanArgument scans one argument of \frac, an integer; it is empty if it is anything else.
func scanArgument(s string, i int) (digits string, end int) {
	i = skip(s, i, " ")
	if i < len(s) && s[i] == '{' {
		shut := strings.IndexByte(s[i:], '}')
		if shut < 0 {
			return "", len(s)
		}
		inner := strings.TrimSpace(s[i+1 : i+shut])
		whole, stop := scanWhole(inner, 0)
		if stop != len(inner) {
			whole = ""
		}
		return whole, i + shut + 1
	}
	if i < len(s) && isDigit(s[i]) {
		return s[i : i+1], i + 1
	}
	return "", i
}

func scanVulgar(s string, i int) magnitude {
	r, size := utf8.DecodeRuneInString(s[i:])
	num, den, _ := strings.Cut(vulgar(r), "/")
	return magnitude{num: num, den: den, end: i + size}
}

// vulgar is the fraction that a single character stands for.
func vulgar(r rune) string {
	switch r {
	case '½':
		return "1/2"
	case '¼':
		return "1/4"
	case '¾':
		return "3/4"
	case '⅓':
		return "1/3"
	case '⅔':
		return "2/3"
	case '⅕':
		return "1/5"
	case '⅖':
		return "2/5"
	case '⅗':
		return "3/5"
	case '⅘':
		return "4/5"
	case '⅙':
		return "1/6"
	case '⅚':
		return "5/6"
	case '⅛':
		return "1/8"
	case '⅜':
		return "3/8"
	case '⅝':
		return "5/8"
	case '⅞':
		return "7/8"
	}
	return ""
}

// scaled adds what multiplies a decimal by a power of ten: e6, ×10^6, million.
func scaled(s string, m magnitude) magnitude {
	i := m.end
	if i < len(s) && s[i]|0x20 == 'e' {
		if exponent, end, ok := scanExponent(s, i+1); ok {
			return m.times(exponent, end)
		}
		return m
	}
	i = skip(s, i, " ")
	for _, sign := range [...]string{"×", "*", "x"} {
		if !strings.HasPrefix(s[i:], sign) {
			continue
		}
		j := skip(s, i+len(sign), " ")
		if !strings.HasPrefix(s[j:], "10^") {
			return m
		}
		j += len("10^")
		braced := j < len(s) && s[j] == '{'
		if braced {
			j++
		}
		exponent, end, ok := scanExponent(s, j)
		if braced {
			ok = ok && end < len(s) && s[end] == '}'
			end++
		}
		if !ok {
			return magnitude{bad: true, end: min(end, len(s))}
		}
		return m.times(exponent, end)
	}
	end := i
	for end < len(s) && isLetter(s[end]) {
		end++
	}
	if zeros := zerosOf(s[i:end]); zeros > 0 {
		return m.times(zeros, end)
	}
	return m
}

func (m magnitude) times(exponent, end int) magnitude {
	m.exponent += exponent
	m.end = end
	return m
}

// scanExponent scans a signed integer of at most four digits, past which nothing is a number.
func scanExponent(s string, i int) (value, end int, ok bool) {
	sign := 1
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		if s[i] == '-' {
			sign = -1
		}
		i++
	}
	end = skip(s, i, "0123456789")
	if end == i {
		return 0, end, false
	}
	for _, digit := range []byte(s[i:end]) {
		value = min(value*10+int(digit-'0'), 10_000)
	}
	return sign * value, end, true
}

func zerosOf(word string) int {
	if len(word) < len("hundred") || len(word) > len("thousand") {
		return 0
	}
	switch strings.ToLower(word) {
	case "hundred":
		return 2
	case "thousand":
		return 3
	case "million":
		return 6
	case "billion":
		return 9
	case "trillion":
		return 12
	}
	return 0
}
