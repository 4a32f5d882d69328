package mcts

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/feedbackgen/feedbackgen"
)

// DefaultWidth is a terminal's usual width, and narrowest the least that an outline is written for, in
// columns.
const (
	DefaultWidth = 80
	narrowest    = 40
)

// Outline is a tree as indented text, for people: a line a step, children below their parent. Before a
// step stand its value, the chance to end right from there, from 0 to 1; how many of the policy's own
// draws through it ended right; and how often the policy drew it there. What problem and model say is shown, never obeyed, as by [WriteDOT]. Equal outlines give equal bytes.
type Outline struct {
	Tree feedbackgen.Tree
	// Pairs are the preferences of the tree's problem; the outline numbers them from 1, in this order,
	// and says at each step on which side of which pairs it stands.
	Pairs []feedbackgen.Preference
	// Values are those of the tree's steps whose intervals are to be shown.
	Values []feedbackgen.Value
	// Width bounds a line, in columns of a terminal; default 80, at least 40.
	Width int
	// Steps bounds the steps that are shown, to those that were visited most; default 0, all of them.
	Steps int
}

// Write writes the outline, and says how many steps it left out.
func (o Outline) Write(w io.Writer) (left int, err error) {
	p := o.page(w)
	p.head()
	for _, child := range p.children[0] {
		p.step(child, 0)
	}
	if len(o.Pairs) > 0 {
		p.line("")
		p.line("+1, -1: chosen, rejected side of pair 1")
	}
	return len(p.nodes) - 1 - p.shown, p.out.Flush()
}

// page is an outline while it is written.
type page struct {
	out      *bufio.Writer // keeps the first error for Flush
	outline  Outline
	width    int
	nodes    []feedbackgen.TreeNode
	children [][]int // of what is kept, by node
	hidden   []int   // how many steps below it are left out, by node
	sides    map[string][]string
	ranges   map[string]string
	// columns are the widths of what stands before the steps, and room is what they leave.
	columns struct{ ranges, right, drawn int }
	room    int
	shown   int
}

func (o Outline) page(w io.Writer) *page {
	p := &page{
		out: bufio.NewWriter(w), outline: o, nodes: o.Tree.Nodes, sides: map[string][]string{}, ranges: map[string]string{},
	}
	p.width = max(cmp.Or(max(o.Width, 0), DefaultWidth), narrowest)
	if len(p.nodes) == 0 {
		p.nodes = []feedbackgen.TreeNode{{Path: "0", Parent: -1}}
	}
	for i, pair := range o.Pairs {
		chosen, rejected := pair.Feedback.Chosen.Node, pair.Feedback.Rejected.Node
		p.sides[chosen] = append(p.sides[chosen], fmt.Sprintf("+%d", i+1))
		p.sides[rejected] = append(p.sides[rejected], fmt.Sprintf("-%d", i+1))
	}
	for _, v := range o.Values {
		p.ranges[v.Feedback.Node] = hundredths(v.Feedback.Low) + "-" + hundredths(v.Feedback.High)
	}
	p.choose()
	p.columns.right, p.columns.drawn = len("right"), len("drawn")
	for _, n := range p.nodes {
		p.columns.ranges = max(p.columns.ranges, len(p.ranges[n.Path]))
		p.columns.right = max(p.columns.right, len(ratio(n)))
		p.columns.drawn = max(p.columns.drawn, len(fmt.Sprint(n.Multiplicity)))
	}
	p.room = p.width - len(p.numbers("", "", "", ""))
	return p
}

// choose keeps the steps that were visited most, as many as are to be shown. No step is visited more
// than its parent is, and parents come first, so that the way to what is kept is kept, too.
func (p *page) choose() {
	order := make([]int, len(p.nodes)-1)
	for i := range order {
		order[i] = i + 1
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p.nodes[b].Visits, p.nodes[a].Visits) })
	if p.outline.Steps > 0 {
		order = order[:min(len(order), p.outline.Steps)]
	}
	kept := make([]bool, len(p.nodes))
	for _, id := range order {
		kept[id] = true
	}
	p.children, p.hidden = make([][]int, len(p.nodes)), make([]int, len(p.nodes))
	seen := make([]int, len(p.nodes)) // the nearest step that is shown, itself or above, by node
	for id := 1; id < len(p.nodes); id++ {
		above := p.parent(id)
		if kept[id] && seen[above] == above {
			seen[id] = id
			p.children[above] = append(p.children[above], id)
			continue
		}
		seen[id] = seen[above]
		p.hidden[seen[above]]++
	}
}

