package evals_test

import (
	"fmt"
	"strings"

	"github.com/feedbackgen/feedbackgen/evals"
)

// Rows of JSON become a report: a table by its String, JSON by its tags, a picture by its Figure.
func Example() {
	rows := evals.Lines("counts.jsonl", strings.NewReader(`
{"problem":"a","n":4,"c":2}
{"problem":"b","n":4,"c":1}
{"problem":"c","n":4,"c":0}`))
	draws, err := evals.ReadDraws(rows)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(evals.EvalPassK(draws, []int{1, 4}))
	// Output:
	// 3 problems with 12 judged draws (4 to 4 each)
	// k  pass@k (95 % interval)  problems  left out
	// 1  0.250 (0.000 to 0.500)         3         0
	// 4  0.667 (0.000 to 1.000)         3         0
}

// An error names the file, the line, and what would help.
func ExampleReadAnswers() {
	rows := evals.Lines("answers.jsonl", strings.NewReader(`{"p":0.9,"correct":true}`))
	_, err := evals.ReadAnswers(rows, evals.ConfidenceFields{})
	fmt.Println(err)
	// Output:
	// answers.jsonl:1: no "confidence" in it, but p, correct: a row is {"confidence":0.8,"correct":true,"problem":"p1"}; name other fields with --confidence and --correct
}
