package judge_test

import (
	"context"
	"fmt"

	"github.com/feedbackgen/feedbackgen/selfplay/judge"
)

func Example() {
	task := judge.Task{
		ID: "t1", Text: "Say two words.",
		Rubrics: []string{"says word1", "says word2"}, Reference: "word1 word2",
	}
	model, err := judge.New(judge.Config{Votes: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	verdict, err := model.Judge(context.Background(), scripted(honest), task, "word1, and nothing else", 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(verdict.Outcome, verdict.PerRubric, verdict.Votes.Asked)
	// Output: fail [1 0] 2
}

func ExampleExamine() {
	model, err := judge.New(judge.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	instrument, err := judge.Examine(context.Background(), model, scripted(alwaysYes), judge.Anchors(known(6)), judge.Limits{}, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	usable, reason := instrument.Usable()
	fmt.Println(usable)
	fmt.Println(reason)
	// Output:
	// false
	// kappa 0.00 is below 0.60 (it calls 100 % of right and 100 % of wrong anchors right); 75 % of its calls err (0 refused, 0 unreadable, 72 wrong of 96), more than 15 %
}
