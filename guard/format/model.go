package format

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Model is the base policy's formats. Its JSON is kept beside the run, for later policies.
type Model struct {
	// Classes are in the order of their counts, the most frequent first.
	Classes []Class
	// OtherCount is how many of the base policy's texts are in no class.
	OtherCount int

	cut float64
}

// Class is one format.
type Class struct {
	// Name describes it, such as "numbered list + equations", and is no other class's.
	Name string
	// Count is how many of the base policy's texts are in it.
	Count int

	mean point
}

// Classify returns the index of the text's class in m.Classes, or [Model.Other] if the text is far
// from all of them.
func (m Model) Classify(f Features) int {
	p := f.point()
	return m.nearest(&p)
}

func (m Model) nearest(p *point) int {
	best, least := m.Other(), reach*m.cut
	for i := range m.Classes {
		if d := distance(p, &m.Classes[i].mean); d <= least && (d < least || best == m.Other()) {
			best, least = i, d
		}
	}
	return best
}

// Other stands for texts that are in no class: the number of classes.
func (m Model) Other() int { return len(m.Classes) }

// Size is the number of classes with other, the length of every list of counts or shares by class.
func (m Model) Size() int { return len(m.Classes) + 1 }

// Names are the classes' names, and at last "other".
func (m Model) Names() []string {
	names := make([]string, m.Size())
	for class := range names {
		names[class] = m.Name(class)
	}
	return names
}

// Name is the name of the class with this index, "other" of [Model.Other].
func (m Model) Name(class int) string {
	if class == m.Other() {
		return "other"
	}
	return m.Classes[class].Name
}

// Counts are the base policy's counts by class, other at last.
func (m Model) Counts() []int {
	counts := make([]int, 0, m.Size())
	for _, c := range m.Classes {
		counts = append(counts, c.Count)
	}
	return append(counts, m.OtherCount)
}

// describe gives every class a name of its own.
func (m *Model) describe() {
	taken := map[string]int{}
	for i := range m.Classes {
		taken[m.Classes[i].mean.name()]++
	}
	used := map[string]int{}
	for i := range m.Classes {
		p := &m.Classes[i].mean
		name := p.name()
		if taken[name] > 1 {
			name += ", " + p.detail()
		}
		used[name]++
		if n := used[name]; n > 1 {
			name = fmt.Sprintf("%s (%d)", name, n)
		}
		m.Classes[i].Name = name
	}
}

// name says what most lines are and hold.
func (p *point) name() string {
	kinds := above(p.lines[:], 0.25, func(i int) string { return lineNames()[i] })
	if len(kinds) == 0 {
		kinds = []string{"mixed lines"}
	}
	name := strings.Join(kinds, " + ")
	held := above(p.marks[:markEmphasis], 0.5, func(i int) string { return markNames()[i] })
	if strings.HasPrefix(name, "equations") || strings.HasPrefix(name, "code") {
		held = nil // equations hold equations
	}
	if len(held) > 0 {
		name += " with " + strings.Join(held, ", ")
	}
	foreign := above(p.scripts[:], 0.5, func(i int) string { return scriptNames()[i] })
	if len(foreign) > 0 && foreign[0] != scriptNames()[scriptLatin] {
		name += " in " + foreign[0]
	}
	return name
}

// detail tells classes of one name apart.
func (p *point) detail() string {
	best := answerNone
	for i, v := range p.answers {
		if v > p.answers[best] {
			best = answerStyle(i)
		}
	}
	held := above(p.marks[markEmphasis:], 0.5, func(i int) string { return markNames()[int(markEmphasis)+i] })
	return strings.Join(append(held, answerNames()[best], fmt.Sprintf("about %.0f bytes", math.Exp2(p.bytes))), ", ")
}

// above names the values that reach a threshold, the largest first.
func above(values []float64, threshold float64, name func(int) string) []string {
	var names []string
	for {
		best := -1
		for i, v := range values {
			if v >= threshold && (best < 0 || v > values[best]) && !slices.Contains(names, name(i)) {
				best = i
			}
		}
		if best < 0 {
			return names
		}
		names = append(names, name(best))
	}
}
