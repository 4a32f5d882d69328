package judge

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"
	"text/template"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/internal/prompt"
)

//go:embed prompts
var shipped embed.FS

const (
	verdictFile = "verdict.tmpl" // asks for yes or no to each rubric
	compareFile = "compare.tmpl" // asks which of .Answer (A) and .Other (B) is better
)

// What the files know.
type (
	ofVerdict struct {
		Task      string
		Rubrics   []string
		Reference string
		// Mark is a word that the answers cannot hold, as it is a digest of them: no answer can
		// pretend to have ended.
		Mark   string
		Answer string
	}
	ofCompare struct {
		ofVerdict
		Other string
	}
)

func kit() prompt.Kit {
	verdict := ofVerdict{Rubrics: []string{"x"}}
	return prompt.Kit{
		Shipped: shipped, Funcs: template.FuncMap{"inc": func(i int) int { return i + 1 }},
		Files: []prompt.File{{Name: verdictFile, Trial: verdict}, {Name: compareFile, Trial: ofCompare{ofVerdict: verdict}}},
	}
}

// Prompts are the judge's prompt files, as text/template. Beside the standard functions there is
// inc, which counts from 1 what a range counts from 0.
type Prompts struct{ set *prompt.Set }

// DefaultPrompts are the ones that ship with the package.
func DefaultPrompts() *Prompts { return &Prompts{kit().Default("")} }

// LoadPrompts reads verdict.tmpl and compare.tmpl from dir, and takes the default for one that is
// not there.
func LoadPrompts(dir fs.FS) (*Prompts, error) {
	set, err := kit().Load(dir)
	if err != nil {
		return nil, err
	}
	return &Prompts{set}, nil
}

// Digest identifies the content of the files.
func (p *Prompts) Digest() string { return p.set.Digest() }

// ask is the conversation that puts a question to the judge.
func (p *Prompts) ask(file string, task Task, rubrics []string, answer, other string) ([]feedbackgen.Message, error) {
	return p.set.Ask(file, ofCompare{ofVerdict{
		strings.TrimSpace(task.Text), oneLineEach(rubrics), strings.TrimSpace(task.Reference), markOf(answer, other), answer,
	}, other})
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
