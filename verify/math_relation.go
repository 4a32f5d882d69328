package verify

import (
	"slices"
	"strings"

	"github.com/samber/lo"
)

// emptySet is the normal form of having no solution.
const emptySet = "no solution"

// relations reads what an answer says, from whole lists down to formulas, and spells each in its
// normal form.
type relations struct{ depth int }

// said is one statement.
type said struct {
	form string
	// name is of what the form is the value: "x" of "x = 3".
	name string
	// solved says that the form is the interval of an inequality's solutions.
	solved bool
}

// list reads one statement or several, which make a set.
func (r *relations) list(tokens []mathToken) (string, bool) {
	parts, joints := split(tokens, ",", ";", "or", "and")
	if len(parts) == 1 {
		s, ok := r.statement(withoutLead(tokens))
		return s.form, ok
	}
	var all []said
	for i, part := range parts {
		if len(part) == 0 {
			if i > 0 && i < len(parts)-1 && (joints[i] == "or" || joints[i] == "and") && joints[i-1] == "," {
				continue // the comma in "1, 2, and 3"
			}
			return "", false
		}
		s, ok := r.statement(withoutLead(part))
		if !ok {
			return "", false
		}
		all = append(all, s)
	}
	return jointly(all, slices.Contains(joints, "or")), true
}

// jointly spells several statements: of one unknown or none a set, of as many unknowns their values
// in the order of their names, like (x, y) = (1, 2).
func jointly(all []said, or bool) string {
	slices.SortStableFunc(all, func(a, b said) int { return strings.Compare(a.name, b.name) })
	names := slices.Compact(lo.Map(all, func(s said, _ int) string { return s.name }))
	forms := lo.Map(all, func(s said, _ int) string { return s.form })
	switch {
	case len(names) == 1 && or && lo.EveryBy(all, func(s said) bool { return s.solved }):
		return unionOf(forms)
	case len(names) == len(all) && names[0] != "" && !or:
		return "(" + strings.Join(forms, ", ") + ")"
	case len(lo.Compact(names)) > 1:
		forms = lo.Map(all, func(s said, _ int) string {
			if s.name == "" {
				return s.form
			}
			return s.name + " = " + s.form
		})
		if or {
			slices.Sort(forms)
			return strings.Join(forms, " or ")
		}
	}
	return setOf(forms)
}

// withoutLead drops words that only lead up to an answer. Those that turn it round stay, and make
// it unreadable.
func withoutLead(tokens []mathToken) []mathToken {
	for len(tokens) > 1 && tokens[0].kind == mathWord {
		switch tokens[0].text {
		case "not", "never", "neither", "nor", "than", "between", "except", "without", "unless", "least", "most", "no":
			return tokens
		}
		if tokens = tokens[1:]; tokens[0].is(":") {
			tokens = tokens[1:]
		}
	}
	return tokens
}

// split cuts at separators outside all brackets; joints are the separators.
func split(tokens []mathToken, separators ...string) (parts [][]mathToken, joints []string) {
	depth, from := 0, 0
	for i, t := range tokens {
		if t.kind != mathOp {
			continue
		}
		depth += nesting(t.text)
		if depth == 0 && slices.Contains(separators, t.text) {
			parts, joints, from = append(parts, tokens[from:i]), append(joints, t.text), i+1
		}
	}
	return append(parts, tokens[from:]), joints
}

// nesting is 1 for what opens, -1 for what closes.
func nesting(op string) int {
	switch {
	case op == "(" || op == "[" || op == "{" || op == `\{` || op == "lfloor" || op == "lceil" || strings.HasPrefix(op, "begin "):
		return 1
	case op == ")" || op == "]" || op == "}" || op == `\}` || op == "rfloor" || op == "rceil" || strings.HasPrefix(op, "end "):
		return -1
	}
	return 0
}

var (
	equalities   = []string{"=", "approx", "in"}
	inequalities = []string{"<", ">", "<=", ">=", "!="}
)

