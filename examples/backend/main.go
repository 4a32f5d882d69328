// A backend of one's own: whatever can finish a text can be searched.
//
// The "model" here is a few lines of Go that adds two numbers and is wrong every third time. A real
// one would call a server or a library in Generate. Run it with:
//
//	go run ./examples/backend
package main

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
)

// adder is the model.
type adder struct{}

var _ backends.Backend = adder{}

// Policy says whose completions these are; it goes into every record.
func (adder) Policy(context.Context) (feedbackgen.Policy, error) {
	return feedbackgen.Policy{Backend: "example", Model: "adder"}, nil
}

// Generate draws one sample. Fewer than asked are fine: FanOut asks again, with other seeds. The
// same request must give the same sample: that is what makes runs repeatable.
func (adder) Generate(_ context.Context, req backends.Request) (backends.Response, error) {
	var a, b int
	if _, err := fmt.Sscanf(req.Messages[0].Content, "What is %d + %d?", &a, &b); err != nil {
		// The model will never answer this: it is refused, which is logged and not tried again.
		return backends.Response{}, &backends.Error{
			Failure: feedbackgen.Failure{Kind: backends.ErrRefused, Op: "generate", Subject: "adder", Cause: err},
		}
	}
	rng := rand.New(rand.NewPCG(uint64(req.Sampling.Seed), 0))
	text := fmt.Sprintf("I add %d and %d.\n", a, b)
	if rng.IntN(3) == 0 {
		text = fmt.Sprintf("I add %d and %d, roughly.\n", a, b)
	}
	// A continued answer begins with the prefix, which the sample does not repeat.
	if req.Prefix != "" {
		text = req.Prefix
	}
	answer := a + b
	if strings.Contains(text, "roughly") {
		answer += rng.IntN(5)
	}
	whole := text + fmt.Sprintf("The answer is %d.", answer)
	return backends.Response{Samples: []backends.Sample{{
		Text: whole[len(req.Prefix):], Finish: backends.FinishStop, Seed: req.Sampling.Seed,
	}}}, nil
}

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	policy, err := adder{}.Policy(ctx)
	if err != nil {
		return err
	}
	search, err := mcts.New(mcts.Config{Policy: policy, Continuation: backends.Native, Sampling: feedbackgen.Sampling{Seed: 1}})
	if err != nil {
		return err
	}
	problem := feedbackgen.Problem{
		ID: "p1", Answer: "42", Prompt: []feedbackgen.Message{feedbackgen.User("What is 17 + 25?")},
	}
	result, err := search.Run(ctx, backends.FanOut(adder{}, false), problem)
	if err != nil {
		return err
	}
	for _, record := range result.Records {
		pair, ok := record.(feedbackgen.Preference)
		if !ok || pair.Feedback.Type != feedbackgen.SiblingPair {
			continue
		}
		chosen, rejected := pair.Feedback.Chosen, pair.Feedback.Rejected
		fmt.Printf("%q (%d of %d right) is better than %q (%d of %d right) with probability %.3f\n",
			chosen.Step, chosen.Passes, chosen.Rollouts, rejected.Step, rejected.Passes, rejected.Rollouts, pair.Feedback.Probability)
	}
	return nil
}
