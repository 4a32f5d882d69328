package selfplay

import (
	"embed"
	"io/fs"

	"github.com/feedbackgen/feedbackgen/internal/prompt"
	"github.com/feedbackgen/feedbackgen/selfplay/skill"
)

//go:embed prompts
var shipped embed.FS

const (
	writeFile = "write.tmpl" // asks for a problem
	solveFile = "solve.tmpl" // asks for a solution

	// Those of mode grounded. Each begins with the document, which servers then keep.
	challengeFile = "challenge.tmpl" // asks for a task
	answerFile    = "answer.tmpl"    // asks for an answer
	proposeFile   = "propose.tmpl"   // asks what should change
	reviseFile    = "revise.tmpl"    // asks for the edits
)

// What the files know.
type (
	ofWrite struct {
		Difficulty int    // the number of steps
		Example    string // "" in mode open
	}
	ofSolve     struct{ Text string }
	ofChallenge struct {
		Document string
		Part     string // of the document
		Skills   string // the challenger's
	}
	ofAnswer struct {
		Document string // "" with a closed book
		Skills   string // the solver's
		Text     string
	}
	ofPropose struct {
		Document, Side, Skills string
		Traces                 []trace
	}
	ofRevise struct {
		ofPropose
		Analysis string // the reply to propose.tmpl
		Rules    skill.Rules
	}
)

func kit() prompt.Kit {
	propose := ofPropose{Traces: []trace{{Rubrics: []rubricTrace{{}}}}}
	return prompt.Kit{Shipped: shipped, Files: []prompt.File{
		{Name: writeFile, Trial: ofWrite{Difficulty: 1}},
		{Name: solveFile, Trial: ofSolve{}},
		{Name: challengeFile, Trial: ofChallenge{}},
		{Name: answerFile, Trial: ofAnswer{}},
		{Name: proposeFile, Trial: propose},
		{Name: reviseFile, Trial: ofRevise{ofPropose: propose}},
	}}
}

// Prompts are the module's prompt files, as text/template.
type Prompts struct{ set *prompt.Set }

// DefaultPrompts are the ones that ship with the package, for a model of that name: the embedded
// model has been trained on words of its own.
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