// statement reads an equation, an inequality, or a value.
func (r *relations) statement(tokens []mathToken) (said, bool) {
	sides, ops := split(tokens, append(inequalities, equalities...)...)
	if len(ops) > 1 && len(sides[0]) == 0 {
		return said{}, false
	}
	switch {
	case len(ops) == 0:
		form, ok := r.union(tokens)
		return said{form: form}, ok
	case !slices.ContainsFunc(ops, func(op string) bool { return !slices.Contains(equalities, op) }):
		return r.equation(sides, ops)
	case len(ops) == 1:
		return inequality(sides[0], ops[0], sides[1])
	case len(ops) == 2:
		form, ok := between(sides, ops)
		return said{form, label(sides[1]), true}, ok
	}
	return said{}, false
}

// equation reads sides that are equal.
func (r *relations) equation(sides [][]mathToken, ops []string) (said, bool) {
	for i, op := range ops {
		if op == "approx" && len(sides[i]) > 0 && !isLabel(sides[i]) {
			sides, ops = sides[:i+1], ops[:i] // what is exact counts
			break
		}
	}
	last := sides[len(sides)-1]
	if len(ops) == 0 || len(sides[0]) == 0 || isLabel(sides[0]) {
		form, ok := r.union(last)
		return said{form: form, name: label(sides[0])}, ok
	}
	if len(ops) != 1 || ops[0] != "=" {
		form, ok := r.union(last)
		return said{form: form}, ok
	}
	if isLabel(last) {
		form, ok := r.union(sides[0])
		return said{form: form, name: label(last)}, ok
	}
	left, okLeft := parseFormula(sides[0])
	right, okRight := parseFormula(last)
	switch {
	case !okLeft || !okRight:
		return said{}, false
	case !left.varies() && !right.varies():
		form, ok := right.forms()
		return said{form: form}, ok
	}
	s, ok := solved(left, right, 1)
	if ok && (left.has("pm", "mp") || right.has("pm", "mp")) {
		other, okOther := solved(left, right, -1)
		s.form, ok = setOf([]string{s.form, other.form}), okOther && s.name == other.name
	}
	return s, ok
}

// solved spells an equation: as its root if it is linear in one variable, else as a polynomial that
// is zero, else by its sides in the order of their spelling.
func solved(left, right *formula, sign int) (said, bool) {
	p, ok := difference(left, right, sign)
	if value, constant := p.constant(); ok && constant {
		if value.sign() != 0 {
			return said{form: emptySet}, true
		}
		form, ok := right.form(sign)
		return said{form: form}, ok
	}
	if ok {
		if name, _, root, ok := p.linear(); ok {
			form, _ := root.form()
			return said{form: form, name: name}, true
		}
		if form, ok := p.monic(false); ok {
			return said{form: form + " = 0"}, true
		}
	}
	a, okA := left.form(sign)
	b, okB := right.form(sign)
	for range 2 {
		if tokens, ok := mathTokens(a); a == b || ok && isLabel(tokens) {
			return said{form: b, name: label(tokens)}, okA && okB
		}
		a, b = b, a
	}
	return said{form: min(a, b) + " = " + max(a, b)}, okA && okB
}

func difference(left, right *formula, sign int) (polynomial, bool) {
	e := evaluation{sign: sign}
	difference := apply("-", left, right)
	if difference.has("opaque") {
		return nil, false
	}
	return e.value(difference)
}

// monic spells a polynomial divided by its first coefficient, or by that one's size.
func (p polynomial) monic(keepSign bool) (string, bool) {
	first := p.sorted()[0]
	if keepSign {
		first.factor = first.factor.abs()
	}
	p, ok := p.divideBy(term{factor: first.factor})
	if !ok {
		return "", false
	}
	return p.form()
}

