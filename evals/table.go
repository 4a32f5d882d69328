package evals

import (
	"strings"
	"unicode/utf8"
)

// wide is the most columns of text in a line of a table or note.
const wide = 80

// table lays out cells in columns: the first one to the left, the others to the right.
type table struct{ rows [][]string }

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// String is the table, two spaces between columns. Cells that start a line are cut where the line
// would be wider than a terminal.
func (t *table) String() string {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	if over := sum(widths) + 2*(len(widths)-1) - wide; len(widths) > 0 && over > 0 {
		widths[0] = max(12, widths[0]-over)
	}
	var text strings.Builder
	for _, row := range t.rows {
		line := ""
		for i, cell := range row {
			if i == 0 {
				cell = cut(cell, widths[0])
				line = cell + strings.Repeat(" ", widths[0]-utf8.RuneCountInString(cell))
				continue
			}
			line += strings.Repeat(" ", 2+widths[i]-utf8.RuneCountInString(cell)) + cell
		}
		text.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return text.String()
}

func sum(numbers []int) int {
	total := 0
	for _, n := range numbers {
		total += n
	}
	return total
}

// cut shortens a name in its middle: the ends tell names apart.
func cut(name string, width int) string {
	runes := []rune(strings.Map(printable, name))
	if len(runes) <= width {
		return string(runes)
	}
	left := (width - 1) / 2
	return string(runes[:left]) + "~" + string(runes[len(runes)-(width-1-left):])
}

// printable keeps names that come from files from moving the cursor.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 {
		return '?'
	}
	return r
}

// notes are paragraphs below a table, each with a dash and wrapped.
func notes(all []string) string {
	var text strings.Builder
	for _, note := range all {
		line := "-"
		for _, word := range strings.Fields(note) {
			if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > wide {
				text.WriteString(line + "\n")
				line = " "
			}
			line += " " + strings.Map(printable, word)
		}
		text.WriteString(line + "\n")
	}
	return text.String()
}
