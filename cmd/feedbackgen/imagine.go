package main

import (
	"context"
	"io/fs"
	"strconv"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/mcts/imagine"
	"github.com/feedbackgen/feedbackgen/run"
)

// imagination is what a search adds to its problems; the zero value adds nothing.
type imagination struct {
	number  int
	prompts *imagine.Prompts
	given   *imagine.Given
}

// newImagination checks who is to imagine. dir holds prompt files; nil takes those that ship.
func newImagination(number int, backend backendFlags, dir fs.FS) (imagination, error) {
	switch {
	case number == 0:
		return imagination{}, nil
	case backend.backend == "embedded" && backend.model == "":
		return imagination{}, usage("--imagine needs a model that can rewrite problems, and abacus, the small one inside this binary, was not taught to: name your own with --backend ollama|openai --model NAME, or --model FILE.gguf; abacus writes problems of its own in: feedbackgen selfplay")
	case dir == nil:
		return imagination{number: number, prompts: imagine.DefaultPrompts()}, nil
	}
	prompts, err := imagine.LoadPrompts(dir)
	return imagination{number: number, prompts: prompts}, err
}

// survey reads the given problems, so that none of them is imagined again.
func (i *imagination) survey(ctx context.Context, problems feedbackgen.ProblemSet) (err error) {
	if i.number > 0 {
		i.given, err = imagine.Survey(problems.All(ctx))
	}
	return err
}

// imagining makes a search imagine, too, once the problems are surveyed.
func (i *imagination) imagining(search *mcts.Search, m settledModule) (settledModule, error) {
	if i.number == 0 {
		return m, nil
	}
	m.costs = append(m.costs, append([]cost{
		{role: "imagined: drafts", calls: i.number, samples: i.number},
		{role: "imagined: screening", calls: i.number, samples: i.number * imagine.DefaultSolutions},
	}, times(i.number, "imagined: ", m.costs)...)...)
	if i.given == nil {
		return m, nil // what the module does is known, and what with is not
	}
	module, err := imagine.New(imagine.Config{Search: search, Number: i.number, Given: i.given, Prompts: i.prompts})
	if err != nil {
		return settledModule{}, err
	}
	solutions := module.Config().Solutions
	m.Module = module
	m.identity = append(m.identity,
		run.Setting{Name: "imagine", Value: strconv.Itoa(i.number)},
		run.Setting{Name: "imagine-solutions", Value: strconv.Itoa(solutions)},
		run.Setting{Name: "imagine-prompts", Value: i.prompts.Digest()},
	)
	return m, nil
}
