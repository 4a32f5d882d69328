package critic

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

//go:embed prompts
var shipped embed.FS

// The prompt files, and what each knows beside .Problem.
const (
	valueFile   = "value.tmpl"   // .Solution, a partial one
	processFile = "process.tmpl" // .Before and .Step
	outcomeFile = "outcome.tmpl" // .Solution, a whole one
)

var promptFiles = []string{valueFile, processFile, outcomeFile}

// Prompts are the critics' prompt files, as text/template.
type Prompts struct {
	files  map[string]*template.Template
	digest string
}

// promptData is what the files may use. No right answer is among it.
type promptData struct {
	Problem, Solution, Before, Step string
}

// DefaultPrompts are the ones that ship with the package, for a model of that name: the embedded model
// has been trained on words of its own.
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
			Hint: "value.tmpl and outcome.tmpl know {{.Problem}} and {{.Solution}}, process.tmpl {{.Problem}}, {{.Before}} and {{.Step}}",
		}
	}
	return strings.TrimSpace(text.String()), nil
}
