package selfplay_test

import (
	"fmt"

	"github.com/feedbackgen/feedbackgen/selfplay"
)

// The answer to a problem is computed from the expression that was written with it.
func ExampleEvaluate() {
	e, err := selfplay.Evaluate("95 - (3 * 12 + 9)")
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, whole := e.Whole()
	fmt.Println(answer, whole, e.Numbers, e.Operations)
	// Output: 50 true [95 3 12 9] 3
}

// A problem that is solved half the time earns the most; unreadable solutions cost.
func ExampleScore() {
	fmt.Printf("%.2f\n", selfplay.Score(selfplay.Observed{Valid: true, Drawn: 12, Parsed: 12, Judged: 12, Passes: 6, InBand: true}))
	fmt.Printf("%.2f\n", selfplay.Score(selfplay.Observed{Valid: true, Drawn: 12, Parsed: 6, Judged: 6, Passes: 3, InBand: true}))
	// Output:
	// 1.00
	// 0.00
}
