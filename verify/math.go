package verify

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maths compares answers to mathematical questions, in LaTeX or plain: numbers, expressions with
// variables, equations, inequalities, intervals, tuples, sets, matrices, and words.
//
// It has a parser of its own, strict and bounded; nothing is ever run. What it reads becomes a
// normal form, and two answers are equal exactly if their normal forms are the same string:
//
//   - A rational number is the number verifier's: 1/2, .5, \frac12 and 50/100 are "0.5". Roots, logarithms
//     and trigonometric functions are computed to 77 digits; what comes within 2^-160 of a fraction
//     with a denominator below a million, or of such a multiple of pi, pi^2, e or of a root, is that:
//     \sqrt{8} is "2*sqrt(2)". Any other number is its first 36 digits in ‹›. Nothing is rounded
//     more than that: 0.333 is not 1/3, and 2.718 is not e.
//   - An expression with variables is multiplied out: x+1 and 1+x are "x + 1". i is the imaginary
//     unit. What is no polynomial is its values to 24 digits at six fixed points, seeded by the
//     variables' names, as a digest in ‹›: sin^2 x and 1-cos^2 x are the same one.
//   - "x = 3", "f(x) = 3", "area = 3 cm" are "3". A chain of equations without variables is its last
//     side; "a ≈ b" is a. Any other equation is "p = 0", with 1 for p's first coefficient.
//   - Inequalities in one variable are intervals; "x < 1 or x > 2" is "(-inf, 1) ∪ (2, inf)".
//   - (1, 2) is ordered, and the open interval is spelled like the pair; [1, 2] is another. A set {1, 2} is not,
//     and "1, 2", "1 or 2", "1 and 2", "x = 1 or x = 2" and 1.5 ± 0.5 are sets: several answers in place of
//     one are never equal to one.
//   - A matrix is a list of its rows. A column is spelled like a row.
//   - Words are compared as exact does.
//
// Units are ignored where they are words (5 cm, 5\text{ m}^2; but 5m is 5 times m), and so are the
// percent and degree signs, as in number: 50% is 50 and not 0.5. Inside sin and its relatives
// degrees count. A comma before three digits separates thousands, except inside brackets.
//
// Known limits: an identity between a polynomial and something that is none, such as x and
// e^{\ln x}, is not seen, and answers that differ so fail.
type maths struct{}

var _ Verifier = maths{}

// Name is "math".
func (maths) Name() string { return "math" }

// Verify judges a completion.
func (m maths) Verify(completion string, truncated bool, gold string) Verdict {
	return judge(m, completion, truncated, gold)
}

// Extract returns the answer that a completion gives.
func (m maths) Extract(completion string) (string, bool) {
	answer, reason := m.find(completion)
	return answer, reason == ""
}

// Equal reports whether two texts mean the same.
func (m maths) Equal(a, b string) bool { return m.key(a) == m.key(b) }

// CheckGold refuses what cannot be read.
func (m maths) CheckGold(gold string) error {
	_, err := m.known(gold)
	return err
}

func (m maths) find(completion string) (string, string) { return extract(m, completion) }

func (m maths) known(gold string) (string, error) {
	answer, reason := m.written(gold)
	if reason != "" && (reason != ReasonDeclined || answer == "") {
		return "", badGold("math", gold, "it cannot be read as mathematics",
			`write a number, an expression, an equation, an interval or a set, such as \frac{1}{2}, x^2+1 or (1,2], or name another verifier: "exact" compares text`)
	}
	return answer, nil
}

// written reads an answer that somebody wrote down, perhaps with the mark that data sets use.
func (m maths) written(text string) (answer, reason string) {
	if s, ok := boxed(text); ok {
		text = s.text
	} else if s, ok := heading(text, m.bare); ok {
		text = s.text
	}
	if len(text) > maxSlot {
		return "", ReasonTooLong
	}
	return m.read(text)
}

func (m maths) key(text string) string {
	if answer, reason := m.written(text); reason == "" {
		return answer
	}
	return "\x00" + text
}

func (maths) read(text string) (answer, reason string) {
	if declines(plain(text)) {
		if answer = fold(text); len(answer) > maxSlot {
			answer = ""
		}
		return answer, ReasonDeclined
	}
	return mathForm(text)
}

