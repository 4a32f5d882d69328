package imagine

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

// Way is how a problem is made of given ones.
type Way string

// The ways. A problem's first child is made in the way that is as far down the list as the problem is
// down its file, modulo their number, its next child in the next way: few children a problem, too, are
// made in all ways.
const (
	// Rephrase says the same in other words.
	Rephrase Way = "rephrase"
	// Numbers asks the same of other numbers.
	Numbers Way = "numbers"
	// Invert asks for what was given, and gives what was asked for.
	Invert Way = "invert"
	// Combine needs the results of two problems.
	Combine Way = "combine"
)

// ways are all of them. Combine is the last, because it is left out where there is but one problem.
func ways() []Way { return []Way{Rephrase, Numbers, Invert, Combine} }

//go:embed prompts/*.tmpl
var shipped embed.FS

// Prompts are the prompt files, as text/template, one for each way.
type Prompts struct {
	files  map[Way]*template.Template
	digest string
}

// promptData is what the files may use.
type promptData struct{ Problem, Other string }

// DefaultPrompts are the ones that ship with the package.
func DefaultPrompts() *Prompts {
	dir, err := fs.Sub(shipped, "prompts")
	if err == nil {
		var p *Prompts
		if p, err = LoadPrompts(dir); err == nil {
			return p
		}
	}
	panic(fmt.Sprintf("the prompts that ship are broken: %v", err)) // a build that no test lets through
}

// LoadPrompts reads the prompt files from dir, and takes the default for one that is not there:
// rephrase.tmpl, numbers.tmpl, invert.tmpl and combine.tmpl. They know {{.Problem}}, and combine.tmpl
// {{.Other}}, the text of the other problem. They have to ask for the new problem between <problem> and
// </problem>.
func LoadPrompts(dir fs.FS) (*Prompts, error) {
	p := &Prompts{files: map[Way]*template.Template{}}
	sum := sha256.New()
	for _, way := range ways() {
		name := string(way) + ".tmpl"
		text, err := fs.ReadFile(dir, name)
		if errors.Is(err, fs.ErrNotExist) {
			text, err = shipped.ReadFile("prompts/" + name)
		}
		if err != nil {
			return nil, &feedbackgen.Failure{Op: "read prompts", Subject: name, Cause: err}
		}
		_, _ = fmt.Fprintf(sum, "%s\x00%d\x00%s", name, len(text), text) // a hash never fails
		p.files[way], err = template.New(name).Option("missingkey=error").Parse(string(text))
		if err != nil {
			return nil, &feedbackgen.Failure{
				Op: "read prompts", Subject: name, Kind: feedbackgen.ErrInput, Cause: err,
				Hint: "prompt files are Go text/template, see https://pkg.go.dev/text/template",
			}
		}
		if _, err := p.render(way, promptData{}); err != nil {
			return nil, err
		}
	}
	p.digest = hex.EncodeToString(sum.Sum(nil)[:8])
	return p, nil
}

// Digest identifies the content of the files.
func (p *Prompts) Digest() string { return p.digest }

func (p *Prompts) render(way Way, data promptData) (string, error) {
	var text strings.Builder
	if err := p.files[way].Execute(&text, data); err != nil {
		return "", &feedbackgen.Failure{
			Op: "render prompt", Subject: string(way) + ".tmpl", Kind: feedbackgen.ErrInput, Cause: err,
			Hint: "it knows {{.Problem}}, and combine.tmpl {{.Other}}",
		}
	}
	return strings.TrimSpace(text.String()), nil
}
