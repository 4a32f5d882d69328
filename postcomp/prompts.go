package postcomp

import (
	"embed"
	"io/fs"
	"slices"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/internal/prompt"
)

//go:embed prompts
var shipped embed.FS

const (
	answerFile  = "answer.tmpl"  // wraps a problem given as a bare string
	assessFile  = "assess.tmpl"  // stands after the problem in mode assess
	reviseFile  = "revise.tmpl"  // the second turn, which must not say whether the first was right
	verdictFile = "verdict.tmpl" // asks for yes or no
	retryFile   = "retry.tmpl"   // asks again after the model called its answer wrong
)

// What the files know; the others know nothing.
type (
	ofAnswer  struct{ Prompt, ID string }
	ofAssess  struct{ Marker string }
	ofVerdict struct{ Problem, Solution string }
)

func kit() prompt.Kit {
	return prompt.Kit{Shipped: shipped, Files: []prompt.File{
		{Name: answerFile, Trial: ofAnswer{}},
		{Name: assessFile, Trial: ofAssess{}},
		{Name: reviseFile, Trial: struct{}{}},
		{Name: verdictFile, Trial: ofVerdict{}},
		{Name: retryFile, Trial: struct{}{}},
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

// question is the conversation that asks for an answer. A problem that came as messages asks in its
// own words.
func (p *Prompts) question(problem feedbackgen.Problem) ([]feedbackgen.Message, error) {
	if !problem.Plain {
		return problem.Prompt, nil
	}
	return p.set.Ask(answerFile, ofAnswer{problem.Prompt[0].Content, problem.ID})
}

// assessing is the question with what is to follow the answer, after the user's last words.
func (p *Prompts) assessing(problem feedbackgen.Problem, marker string) ([]feedbackgen.Message, error) {
	messages, err := p.question(problem)
	if err != nil {
		return nil, err
	}
	words, err := p.set.Render(assessFile, ofAssess{marker})
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
	words, err := p.set.Render(file, struct{}{})
	return append(slices.Clone(question), feedbackgen.Assistant(answer), feedbackgen.User(words)), err
}

// verdict is the conversation that asks whether a solution is right.
func (p *Prompts) verdict(problem feedbackgen.Problem, solution string) ([]feedbackgen.Message, error) {
	return p.set.Ask(verdictFile, ofVerdict{problem.Text(), solution})
}
