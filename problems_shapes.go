package feedbackgen

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

const lineHint = `every line is one object, such as {"id":"p7","prompt":"..."}`

// A lineError is what is wrong with a line and what would help.
type lineError struct {
	cause error
	hint  string
}

func (e *lineError) Error() string { return e.cause.Error() }

func refuse(hint, format string, args ...any) error {
	return &lineError{fmt.Errorf(format, args...), hint}
}

// explain adds file and line to a line's error.
func (r *lineReader) explain(err error) error {
	var line *lineError
	if errors.As(err, &line) {
		return r.bad(line.cause, line.hint)
	}
	return r.bad(err, "")
}

// A problemParser reads one line after the other, reusing what it can.
type problemParser struct{ fields []jsonField }

// parse reads a line in whichever shape it has. Index, and an ID that is missing, are left to the caller.
func (pp *problemParser) parse(line []byte) (Problem, error) {
	fields, err := parseObject(line, pp.fields[:0])
	if err != nil {
		return Problem{}, notJSON(line, err)
	}
	pp.fields = fields
	fields = slices.DeleteFunc(fields, jsonField.isNull)
	has := func(key string) bool {
		return slices.ContainsFunc(fields, func(f jsonField) bool { return string(f.key) == key })
	}
	switch {
	case has("reward_model"), has("data_source"):
		return parseVerl(fields)
	case has("question"):
		return parseGSM8K(fields)
	}
	return parseOwn(fields)
}

func notJSON(line []byte, err error) error {
	var known *lineError
	switch {
	case bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("[")):
		return refuse("make it one object a line, such as with: jq -c '.[]' FILE", "this looks like a JSON list")
	case errors.As(err, &known):
		return err
	}
	return refuse(lineHint, "not valid JSON (%w)", err)
}

func parseOwn(fields []jsonField) (Problem, error) {
	var p Problem
	for _, f := range fields {
		var err error
		switch string(f.key) {
		case "prompt":
			err = p.setPrompt(f)
		case "answer":
			p.Answer, err = textOrNumber(f)
			p.Answer = ifNotBlank(p.Answer)
		default:
			err = p.setOther(f, "id", "prompt", "answer", "verifier", "meta")
		}
		if err != nil {
			return Problem{}, err
		}
	}
	if p.Prompt == nil {
		return Problem{}, refuse(lineHint, `no "prompt"`)
	}
	return p, nil
}

// parseGSM8K reads OpenAI's grade school math: the answer is a worked solution and, after "####",
// what it comes to. The solution itself is left behind, so that it cannot leak into a prompt.
func parseGSM8K(fields []jsonField) (Problem, error) {
	var p Problem
	found := false
	for _, f := range fields {
		var err error
		switch string(f.key) {
		case "question":
			p.Plain = true
			err = p.setPrompt(f)
		case "answer":
			var solution string
			if solution, err = text(f); err != nil {
				break
			}
			mark := strings.LastIndex(solution, "####")
			if mark >= 0 {
				p.Answer = strings.TrimSpace(solution[mark+len("####"):])
			}
			if p.Answer == "" {
				err = refuse(`GSM8K's answers end like "#### 72"; with a bare answer, call the question "prompt"`, `no "####" with an answer after it in "answer"`)
			}
			found = true
		default:
			err = p.setOther(f, "id", "question", "answer", "verifier", "meta")
		}
		if err != nil {
			return Problem{}, err
		}
	}
	if !found {
		return Problem{}, refuse(`GSM8K's lines are {"question","answer"}; without an answer, call the question "prompt"`, `"question" without "answer"`)
	}
	return p, nil
}

// parseVerl reads a row as verl's trainers take it. What it does not use is kept as meta, because
// such rows hold columns for all kinds of trainers; the answer's own key has to be there.
func parseVerl(fields []jsonField) (Problem, error) {
	const hint = `verl's rows are {"data_source","prompt":[...],"reward_model":{"ground_truth":"72"},...}`
	var p Problem
	found := false
	var rest []jsonField
	for _, f := range fields {
		var err error
		switch string(f.key) {
		case "id":
			err = p.setOther(f, "id")
		case "prompt":
			err = p.setPrompt(f)
		case "reward_model":
			p.Answer, found, err = groundTruth(f, hint)
		default:
			rest = append(rest, f)
		}
		if err != nil {
			return Problem{}, err
		}
	}
	switch {
	case p.Prompt == nil:
		return Problem{}, refuse(hint, `no "prompt"`)
	case !found:
		return Problem{}, refuse(hint, `no "ground_truth" in "reward_model"`)
	}
	p.Meta = objectOf(rest)
	return p, nil
}

// objectOf puts fields together again, in their order; no fields are no object.
func objectOf(fields []jsonField) json.RawMessage {
	if len(fields) == 0 {
		return nil
	}
	size := 1
	for _, f := range fields {
		size += len(f.quoted) + len(f.value) + 2
	}
	object := make([]byte, 0, size)
	for _, f := range fields {
		object = append(object, ',')
		object = append(object, f.quoted...)
		object = append(object, ':')
		object = append(object, f.value...)
	}
	object[0] = '{'
	return append(object, '}')
}

