package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/feedbackgen/feedbackgen"
)

// maxJSON bounds an answer in JSON, in bytes of its normal form.
const maxJSON = 16 << 10

// schema takes for the answer the JSON in a completion's last fenced block, else the whole
// completion. It passes if it satisfies the schema (draft 2020-12 or 7) and, where there is a known
// answer, equals that. The normal form has its keys sorted, numbers as the number verifier spells them,
// and no white space.
type schema struct {
	name     string
	resolved *jsonschema.Resolved
}

var _ Verifier = schema{}

func newSchema(name string, content []byte) (Verifier, error) {
	var s jsonschema.Schema
	if err := json.Unmarshal(content, &s); err != nil {
		return nil, cannotLoad(name, err, "the file holds one JSON schema, draft 2020-12 or 7")
	}
	var raw any
	if err := json.Unmarshal(content, &raw); err != nil {
		return nil, cannotLoad(name, err, "the file holds one JSON schema")
	}
	if err := checkTypes(raw, ""); err != nil {
		return nil, cannotLoad(name, err, "correct it in the file")
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		return nil, cannotLoad(name, err, "the schema has to be one file: what it refers to has to be in it")
	}
	return schema{name, resolved}, nil
}

// Name is "jsonschema:", the file and its digest.
func (s schema) Name() string { return s.name }

// Verify judges a completion; an empty gold accepts whatever satisfies the schema.
func (s schema) Verify(completion string, truncated bool, gold string) Verdict {
	verdict := judge(s, completion, truncated, gold)
	if verdict.Outcome == feedbackgen.Fail && gold == "" {
		verdict.Outcome = feedbackgen.Pass
	}
	if verdict.Outcome == feedbackgen.Pass && !s.satisfied(verdict.Answer) {
		verdict.Outcome = feedbackgen.Fail
	}
	return verdict
}

func (s schema) satisfied(text string) bool {
	var value any
	return json.Unmarshal([]byte(text), &value) == nil && s.resolved.Validate(value) == nil
}

// Extract returns the JSON that a completion answers, whether it satisfies the schema or not.
func (s schema) Extract(completion string) (string, bool) {
	answer, reason := s.find(completion)
	return answer, reason == ""
}

// Equal reports whether two texts are the same JSON.
func (s schema) Equal(a, b string) bool { return s.key(a) == s.key(b) }

func (schema) key(text string) string {
	if form, reason := jsonForm(text); reason == "" {
		return form
	}
	return "\x00" + text
}

// CheckGold accepts an empty answer, and else JSON that satisfies the schema.
func (s schema) CheckGold(gold string) error {
	_, err := s.known(gold)
	return err
}

// JudgesAlone is true: without a known answer, the schema alone decides.
func (schema) JudgesAlone() bool { return true }

func (s schema) known(gold string) (string, error) {
	if gold == "" {
		return "", nil
	}
	form, reason := jsonForm(gold)
	if reason != "" || !s.satisfied(form) {
		return "", badGold(s.name, gold, "no JSON that satisfies the schema", "write JSON, or leave the answer out: then the schema alone decides")
	}
	return form, nil
}

func (schema) find(completion string) (answer, reason string) {
	text, ok := spoken(tail(completion))
	if !ok {
		return "", ReasonThinking
	}
	text = strings.TrimSpace(text)
	if block, ok := lastFenced(text); ok {
		text = block
	}
	if text == "" {
		return "", ReasonNone
	}
	return jsonForm(text)
}

// lastFenced is what stands in the last block between lines of three backticks.
func lastFenced(text string) (string, bool) {
	const fence = "```"
	shut := strings.LastIndex(text, fence)
	if shut < 0 {
		return "", false
	}
	open := strings.LastIndex(text[:shut], fence)
	if open < 0 {
		return "", false
	}
	_, block, _ := strings.Cut(text[open+len(fence):shut], "\n")
	return block, true
}

// jsonForm is the normal form of a text that is one JSON value.
func jsonForm(text string) (form, reason string) {
	if len(text) > 4*maxJSON {
		return "", ReasonTooLong
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "", ReasonUnreadable
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return "", ReasonUnreadable
	}
	var spelled bytes.Buffer
	encoder := json.NewEncoder(&spelled)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(withNumbers(value)); err != nil {
		return "", ReasonUnreadable
	}
	form = strings.TrimSpace(spelled.String())
	if len(form) > maxJSON {
		return "", ReasonTooLong
	}
	return form, ""
}

// withNumbers spells the numbers in a value in their normal form, as far as they have one.
func withNumbers(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key := range v {
			v[key] = withNumbers(v[key])
		}
	case []any:
		for i := range v {
			v[i] = withNumbers(v[i])
		}
	case json.Number:
		if form, reason := (number{}).read(v.String()); reason == "" {
			return json.Number(form)
		}
	}
	return value
}
