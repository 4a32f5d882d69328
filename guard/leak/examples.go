package leak

import (
	"slices"
	"strings"

	"github.com/feedbackgen/feedbackgen/guard/internal/words"
)

// Examples tells worked examples, which state answers too, from what gives a problem's own answer away: a
// line that states an answer and stands before problems of different right answers says nothing of any.
// The zero value knows none.
type Examples struct {
	// before is the right answer of the first problem that a line stood before.
	before map[string][]words.Word
	shared map[string]bool
}

// See learns from what the model was given with a problem, and the problem's right answer.
func (e *Examples) See(text, gold string) {
	if e.before == nil {
		e.before, e.shared = map[string][]words.Word{}, map[string]bool{}
	}
	want := words.Append(nil, gold)
	for line := range strings.Lines(text) {
		if e.shared[line] || !markers.MatchString(line) {
			continue
		}
		first, seen := e.before[line]
		switch {
		case !seen:
			e.before[strings.Clone(line)] = want
		case !slices.Equal(first, want):
			e.shared[line] = true
		}
	}
}

// Without is a text without the lines of worked examples.
func (e *Examples) Without(text string) string {
	if len(e.shared) == 0 {
		return text
	}
	var own strings.Builder
	for line := range strings.Lines(text) {
		if !e.shared[line] {
			own.WriteString(line)
		}
	}
	return own.String()
}
