package selfplay

import (
	"math/big"
	"strings"
)

// posed is a problem as the challenger wrote it.
type posed struct {
	text, expression string
	// truth is the right answer, and operations counts those of the expression.
	truth      string
	operations int
	// rubrics and quote come with tasks about documents.
	rubrics []string
	quote   string
}

// Why a problem is not well posed. Reports count by these words.
const (
	unreadable  = "unreadable"      // no text with an expression after it
	cutOff      = "truncated"       // the token limit was reached
	illFormed   = "ill_formed"      // the expression does not compute
	trivial     = "no_calculation"  // the expression is a bare number
	notWhole    = "not_whole"       // the answer is a fraction, or negative
	unsaid      = "numbers_missing" // the text does not say a number of the expression
	repeated    = "duplicate"       // it is nearly the same as an earlier one
	notAnswered = "error"           // infrastructure failed
)

// longestProblem bounds a problem's text, in bytes.
const longestProblem = 2000

const mark = "Expression:"

// read takes a challenger's reply apart: the problem, and on the last line its expression. A reply
// that is not well posed gets the reason.
func read(reply string) (p posed, invalid string) {
	reply = strings.TrimSpace(reply)
	if strings.Count(reply, mark) != 1 {
		return p, unreadable
	}
	text, expression, _ := strings.Cut(reply, mark)
	if !strings.HasSuffix(text, "\n") || strings.Contains(expression, "\n") {
		return p, unreadable
	}
	p.text, p.expression = strings.TrimSpace(text), strings.TrimSpace(expression)
	if p.text == "" || len(p.text) > longestProblem {
		return p, unreadable
	}
	value, err := Evaluate(p.expression)
	if err != nil {
		return p, illFormed
	}
	p.operations = value.Operations
	whole, ok := value.Whole()
	switch {
	case p.operations == 0:
		return p, trivial
	case !ok:
		return p, notWhole
	case !says(p.text, value.Numbers):
		return p, unsaid
	}
	p.truth = whole
	return p, ""
}

// says reports whether a text says each of the numbers at least as often as it is in the list.
func says(text string, numbers []string) bool {
	said := map[string]int{}
	for _, n := range numbersIn(text) {
		said[plain(n)]++
	}
	for _, n := range numbers {
		n = plain(n)
		if said[n] == 0 {
			return false
		}
		said[n]--
	}
	return true
}

// plain is one way to write a number.
func plain(number string) string {
	value, ok := new(big.Rat).SetString(number)
	if !ok {
		return number
	}
	return value.RatString()
}

// numbersIn are the numbers of a text, in order: digits with thousands separators and a decimal point,
// the words from zero to twelve, and words that imply one, such as "half".
func numbersIn(text string) []string {
	var numbers []string
	for i := 0; i < len(text); {
		switch start := i; {
		case isDigit(text[i]):
			for i < len(text) && (isDigit(text[i]) || isInside(text, i)) {
				i++
			}
			numbers = append(numbers, strings.ReplaceAll(text[start:i], ",", ""))
		case isLetter(text[i]):
			for i < len(text) && isLetter(text[i]) {
				i++
			}
			if n, ok := word(strings.ToLower(text[start:i])); ok {
				numbers = append(numbers, n)
			}
		default:
			i++
		}
	}
	return numbers
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isLetter takes every byte of a letter that is not ASCII for one, too.
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c >= 0x80 }

// isInside reports whether the byte at i, after a digit, is a point or a separator within a number:
// "1,234" and "2.5", but not "2, 5", "1,2" or "5.".
func isInside(text string, i int) bool {
	digits := 0
	for i+1+digits < len(text) && isDigit(text[i+1+digits]) {
		digits++
	}
	return text[i] == '.' && digits > 0 || text[i] == ',' && digits == 3
}

// word is the digits of the number that a word says or implies.
func word(w string) (digits string, ok bool) {
	switch w {
	case "zero":
		return "0", true
	case "one":
		return "1", true
	case "two", "half", "twice", "double", "pair":
		return "2", true
	case "three", "third", "thirds", "thrice", "triple":
		return "3", true
	case "four", "quarter", "quarters":
		return "4", true
	case "five":
		return "5", true
	case "six":
		return "6", true
	case "seven":
		return "7", true
	case "eight":
		return "8", true
	case "nine":
		return "9", true
	case "ten":
		return "10", true
	case "eleven":
		return "11", true
	case "twelve", "dozen":
		return "12", true
	}
	return "", false
}
