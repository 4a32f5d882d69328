package mcts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/feedbackgen/feedbackgen"
)

// merger says when a step counts as a sibling that is there, though it reads otherwise; nil merges
// equal texts alone. A step joins the oldest sibling that it is like, and adds to its count; what
// follows it was drawn after other words, and makes no nodes.
type merger func(t *tree, n *node, step string, drawn *feedbackgen.Trajectory) bool

// parseMerge reads a rule: "exact", "edit:N", "answer", or [MergeModel], which knows no more than exact
// until the model has been asked. same says whether two answers are equal.
func parseMerge(rule string, same func(a, b string) bool) (merger, error) {
	name, arg, _ := strings.Cut(rule, ":")
	switch {
	case rule == "exact", rule == MergeModel:
		return nil, nil
	case rule == "answer":
		return func(t *tree, n *node, _ string, drawn *feedbackgen.Trajectory) bool {
			return n.terminal && t.answers(n, drawn, same)
		}, nil
	case name == "edit":
		most, err := strconv.Atoi(arg)
		if err != nil || most < 1 {
			return nil, bad("merge", fmt.Sprintf("%q: edit needs a number of at least 1, such as edit:5", rule))
		}
		return func(t *tree, n *node, step string, drawn *feedbackgen.Trajectory) bool {
			return (!n.terminal || t.answers(n, drawn, same)) && near(n.step, step, most)
		}, nil
	}
	return nil, bad("merge", fmt.Sprintf("unknown rule %q; there are exact, edit:N, answer, model", rule))
}

// answers reports whether a finished step gives the answer that was drawn, to the same outcome.
func (t *tree) answers(n *node, drawn *feedbackgen.Trajectory, same func(a, b string) bool) bool {
	first := max(n.firstPass, n.firstFail)
	return first >= 0 && drawn.Outcome == n.outcome && same(t.rollouts[first].Answer, drawn.Answer)
}

// near reports whether two steps are at most so many insertions, deletions and changes of a character
// apart, and hold the same numbers: one digit may be all the difference between right and wrong.
func near(a, b string, most int) bool {
	return slices.Equal(numbers(a), numbers(b)) && edits(a, b, most) <= most
}

// edits is how many insertions, deletions and changes of a character two texts are apart, or most+1 if that
// is more than most.
func edits(a, b string, most int) int {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	far := most + 1
	if len(y)-len(x) > most {
		return far
	}
	// Levenshtein's rows; cells further than most from the diagonal cannot lie on a short enough way.
	row, next := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = min(j, far)
	}
	for i := range x {
		low, high := max(1, i+1-most), min(len(y), i+1+most)
		next[low-1] = far
		if low == 1 {
			next[0] = min(i+1, far)
		}
		best := next[low-1]
		for j := low; j <= high; j++ {
			cost := row[j-1]
			if x[i] != y[j-1] {
				cost++
			}
			above := far
			if j < i+1+most { // the cell above is in the row's band
				above = row[j]
			}
			next[j] = min(cost, above+1, next[j-1]+1)
			best = min(best, next[j])
		}
		if best > most {
			return far
		}
		row, next = next, row
	}
	return min(row[len(y)], far)
}

// numbers are the runs of digits in a text.
func numbers(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsDigit(r) })
}
