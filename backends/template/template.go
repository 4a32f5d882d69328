// Package template renders conversations into the bare text that a model was trained on, for
// servers whose chat endpoint cannot continue a partial answer: the text then goes to a completion
// endpoint instead.
//
// A template is a Go text/template over .System (the system messages, joined by blank lines) and
// .Messages (the others, each with .Role, .Content, .First and .Last). It ends where the
// assistant's answer begins. It leaves out the token that begins a text (BOS), because the server's
// tokenizer adds that. Comments of this form name what ends the model's turn; each is sent as a
// stop string:
//
//	{{/* stop: <|im_end|> */}}
package template

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"text/template"

	"github.com/feedbackgen/feedbackgen"
)

//go:embed builtin/*.tmpl
var builtin embed.FS

// Template is a chat template. It is safe for concurrent use.
type Template struct {
	name   string
	digest string
	stop   []string
	tree   *template.Template
}

// Names lists the built-in templates, in alphabetical order.
func Names() []string {
	entries, err := fs.ReadDir(builtin, "builtin")
	if err != nil {
		// An embedded folder is always there.
		panic(err)
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, strings.TrimSuffix(entry.Name(), ".tmpl"))
	}
	return names
}

// Load returns the built-in template of that name, or else reads the file at that path.
func Load(nameOrPath string) (*Template, error) {
	if text, err := builtin.ReadFile("builtin/" + nameOrPath + ".tmpl"); err == nil {
		return Parse(nameOrPath, string(text))
	}
	text, err := os.ReadFile(nameOrPath)
	if err == nil {
		return Parse(path.Base(nameOrPath), string(text))
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fs.ErrNotExist
	}
	return nil, &feedbackgen.Failure{
		Op: "load chat template", Subject: nameOrPath, Cause: err,
		Hint: "give a file, or one of " + strings.Join(Names(), ", "),
	}
}

// Parse makes a template of text; name is for error messages.
func Parse(name, text string) (*Template, error) {
	tree, err := template.New(name).Option("missingkey=error").Funcs(template.FuncMap{
		"trim": strings.TrimSpace,
	}).Parse(text)
	if err != nil {
		return nil, &feedbackgen.Failure{
			Op: "parse chat template", Subject: name, Cause: err, Hint: "it is a Go text/template over .System and .Messages",
		}
	}
	digest := sha256.Sum256([]byte(text))
	t := &Template{name: name, digest: hex.EncodeToString(digest[:]), tree: tree}
	for _, comment := range stopComment.FindAllStringSubmatch(text, -1) {
		t.stop = append(t.stop, comment[1])
	}
	return t, nil
}

var stopComment = regexp.MustCompile(`\{\{(?:- )?/\* stop: (.+?) \*/(?: -)?\}\}`)

// Name is the built-in's name, or the file's.
func (t *Template) Name() string { return t.name }

// Digest is the SHA-256 of the template's text, in hex.
func (t *Template) Digest() string { return t.digest }

// Stop holds the strings that end the model's turn.
func (t *Template) Stop() []string { return t.stop }

// message is what a template sees of one.
type message struct {
	Role, Content string
	First, Last   bool
}

// Render returns the text up to where the assistant's answer begins, and then prefix.
func (t *Template) Render(messages []feedbackgen.Message, prefix string) (string, error) {
	var system []string
	var rest []message
	for _, m := range messages {
		if m.Role == feedbackgen.RoleSystem {
			system = append(system, m.Content)
			continue
		}
		rest = append(rest, message{Role: m.Role, Content: m.Content})
	}
	if len(rest) > 0 {
		rest[0].First = true
		rest[len(rest)-1].Last = true
	}
	var text strings.Builder
	err := t.tree.Execute(&text, struct {
		System   string
		Messages []message
	}{strings.Join(system, "\n\n"), rest})
	if err != nil {
		return "", fmt.Errorf("render chat template %s: %w", t.name, err)
	}
	text.WriteString(prefix)
	return text.String(), nil
}
