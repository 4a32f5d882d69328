package judge

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"text/template"

	"github.com/feedbackgen/feedbackgen"
)

//go:embed prompts/*.tmpl
var shipped embed.FS

// The prompt files, which know .Task, .Rubrics, .Reference, .Mark and .Answer.
const (
	verdictFile = "verdict.tmpl" // asks for yes or no to each rubric
	compareFile = "compare.tmpl" // asks which of .Answer (A) and .Other (B) is better
)

// Prompts are the judge's prompt files, as text/template. Beside the standard functions there is
// inc, which counts from 1 what a range counts from 0.
type Prompts struct {
	files  map[string]*template.Template
	digest string
}

// promptData is what the files may use.
type promptData struct {
	Task      string
	Rubrics   []string
	Reference string
	// Mark is a word that the answers cannot hold, as it is a digest of them: no answer can
	// pretend to have ended.
	Mark   string
	Answer string
	Other  string
}

// DefaultPrompts are the ones that ship with the package.
func DefaultPrompts() *Prompts {
	dir, err := fs.Sub(shipped, "prompts")
	var p *Prompts
	if err == nil {
		p, err = LoadPrompts(dir)
	}
	if err != nil {
		panic(fmt.Sprintf("the prompts that ship are broken: %v", err)) // a build that no test lets through
	}
	return p
}

// LoadPrompts reads verdict.tmpl and compare.tmpl from dir, and takes the default for one that is
// not there.
func LoadPrompts(dir fs.FS) (*Prompts, error) {
	p := &Prompts{files: map[string]*template.Template{}}
	sum := sha256.New()
	for _, name := range []string{verdictFile, compareFile} {
		text, err := fs.ReadFile(dir, name)
		if errors.Is(err, fs.ErrNotExist) {
			text, err = shipped.ReadFile("prompts/" + name)
		}
		if err != nil {
			return nil, &feedbackgen.Failure{Op: "read prompts", Subject: name, Cause: err}
		}
		_, _ = fmt.Fprintf(sum, "%s\x00%d\x00%s", name, len(text), text) // a hash never fails
		functions := template.FuncMap{"inc": func(i int) int { return i + 1 }}
		p.files[name], err = template.New(name).Funcs(functions).Option("missingkey=error").Parse(string(text))
		if err != nil {
			return nil, &feedbackgen.Failure{
				Op: "read prompts", Subject: name, Kind: feedbackgen.ErrInput, Cause: err,
				Hint: "prompt files are Go text/template, see https://pkg.go.dev/text/template",
			}
		}
		if _, err := p.render(name, promptData{Rubrics: []string{"x"}}); err != nil {
			return nil, err
		}
	}
	p.digest = hex.EncodeToString(sum.Sum(nil)[:8])
	return p, nil
}

// Digest identifies the content of the files.
func (p *Prompts) Digest() string { return p.digest }

// ask is the conversation that puts a question to the judge.
func (p *Prompts) ask(file string, task Task, rubrics []string, answer, other string) ([]feedbackgen.Message, error) {
	text, err := p.render(file, promptData{
		Task: strings.TrimSpace(task.Text), Rubrics: oneLineEach(rubrics), Reference: strings.TrimSpace(task.Reference),
		Mark: markOf(answer, other), Answer: answer, Other: other,
	})
	return []feedbackgen.Message{feedbackgen.User(text)}, err
}

func (p *Prompts) render(name string, data promptData) (string, error) {
	var text strings.Builder
	if err := p.files[name].Execute(&text, data); err != nil {
		return "", &feedbackgen.Failure{
			Op: "render prompt", Subject: name, Kind: feedbackgen.ErrInput, Cause: err,
			Hint: "judge prompts know {{.Task}}, {{.Rubrics}}, {{.Reference}}, {{.Mark}} and {{.Answer}}, compare.tmpl {{.Other}} too",
		}
	}
	return strings.TrimSpace(text.String()), nil
}

// oneLineEach keeps a rubric from looking like several.
func oneLineEach(rubrics []string) []string {
	lines := make([]string, len(rubrics))
	for i, rubric := range rubrics {
		lines[i] = strings.Join(strings.Fields(rubric), " ")
	}
	return lines
}

func markOf(answers ...string) string {
	sum := sha256.New()
	for _, answer := range answers {
		_, _ = fmt.Fprintf(sum, "%d\x00%s", len(answer), answer) // a hash never fails
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}
