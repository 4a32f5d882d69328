package verify_test

import (
	"fmt"

	"github.com/feedbackgen/feedbackgen/verify"
)

func Example() {
	number, err := verify.New("number")
	if err != nil {
		panic(err)
	}
	for _, completion := range []string{
		"48 / 2 = 24, and 48 + 24 = 72.\n#### 72",
		`So she sold \boxed{\$72.00} worth.`,
		"The answer is 24 clips.",
		"The answer is 24 or 72.",
		"I cannot say.",
	} {
		verdict := number.Verify(completion, false, "72")
		fmt.Println(verdict.Outcome, verdict.Answer+verdict.Reason)
	}
	// Output:
	// pass 72
	// pass 72
	// fail 24
	// invalid several answers in place of one
	// invalid no answer found
}

// Equal answers can be counted: their normal forms are the same string.
func ExampleVerifier_extract() {
	number := verify.Auto("")
	votes := map[string]int{}
	for _, completion := range []string{"Answer: 1/2", "Answer: 0.50", "Answer: 2", "no idea"} {
		if answer, ok := number.Extract(completion); ok {
			votes[answer]++
		}
	}
	fmt.Println(votes)
	// Output: map[0.5:2 2:1]
}

func ExampleNew_unknown() {
	_, err := verify.New("maths")
	fmt.Println(err)
	// Output: verifier "maths": choose a verifier: unknown: there are choice, exact, math, number, regex:PATTERN, jsonschema:FILE, program:FILE.wasm, starlark:FILE
}