func groundTruth(model jsonField, hint string) (answer string, found bool, err error) {
	if model.value[0] != '{' {
		return "", false, refuse(hint, `"reward_model" is %s, not an object`, jsonType(model.value))
	}
	fields, err := parseObject(model.value, nil)
	if err != nil {
		return "", false, err
	}
	for _, f := range fields {
		if string(f.key) == "ground_truth" && !f.isNull() {
			answer, err := textOrNumber(f)
			return ifNotBlank(answer), true, err
		}
	}
	return "", false, nil
}

// setOther sets what every shape may have, and refuses what is in none.
func (p *Problem) setOther(f jsonField, known ...string) (err error) {
	if key := string(f.key); !slices.Contains(known, key) {
		hint := `put fields of your own under "meta"`
		if near := nearest(key, known); near != "" {
			hint = fmt.Sprintf("did you mean %q? Fields of your own go under \"meta\"", near)
		}
		return refuse(hint, "unknown key %q", f.key)
	}
	switch string(f.key) {
	case "id":
		p.ID, err = textOrNumber(f)
		if err == nil && p.ID == "" {
			err = refuse("leave it out and the problem is called line-N", `"id" is empty`)
		}
	case "verifier":
		p.Verifier, err = text(f)
	case "meta":
		if f.value[0] != '{' {
			return refuse(`such as "meta":{"source":"..."}`, `"meta" is %s, not an object`, jsonType(f.value))
		}
		p.Meta = slices.Clone(f.value)
	}
	return err
}

// setPrompt reads a conversation, or a text that becomes one.
func (p *Problem) setPrompt(f jsonField) error {
	switch f.value[0] {
	case '"':
		p.Prompt, p.Plain = []Message{User(unquote(f.value))}, true
	case '[':
		elements, err := parseArray(f.value)
		if err != nil {
			return err
		}
		for i, element := range elements {
			m, err := parseMessage(element)
			if err != nil {
				return inMessage(f.key, i, err)
			}
			p.Prompt = append(p.Prompt, m)
		}
	default:
		return refuse("", "%q is %s, neither text nor a list of messages", f.key, jsonType(f.value))
	}
	if len(p.Prompt) == 0 {
		return refuse(lineHint, "%q is empty", f.key)
	}
	last := p.Prompt[len(p.Prompt)-1]
	if last.Role != RoleUser {
		return refuse("a prompt ends with what the user asks", "the last message in %q is the %s's", f.key, last.Role)
	}
	if ifNotBlank(last.Content) == "" {
		return refuse(lineHint, "%q is empty", f.key)
	}
	return nil
}

func inMessage(key []byte, i int, err error) error {
	hint := `a message is {"role":"user","content":"..."}`
	var line *lineError
	if errors.As(err, &line) && line.hint != "" {
		hint = line.hint
	}
	return refuse(hint, "message %d in %q: %w", i+1, key, err)
}

func parseMessage(value []byte) (m Message, err error) {
	if value[0] != '{' {
		return m, refuse("", "it is %s, not an object", jsonType(value))
	}
	fields, err := parseObject(value, nil)
	if err != nil {
		return m, err
	}
	hasContent := false
	for _, f := range fields {
		if f.isNull() {
			continue
		}
		switch string(f.key) {
		case "role":
			m.Role, err = text(f)
		case "content":
			m.Content, err = text(f)
			hasContent = true
		case "thinking":
			m.Thinking, err = text(f)
		default:
			err = refuse(`a message has "role", "content" and "thinking"; tool calls are not supported`, "unknown key %q", f.key)
		}
		if err != nil {
			return m, err
		}
	}
	switch m.Role {
	case RoleSystem, RoleUser, RoleAssistant, "tool":
	case "":
		return m, refuse("", `no "role"`)
	default:
		return m, refuse("roles are system, user, assistant and tool", "role %q", m.Role)
	}
	if !hasContent {
		return m, refuse("", `no "content"`)
	}
	return m, nil
}

func text(f jsonField) (string, error) {
	if f.value[0] != '"' {
		return "", refuse("", "%q is %s, not text", f.key, jsonType(f.value))
	}
	return unquote(f.value), nil
}

// textOrNumber takes a number as it is spelled: 1.50 stays 1.50.
func textOrNumber(f jsonField) (string, error) {
	switch c := f.value[0]; {
	case c == '"':
		return unquote(f.value), nil
	case c == '-' || '0' <= c && c <= '9':
		return string(f.value), nil
	}
	return "", refuse("", "%q is %s, neither text nor a number", f.key, jsonType(f.value))
}

func ifNotBlank(text string) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	return text
}

// nearest is the known key that a typo was probably meant for: at most two letters away.
func nearest(key string, known []string) string {
	best, distance := "", 3
	for _, k := range known {
		if d := editDistance(strings.ToLower(key), k); d < distance {
			best, distance = k, d
		}
	}
	return best
}

// editDistance is Levenshtein's, in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
