package score

import "strings"

// What may be stated.
const (
	confidenceName = "confidence"
	rewardName     = "reward"
)

// maxTag bounds what stands inside a tag, in bytes.
const maxTag = 1024

// tag is <name>content</name>. Without a name it is none, and only where it starts counts.
type tag struct {
	span
	name, content string
}

// nextTag finds the first tag at or after a place, or the end of the text. A reason says that what
// begins like a tag there cannot be read.
func nextTag(text string, from int) (tag, Reason) {
	for {
		open := strings.IndexByte(text[from:], '<')
		if open < 0 {
			return tag{span: span{len(text), len(text)}}, ""
		}
		start := from + open
		from = start + 1
		name, closing, size := tagAt(text[start:])
		if size == 0 {
			continue
		}
		if closing {
			return tag{span: span{start, start}}, BrokenTag
		}
		body := text[start+size : min(len(text), start+size+maxTag)]
		end := strings.IndexByte(body, '<')
		if end < 0 {
			return tag{span: span{start, start}}, BrokenTag
		}
		other, closing, closeSize := tagAt(text[start+size+end:])
		if closeSize == 0 || !closing || other != name {
			return tag{span: span{start, start}}, BrokenTag
		}
		return tag{
			span:    span{start, start + size + end + closeSize},
			name:    name,
			content: body[:end],
		}, ""
	}
}

// tagAt reads an opening or closing tag at the beginning of text; a size of 0 is none.
func tagAt(text string) (name string, closing bool, size int) {
	at := 1
	if closing = strings.HasPrefix(text[at:], "/"); closing {
		at++
	}
	name, length := nameAt(text[at:])
	at += length
	if length == 0 || !strings.HasPrefix(text[at:], ">") {
		return "", false, 0
	}
	return name, closing, at + 1
}

// nameAt reads a name at the beginning of text, in any case; "rewards" is another way to write "reward".
func nameAt(text string) (name string, length int) {
	for _, name := range [...]string{confidenceName, rewardName} {
		if !hasPrefixFold(text, name) {
			continue
		}
		length := len(name)
		if name == rewardName && hasPrefixFold(text[length:], "s") {
			length++
		}
		return name, length
	}
	return "", 0
}

// hasPrefixFold knows ASCII letters only; prefix is in lower case.
func hasPrefixFold(text, prefix string) bool {
	if len(text) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != prefix[i] {
			return false
		}
	}
	return true
}

// Blanks and emphasis that may stand around a name or a number, and before a line's name.
const (
	blanks   = " \t\r\n"
	emphasis = blanks + "*_`"
	bullets  = emphasis + "#>-"
)

// splitLine reads "name: value". A name with nothing after it states nothing.
func splitLine(line string) (name, value string, ok bool) {
	line = strings.TrimLeft(line, bullets)
	name, length := nameAt(line)
	if length == 0 {
		return "", "", false
	}
	rest := strings.TrimLeft(line[length:], emphasis)
	if rest == "" || rest[0] != ':' && rest[0] != '=' {
		return "", "", false
	}
	value = strings.Trim(rest[1:], emphasis)
	return name, value, value != ""
}
