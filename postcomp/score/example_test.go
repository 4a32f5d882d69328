package score_test

import (
	"fmt"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/postcomp/score"
)

func ExampleParse() {
	text := "3 + 4 = 7\n<assess>\nI checked each step.\nconfidence: 0.9"
	a := score.Parse(text, score.Format{})
	for _, s := range a.Segments {
		fmt.Printf("%-10s %2d-%d %q\n", s.Role, s.Start, s.End, s.In(text))
	}
	fmt.Println(*a.Confidence, a.Kind, a.Predicted)
	fmt.Println(score.Parse("7\n<assess>\nconfidence: 150 %", score.Format{}).Invalid)
	// Output:
	// answer      0-10 "3 + 4 = 7\n"
	// marker     10-19 "<assess>\n"
	// evaluation 19-40 "I checked each step.\n"
	// reward     40-55 "confidence: 0.9"
	// 0.9 tag map[accuracy:0.9]
	// a number is out of range
}

func ExampleScore() {
	batch := []score.Completion{
		{Text: "7\n<assess>\nconfidence: 0.9", Correct: feedbackgen.Pass},
		{Text: "8\n<assess>\nconfidence: 0.9", Correct: feedbackgen.Fail}, // sure, and wrong
		{Text: "8\n<assess>\nconfidence: 0.1", Correct: feedbackgen.Fail}, // wrong, and knows it
		{Text: "8, surely", Correct: feedbackgen.Fail},                    // cannot be read
	}
	var totals []float64
	for _, s := range score.Score(batch, score.Format{}, score.DefaultWeights()) {
		fmt.Printf("%s %.2f %q\n", s.Outcome, *s.Total, s.Invalid)
		totals = append(totals, *s.Total)
	}
	advantages, err := score.Advantages(totals, score.NormNone, 0)
	fmt.Printf("%.2f %v\n", advantages, err)
	// Output:
	// pass 1.99 ""
	// fail 0.19 ""
	// fail 0.99 ""
	// invalid 0.00 "no marker"
	// [1.20 -0.60 0.20 -0.79] <nil>
}

func ExampleShaped() {
	// The second attempt mends the first, and then it spoils it.
	fmt.Println(score.Shaped(0, 1, score.DefaultAlpha))
	fmt.Println(score.Shaped(1, 0, score.DefaultAlpha))
	fmt.Println(score.TransitionOf(feedbackgen.Fail, feedbackgen.Pass))
	// Output:
	// 0 11
	// 1 -10
	// ic
}

func ExampleEditRatio() {
	ratio, exact := score.EditRatio("3 + 4 = 8", "3 + 4 = 7")
	fmt.Printf("%.3f %v\n", ratio, exact)
	// Output: 0.056 true
}

func ExampleSummary() {
	var s score.Summary
	for _, x := range score.Score([]score.Completion{
		{Text: "7\n<assess>\nconfidence: 0.9", Correct: feedbackgen.Pass},
		{Text: "8\n<assess>\nconfidence: 90 %", Correct: feedbackgen.Fail},
		{Text: "8\n<assess>\nno idea", Correct: feedbackgen.Fail},
	}, score.Format{}, score.DefaultWeights()) {
		s.Add(x)
	}
	r := s.Report()
	fmt.Println(r.Readable, "of", r.N, r.Kinds, r.Invalid)
	fmt.Println("distinct", r.Confidence.Distinct, "over-claims", *r.Components[score.RewardAccuracy].OverClaim)
	// Output:
	// 2 of 3 map[none:1 percent:1 tag:1] map[no confidence:1]
	// distinct 1 over-claims 1
}
