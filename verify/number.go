package verify

import (
	"strings"
	"unicode/utf8"
)

// number compares exact rational numbers.
//
// It reads integers, decimals, thousands separators (1,234, but "1,2" is two numbers), exponents
// (1e6, 3×10^5), fractions (3/4, 1 1/2, \frac{3}{4}, ½), "5 thousand", "minus 5", currency signs,
// Markdown and LaTeX around them, and "5 + 3 = 8", of which the right side counts. Units are
// ignored, the percent sign among them: 25% equals 25, and 0.25 equals neither, so that Equal stays
// an equivalence. Nothing is rounded: 2.50 equals 2.5, and 0.333 is not 1/3. Beyond 400 digits,
// or with a magnitude that would take as many, nothing is a number. The normal form is a decimal
// where the number has a finite one of that size, else a reduced fraction.
type number struct{}

var _ Verifier = number{}

// Name is "number".
func (number) Name() string { return "number" }

// Verify judges a completion.
func (n number) Verify(completion string, truncated bool, gold string) Verdict {
	return judge(n, completion, truncated, gold)
}

// Extract returns the number that a completion answers.
func (n number) Extract(completion string) (string, bool) {
	answer, reason := n.find(completion)
	return answer, reason == ""
}

// Equal reports whether two texts give the same number.
func (n number) Equal(a, b string) bool { return n.key(a) == n.key(b) }

// CheckGold refuses what is no single number.
func (n number) CheckGold(gold string) error {
	_, err := n.known(gold)
	return err
}

func (n number) find(completion string) (string, string) { return extract(n, completion) }

func (n number) known(gold string) (string, error) {
	answer, reason := n.written(gold)
	if reason != "" {
		return "", badGold("number", gold, "not one number",
			`write one number, such as 12, 3/4 or $1,200, or name another verifier for this problem: "exact" compares text`)
	}
	return answer, nil
}

// written reads an answer that somebody wrote down, perhaps with the mark that data sets use.
func (n number) written(text string) (answer, reason string) {
	if s, ok := boxed(text); ok {
		text = s.text
	} else if s, ok := heading(text, n.bare); ok {
		text = s.text
	}
	if len(text) > maxSlot {
		return "", ReasonTooLong
	}
	return n.read(text)
}

// key is the normal form, or for what has none a form that no number has.
func (n number) key(text string) string {
	if answer, reason := n.written(text); reason == "" {
		return answer
	}
	return "\x00" + text
}

func (number) bare(line string) bool {
	s := plain(line)
	n, ok := nextNumeral(s, 0)
	if !ok || n.value == "" || strings.Trim(s[:n.start], " \t\n*_`\"'(") != "" {
		return false
	}
	return strings.Trim(s[n.end:], " \t\n*_`\"'%€£$).") == ""
}

func (number) read(text string) (answer, reason string) {
	s := plain(text)
	if declines(s) {
		return "", ReasonDeclined
	}
	s, ok := rightSide(claim(s))
	if !ok {
		return "", ReasonHedged
	}
	for at := 0; ; {
		n, ok := nextNumeral(s, at)
		if !ok {
			if answer == "" {
				return "", ReasonUnreadable
			}
			return answer, followedBy(s[at:])
		}
		between := s[at:n.start]
		switch {
		case n.value == "":
			return "", ReasonUnreadable
		case answer == "":
			reason = ledBy(between)
		default:
			reason = joinedBy(between)
			if reason == "" && n.value != answer {
				reason = ReasonHedged
			}
		}
		if reason != "" {
			return "", reason
		}
		answer, at = n.value, n.end
	}
}

// claim is a statement without its explanation.
func claim(s string) string {
	for _, words := range [...]string{" because ", " since ", " (rounded", " rounded ", ", not ", " rather than ", " instead of "} {
		s, _, _ = strings.Cut(s, words)
	}
	return s
}

// rightSide is what stands behind the last equals sign; not ok if there are several equations.
func rightSide(s string) (string, bool) {
	last := strings.LastIndexByte(s, '=')
	if last < 0 {
		return s, true
	}
	left := s[:last]
	if hasWord(left, "or") {
		return s, false
	}
	if first := strings.IndexByte(left, '='); first >= 0 {
		middle := strings.ReplaceAll(left[first:], ", so ", " ")
		if strings.Contains(middle, ", ") || strings.Contains(middle, ";") || hasWord(middle, "and") {
			return s, false
		}
	}
	return s[last+1:], true
}

// ledBy judges what leads up to a number.
func ledBy(text string) string {
	trimmed := strings.TrimRight(text, " ")
	if strings.HasSuffix(trimmed, "-") && strings.Trim(trimmed, " -*_$(") == "" {
		// "- 5" may be a negative number or an item of a list.
		return ReasonExpression
	}
	if reason := mathematics(text); reason != "" {
		return reason
	}
	for word := range strings.FieldsFuncSeq(text, notLetter) {
		switch strings.ToLower(word) {
		case "not", "never", "neither", "nor", "than", "between", "except", "without", "unless", "isn't", "wasn't", "can't", "cannot":
			return ReasonUnreadable
		}
	}
	return ""
}

