package score

import (
	"slices"

	"github.com/agnivade/levenshtein"
)

const (
	// maxCells bounds the table that one comparison fills: 2,000 by 2,000 characters, or lines.
	maxCells = 4_000_000
	// maxRunes is as far as the library counts: it adds 1 to lengths of 16 bits.
	maxRunes = 65_534
)

// EditRatio is edit(a,b) / (|a|+|b|), the share of two attempts that differs (SCoRe, arXiv:2409.12917,
// figure 4), in characters (runes; bytes that are not UTF-8 all count as the same one). It is 0 for
// equal texts, 1 where one of them is empty, and at most 1/2 for texts of the same length.
//
// It is exact where the texts, without what they begin and end with in common, span at most 4 million
// pairs of characters. Otherwise it is an upper bound, never below the exact ratio and within the same
// limits, and exact is false: whole lines are then kept, dropped or replaced; and where even lines are
// too many, all between the common ends counts as replaced. So time is linear in long texts, plus a
// constant.
func EditRatio(a, b string) (ratio float64, exact bool) {
	if a == b {
		return 0, true
	}
	x, y := []rune(a), []rune(b)
	total := len(x) + len(y)
	x, y = trimCommon(x, y)
	edits, exact := editDistance(x, y)
	return float64(edits) / float64(total), exact
}

// trimCommon drops what both begin and end with, which leaves their distance as it is.
func trimCommon(x, y []rune) ([]rune, []rune) {
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	return x, y
}

func editDistance(x, y []rune) (edits int, exact bool) {
	longer := max(len(x), len(y))
	if min(len(x), len(y)) == 0 {
		return longer, true
	}
	if longer <= maxRunes && len(x)*len(y) <= maxCells {
		return levenshtein.ComputeDistance(string(x), string(y)), true
	}
	a, b := splitLines(x), splitLines(y)
	if len(a)*len(b) > maxCells {
		return longer, false
	}
	return min(longer, lineDistance(a, b)), false
}

// line is a line's content, as a number that is the same for equal lines, and its length in runes.
type line struct{ id, length int }

func splitLines(text []rune) [][]rune {
	var lines [][]rune
	for len(text) > 0 {
		end := slices.Index(text, '\n') + 1
		if end == 0 {
			end = len(text)
		}
		lines = append(lines, text[:end])
		text = text[end:]
	}
	return lines
}

// lineDistance is the cheapest way from a to b by whole lines, where a line costs its length and a
// replacement the longer line's. Changing the same lines letter by letter costs no more, so this is
// never below the distance in characters.
func lineDistance(a, b [][]rune) int {
	ids := map[string]int{}
	x, y := number(a, ids), number(b, ids)
	row := make([]int, len(y)+1)
	for j, l := range y {
		row[j+1] = row[j] + l.length
	}
	for _, k := range x {
		diagonal := row[0]
		row[0] += k.length
		for j, l := range y {
			replace := diagonal
			if k.id != l.id {
				replace += max(k.length, l.length)
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+l.length, row[j+1]+k.length)
		}
	}
	return row[len(y)]
}

func number(lines [][]rune, ids map[string]int) []line {
	numbered := make([]line, len(lines))
	for i, content := range lines {
		key := string(content)
		id, known := ids[key]
		if !known {
			id = len(ids)
			ids[key] = id
		}
		numbered[i] = line{id, len(content)}
	}
	return numbered
}
