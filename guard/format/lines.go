package format

import "strings"

// scanner counts what the lines of one text are.
type scanner struct {
	lines            [lineKinds]int
	marks            [marks]int
	scripts          [scripts]int
	numeric, visible int // bytes of the body
	body             int // lines
	answer           answerStyle
	fenced           bool
}

// longAnswer is the number of words from which on a line that marks the answer is also body: a
// whole solution in one paragraph may end in \boxed.
const longAnswer = 12

// line takes in the next line, without its line feed.
func (s *scanner) line(raw string) {
	text := strings.TrimSpace(raw)
	if text == "" {
		return
	}
	l := look(text, &s.scripts)
	if s.fenced || isFence(text) {
		if isFence(text) {
			s.fenced = !s.fenced
		}
		s.count(lineCode, &l)
		return
	}
	if style := answerOf(text); style != answerNone {
		s.answer = style
		if l.words <= longAnswer {
			return
		}
	}
	s.count(kindOf(text, indent(raw), &l), &l)
}

func (s *scanner) count(kind lineKind, l *glance) {
	s.lines[kind]++
	s.body++
	s.numeric += l.numeric
	s.visible += l.visible
	for i, has := range l.marks {
		if has {
			s.marks[i]++
		}
	}
}

func isFence(text string) bool {
	return strings.HasPrefix(text, "```") || strings.HasPrefix(text, "~~~")
}

// indent is the width of the white space before a line, a tab being 4 columns.
func indent(raw string) int {
	width := 0
	for i := range len(raw) {
		switch raw[i] {
		case ' ':
			width++
		case '\t':
			width += 4
		default:
			return width
		}
	}
	return width
}

// kindOf says what a line is that stands outside code fences. The order decides: a table row may
// hold an equation, a list item may be prose.
func kindOf(text string, indent int, l *glance) lineKind {
	switch {
	case text[0] == '|' && strings.Count(text, "|") >= 2:
		return lineTable
	case isHeading(text):
		return lineHeading
	case isLabel(text):
		return lineLabel
	case isNumbered(text):
		return lineNumber
	case isBullet(text):
		return lineBullet
	case text[0] == '<' && text[len(text)-1] == '>' && l.marks[markTag]:
		return lineTag
	case strings.HasPrefix(text, "$$"), strings.HasPrefix(text, `\[`), strings.HasPrefix(text, `\]`),
		strings.HasPrefix(text, `\begin`), strings.HasPrefix(text, `\end`):
		return lineMath
	case isCode(text, indent):
		return lineCode
	case (l.marks[markRelation] || l.marks[markArrow]) && l.words <= 1:
		return lineEquation
	case l.words >= 2 || l.foreign >= 4:
		return lineProse
	}
	return lineOther
}

// isHeading: "## Title", or a whole line in bold.
func isHeading(text string) bool {
	hashes := 0
	for hashes < len(text) && text[hashes] == '#' {
		hashes++
	}
	if 1 <= hashes && hashes <= 6 && hashes < len(text) && text[hashes] == ' ' {
		return true
	}
	return len(text) > 4 && strings.HasPrefix(text, "**") && strings.Index(text[2:], "**") == len(text)-4 && !isLabel(text)
}

// isLabel: a word and a number before a colon or the like, such as "Step 1:" or "**Case 2.**".
func isLabel(text string) bool {
	i := 0
	for i < len(text) && (text[i] == '*' || text[i] == '_') {
		i++
	}
	word := i
	for i < len(text) && isLetter(text[i]) {
		i++
	}
	if i == word || i-word > 12 || i == len(text) || text[i] != ' ' {
		return false
	}
	i++
	i, digits := skipDigits(text, i)
	return digits > 0 && i < len(text) && (text[i] == ':' || text[i] == '.' || text[i] == ')' || text[i] == '*') &&
		(i+1 == len(text) || text[i+1] == ' ' || text[i+1] == '*' || text[i+1] == '_')
}

// isNumbered: "1. ", "1) " or "(1) ".
func isNumbered(text string) bool {
	i := 0
	if text[0] == '(' {
		i = 1
	}
	i, digits := skipDigits(text, i)
	return digits > 0 && i+1 < len(text) && (text[i] == ')' || text[i] == '.' && text[0] != '(') && text[i+1] == ' '
}

// skipDigits goes past at most three digits.
func skipDigits(text string, from int) (to, digits int) {
	to = from
	for to < len(text) && to-from < 3 && '0' <= text[to] && text[to] <= '9' {
		to++
	}
	return to, to - from
}

func isBullet(text string) bool {
	switch text[0] {
	case '-', '*', '+':
		return len(text) > 1 && text[1] == ' '
	}
	return strings.HasPrefix(text, "\u2022") || strings.HasPrefix(text, "\u25e6") || strings.HasPrefix(text, "\u2013 ") || strings.HasPrefix(text, "\u2014 ")
}

// isCode: indented like code, or looking like a statement or like JSON.
func isCode(text string, indent int) bool {
	last := text[len(text)-1]
	switch {
	case indent >= 4, last == ';', last == '{', text[0] == '}':
		return true
	case text[0] == '{' || text[0] == '"':
		return last == '}' || last == ','
	case last == ':':
		return hasAnyPrefix(text, "def ", "class ", "for ", "while ", "if ", "else:", "try:", "with ") && strings.IndexByte(text, '.') < 0
	}
	return hasAnyPrefix(text, "return ", "import ", "print(", "#include", "func ", "var ", "let ", "const ", "from ") &&
		last != '.' && last != ',' && last != '?'
}

func hasAnyPrefix(text string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return false
}

// answerOf says how a line marks the final answer, if it does.
func answerOf(text string) answerStyle {
	switch {
	case strings.Contains(text, `\boxed`):
		return answerBoxed
	case strings.HasPrefix(text, "####") && !strings.HasPrefix(text, "#####"), strings.Trim(text, "#") == "":
		return answerHashes // or as much of it as was written
	case strings.HasPrefix(text, "\u7b54\u6848"): // "answer" in Chinese
		return answerLabel
	}
	i := strings.Index(text, "nswer")
	if i < 1 || text[i-1]|0x20 != 'a' {
		return answerNone
	}
	before, after := text[:i-1], text[i+len("nswer"):]
	switch {
	case strings.HasSuffix(before, "<") || strings.HasSuffix(before, "</"):
		return answerTag
	case strings.HasPrefix(after, " is"):
		return answerSentence
	case strings.HasPrefix(strings.TrimLeft(after, "*_ "), ":") && beginsLabel(strings.Trim(before, "*_# ")):
		return answerLabel
	}
	return answerNone
}

// beginsLabel: what may stand before "Answer:".
func beginsLabel(before string) bool {
	switch before {
	case "", "Final", "final", "The", "the", "The final", "the final":
		return true
	}
	return false
}
