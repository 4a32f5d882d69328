package mcts

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/internal/prompt"
)

//go:embed prompts
var shipped embed.FS

const (
	solveFile = "solve.tmpl"
	mergeFile = "merge.tmpl"
)

// What the files know. No right answer is among it.
type (
	solving struct{ Prompt, ID string }
	merging struct{ Problem, Before, A, B string }
)

func kit() prompt.Kit {
	return prompt.Kit{Shipped: shipped, Files: []prompt.File{{Name: solveFile, Trial: solving{}}, {Name: mergeFile, Trial: merging{}}}}
}

// Prompts are the module's prompt files, as text/template.
type Prompts struct{ set *prompt.Set }

// DefaultPrompts are the ones that ship with the package.
func DefaultPrompts() *Prompts { return &Prompts{kit().Default("")} }

// LoadPrompts reads the prompt files from dir, and takes the default for one that is not there:
//
//	solve.tmpl    wraps a problem given as a bare string; it knows {{.Prompt}} and {{.ID}}
//	merge.tmpl    asks whether two steps say the same, for [MergeModel]; it knows {{.Problem}}, {{.A}},
//	              {{.B}}, and {{.Before}}, the solution up to there
func LoadPrompts(dir fs.FS) (*Prompts, error) {
	set, err := kit().Load(dir)
	if err != nil {
		return nil, err
	}
	return &Prompts{set}, nil
}

// Digest identifies the content of the file that asks for solutions: all that most runs ask.
func (p *Prompts) Digest() string { return p.digest(solveFile) }

// MergeDigest identifies the content of the file that asks whether two steps say the same.
func (p *Prompts) MergeDigest() string { return p.digest(mergeFile) }

// digest is not the set's, but what it was when there was one file: runs on disk go on only under their own.
func (p *Prompts) digest(file string) string {
	sum := sha256.Sum256([]byte(file + "\x00" + p.set.Text(file)))
	return hex.EncodeToString(sum[:8])
}

// Messages is the conversation that asks for a solution. A problem that came as messages asks in
// its own words, and is left as it is.
func (p *Prompts) Messages(problem feedbackgen.Problem) ([]feedbackgen.Message, error) {
	if !problem.Plain {
		return problem.Prompt, nil
	}
	return p.set.Ask(solveFile, solving{problem.Prompt[0].Content, problem.ID})
}
