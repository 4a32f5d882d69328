package critic

import (
	"embed"
	"io/fs"

	"github.com/feedbackgen/feedbackgen/internal/prompt"
)

//go:embed prompts
var shipped embed.FS

const (
	valueFile   = "value.tmpl"   // asks about a partial solution
	processFile = "process.tmpl" // asks about its last step
	outcomeFile = "outcome.tmpl" // asks about a whole solution
)

// What the files know. No right answer is among it.
type (
	ofSolution struct{ Problem, Solution string }
	ofStep     struct{ Problem, Before, Step string }
)

func kit() prompt.Kit {
	return prompt.Kit{Shipped: shipped, Files: []prompt.File{
		{Name: valueFile, Trial: ofSolution{}}, {Name: processFile, Trial: ofStep{}}, {Name: outcomeFile, Trial: ofSolution{}},
	}}
}

// Prompts are the critics' prompt files, as text/template.
type Prompts struct{ set *prompt.Set }

// DefaultPrompts are the ones that ship with the package, for a model of that name: the embedded model
// has been trained on words of its own.
func DefaultPrompts(model string) *Prompts { return &Prompts{kit().Default(model)} }

// LoadPrompts reads the prompt files from dir, and takes the default for one that is not there.
func LoadPrompts(dir fs.FS) (*Prompts, error) {
	set, err := kit().Load(dir)
	if err != nil {
		return nil, err
	}
	return &Prompts{set}, nil
}

// Digest identifies the content of the files.
func (p *Prompts) Digest() string { return p.set.Digest() }
