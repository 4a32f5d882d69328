package verify

import (
	"slices"
	"strings"
)

// union reads sets of numbers joined by \cup, or one value.
func (r *relations) union(tokens []mathToken) (string, bool) {
	parts, _ := split(tokens, "cup")
	forms := make([]string, len(parts))
	for i, part := range parts {
		var ok bool
		if forms[i], ok = r.value(part); !ok {
			return "", false
		}
	}
	if len(forms) == 1 {
		return forms[0], true
	}
	return unionOf(forms), true
}

// value reads a collection in brackets, a matrix, words, or a formula.
func (r *relations) value(tokens []mathToken) (string, bool) {
	if r.depth++; r.depth > maxNesting || len(tokens) == 0 {
		return "", false
	}
	defer func() { r.depth-- }()
	if len(tokens) == 1 && tokens[0].is("∅") {
		return emptySet, true
	}
	if words, ok := allWords(tokens); ok {
		return words, true
	}
	first, last := tokens[0], tokens[len(tokens)-1]
	if first.kind == mathOp && last.kind == mathOp && spans(tokens) && match(first.text, last.text) {
		inner := tokens[1 : len(tokens)-1]
		switch {
		case strings.HasPrefix(first.text, "begin "):
			return r.matrix(first.text, inner)
		case first.is("{") || first.is(`\{`):
			if len(inner) == 0 {
				return emptySet, first.is(`\{`)
			}
			if first.is("{") && nothingSeparates(inner) {
				return r.value(inner)
			}
			return r.list(inner)
		case first.is("(") || first.is("["):
			return r.bracketed(first.text, inner, last.text)
		}
	}
	return formulaForm(tokens)
}

func nothingSeparates(tokens []mathToken) bool {
	parts, _ := split(tokens, ",")
	return len(parts) == 1
}

// match reports whether brackets are a pair; round and square ones may be mixed, as in (0, 1].
func match(open, shut string) bool {
	switch open {
	case "(", "[":
		return shut == ")" || shut == "]"
	case "{":
		return shut == "}"
	case `\{`:
		return shut == `\}`
	}
	return strings.Replace(open, "begin ", "end ", 1) == shut
}

// spans reports whether the bracket that opens first is closed last.
func spans(tokens []mathToken) bool {
	depth := 0
	for i, t := range tokens {
		if t.kind == mathOp {
			depth += nesting(t.text)
		}
		if depth == 0 {
			return i == len(tokens)-1 && i > 0
		}
	}
	return false
}

func allWords(tokens []mathToken) (string, bool) {
	words := make([]string, len(tokens))
	for i, t := range tokens {
		if t.kind != mathWord {
			return "", false
		}
		words[i] = t.text
	}
	form := proseForm(strings.Join(words, " "))
	return form, form != ""
}

// bracketed reads a tuple, a point or an interval; a single value is only in parentheses.
func (r *relations) bracketed(open string, inner []mathToken, shut string) (string, bool) {
	parts, _ := split(inner, ",", ";")
	forms := make([]string, len(parts))
	for i, part := range parts {
		var ok bool
		if forms[i], ok = r.union(part); !ok {
			return "", false
		}
	}
	switch {
	case len(forms) == 1:
		return forms[0], strings.ContainsAny(open+shut, "()") == (open+shut == "()")
	case forms[0] == "-inf" && forms[1] == "inf" && len(forms) == 2:
		return "ℝ", true
	case open+shut != "()" && open+shut != "[]" && len(forms) != 2:
		return "", false
	}
	return open + strings.Join(forms, ", ") + shut, true
}

// matrix reads rows.
func (r *relations) matrix(begin string, inner []mathToken) (string, bool) {
	switch strings.TrimPrefix(begin, "begin ") {
	case "pmatrix", "bmatrix", "matrix", "vmatrix", "Bmatrix", "smallmatrix":
	default:
		return "", false
	}
	rows, _ := split(inner, `\\`)
	if n := len(rows); n > 1 && len(rows[n-1]) == 0 {
		rows = rows[:n-1]
	}
	lines := make([]string, len(rows))
	for i, row := range rows {
		cells, _ := split(row, "&")
		forms := make([]string, len(cells))
		for k, cell := range cells {
			var ok bool
			if forms[k], ok = r.union(cell); !ok {
				return "", false
			}
		}
		lines[i] = list(forms)
	}
	return list(lines), true
}

func list(forms []string) string {
	if len(forms) == 1 {
		return forms[0]
	}
	return "[" + strings.Join(forms, ", ") + "]"
}

// setOf spells a set. An element that is listed twice stays so: roots have multiplicities.
func setOf(forms []string) string {
	slices.Sort(forms)
	if len(forms) == 1 {
		return forms[0]
	}
	return "{" + strings.Join(forms, ", ") + "}"
}

func unionOf(forms []string) string {
	slices.Sort(forms)
	return strings.Join(slices.Compact(forms), " ∪ ")
}

// formulaForm is the normal form of tokens that are one formula.
func formulaForm(tokens []mathToken) (string, bool) {
	f, ok := parseFormula(tokens)
	if !ok {
		return "", false
	}
	return f.forms()
}

// forms is the normal form of an expression: of one with a sign ±, the set of both values.
func (f *formula) forms() (string, bool) {
	plus, ok := f.form(1)
	if !ok || !f.has("pm", "mp") {
		return plus, ok
	}
	minus, ok := f.form(-1)
	if plus == minus {
		return plus, ok
	}
	return setOf([]string{plus, minus}), ok
}
