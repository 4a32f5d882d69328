package feedbackgen

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deeply arrays and objects nest, and with it the stack.
const maxDepth = 500

// A jsonField is one key of an object and its value, both as bytes of the line: the key as it reads
// and, quoted, as it stands there; the value as it stands.
type jsonField struct {
	key, quoted, value []byte
}

// isNull reports whether the value is null, which counts as left out: tables that were exported to
// JSON write null for every empty cell.
func (f jsonField) isNull() bool { return f.value[0] == 'n' }

// parseObject reads a line that is one JSON object and appends its fields to fields. It is stricter
// than encoding/json, which takes the last of equal keys and turns broken text into U+FFFD: a
// problem that is read otherwise than it was meant is worse than one that is refused.
// The data has to be valid UTF-8.
func parseObject(data []byte, fields []jsonField) ([]jsonField, error) {
	if fields == nil {
		fields = make([]jsonField, 0, 4)
	}
	s := jsonScanner{data: data, fields: fields}
	s.space()
	if s.peek() != '{' {
		start := s.pos
		if err := s.value(); err != nil {
			return nil, err
		}
		return nil, refuse(lineHint, "%s, not an object", jsonType(data[start:]))
	}
	if err := s.object(); err != nil {
		return nil, err
	}
	s.space()
	if s.pos < len(data) {
		return nil, s.unexpected("after the object")
	}
	return s.fields, nil
}

// parseArray splits a valid JSON array into its elements.
func parseArray(data []byte) ([][]byte, error) {
	s := jsonScanner{data: data}
	elements := make([][]byte, 0, 4)
	err := s.array(&elements)
	return elements, err
}

// jsonType names the type of a valid value.
func jsonType(value []byte) string {
	switch value[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "text"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}

// A jsonScanner reads JSON as RFC 8259 has it. Positions are bytes from the line's beginning.
type jsonScanner struct {
	data  []byte
	pos   int
	depth int
	// fields are those of the open objects, the outermost first.
	fields []jsonField
}

// peek is the next byte, 0 at the end (a NUL in the text is unexpected everywhere, too).
func (s *jsonScanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

func (s *jsonScanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

func (s *jsonScanner) unexpected(where string) error {
	if s.pos >= len(s.data) {
		return fmt.Errorf("unexpected end %s", where)
	}
	r, _ := utf8.DecodeRune(s.data[s.pos:])
	return fmt.Errorf("unexpected %q %s at column %d", r, where, s.pos+1)
}

func (s *jsonScanner) value() error {
	switch c := s.peek(); {
	case c == '"':
		_, err := s.text()
		return err
	case c == '{':
		outer := len(s.fields)
		err := s.object()
		s.fields = s.fields[:outer]
		return err
	case c == '[':
		return s.array(nil)
	case c == '-' || '0' <= c && c <= '9':
		return s.number()
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if bytes.HasPrefix(s.data[s.pos:], []byte(word)) {
			s.pos += len(word)
			return nil
		}
	}
	return s.unexpected("where a value should be")
}

func (s *jsonScanner) enter() error {
	s.pos++
	s.depth++
	if s.depth > maxDepth {
		return fmt.Errorf("more than %d levels deep at column %d", maxDepth, s.pos)
	}
	s.space()
	return nil
}

// object leaves the object's fields behind those that are there.
func (s *jsonScanner) object() error {
	if err := s.enter(); err != nil {
		return err
	}
	defer func() { s.depth-- }()
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	outer := len(s.fields)
	for {
		if s.peek() != '"' {
			return s.unexpected("where a key should be")
		}
		start := s.pos
		quoted, err := s.text()
		if err != nil {
			return err
		}
		key := unquoteBytes(quoted)
		s.space()
		if s.peek() != ':' {
			return s.unexpected("after key")
		}
		s.pos++
		s.space()
		from := s.pos
		if err := s.value(); err != nil {
			return err
		}
		mine := s.fields[outer:]
		if len(mine) < manyKeys && slices.ContainsFunc(mine, func(f jsonField) bool { return bytes.Equal(f.key, key) }) {
			return fmt.Errorf("key %q stands twice, again at column %d", key, start+1)
		}
		s.fields = append(s.fields, jsonField{key, quoted, s.data[from:s.pos]})
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
			s.space()
		case '}':
			s.pos++
			return repeatedKey(s.fields[outer:])
		default:
			return s.unexpected("after value")
		}
	}
}

// manyKeys is how many keys it takes before comparing each with each becomes slow.
const manyKeys = 16

// repeatedKey looks for equal keys in an object of many.
func repeatedKey(fields []jsonField) error {
	if len(fields) <= manyKeys {
		return nil
	}
	seen := make(map[string]struct{}, len(fields))
	for _, f := range fields {
		if _, again := seen[string(f.key)]; again {
			return fmt.Errorf("key %q stands twice", f.key)
		}
		seen[string(f.key)] = struct{}{}
	}
	return nil
}

// array appends its elements to elements, unless that is nil.
func (s *jsonScanner) array(elements *[][]byte) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer func() { s.depth-- }()
	if s.peek() == ']' {
		s.pos++
		return nil
	}
	for {
		from := s.pos
		if err := s.value(); err != nil {
			return err
		}
		if elements != nil {
			*elements = append(*elements, s.data[from:s.pos])
		}
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
			s.space()
		case ']':
			s.pos++
			return nil
		default:
			return s.unexpected("after value")
		}
	}
}

