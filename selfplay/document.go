package selfplay

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/guard/leak"
)

// Why a task about a document is not well posed, beside the reasons that all modes share.
const (
	unquoted = "not_quoted"  // the span that is to prove the reference is not in the document
	told     = "answer_told" // the task says its own answer
	noRubric = "bad_rubrics" // there are none, too many, empty ones or the same twice
	unsolved = "unsolved"    // nobody solves it, not even with the document
)

// Bounds of a task about a document; lengths in bytes.
const (
	mostRubrics   = 8
	longestRubric = 400
	longestAnswer = 600
	shortestQuote = 12
	longestQuote  = 1200
)

// readGrounded takes a challenger's reply apart: a JSON object, alone or in a Markdown code block.
func readGrounded(reply, document string) (p posed, invalid string) {
	var task struct {
		Task    string   `json:"task"`
		Rubrics []string `json:"rubrics"`
		Answer  string   `json:"answer"`
		Quote   string   `json:"quote"`
	}
	decoder := json.NewDecoder(strings.NewReader(unfence(reply)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&task); err != nil {
		return p, unreadable
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return p, unreadable
	}
	p.text, p.truth = strings.TrimSpace(task.Task), strings.TrimSpace(task.Answer)
	p.quote = strings.Join(strings.Fields(task.Quote), " ")
	p.rubrics = lo.Map(task.Rubrics, func(r string, _ int) string { return strings.Join(strings.Fields(r), " ") })
	switch {
	case p.text == "" || len(p.text) > longestProblem || p.truth == "" || len(p.truth) > longestAnswer:
		return p, unreadable
	case !goodRubrics(p.rubrics):
		return p, noRubric
	case len(p.quote) < shortestQuote || len(p.quote) > longestQuote || !quotes(document, p.quote):
		return p, unquoted
	}
	if _, leaked := leak.Answer(p.text, p.truth); leaked {
		return p, told
	}
	return p, ""
}

func goodRubrics(rubrics []string) bool {
	return len(rubrics) > 0 && len(rubrics) <= mostRubrics && len(lo.Uniq(rubrics)) == len(rubrics) &&
		lo.EveryBy(rubrics, func(r string) bool { return r != "" && len(r) <= longestRubric })
}

// quotes reports whether a document holds a span word for word; only white space may differ, because
// lines break elsewhere in a reply.
func quotes(document, span string) bool {
	return strings.Contains(strings.Join(strings.Fields(document), " "), span)
}

// unfence takes a reply out of a Markdown code block.
func unfence(reply string) string {
	text := strings.TrimSpace(reply)
	inner, opened := strings.CutPrefix(text, "```")
	inner, closed := strings.CutSuffix(inner, "```")
	if !opened || !closed {
		return text
	}
	return strings.TrimPrefix(inner, "json")
}

// parts cuts a document into n parts of about equal length, at paragraphs unless one of them is so long
// that a part would be empty, else at words: what a task is to be about. A part may still be empty if
// the document has hardly more words than that.
func parts(document string, n int) []string {
	all := cut(strings.Split(strings.TrimSpace(document), "\n\n"), "\n\n", n)
	if slices.ContainsFunc(all, func(part string) bool { return strings.TrimSpace(part) == "" }) {
		return cut(strings.Fields(document), " ", n)
	}
	return all
}

// cut shares pieces out among n parts, in order.
func cut(pieces []string, joint string, n int) []string {
	total := len(strings.Join(pieces, joint))
	all := make([]string, n)
	at, end := 0, 0 // end is where the pieces so far end
	for i := range n {
		from := at
		for at < len(pieces) && (i == n-1 || end+len(pieces[at])/2 < total*(i+1)/n) {
			end += len(pieces[at]) + len(joint)
			at++
		}
		all[i] = strings.Join(pieces[from:at], joint)
	}
	return all
}

// Schemas of the replies that have to be JSON, for servers that keep to them.
var (
	challengeSchema = json.RawMessage(`{"type":"object","properties":{"task":{"type":"string"},"answer":{"type":"string"},"quote":{"type":"string"},"rubrics":{"type":"array","items":{"type":"string"},"minItems":1,"maxItems":4}},"required":["task","answer","quote","rubrics"],"additionalProperties":false}`)
	editsSchema     = json.RawMessage(`{"type":"object","properties":{"edits":{"type":"array","maxItems":3,"items":{"type":"object","properties":{"action":{"type":"string","enum":["add","replace","merge","delete"]},"name":{"type":"string"},"id":{"type":"string"},"others":{"type":"array","items":{"type":"string"}},"description":{"type":"string"},"body":{"type":"string"}},"required":["action"],"additionalProperties":false}}},"required":["edits"],"additionalProperties":false}`)
)

// schema is what a role's reply has to satisfy; nil where the server does not keep to schemas, or the role
// is played by a server that nobody has asked.
func (m *Module) schema(role backends.Role, schema json.RawMessage) json.RawMessage {
	if _, own := m.cfg.Others[role]; own || !m.cfg.Schema || m.cfg.Mode != Grounded {
		return nil
	}
	return schema
}
