package embedded

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/nikolalohinski/gonja/v2/builtins"
	"github.com/nikolalohinski/gonja/v2/config"
	"github.com/nikolalohinski/gonja/v2/exec"
	"github.com/nikolalohinski/gonja/v2/loaders"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
	"github.com/feedbackgen/feedbackgen/backends/embedded/tokenizer"
)

// chat turns messages into tokens by the chat template that the file carries.
type chat struct {
	template  *exec.Template
	tokenizer *tokenizer.Tokenizer
	// marks are the texts of control tokens. Where one stands in a message, it is text.
	marks []string
}

// readChat reads the template of a file.
func readChat(f *gguf.File, t *tokenizer.Tokenizer) (*chat, string, error) {
	const field = "tokenizer.chat_template"
	text, err := f.Text(field)
	if err != nil {
		return nil, "", &feedbackgen.Failure{Cause: err, Hint: "use a model that was tuned to answer (often called Instruct or Chat)"}
	}
	c := &chat{tokenizer: t}
	if c.template, err = parseTemplate(text); err != nil {
		return nil, "", badField(f.Name, field, "%v", err)
	}
	for id := range t.Len() {
		if t.Kind(id) == tokenizer.Control && t.Text(id) != "" {
			c.marks = append(c.marks, t.Text(id))
		}
	}
	return c, text, nil
}

// parseTemplate reads a template as transformers does: a block's line break, and the space before
// a block, are no part of the text. It can include no files.
func parseTemplate(text string) (template *exec.Template, err error) {
	defer recoverTo(&err)
	settings := config.New()
	settings.TrimBlocks, settings.LeftStripBlocks = true, true
	loader := onlyTemplate(text)
	return exec.NewTemplate(templateName, settings, loader, &exec.Environment{
		Context: exec.EmptyContext().Update(exec.NewContext(map[string]any{
			"raise_exception": func(message string) (string, error) { return "", errors.New(message) },
		})).Update(builtins.GlobalVariables).Update(namespaces()),
		Filters: builtins.Filters, Tests: builtins.Tests,
		ControlStructures: builtins.ControlStructures, Methods: builtins.Methods,
	})
}

// namespaces are the global functions that templates use; gonja's others do nothing for a prompt.
func namespaces() *exec.Context {
	functions := map[string]any{"range": boundedRange}
	for _, name := range []string{"namespace", "dict"} {
		if function, ok := builtins.GlobalFunctions.Get(name); ok {
			functions[name] = function
		}
	}
	return exec.NewContext(functions)
}

// boundedRange is range, as a list that ends.
func boundedRange(_ *exec.Evaluator, params *exec.VarArgs) ([]int, error) {
	const most = 10_000
	bounds := []int{0, 0, 1}
	for i, arg := range params.Args {
		switch {
		case i > 2 || !arg.IsInteger():
			return nil, errors.New("range takes one to three integers")
		case i == 0 && len(params.Args) == 1:
			bounds[1] = arg.Integer()
		default:
			bounds[i] = arg.Integer()
		}
	}
	var list []int
	for at := bounds[0]; bounds[2] > 0 && at < bounds[1] || bounds[2] < 0 && at > bounds[1]; at += bounds[2] {
		if len(list) == most {
			return nil, fmt.Errorf("range of more than %d", most)
		}
		list = append(list, at)
	}
	return list, nil
}

const templateName = "chat template"

// onlyTemplate is a loader that knows one template.
type onlyTemplate string

var _ loaders.Loader = onlyTemplate("")

func (l onlyTemplate) Read(path string) (io.Reader, error) {
	if path != templateName {
		return nil, errors.New("a chat template can include no files")
	}
	return strings.NewReader(string(l)), nil
}

func (l onlyTemplate) Resolve(path string) (string, error) { return path, nil }

func (l onlyTemplate) Inherit(string) (loaders.Loader, error) { return l, nil }

// recoverTo turns a panic of the template engine, on a template that it does not expect, into an error.
func recoverTo(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("template engine: %v", r)
	}
}

// maxPrompt bounds a rendered prompt, in bytes.
const maxPrompt = 16 << 20

// render returns the prompt up to where the assistant's answer begins.
func (c *chat) render(messages []feedbackgen.Message) (text string, err error) {
	defer recoverTo(&err)
	list := make([]map[string]any, len(messages))
	for i, m := range messages {
		list[i] = map[string]any{"role": m.Role, "content": m.Content}
	}
	var out bounded
	err = c.template.Execute(&out, exec.NewContext(map[string]any{
		"messages": list, "add_generation_prompt": true,
		"bos_token": c.tokenizer.Text(c.tokenizer.BOS), "eos_token": c.tokenizer.Text(c.tokenizer.EOS),
	}))
	return out.String(), err
}

// bounded is a buffer that takes only so much.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxPrompt {
		return 0, fmt.Errorf("the prompt is longer than %d bytes", maxPrompt)
	}
	return b.Buffer.Write(p)
}

// firstStandIn is the first of the characters, in the last private plane, that stand for marks in
// messages while the template renders them.
const firstStandIn = 0x100000

// tokens returns the prompt's tokens, with prefix as the beginning of the answer. What reads like a
// control token in a message or the prefix is text, so that no text can end its turn.
func (c *chat) tokens(messages []feedbackgen.Message, prefix string) ([]int, error) {
	safe := make([]feedbackgen.Message, len(messages))
	for i, m := range messages {
		safe[i] = m
		safe[i].Content = c.standIn(m.Content)
	}
	text, err := c.render(safe)
	if err != nil {
		return nil, err
	}
	text += c.standIn(prefix)
	if bos := c.tokenizer.Text(c.tokenizer.BOS); c.tokenizer.AddBOS && bos != "" {
		// The template may write the token that begins a text; the text still begins once.
		text = bos + strings.TrimPrefix(text, bos)
	}
	return c.encode(text), nil
}

// standIn replaces marks by characters of their own. Where the text has such a character already,
// which means nothing to anyone, it becomes U+FFFD.
func (c *chat) standIn(text string) string {
	text = strings.Map(func(r rune) rune {
		if r >= firstStandIn {
			return utf8.RuneError
		}
		return r
	}, text)
	for i, mark := range c.marks {
		if i <= utf8.MaxRune-firstStandIn && strings.Contains(text, mark) {
			text = strings.ReplaceAll(text, mark, string(rune(firstStandIn+i)))
		}
	}
	return text
}

// encode is the tokenizer's, with stand-ins as the marks' text.
func (c *chat) encode(text string) []int {
	var ids []int
	from := 0
	for at, r := range text {
		if r < firstStandIn || int(r-firstStandIn) >= len(c.marks) {
			continue
		}
		ids = append(ids, c.tokenizer.Encode(text[from:at], true)...)
		ids = append(ids, c.tokenizer.Encode(c.marks[r-firstStandIn], false)...)
		from = at + utf8.RuneLen(r)
	}
	return append(ids, c.tokenizer.Encode(text[from:], true)...)
}
