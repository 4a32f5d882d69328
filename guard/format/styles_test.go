package format_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// style writes a solution in one way; the numbers and their count vary.
type style struct {
	name  string
	write func(rng *rand.Rand) string
}

// steps joins 2 to 5 steps made from two numbers.
func steps(rng *rand.Rand, step func(i, x, y int) string) string {
	lines := make([]string, 2+rng.IntN(4))
	for i := range lines {
		lines[i] = step(i+1, 2+rng.IntN(90), 2+rng.IntN(90))
	}
	return strings.Join(lines, "\n")
}

func either(rng *rand.Rand, texts ...string) string { return texts[rng.IntN(len(texts))] }

// styles are ways in which models write solutions, among them those of the corpora in
// arXiv:2504.07912.
func styles() []style {
	boxed := func(rng *rand.Rand) string { return fmt.Sprintf("\nThe answer is $\\boxed{%d}$.", rng.IntN(500)) }
	return []style{
		{"prose", func(rng *rand.Rand) string {
			return steps(rng, func(_, x, y int) string {
				return either(rng, "First, ", "Then ", "So ") + fmt.Sprintf("we add %d apples to the %d that she had before.", x, y)
			}) + boxed(rng)
		}},
		{"equations", func(rng *rand.Rand) string {
			return steps(rng, func(_, x, y int) string { return fmt.Sprintf("%d + %d = %d", x, y, x+y) }) + fmt.Sprintf("\n#### %d", rng.IntN(500))
		}},
		{"numbered list", func(rng *rand.Rand) string {
			return "Let us go step by step.\n" + steps(rng, func(i, x, y int) string {
				return fmt.Sprintf("%d. Add %d and the %d that are left: %d + %d = %d.", i, x, y, x, y, x+y)
			}) + boxed(rng)
		}},
		{"bullets", func(rng *rand.Rand) string {
			return steps(rng, func(_, x, y int) string { return fmt.Sprintf("- Tom's %d and Ann's %d make %d", x, y, x+y) }) + "\n\n**Answer:** 42"
		}},
		{"headings", func(rng *rand.Rand) string {
			return steps(rng, func(i, x, y int) string {
				return fmt.Sprintf("## Step %d: counting\n\nThere are %d of them and %d more, which is a lot.\n", i, x, y)
			}) + boxed(rng)
		}},
		{"LaTeX", func(rng *rand.Rand) string {
			return steps(rng, func(_, x, y int) string {
				return fmt.Sprintf("The total is found as follows.\n\\[ %d \\times %d = %d \\]", x, y, x*y)
			}) + boxed(rng)
		}},
		{"function", func(rng *rand.Rand) string {
			return "def simple_math_problem() -> int:\n    \"\"\"\n    How many are left?\n    \"\"\"\n" + steps(rng, func(i, x, y int) string {
				return fmt.Sprintf("    total_%d = %d + %d", i, x, y)
			}) + "\n    return total_1"
		}},
		{"tagged code", func(rng *rand.Rand) string {
			return "Let's solve this with Python's help.\n<llm-code>\n" + steps(rng, func(i, x, y int) string {
				return fmt.Sprintf("total_%d = %d + %d", i, x, y)
			}) + "\ntotal_1\n</llm-code>\n<llm-code-output>\n12\n</llm-code-output>\nSo the answer is \\boxed{12}."
		}},
		{"table", func(rng *rand.Rand) string {
			return "| what | how many |\n|---|---|\n" + steps(rng, func(i, x, _ int) string { return fmt.Sprintf("| item %d | %d |", i, x) }) + "\n" + boxed(rng)
		}},
		{"Chinese", func(rng *rand.Rand) string {
			return steps(rng, func(_, x, y int) string {
				return fmt.Sprintf("\u9996\u5148\uff0c\u5979\u6709%d\u4e2a\u82f9\u679c\uff0c\u53c8\u4e70\u4e86%d\u4e2a\u3002", x, y)
			}) + boxed(rng)
		}},
		{"bare answer", func(rng *rand.Rand) string { return fmt.Sprintf("The answer is %d.", rng.IntN(500)) }},
	}
}