// english finds three letters side by side, which in a line of text are a word.
var english = regexp.MustCompile(`(?:^|[^\\\pL])(\pL{3,})`)

// bare is true for formulas, and not for lines with words, which any heading or sentence is.
func (maths) bare(line string) bool {
	if len(line) > maxSlot || strings.ContainsAny(line, "!?") {
		return false
	}
	for _, word := range english.FindAllStringSubmatch(line, -1) {
		if mathFunctions[word[1]] == "" && !isGreek(word[1]) {
			return false
		}
	}
	_, reason := mathForm(line)
	return reason == "" && proseForm(undecorated(line)) == ""
}

// unmarked takes a last line that is a formula and nothing else, else the last formula between
// dollars or \( \) on it, else the last number as the number verifier does.
func (m maths) unmarked(text string) (answer, reason string) {
	line, _ := lastLine(text)
	if len(line) <= maxSlot {
		if declines(plain(line)) {
			return "", ReasonDeclined
		}
		if formula := lastFormula(line); formula != "" {
			return m.read(formula)
		}
		if m.bare(line) {
			return m.read(line)
		}
	}
	return number{}.unmarked(text)
}

// lastFormula is what stands last between a pair of dollars or \( \).
func lastFormula(line string) string {
	line = strings.NewReplacer(`\$`, "", `\(`, "$", `\)`, "$", "$$", "$", `\[`, "$", `\]`, "$").Replace(line)
	if strings.Count(line, "$") < 2 || strings.Count(line, "$")%2 != 0 {
		return ""
	}
	line = line[:strings.LastIndexByte(line, '$')]
	return strings.TrimSpace(line[strings.LastIndexByte(line, '$')+1:])
}

// mathForm is the normal form of an answer, or the reason why there is none.
func mathForm(text string) (form, reason string) {
	ellipsis := strings.Contains(text, "..") // 0.333... is not 0.333, and nobody knows what it is
	text = undecorated(text)
	if text == "" || ellipsis {
		return "", ReasonUnreadable
	}
	if form = proseForm(text); form != "" {
		return form, ""
	}
	tokens, ok := mathTokens(text)
	if !ok {
		return "", ReasonUnreadable
	}
	var r relations
	if form, ok = r.list(tokens); !ok || form == "" {
		return "", ReasonUnreadable
	}
	if len(form) > maxSlot {
		return "", ReasonTooLong
	}
	return form, ""
}

// undecorated is an answer in the signs that the lexer knows, without what surrounds it.
func undecorated(text string) string {
	text = mathSigns.Replace(strings.Trim(claim(withoutCalculator(text)), " \t\r\n*_`"))
	for {
		next := strings.Trim(text, " \t\r\n*_`~\"'"+thin)
		next = strings.TrimRight(strings.TrimPrefix(next, ":"), ".,;:")
		for name := range textCommands {
			if inner, ok := strings.CutPrefix(next, `\`+name+"{"); ok && closingBrace(next, len(name)+1) == len(next)-1 {
				next = inner[:len(inner)-1]
			}
		}
		if next == text {
			return text
		}
		text = next
	}
}

// proseForm is the normal form of an answer in words; empty for what is none.
func proseForm(text string) string {
	form := fold(text)
	for _, r := range form {
		if !unicode.IsLetter(r) && !strings.ContainsRune(" -'", r) {
			return ""
		}
	}
	words := false
	for word := range strings.FieldsFuncSeq(form, func(r rune) bool { return r == ' ' || r == '-' }) {
		switch {
		case mathFunctions[word] != "" || isGreek(word) || word == "pi" || word == "inf" || word == "infinity":
			return ""
		case isMathWord(word):
			words = true
		}
	}
	if !words || strings.HasPrefix(form, "-") || !utf8.ValidString(text) || mathSigns.Replace(form) != form {
		return ""
	}
	switch form {
	case "no solution", "no solutions", "empty set", "the empty set", "no real solution", "no real solutions":
		return emptySet
	case "all real numbers", "all reals", "the real numbers", "real numbers":
		return "ℝ"
	}
	return form
}
