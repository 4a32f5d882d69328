package embedded_test

import (
	"context"
	"fmt"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/embedded"
)

// Two samples of one problem, from the model inside the binary.
func Example() {
	backend, err := embedded.Default()
	if err != nil {
		fmt.Println(err)
		return
	}
	response, err := backend.Generate(context.Background(), backends.Request{
		Messages: []feedbackgen.Message{feedbackgen.User("Tom has 3 apples. He buys 4 more. How many apples does he have?")},
		N:        2,
		Sampling: feedbackgen.Sampling{Temperature: 1, TopP: 1, MaxTokens: 100, Seed: 7},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, sample := range response.Samples {
		fmt.Println("seed", sample.Seed, "has text:", sample.Text != "")
	}
	if err := backend.Close(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// seed 7 has text: true
	// seed 8 has text: true
}
