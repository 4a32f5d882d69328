package verify

import (
	"strings"
	"unicode/utf8"
)

const (
	// maxText bounds, in bytes, how much of a completion's end is looked at.
	maxText = 1 << 20
	// maxSlot bounds an answer, in bytes, with whatever decorates it.
	maxSlot = 1 << 10
	// maxHeadings bounds how many "####" are tried, from the last backwards.
	maxHeadings = 16
)

// slot is a place in a text where an answer is given.
type slot struct {
	text string
	// start and end are where in the text the whole form is, markers included.
	start, end int
}

// finder returns the last slot of one form in a text.
type finder func(text string) (slot, bool)

// reader reads answers of one kind.
type reader interface {
	// read returns the normal form of the answer in a slot, or the reason why there is none.
	read(text string) (answer, reason string)
	// bare reports whether a line is an answer and nothing else.
	bare(line string) bool
	// unmarked looks for an answer in text that has no form.
	unmarked(text string) (answer, reason string)
}

// extract finds a completion's answer, as the package's documentation says.
func extract(r reader, completion string) (answer, reason string) {
	text, ok := spoken(tail(completion))
	if !ok {
		return "", ReasonThinking
	}
	if s, ok := boxed(text); ok {
		return settle(r, text, s, boxed)
	}
	if s, ok := heading(text, r.bare); ok {
		return settle(r, text, s, func(text string) (slot, bool) { return heading(text, r.bare) })
	}
	if s, ok := tagged(text); ok {
		return settle(r, text, s, tagged)
	}
	s, ok := phrase(text)
	if !ok {
		return r.unmarked(text)
	}
	answer, reason = settle(r, text, s, phrase)
	if reason != ReasonUnreadable {
		return answer, reason
	}
	if after, why := r.unmarked(text[s.end:]); why == "" {
		return after, ""
	}
	return "", reason
}

// settle reads a slot, and refuses it if the slot just before it says something else in the same
// breath.
func settle(r reader, text string, s slot, find finder) (answer, reason string) {
	if len(s.text) > maxSlot {
		return "", ReasonTooLong
	}
	answer, reason = r.read(s.text)
	if reason != "" {
		return answer, reason
	}
	near := text[max(0, s.start-maxSlot):s.start]
	before, ok := find(near)
	if !ok || !sameBreath(near[before.end:]) || len(before.text) > maxSlot {
		return answer, ""
	}
	if other, why := r.read(before.text); why == "" && other != answer {
		return "", ReasonHedged
	}
	return answer, ""
}

// sameBreath reports whether the text between two slots joins them into one statement.
func sameBreath(between string) bool {
	if len(between) > 64 || strings.ContainsAny(between, "\n.!?;") {
		return false
	}
	for word := range strings.FieldsFuncSeq(strings.ToLower(between), notLetter) {
		switch word {
		case "or", "and", "maybe", "perhaps", "possibly", "either", "also", "alternatively", "the", "is", "it", "could", "be":
		default:
			return false
		}
	}
	return true
}

// tail is the end of a text, cut between characters.
func tail(text string) string {
	if len(text) <= maxText {
		return text
	}
	text = text[len(text)-maxText:]
	for i := 0; i < utf8.UTFMax && i < len(text); i++ {
		if utf8.RuneStart(text[i]) {
			return text[i:]
		}
	}
	return text
}

// spoken is the text without the reasoning before it, or false if the reasoning never ends.
func spoken(text string) (string, bool) {
	const open, shut = "<think>", "</think>"
	if !strings.Contains(text, "think>") {
		return text, true
	}
	if i := strings.LastIndex(text, shut); i >= 0 {
		text = text[i+len(shut):]
	}
	return text, !strings.Contains(text, open)
}

// boxed finds \boxed{X}. One that is never closed is a slot without an answer.
func boxed(text string) (slot, bool) {
	const marker = `\boxed`
	if !strings.Contains(text, marker) {
		return slot{}, false
	}
	for end := len(text); ; {
		start := strings.LastIndex(text[:end], marker)
		if start < 0 {
			return slot{}, false
		}
		end = start
		open := start + len(marker)
		for open < len(text) && text[open] == ' ' {
			open++
		}
		if open == len(text) || text[open] != '{' {
			continue
		}
		shut := closingBrace(text, open)
		if shut < 0 {
			return slot{start: start, end: len(text)}, true
		}
		inner := text[open+1 : shut]
		if len(inner) <= maxSlot {
			inner = strings.TrimSpace(inner)
		}
		if inner != "" {
			return slot{inner, start, shut + 1}, true
		}
	}
}

// closingBrace returns where the brace that opens at open is closed. Past the longest answer it
// looks no further, and closes there.
func closingBrace(text string, open int) int {
	depth := 0
	for i := open; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
		if i-open > maxSlot+1 {
			return min(i, len(text)-1)
		}
	}
	return -1
}

// heading finds "#### X" where X is bare, or its line the last with text.
func heading(text string, bare func(string) bool) (slot, bool) {
	const marker = "####"
	if !strings.Contains(text, marker) {
		return slot{}, false
	}
	end := len(text)
	for range maxHeadings {
		start := strings.LastIndex(text[:end], marker)
		if start < 0 {
			return slot{}, false
		}
		end = start
		from := start + len(marker)
		if from < len(text) && text[from] == '#' || start > 0 && text[start-1] == '#' {
			continue
		}
		stop := from + lineEnd(text[from:])
		inner := strings.TrimSpace(text[from:stop])
		if inner == "" || len(inner) > maxSlot {
			continue
		}
		if bare(inner) || strings.TrimSpace(text[stop:]) == "" {
			return slot{inner, start, stop}, true
		}
	}
	return slot{}, false
}

// tagged finds <answer>X</answer>.
func tagged(text string) (slot, bool) {
	const open, shut = "<answer>", "</answer>"
	if !strings.Contains(text, "<") {
		return slot{}, false
	}
	limit := len(text)
	for i := strings.LastIndexByte(text, '<'); i >= 0; i = strings.LastIndexByte(text[:i], '<') {
		if hasFold(text[i:], shut) {
			limit = i
			continue
		}
		if !hasFold(text[i:], open) {
			continue
		}
		if inner := strings.TrimSpace(text[i+len(open) : limit]); inner != "" {
			return slot{inner, i, min(limit+len(shut), len(text))}, true
		}
		limit = i
	}
	return slot{}, false
}

func hasFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

func lineEnd(text string) int {
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		return i
	}
	return len(text)
}

// lastLine is the last line with text in it.
func lastLine(text string) (line string, only bool) {
	text = strings.TrimSpace(text)
	i := strings.LastIndexByte(text, '\n')
	return text[i+1:], i < 0
}
