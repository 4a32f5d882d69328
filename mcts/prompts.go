package mcts

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

//go:embed prompts/solve.tmpl
var embedded embed.FS

const solveFile = "solve.tmpl"

// Prompts are the module's prompt files, as text/template.
type Prompts struct {
	solve  *template.Template
	digest string
}

// DefaultPrompts are the ones that ship with the package.
func DefaultPrompts() *Prompts {
	dir, err := fs.Sub(embedded, "prompts")
	if err == nil {
		var p *Prompts
		if p, err = LoadPrompts(dir); err == nil {
			return p
		}
	}
	panic(fmt.Sprintf("the embedded prompts are broken: %v", err)) // a build that no test lets through
}

// LoadPrompts reads the prompt files from dir, and takes the default for one that is not there:
//
//	solve.tmpl    wraps a problem given as a bare string; it knows {{.Prompt}} and {{.ID}}
func LoadPrompts(dir fs.FS) (*Prompts, error) {
	text, err := fs.ReadFile(dir, solveFile)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = embedded.ReadFile("prompts/" + solveFile)
	}
	if err != nil {
		return nil, &feedbackgen.Failure{Op: "read prompts", Subject: solveFile, Cause: err}
	}
	solve, err := template.New(solveFile).Option("missingkey=error").Parse(string(text))
	if err != nil {
		return nil, &feedbackgen.Failure{
			Op: "read prompts", Subject: solveFile, Kind: feedbackgen.ErrInput, Cause: err,
			Hint: "prompt files are Go text/template, see https://pkg.go.dev/text/template",
		}
	}
	sum := sha256.Sum256([]byte(solveFile + "\x00" + string(text)))
	p := &Prompts{solve: solve, digest: hex.EncodeToString(sum[:8])}
	if _, err := p.Messages(feedbackgen.Problem{Plain: true, Prompt: []feedbackgen.Message{feedbackgen.User("1+1?")}}); err != nil {
		return nil, err
	}
	return p, nil
}

// Digest identifies the content of the files.
func (p *Prompts) Digest() string { return p.digest }

// Messages is the conversation that asks for a solution. A problem that came as messages asks in
// its own words, and is left as it is.
func (p *Prompts) Messages(problem feedbackgen.Problem) ([]feedbackgen.Message, error) {
	if !problem.Plain {
		return problem.Prompt, nil
	}
	var text strings.Builder
	err := p.solve.Execute(&text, struct{ ID, Prompt string }{problem.ID, problem.Prompt[0].Content})
	if err != nil {
		return nil, &feedbackgen.Failure{
			Op: "render prompt", Subject: solveFile, Kind: feedbackgen.ErrInput, Cause: err,
			Hint: "it knows {{.Prompt}} and {{.ID}}",
		}
	}
	return []feedbackgen.Message{feedbackgen.User(strings.TrimSpace(text.String()))}, nil
}
