package mcts

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/feedbackgen/feedbackgen"
)

// mostShown bounds how much of a text a drawing shows, in characters.
const mostShown = 80

// WriteDOT writes a tree in Graphviz's language, for `dot -Tsvg`. A node shows its step, its value with
// the counts behind it, and its visits; from red to green it is the better the greener, and one that
// ends a solution has a double border. What problem and model say is shown, never obeyed: their texts
// are shortened, and characters that mean something to Graphviz, or to a terminal, are escaped or
// replaced. Equal trees give equal bytes.
func WriteDOT(w io.Writer, tree feedbackgen.Tree) error {
	out := bufio.NewWriter(w) // keeps the first error for Flush
	fmt.Fprintf(out, "digraph tree {\n  label=\"%s\";\n  node [shape=box, style=filled, fontname=\"monospace\"];\n", shown(tree.Feedback.Problem))
	for i, n := range tree.Nodes {
		border := 1
		if n.Terminal {
			border = 2
		}
		fmt.Fprintf(out, "  n%d [label=\"%s\", fillcolor=\"%.3f 0.350 1.000\", peripheries=%d];\n", i, label(n), float64(n.Value)/3, border)
	}
	for i, n := range tree.Nodes {
		if n.Parent >= 0 {
			fmt.Fprintf(out, "  n%d -> n%d [label=\"%d\"];\n", n.Parent, i, n.Multiplicity)
		}
	}
	fmt.Fprint(out, "}\n")
	return out.Flush()
}

// label is what a node shows, one thing a line.
func label(n feedbackgen.TreeNode) string {
	lines := []string{n.Path}
	if n.Step != "" {
		lines = append(lines, shown(n.Step))
	}
	lines = append(lines, fmt.Sprintf("value %.2f (%d/%d), visits %d", float64(n.Value), n.Passes, n.Rollouts, n.Visits))
	if n.Terminal {
		lines = append(lines, string(n.Outcome)+": "+shown(n.Answer))
	}
	return strings.Join(lines, `\n`)
}

// shown is a text within a quoted string of Graphviz's: on one line, of at most mostShown characters.
func shown(text string) string {
	var b strings.Builder
	count := 0
	for _, c := range printable(text) {
		if count == mostShown {
			b.WriteString("...")
			break
		}
		count++
		switch c {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case '&': // labels may hold HTML's entities
			b.WriteString("&amp;")
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// printable is a text on one line, without what a terminal might obey.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n':
			return '⏎'
		case unicode.IsSpace(c):
			return ' '
		case c == utf8.RuneError || !unicode.IsPrint(c):
			return '?' // U+FFFD, which would say it better, stops some readers of Graphviz's language
		}
		return c
	}, strings.TrimSpace(text))
}