// inequality reads a < b, or a != b. One of a single variable is the interval of its solutions.
func inequality(a []mathToken, op string, b []mathToken) (said, bool) {
	left, okLeft := parseFormula(a)
	right, okRight := parseFormula(b)
	if !okLeft || !okRight {
		return said{}, false
	}
	if op[0] == '>' {
		left, right, op = right, left, "<"+op[1:]
	}
	if left.has("pm", "mp") || right.has("pm", "mp") || !left.varies() && !right.varies() {
		return said{}, false
	}
	p, ok := difference(left, right, 1)
	if !ok {
		a, okA := left.form(1)
		b, okB := right.form(1)
		return said{form: a + " " + strings.Replace(op, "!=", "≠", 1) + " " + b}, okA && okB
	}
	if len(p.variables()) == 0 {
		return said{}, false
	}
	if op == "!=" {
		form, ok := p.monic(false)
		return said{form: form + " ≠ 0"}, ok
	}
	if name, slope, root, ok := p.linear(); ok {
		form, _ := root.form()
		if slope > 0 {
			return said{interval("(", "-inf", form, closing(op)), name, true}, ok
		}
		return said{interval(opening(op), form, "inf", ")"), name, true}, ok
	}
	form, ok := p.monic(true)
	return said{form: form + " " + op + " 0"}, ok
}

// linear solves a*x + b = 0, if that is what p is: slope is the sign of a.
func (p polynomial) linear() (name string, slope int, root scalar, ok bool) {
	names := p.variables()
	if len(names) != 1 || len(p) > 2 {
		return "", 0, scalar{}, false
	}
	first, ok := p[names[0]]
	if !ok {
		return "", 0, scalar{}, false
	}
	offset := integer(0)
	if len(p) == 2 {
		rest, ok := p[""]
		if !ok {
			return "", 0, scalar{}, false
		}
		offset = rest.factor
	}
	root, ok = offset.neg().quo(first.factor)
	return names[0], first.factor.sign(), root, ok
}

// between reads 1 < x <= 5.
func between(sides [][]mathToken, ops []string) (string, bool) {
	if ops[0][0] != ops[1][0] || ops[0][0] == '!' || !isLabel(sides[1]) {
		return "", false
	}
	low, high := 0, 2
	if ops[0][0] == '>' {
		low, high, ops = 2, 0, []string{ops[1], ops[0]}
	}
	a, okA := formulaForm(sides[low])
	b, okB := formulaForm(sides[high])
	return interval(opening(ops[0]), a, b, closing(ops[1])), okA && okB
}

func opening(op string) string {
	if strings.HasSuffix(op, "=") {
		return "["
	}
	return "("
}

func closing(op string) string {
	if strings.HasSuffix(op, "=") {
		return "]"
	}
	return ")"
}

func interval(open, low, high, shut string) string { return open + low + ", " + high + shut }

// isLabel reports whether a side only names what the other one is the value of: x, f(x), AB, (x,y),
// "the area".
func isLabel(tokens []mathToken) bool {
	words, names := 0, 0
	capitals := true
	for i, t := range tokens {
		switch {
		case t.kind == mathWord:
			words++
		case t.kind == mathName:
			names++
			capitals = capitals && 'A' <= t.text[0] && t.text[0] <= 'Z'
		case t.is("(") && i <= 1 && spans(tokens[i:]):
			if i == 1 && words == 0 { // f(3), P(A)
				return capitals || strings.Contains("fgh", tokens[0].text)
			}
			inner, _ := split(tokens[i+1:len(tokens)-1], ",") // (x, y)
			return len(inner) > 1 && sorted(inner) && !slices.ContainsFunc(inner, func(part []mathToken) bool { return !isLabel(part) })
		default:
			return false
		}
	}
	return words > 0 || names == 1 || names > 1 && capitals
}

// sorted reports whether names are in the order in which their values are listed.
func sorted(names [][]mathToken) bool {
	return slices.IsSortedFunc(names, func(a, b []mathToken) int { return strings.Compare(label(a), label(b)) })
}

func label(tokens []mathToken) string {
	if len(tokens) == 1 && tokens[0].kind == mathName {
		return tokens[0].text
	}
	return ""
}
