package guard

import (
	"bytes"
	"errors"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/feedbackgen/feedbackgen"
)

// Record is what guards see of one line of JSON. Other people's lines in TRL's formats are read,
// too; what they do not say is empty.
type Record struct {
	// Kind is the file it is from; "" if unknown.
	Kind feedbackgen.Kind
	// Line is the record as it stands, without a line end. It is not to be changed.
	Line []byte
	// Problem and Node say where it was made. Of a record without provenance, Problem is its prompt.
	Problem, Node string
	// Prompt is the prompt's text, all messages of it; Given is the part that is not the model's own.
	Prompt, Given string
	// Context is what else the model was shown: documents and skills.
	Context string
	// Texts are the completions.
	Texts []Text
	// Policy made the completions; the zero value if unknown.
	Policy feedbackgen.Policy
	// Passes of Rollouts independent solutions of the problem were right; both 0 if unknown.
	Passes, Rollouts int

	// Passed names the guards that looked at the record and kept it.
	Passed []string
	// Refusal is the first one; nil if there is none.
	Refusal *Refusal

	own bool // it has our provenance
}

// Text is a completion in a record.
type Text struct {
	// Column is where it stands, such as "chosen"; Index is its place in a column of several, else 0.
	Column string
	Index  int
	Text   string
	Answer string
	// Node is its place in the tree; "" if unknown.
	Node string
	// Outcome is empty if unknown.
	Outcome feedbackgen.Outcome
	// Whole is true for one whole answer: not for a part of one, a conversation, or words about one.
	Whole bool
	// Imitated says that training on the record makes this text likelier.
	Imitated bool
}

var (
	errNoObject = errors.New("the line is not a JSON object")
	errUnknown  = errors.New("there is no such guard")
)

// Read reads a line. The record refers to it.
func Read(kind feedbackgen.Kind, line []byte) (*Record, error) {
	if !gjson.ValidBytes(line) || bytes.TrimLeft(line, " \t\r\n")[0] != '{' {
		return nil, errNoObject
	}
	r := &Record{Kind: kind, Line: line}
	var chosen, rejected, completion, completions, feedback, label, labels, messages, rewards gjson.Result
	root := gjson.ParseBytes(line)
	root.ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "prompt":
			r.Prompt, r.Given = content(value), given(value)
		case "context", "contexts", "document", "skills":
			r.Context += content(value) + "\n"
		case "chosen":
			chosen = value
		case "rejected":
			rejected = value
		case "completion":
			completion = value
		case "completions":
			completions = value
		case "label":
			label = value
		case "labels":
			labels = value
		case "rewards":
			rewards = value
		case "messages":
			messages = value
		case "feedback":
			feedback = value
		}
		return true
	})
	var f provenance
	if feedback.IsObject() {
		f = readProvenance(feedback)
		r.Problem, r.Node, r.Policy, r.Passes, r.Rollouts = f.problem, f.node, f.policy, f.passes, f.rollouts
		r.own = r.Problem != ""
	}
	if !r.own {
		r.Problem = r.Prompt
	}
	switch {
	case kind == feedbackgen.KindFirstAttempt:
		r.Texts = append(r.Texts, Text{Column: "attempt", Text: feedback.Get("attempt").String(), Answer: f.answer, Outcome: f.outcome, Whole: true})
	case kind == feedbackgen.KindValue:
		r.Texts = append(r.Texts, Text{Column: "prefix", Text: root.Get("prefix").String()})
	case kind == feedbackgen.KindCorrectionSeed:
		for _, column := range []string{"attempt", "sibling"} {
			s := readSide(feedback.Get(column))
			r.Texts = append(r.Texts, Text{Column: column, Text: content(root.Get(column)), Answer: s.answer, Outcome: s.outcome, Node: s.node, Whole: true})
		}
	case kind == feedbackgen.KindTree:
		r.Texts = append(r.Texts, Text{Column: "nodes", Text: joined(root.Get("nodes.#.step"))})
	case chosen.Exists():
		whole := f.kind != feedbackgen.SiblingPair && f.kind != feedbackgen.FirstWrongPair || chosen.IsArray()
		r.Texts = append(r.Texts,
			Text{Column: "chosen", Text: content(chosen), Answer: f.chosen.answer, Outcome: f.chosen.outcome, Node: f.chosen.node, Whole: whole, Imitated: true},
			Text{Column: "rejected", Text: content(rejected), Answer: f.rejected.answer, Outcome: f.rejected.outcome, Node: f.rejected.node, Whole: whole})
	case completions.Exists() && labels.Exists():
		r.Texts = append(r.Texts, Text{
			Column: "completions", Text: joined(completions), Answer: f.answer, Outcome: f.outcome,
		})
	case completions.Exists():
		r.readGroup(completions, rewards, f)
	case completion.Exists():
		// Training on a wrong solution's advantages makes it less likely.
		imitated := (!label.Exists() || label.Bool()) && (kind != feedbackgen.KindAdvantage || f.outcome == feedbackgen.Pass)
		r.readCompletion(content(completion), imitated, f)
	case messages.IsArray():
		r.readConversation(messages)
	}
	return r, nil
}

