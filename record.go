package feedbackgen

import (
	"bytes"
	"encoding/json"
)

// Kind names a kind of record, and with ".jsonl" the file that holds it.
type Kind string

// Record is one line of training data. Its JSON has the trainer's columns at the top level and
// everything else under "feedback". A new kind is a new type with a Kind of its own, added to
// [Kinds]; nothing else needs to know it.
type Record interface {
	Kind() Kind
}

// Provenance is what every record says of its origin; each kind's feedback embeds it.
type Provenance struct {
	// Problem is the problem's id.
	Problem string `json:"problem"`
	// Module is the part that made the record, such as "mcts".
	Module string `json:"module"`
	// Node is where in the module's own structure it was made: in a tree, the path from the root,
	// "0" and then one child's number a level, such as "0.2.1".
	Node string `json:"node"`
	// Policy and Sampling produced every completion in the record.
	Policy   Policy   `json:"policy"`
	Sampling Sampling `json:"sampling"`
	// Prompts is a digest of the prompt files that were rendered.
	Prompts string `json:"prompts"`
	// Round, from 1, of self-play in which it was made, and Skills a digest of the skills in the prompt;
	// 0 and "" where there are none.
	Round  int    `json:"round"`
	Skills string `json:"skills"`
	// Continuation says how partial solutions were continued: "native", "raw" or "none".
	Continuation string `json:"continuation"`
	// Verifier is the rule that judged; after "self-consistency:" it is the rule that compared answers
	// with the one that most solutions agree on, which may be wrong.
	Verifier string `json:"verifier"`
	// AgreementVotes of AgreementSolutions independent solutions gave the answer that stands for the
	// right one; 0 of 0 where the answer came with the problem.
	AgreementVotes     int `json:"agreement_votes"`
	AgreementSolutions int `json:"agreement_solutions"`
	// Parents are the ids of the problems that the policy made this one from, with commas between; ""
	// for a problem that was given.
	Parents string `json:"parents"`
	// OffPolicy says that some text in the record was not drawn from Policy as stated.
	OffPolicy bool `json:"off_policy"`
	// LeaksGold says that the right answer was in a prompt.
	LeaksGold bool `json:"leaks_gold"`
	// AnswerShown says that the answer stands in what the prompt shows, as in a question about a document:
	// to find it there is the task, and no shortcut.
	AnswerShown bool `json:"answer_shown"`
	// ProblemPasses of ProblemRollouts independent, judged solutions of the whole problem were right:
	// how hard the problem is for the policy.
	ProblemPasses   int `json:"problem_passes"`
	ProblemRollouts int `json:"problem_rollouts"`
	// Guards names the guards that the record passed, in order, with commas between; a guard that is
	// not named was off, or had nothing to judge by. Modules leave it empty: guards come after them.
	Guards string `json:"guards"`
}

// Content is a trainer's column: a conversation, or bare text where Messages is nil.
type Content struct {
	Messages []Message
	Text     string
}

// Conversation is a column of messages.
func Conversation(messages ...Message) Content { return Content{Messages: messages} }

// Text is a column of bare text.
func Text(text string) Content { return Content{Text: text} }

// MarshalJSON writes a list of messages, or a string. Text stays as it is: whether "<" is escaped is
// for whoever writes the whole record to say.
func (c Content) MarshalJSON() ([]byte, error) {
	var value any = c.Text
	if c.Messages != nil {
		value = c.Messages
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), err
}

// UnmarshalJSON reads a list of messages, or a string.
func (c *Content) UnmarshalJSON(data []byte) error {
	*c = Content{}
	if len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, &c.Messages)
	}
	return json.Unmarshal(data, &c.Text)
}
