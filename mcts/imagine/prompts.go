package imagine

import (
	"embed"
	"io/fs"

	"github.com/feedbackgen/feedbackgen/internal/prompt"
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

//go:embed prompts
var shipped embed.FS

// What the files know.
type (
	ofOne struct{ Problem string }
	ofTwo struct{ Problem, Other string }
)

// file is the prompt file of a way.
func (w Way) file() string { return string(w) + ".tmpl" }

func kit() prompt.Kit {
	kit := prompt.Kit{Shipped: shipped}
	for _, way := range ways() {
		kit.Files = append(kit.Files, prompt.File{Name: way.file(), Trial: way.asks("", "")})
	}
	return kit
}

// asks is what the prompt file of a way is filled in with.
func (w Way) asks(problem, other string) any {
	if w == Combine {
		return ofTwo{problem, other}
	}
	return ofOne{problem}
}

// Prompts are the prompt files, as text/template, one for each way.
type Prompts struct{ set *prompt.Set }

// DefaultPrompts are the ones that ship with the package.
func DefaultPrompts() *Prompts { return &Prompts{kit().Default("")} }

// LoadPrompts reads the prompt files from dir, and takes the default for one that is not there:
// rephrase.tmpl, numbers.tmpl, invert.tmpl and combine.tmpl. They know {{.Problem}}, and combine.tmpl
// {{.Other}}, the text of the other problem. They have to ask for the new problem between <problem> and
// </problem>.
func LoadPrompts(dir fs.FS) (*Prompts, error) {
	set, err := kit().Load(dir)
	if err != nil {
		return nil, err
	}
	return &Prompts{set}, nil
}

// Digest identifies the content of the files.
func (p *Prompts) Digest() string { return p.set.Digest() }