// provenance is what a record's feedback says that guards use.
type provenance struct {
	problem, node    string
	policy           feedbackgen.Policy
	passes, rollouts int
	kind             string
	answer           string
	outcome          feedbackgen.Outcome
	role             string
	segments         gjson.Result
	answerEnds       gjson.Result
	answers          gjson.Result
	outcomes         gjson.Result
	chosen, rejected side
}

type side struct {
	answer  string
	outcome feedbackgen.Outcome
	node    string
}

func readSide(value gjson.Result) side {
	return side{value.Get("answer").String(), feedbackgen.Outcome(value.Get("outcome").String()), value.Get("node").String()}
}

func readProvenance(feedback gjson.Result) provenance {
	var f provenance
	feedback.ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "problem":
			f.problem = value.String()
		case "node":
			f.node = value.String()
		case "policy":
			f.policy = readPolicy(value)
		case "problem_passes":
			f.passes = int(value.Int())
		case "problem_rollouts":
			f.rollouts = int(value.Int())
		case "type":
			f.kind = value.String()
		case "answer":
			f.answer = value.String()
		case "outcome":
			f.outcome = feedbackgen.Outcome(value.String())
		case "role":
			f.role = value.String()
		case "segments":
			f.segments = value
		case "answer_ends":
			f.answerEnds = value
		case "answers":
			f.answers = value
		case "outcomes":
			f.outcomes = value
		case "chosen":
			f.chosen = readSide(value)
		case "rejected":
			f.rejected = readSide(value)
		}
		return true
	})
	return f
}

func readPolicy(value gjson.Result) feedbackgen.Policy {
	var p feedbackgen.Policy
	value.ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "backend":
			p.Backend = value.String()
		case "model":
			p.Model = value.String()
		case "digest":
			p.Digest = value.String()
		case "id":
			p.ID = value.String()
		case "template":
			p.Template = value.String()
		}
		return true
	})
	return p
}

func (r *Record) readGroup(completions, rewards gjson.Result, f provenance) {
	answers, outcomes, prices, ends := f.answers.Array(), f.outcomes.Array(), rewards.Array(), f.answerEnds.Array()
	for i, completion := range completions.Array() {
		t := Text{Column: "completions", Index: i, Text: content(completion), Whole: true}
		if i < len(answers) {
			t.Answer = answers[i].String()
		}
		if i < len(outcomes) {
			t.Outcome = feedbackgen.Outcome(outcomes[i].String())
		}
		if i < len(ends) {
			t.Text = t.Text[:min(max(0, int(ends[i].Int())), len(t.Text))]
		}
		t.Imitated = i < len(prices) && prices[i].Num > 0
		r.Texts = append(r.Texts, t)
	}
}

// readCompletion takes the answer out of a completion. What is no answer, such as a verdict on one,
// has no outcome of its own.
func (r *Record) readCompletion(text string, imitated bool, f provenance) {
	t := Text{Column: "completion", Text: text, Answer: f.answer, Outcome: f.outcome, Whole: true, Imitated: imitated}
	f.segments.ForEach(func(_, segment gjson.Result) bool {
		if segment.Get("role").String() != "answer" {
			return false
		}
		t.Text = text[:min(max(0, int(segment.Get("end").Int())), len(text))]
		return true
	})
	if r.Kind == feedbackgen.KindEvaluation || r.Kind == feedbackgen.KindEpisode || f.role == feedbackgen.RoleVerifier {
		t.Whole, t.Outcome = false, ""
	}
	r.Texts = append(r.Texts, t)
}

// readConversation takes what the assistant says last as the completion of all before it.
func (r *Record) readConversation(messages gjson.Result) {
	all := messages.Array()
	var prompt []string
	for i, m := range all {
		if i == len(all)-1 && m.Get("role").String() == feedbackgen.RoleAssistant {
			r.Texts = append(r.Texts, Text{Column: "messages", Text: m.Get("content").String(), Whole: true, Imitated: true})
			break
		}
		prompt = append(prompt, m.Get("content").String())
	}
	r.Prompt = strings.Join(prompt, "\n")
	r.Given = r.Prompt
	if !r.own {
		r.Problem = r.Prompt
	}
}

// content is the text of a column: a string, or what the messages say.
func content(value gjson.Result) string {
	if value.IsObject() {
		return value.Get("content").String()
	}
	if !value.IsArray() {
		return value.String()
	}
	var text string
	value.ForEach(func(_, element gjson.Result) bool {
		part := content(element)
		if text == "" {
			text = part // most have one message: no copy
		} else {
			text += "\n" + part
		}
		return true
	})
	return text
}

// given is what a column says that is not the model's own: all but the assistant's messages.
func given(value gjson.Result) string {
	if !value.IsArray() {
		return value.String()
	}
	var parts []string
	value.ForEach(func(_, message gjson.Result) bool {
		if message.Get("role").String() != feedbackgen.RoleAssistant {
			parts = append(parts, content(message))
		}
		return true
	})
	return strings.Join(parts, "\n")
}

func joined(parts gjson.Result) string {
	var all []string
	for _, part := range parts.Array() {
		all = append(all, strings.TrimRight(part.String(), "\n"))
	}
	return strings.Join(all, "\n")
}

// Stamped is the line with the names of the guards that the record passed in its provenance. A
// record without provenance stays as it is.
func (r *Record) Stamped() ([]byte, error) {
	if !r.own {
		return r.Line, nil
	}
	return sjson.SetBytes(r.Line, "feedback.guards", r.passed())
}
