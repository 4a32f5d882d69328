package feedbackgen_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/feedbackgen/feedbackgen"
)

// The first pass checks every line, the second hands out the problems one by one.
func ExampleCheckProblems() {
	const file = `{"id":"p1","prompt":"What is 2 + 3?","answer":5}
{"question":"Ann buys 6 boxes of 12 pens. How many pens?","answer":"6*12 = 72\n#### 72"}
`
	open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(file)), nil }
	ctx := context.Background()
	set, err := feedbackgen.CheckProblems(ctx, "problems.jsonl", open)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(set.Count, "problems,", set.Answered, "with an answer")
	for problem, err := range set.All(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s: %s (%s)\n", problem.ID, problem.Prompt[0].Content, problem.Answer)
	}
	// Output:
	// 2 problems, 2 with an answer
	// p1: What is 2 + 3? (5)
	// line-2: Ann buys 6 boxes of 12 pens. How many pens? (72)
}

// An error says which line is wrong and what would help.
func ExampleCheckProblems_badInput() {
	open := func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(`{"prompt":"What is 2 + 3?","anwser":"5"}`)), nil
	}
	_, err := feedbackgen.CheckProblems(context.Background(), "problems.jsonl", open)
	fmt.Println(err)
	fmt.Println(errors.Is(err, feedbackgen.ErrInput))
	// Output:
	// problems.jsonl:1: unknown key "anwser": did you mean "answer"? Fields of your own go under "meta"
	// true
}

// A record's JSON has the trainer's columns at the top level, the rest under "feedback".
func ExamplePreference() {
	line, err := json.Marshal(feedbackgen.Preference{
		Prompt:   feedbackgen.Conversation(feedbackgen.User("1+1?")),
		Chosen:   feedbackgen.Conversation(feedbackgen.Assistant("2")),
		Rejected: feedbackgen.Conversation(feedbackgen.Assistant("3")),
		Feedback: feedbackgen.PreferenceFeedback{Type: feedbackgen.PathPair, Probability: 1},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	columns, _, _ := strings.Cut(string(line), `"feedback"`)
	fmt.Println(columns)
	// Output:
	// {"prompt":[{"role":"user","content":"1+1?"}],"chosen":[{"role":"assistant","content":"2"}],"rejected":[{"role":"assistant","content":"3"}],
}

func ExampleSchema() {
	var schema struct {
		Title    string   `json:"title"`
		Required []string `json:"required"`
	}
	if err := json.Unmarshal(feedbackgen.Schema(feedbackgen.KindSFT), &schema); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(schema.Title, schema.Required)
	// Output:
	// A line of sft.jsonl [prompt completion feedback]
}