// joinedBy judges what stands between two numbers: only words make them two mentions of one answer.
func joinedBy(text string) string {
	if reason := mathematics(text); reason != "" {
		return reason
	}
	if strings.ContainsFunc(text, func(r rune) bool { return !notLetter(r) }) {
		return ""
	}
	switch strings.Trim(text, " ") {
	case "-", "*", "/":
		return ReasonExpression
	}
	return ReasonHedged
}

// followedBy judges what follows a number.
func followedBy(text string) string {
	if strings.HasPrefix(text, "!") {
		return ReasonExpression
	}
	return mathematics(text)
}

// mathematics reports an expression if a text holds an operator, a command or a variable. A
// minus sign and a slash are none, because words have them too.
func mathematics(text string) string {
	word := 0 // letters of the word so far
	for i, r := range text {
		switch r {
		case '+', '×', '÷', '^', '√', 'π', '<', '>', '≤', '≥', '≠', '±', '\\', '∞', '|', '²', '³':
			// A power belongs to a unit, if the unit has letters: cm², m^2.
			if word > 0 && (r == '^' || r == '²' || r == '³') {
				continue
			}
			return ReasonExpression
		}
		if notLetter(r) {
			word = 0
			continue
		}
		word++
		next := i + utf8.RuneLen(r)
		if word == 1 && strings.ContainsRune("xyznkiKMB", r) && (next == len(text) || !isLetter(text[next])) {
			return ReasonExpression
		}
	}
	return ""
}

// unmarked takes the last number of a text.
func (number) unmarked(text string) (answer, reason string) {
	if line, _ := lastLine(text); declines(plain(line[max(0, len(line)-maxSlot/4):])) {
		return "", ReasonDeclined
	}
	for end := lastDigit(text); end > 0; end = lastDigit(text[:end]) {
		line := text[:end]
		start := strings.LastIndexByte(line[max(0, end-maxSlot):], '\n') + 1 + max(0, end-maxSlot)
		whole := start == 0 || text[start-1] == '\n'
		if !whole {
			// The line is long: begin with a whole word of it.
			gap := strings.IndexByte(line[start:], ' ')
			if gap < 0 {
				end = start
				continue
			}
			start += gap
		}
		stop := min(end+64, len(text))
		stop = end + lineEnd(text[end:stop])
		if answer, reason = lastNumber(plain(text[start:stop]), whole); answer != "" || reason != "" {
			return answer, reason
		}
		end = start
	}
	return "", ReasonNone
}

// lastNumber reads the last number of a line. Both results are empty if it has none.
func lastNumber(s string, wholeLine bool) (answer, reason string) {
	var last numeral
	var between string
	count, at := 0, 0
	if wholeLine && isListed(s) {
		at = skip(s, 0, " \t*_0123456789")
	}
	for {
		n, ok := nextNumeral(s, at)
		if !ok {
			break
		}
		if lead := s[at:n.start]; lastWord(lead) != "step" || !strings.HasSuffix(lead, " ") {
			last, between = n, lead
			count++
		}
		at = n.end
	}
	switch {
	case count == 0:
		return "", ""
	case last.value == "":
		return "", ReasonUnreadable
	}
	if reason := lastNumberContext(s[last.end:], between, count > 1); reason != "" {
		return "", reason
	}
	return last.value, ""
}

// lastNumberContext refuses a last number that its neighbours make part of something else.
func lastNumberContext(behind, between string, second bool) string {
	tight := behind[:skipUnit(behind)]
	if mathematics(tight) != "" || strings.HasPrefix(strings.TrimLeft(tight, " "), "=") {
		return ReasonExpression
	}
	right, equation := strings.CutPrefix(between[max(0, strings.LastIndexByte(between, '=')):], "=")
	lead := strings.TrimRight(right, " $*_")
	if strings.HasSuffix(lead, "-") && (equation || second) && strings.Trim(lead, " -$*_") == "" {
		return ReasonExpression
	}
	switch word := lastWord(right); {
	case word == "not" || word == "than" || strings.HasSuffix(word, "n't"):
		return ReasonUnreadable
	case word == "or" || word == "and" || word == "to":
		if second && !equation && hasSuffixFold(lead, word) {
			return ReasonHedged
		}
	}
	if strings.HasPrefix(between, ". ") {
		return "" // the number before ended its sentence
	}
	if second && strings.Trim(between, " ") == "x" {
		return ReasonExpression
	}
	if second && !equation && !strings.ContainsFunc(between, func(r rune) bool { return !notLetter(r) || r == '>' }) {
		return joinedBy(between)
	}
	return ""
}

// skipUnit returns the end of what belongs to a number most closely: up to the second space.
func skipUnit(text string) int {
	i := skip(text, 0, " ")
	if j := strings.IndexAny(text[i:], " .,;:)!?\n"); j >= 0 {
		return i + j
	}
	return len(text)
}

// lastDigit returns the end of the last digit or one-character fraction, or 0.
func lastDigit(text string) int {
	for i := len(text) - 1; i >= 0; i-- {
		if isDigit(text[i]) {
			return i + 1
		}
		if text[i] >= utf8.RuneSelf && text[i] < 0xc0 {
			if r, size := utf8.DecodeLastRuneInString(text[:i+1]); size > 1 && vulgar(r) != "" {
				return i + 1
			}
		}
	}
	return 0
}

func hasWord(text, word string) bool {
	for w := range strings.FieldsFuncSeq(text, notLetter) {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}