// number is -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
func (s *jsonScanner) number() error {
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.peek() == '.' {
		s.pos++
		if err := s.digits(); err != nil {
			return err
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		return s.digits()
	}
	return nil
}

func (s *jsonScanner) digits() error {
	start := s.pos
	for c := s.peek(); '0' <= c && c <= '9'; c = s.peek() {
		s.pos++
	}
	if s.pos == start {
		return s.unexpected("in a number")
	}
	return nil
}

// text reads a string and returns it as it stands, with its quotes.
func (s *jsonScanner) text() ([]byte, error) {
	start := s.pos
	s.pos++
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return s.data[start:s.pos], nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return nil, err
			}
		case c < ' ':
			return nil, s.unexpected("in text (write it as an escape)")
		default:
			s.pos++
		}
	}
	return nil, s.unexpected("of text")
}

func (s *jsonScanner) escape() error {
	s.pos++
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos++
		return nil
	case 'u':
	default:
		return s.unexpected("after \\")
	}
	column := s.pos
	r, ok := hex4(s.data[s.pos+1:])
	if !ok {
		return fmt.Errorf("\\u without four hexadecimal digits at column %d", column)
	}
	s.pos += 5
	if !utf16.IsSurrogate(r) {
		return nil
	}
	if rest := s.data[s.pos:]; len(rest) > 2 && rest[0] == '\\' && rest[1] == 'u' {
		if low, ok := hex4(rest[2:]); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			s.pos += 6
			return nil
		}
	}
	return fmt.Errorf("half a surrogate pair, which is no character, at column %d", column)
}

func hex4(data []byte) (rune, bool) {
	if len(data) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range data[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unquote returns what a string that the scanner has accepted says.
func unquote(raw []byte) string { return string(unquoteBytes(raw)) }

// unquoteBytes is a part of raw where that holds no escapes.
func unquoteBytes(raw []byte) []byte {
	raw = raw[1 : len(raw)-1]
	next := bytes.IndexByte(raw, '\\')
	if next < 0 {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for ; next >= 0; next = bytes.IndexByte(raw, '\\') {
		out = append(out, raw[:next]...)
		c := raw[next+1]
		raw = raw[next+2:]
		switch c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r, _ := hex4(raw)
			raw = raw[4:]
			if utf16.IsSurrogate(r) {
				low, _ := hex4(raw[2:])
				r = utf16.DecodeRune(r, low)
				raw = raw[6:]
			}
			out = utf8.AppendRune(out, r)
			continue
		}
		out = append(out, c)
	}
	return append(out, raw...)
}
