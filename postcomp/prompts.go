package postcomp

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"text/template"

	"github.com/feedbackgen/feedbackgen"
)

//go:embed prompts
var shipped embed.FS

// The prompt files, and what each knows.
const (
	answerFile  = "answer.tmpl"  // wraps a problem given as a bare string: .Prompt
	assessFile  = "assess.tmpl"  // stands after the problem in mode assess: .Marker
	reviseFile  = "revise.tmpl"  // the second turn, which must not say whether the first was right
	verdictFile = "verdict.tmpl" // asks for yes or no: .Problem, .Solution
	retryFile   = "retry.tmpl"   // asks again after the model called its answer wrong
)

var promptFiles = []string{answerFile, assessFile, reviseFile, verdictFile, retryFile}

// Prompts are the module's prompt files, as text/template.
type Prompts struct {
	files  map[string]*template.Template
	digest string
}

// promptData is what the files may use.
type promptData struct {
	ID, Prompt, Marker, Problem, Solution string
}

// DefaultPrompts are the ones that ship with the package, for a model of that name: the embedded
// model has been trained on words of its own.
func DefaultPrompts(model string) *Prompts {
	dir, err := fs.Sub(shipped, "prompts")
	if err == nil && model == "abacus" {
		dir, err = fs.Sub(dir, "abacus")
	}
	var p *Prompts
	if err == nil {
		p, err = LoadPrompts(dir)
	}
	if err != nil {
		panic(fmt.Sprintf("the prompts that ship are broken: %v", err)) // a build that no test lets through
	}
	return p
}

// LoadPrompts reads the prompt files from dir, and takes the default for one that is not there.
func LoadPrompts(dir fs.FS) (*Prompts, error) {
	p := &Prompts{files: map[string]*template.Template{}}
	sum := sha256.New()
	for _, name := range promptFiles {
		text, err := fs.ReadFile(dir, name)
		if errors.Is(err, fs.ErrNotExist) {
			text, err = shipped.ReadFile("prompts/" + name)
		}
		if err != nil {
			return nil, &feedbackgen.Failure{Op: "read prompts", Subject: name, Cause: err}
		}
		_, _ = fmt.Fprintf(sum, "%s\x00%d\x00%s", name, len(text), text) // a hash never fails
		p.files[name], err = template.New(name).Option("missingkey=error").Parse(string(text))
		if err != nil {
			return nil, &feedbackgen.Failure{
				Op: "read prompts", Subject: name, Kind: feedbackgen.ErrInput, Cause: err,
				Hint: "prompt files are Go text/template, see https://pkg.go.dev/text/template",
			}
		}
		if _, err := p.render(name, promptData{}); err != nil {
			return nil, err
		}
	}
	p.digest = hex.EncodeToString(sum.Sum(nil)[:8])
	return p, nil
}

// Digest identifies the content of the files.
func (p *Prompts) Digest() string { return p.digest }

func (p *Prompts) render(name string, data promptData) (string, error) {
	var text strings.Builder
	if err := p.files[name].Execute(&text, data); err != nil {
		return "", &feedbackgen.Failure{
			Op: "render prompt", Subject: name, Kind: feedbackgen.ErrInput, Cause: err,
			Hint: "answer.tmpl knows {{.Prompt}} and {{.ID}}, assess.tmpl {{.Marker}}, verdict.tmpl {{.Problem}} and {{.Solution}}",
		}
	}
	return strings.TrimSpace(text.String()), nil
}

// question is the conversation that asks for an answer. A problem that came as messages asks in its
// own words.
func (p *Prompts) question(problem feedbackgen.Problem) ([]feedbackgen.Message, error) {
	if !problem.Plain {
		return problem.Prompt, nil
	}
	text, err := p.render(answerFile, promptData{ID: problem.ID, Prompt: problem.Prompt[0].Content})
	return []feedbackgen.Message{feedbackgen.User(text)}, err
}

// assessing is the question with what is to follow the answer, after the user's last words.
func (p *Prompts) assessing(problem feedbackgen.Problem, marker string) ([]feedbackgen.Message, error) {
	messages, err := p.question(problem)
	if err != nil {
		return nil, err
	}
	words, err := p.render(assessFile, promptData{Marker: marker})
	if err != nil || words == "" {
		return messages, err
	}
	messages = slices.Clone(messages)
	last := len(messages) - 1
	messages[last].Content += "\n\n" + words
	return messages, nil
}

// again is the conversation after a first answer, with a further user's turn.
func (p *Prompts) again(file string, question []feedbackgen.Message, answer string) ([]feedbackgen.Message, error) {
	words, err := p.render(file, promptData{})
	return append(slices.Clone(question), feedbackgen.Assistant(answer), feedbackgen.User(words)), err
}

// verdict is the conversation that asks whether a solution is right.
func (p *Prompts) verdict(problem feedbackgen.Problem, solution string) ([]feedbackgen.Message, error) {
	var words []string
	for _, m := range problem.Prompt {
		words = append(words, m.Content)
	}
	text, err := p.render(verdictFile, promptData{Problem: strings.Join(words, "\n\n"), Solution: solution})
	return []feedbackgen.Message{feedbackgen.User(text)}, err
}
