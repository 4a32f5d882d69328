package verify

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxReach is how far behind "answer" its verb or colon may stand, in bytes.
const maxReach = 80

// phrase finds "the answer is X" and its relatives.
func phrase(text string) (slot, bool) {
	if !strings.Contains(text, "nswer") && !strings.Contains(text, "NSWER") {
		return slot{}, false
	}
	const word = "answer"
	for i := len(text) - len(word); i >= 0; i-- {
		if text[i]|0x20 != 'a' || !hasFold(text[i:], word) || i > 0 && isLetter(text[i-1]) {
			continue
		}
		from, ok := afterVerb(text, i, i+len(word))
		if !ok || refuted(text[:i]) {
			continue
		}
		if s, ok := statement(text, from); ok {
			s.start = i
			return s, true
		}
	}
	return slot{}, false
}

// refuted reports whether the word before says that what follows is not the answer.
func refuted(before string) bool {
	switch lastWord(before) {
	case "wrong", "incorrect", "false":
		return true
	}
	return false
}

// afterVerb returns where the statement begins whose subject, "answer", is text[start:end].
func afterVerb(text string, start, end int) (int, bool) {
	i := skip(text, end, " \t*_`\"')")
	if i == len(text) {
		return 0, false
	}
	switch {
	case text[i] == ':' || text[i] == '=':
		return i + 1, true
	case strings.HasPrefix(text[i:], "："):
		return i + len("："), true
	case text[i] == '\n' || text[i] == '\r':
		return i, isTitle(text[:start])
	}
	window := text[i:min(i+maxReach, len(text))]
	window = window[:lineEnd(window)]
	for at, first := 0, true; at < len(window); first = false {
		size := strings.IndexByte(window[at:], ' ')
		if size < 0 {
			size = len(window) - at
		}
		word := strings.ToLower(strings.Trim(window[at:at+size], "*_`\"'"))
		next := i + at + size
		switch {
		case isVerb(word) || word == "=":
			return next, true
		case strings.HasSuffix(word, ":") && (isVerb(word[:len(word)-1]) || !first || word[0] == '('):
			return next, true
		case first && !leadsOn(word), strings.HasSuffix(word, "."), strings.HasSuffix(word, "?"):
			return 0, false
		}
		at += size + 1
	}
	return 0, false
}

func isVerb(word string) bool {
	switch word {
	case "is", "was", "be", "equals":
		return true
	}
	return false
}

// leadsOn reports whether a word may come between "answer" and its verb; any other makes "answer"
// something else, such as the verb in "to answer this, the first step is".
func leadsOn(word string) bool {
	switch word {
	case "to", "for", "of", "in", "should", "would", "will", "must", "might", "could", "can",
		"here", "therefore", "thus", "then", "choice", "option", "i", "we", "":
		return true
	}
	return word[0] == '('
}

// isTitle reports whether a line that goes on with "answer" is a title, such as "## Final answer".
func isTitle(before string) bool {
	line := before[strings.LastIndexByte(before, '\n')+1:]
	if len(line) > maxReach {
		return false
	}
	switch strings.ToLower(strings.Trim(line, " \t#*_`>-")) {
	case "", "final", "the", "the final", "my final":
		return true
	}
	return false
}

// statement is what is said from a place on: to the end of the sentence, or of the first line
// with text. A question is no statement, nor is a numbered list that begins on a later line.
func statement(text string, from int) (slot, bool) {
	const decoration = " \t\r*_`$#>~-:=\"'"
	for lines := range 5 {
		stop := from + lineEnd(text[from:])
		stop = min(stop, from+2*maxSlot) // enough to see that it is too long
		line := text[from:stop]
		switch strings.Trim(line, decoration) {
		case "", `\[`, `\(`, "latex", "math":
			if stop == len(text) {
				return slot{}, false
			}
			from = stop + 1
			continue
		}
		if lines > 0 && isListed(line) {
			return slot{end: from + skip(line, 0, " \t0123456789.)")}, true
		}
		line = strings.TrimLeft(line, " \t:")
		from = stop - len(line)
		end := sentenceEnd(line)
		if end < len(line) && line[end] == '?' {
			return slot{}, false
		}
		return slot{text: strings.TrimSpace(line[:end]), end: from + end}, true
	}
	return slot{}, false
}

// isListed reports whether a line begins with a list's number, such as "2. Then".
func isListed(line string) bool {
	line = strings.TrimLeft(line, " \t*_")
	rest := strings.TrimLeft(line, "0123456789")
	return len(rest) < len(line) && len(rest) > 2 && (rest[0] == '.' || rest[0] == ')') && rest[1] == ' ' && strings.TrimSpace(rest) != rest[:1]
}

// sentenceEnd returns where the first sentence of a line ends, before its full stop. The dot in
// "3.5", "St. Louis" and "J. Smith" ends none.
func sentenceEnd(line string) int {
	for i := 0; i < len(line); i++ {
		if c := line[i]; c != '.' && c != '!' && c != '?' {
			continue
		}
		next := skip(line, i+1, "\"')*_`")
		if next < len(line) && !isSpace(line[next]) {
			continue
		}
		if line[i] == '.' && next < len(line) && isAbbreviation(line[:i]) || strings.Trim(line[:i], ". ") == "" {
			continue
		}
		return i
	}
	return len(line)
}

func isAbbreviation(before string) bool {
	start := len(before)
	for start > 0 && isLetter(before[start-1]) {
		start--
	}
	word := before[start:]
	switch strings.ToLower(word) {
	case "st", "mr", "mrs", "ms", "dr", "prof", "jr", "sr", "vs", "no", "approx", "ca":
		return true
	}
	return len(word) == 1 && unicode.IsUpper(rune(word[0]))
}

// lastWord is the last word of a text, in lower case.
func lastWord(text string) string {
	text = text[max(0, len(text)-32):]
	end := len(text)
	for end > 0 && !isLetter(text[end-1]) {
		end--
	}
	start := end
	for start > 0 && (isLetter(text[start-1]) || text[start-1] == '\'') {
		start--
	}
	return strings.ToLower(text[start:end])
}

// skip returns the first place from i on whose byte is not in set.
func skip(text string, i int, set string) int {
	for i < len(text) && strings.IndexByte(set, text[i]) >= 0 {
		i++
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isLetter takes every byte of a character beyond ASCII for a letter.
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c >= utf8.RuneSelf }

func notLetter(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }
