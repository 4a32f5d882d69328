package shortcut_test

import (
	"fmt"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/shortcut"
)

// Three rollouts are right, but only one of them by its work: too little to train on.
func Example() {
	verdict := shortcut.Screen("Tom has 8 pens, buys 5 more and gives 3 away. How many are left?", []shortcut.Rollout{
		{Text: "8 + 5 = 13\n13 - 3 = 10\nThe answer is 10.", Answer: "10", Outcome: feedbackgen.Pass},
		{Text: "The answer is 10.", Answer: "10", Outcome: feedbackgen.Pass},
		{Text: "8 + 5 = 14\n14 - 3 = 10\nThe answer is 10.", Answer: "10", Outcome: feedbackgen.Pass},
		{Text: "8 + 5 = 13\n13 + 3 = 16\nThe answer is 16.", Answer: "16", Outcome: feedbackgen.Fail},
	})
	for i, judgement := range verdict.Judgements {
		for _, finding := range judgement.Findings {
			fmt.Printf("%d: %s: %s\n", i, finding.Kind, finding.Reason)
		}
	}
	fmt.Println(verdict.Independent, verdict.Enough())
	// Output:
	// 1: guess: nothing but the answer: 17 bytes that compute nothing
	// 2: wrong_step: right by luck: it says 14 - 3 = 10, which is 11
	// 1 false
}
