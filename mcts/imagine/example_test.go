package imagine_test

import (
	"context"
	"fmt"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/mcts/imagine"
)

// A model makes a new problem of a given one; what most of its solutions answer counts as right.
func Example() {
	model := &author{
		write: func(backends.Request) (backends.Sample, error) {
			return said("<problem>What is 20 plus 3?</problem>"), nil
		},
		answer: func(_ backends.Request, sum int, seed int64) int { return sum + int(seed%2) },
	}
	problems := []feedbackgen.Problem{{ID: "p1", Prompt: []feedbackgen.Message{feedbackgen.User("What is 12 plus 30?")}, Plain: true, Answer: "42"}}

	search, err := mcts.New(mcts.Config{Sampling: feedbackgen.Sampling{Temperature: 1, TopP: 1, Seed: 1}})
	if err != nil {
		panic(err)
	}
	given, err := imagine.Survey(func(yield func(feedbackgen.Problem, error) bool) {
		for _, p := range problems {
			if !yield(p, nil) {
				return
			}
		}
	})
	if err != nil {
		panic(err)
	}
	module, err := imagine.New(imagine.Config{Search: search, Number: 1, Solutions: 5, Given: given})
	if err != nil {
		panic(err)
	}
	result, err := module.Run(context.Background(), model, problems[0])
	if err != nil {
		panic(err)
	}
	for _, p := range imagined(result) {
		f := p.Feedback
		fmt.Printf("%s, from %s by %s: %q, answer %s by %d of %d\n", f.Problem, f.Parents, f.Way, f.Text, p.Answer, f.AgreementVotes, f.AgreementSolutions)
	}
	// Output: p1~1, from p1 by rephrase: "What is 20 plus 3?", answer 23 by 3 of 5
}