// parent is the node before a node; the root, where the record names none that came before it.
func (p *page) parent(id int) int {
	if before := p.nodes[id].Parent; 0 <= before && before < id {
		return before
	}
	return 0
}

// head says what the tree is of, and what the columns are.
func (p *page) head() {
	root := p.nodes[0]
	p.line("problem " + printable(p.outline.Tree.Feedback.Problem))
	if messages := p.outline.Tree.Prompt.Messages; len(messages) > 0 {
		if last := printable(messages[len(messages)-1].Content); last != "" {
			p.line("  " + last)
		}
	}
	value := hundredths(root.Value)
	if known := p.ranges[root.Path]; known != "" {
		value += " (95 % " + known + ")"
	}
	p.line(fmt.Sprintf("  value %s, right in %d of %d draws, %d steps", value, root.Passes, root.Rollouts, len(p.nodes)-1))
	p.line("")
	ranges := ""
	if p.columns.ranges > 0 {
		ranges = "95 %"
	}
	p.line(p.numbers("val.", ranges, "right", "drawn") + "step")
}

// numbers are the columns before a step.
func (p *page) numbers(value, ranges, right, drawn string) string {
	if p.columns.ranges > 0 {
		value = fmt.Sprintf("%4s %-*s", value, p.columns.ranges, ranges)
	}
	return fmt.Sprintf("%4s %*s %*s  ", value, p.columns.right, right, p.columns.drawn, drawn)
}

// step writes a step and those below it.
func (p *page) step(id, depth int) {
	n := p.nodes[id]
	p.shown++
	// Steps far down stand no further right, and say how deep they are instead.
	before, deepest := strings.Repeat("  ", depth), max(p.room/6, 1)
	if depth > deepest {
		before = strings.Repeat("  ", deepest) + fmt.Sprintf("(%d) ", depth+1)
	}
	after := clip(p.after(id), max(p.room*2/3-len(before), 0))
	text := clip(printable(n.Step), p.room-len(before)-columnsOf(after))
	p.line(p.numbers(hundredths(n.Value), p.ranges[n.Path], ratio(n), fmt.Sprint(n.Multiplicity)) + before + text + after)
	for _, child := range p.children[id] {
		p.step(child, depth+1)
	}
}

// mostSides bounds how many of a step's pairs are named, and answerColumns how much of its answer.
const (
	mostSides     = 4
	answerColumns = 16
)

// after is what is told behind a step: how it ends, its pairs, and how many steps below it are left out.
func (p *page) after(id int) string {
	n, text := p.nodes[id], ""
	if n.Terminal {
		text += " [" + ending(n.Outcome)
		if n.Answer != "" {
			text += ": " + clip(printable(n.Answer), answerColumns)
		}
		text += "]"
	}
	sides := p.sides[n.Path]
	for _, side := range sides[:min(len(sides), mostSides)] {
		text += " " + side
	}
	if more := len(sides) - mostSides; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if p.hidden[id] > 0 {
		text += fmt.Sprintf(" (%d more below)", p.hidden[id])
	}
	return text
}

// line writes a line, or what fits of it.
func (p *page) line(text string) {
	fmt.Fprintln(p.out, strings.TrimRight(clip(text, p.width), " "))
}

// ending is an outcome in a word.
func ending(o feedbackgen.Outcome) string {
	switch o {
	case feedbackgen.Pass:
		return "right"
	case feedbackgen.Fail:
		return "wrong"
	case feedbackgen.Abstain:
		return "not judged"
	}
	return printable(string(o))
}

// hundredths is a share such as ".61".
func hundredths(v feedbackgen.Real) string {
	return strings.TrimPrefix(fmt.Sprintf("%.2f", float64(v)), "0")
}

func ratio(n feedbackgen.TreeNode) string { return fmt.Sprintf("%d/%d", n.Passes, n.Rollouts) }

// terminal counts columns the same in every locale.
func terminal() *runewidth.Condition { return &runewidth.Condition{StrictEmojiNeutral: true} }

func columnsOf(text string) int { return terminal().StringWidth(text) }

// clip is as much of a text as fits into so many columns; a shortened one ends in "…".
func clip(text string, columns int) string { return terminal().Truncate(text, max(columns, 0), "…") }
