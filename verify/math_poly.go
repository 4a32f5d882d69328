package verify

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxTerms and maxPower bound what is multiplied out; beyond them a formula is compared by its values.
	maxTerms = 64
	maxPower = 1000
)

// imaginary is the name of the imaginary unit.
const imaginary = "i"

// power is a variable with an exponent, which may be negative but not zero.
type power struct {
	name     string
	exponent int
}

// term is a coefficient and the variables, in alphabetical order, that it multiplies.
type term struct {
	factor scalar
	powers []power
}

func (t term) degree() int {
	sum := 0
	for _, p := range t.powers {
		sum += p.exponent
	}
	return sum
}

// polynomial holds terms by the spelling of their variables; none has the factor zero.
type polynomial map[string]term

func spelling(powers []power) string {
	parts := make([]string, len(powers))
	for i, p := range powers {
		parts[i] = p.name
		if p.exponent != 1 {
			parts[i] += "^" + strconv.Itoa(p.exponent)
		}
	}
	return strings.Join(parts, "*")
}

func constant(a scalar) polynomial { return polynomial{}.plus(term{factor: a}) }

func variable(name string) polynomial {
	return polynomial{}.plus(term{integer(1), []power{{name, 1}}})
}

// constant returns the value of a polynomial without variables.
func (p polynomial) constant() (scalar, bool) {
	if len(p) == 0 {
		return integer(0), true
	}
	t, ok := p[""]
	return t.factor, ok && len(p) == 1
}

// plus adds a term in place.
func (p polynomial) plus(t term) polynomial {
	t = t.real()
	key := spelling(t.powers)
	if old, ok := p[key]; ok {
		t.factor = old.factor.add(t.factor)
	}
	if t.factor.sign() == 0 {
		delete(p, key)
	} else {
		p[key] = t
	}
	return p
}

// real takes powers out of the imaginary unit.
func (t term) real() term {
	at := slices.IndexFunc(t.powers, func(x power) bool { return x.name == imaginary })
	if at < 0 || t.powers[at].exponent == 1 {
		return t
	}
	quarters := t.powers[at].exponent & 3
	powers := slices.Delete(slices.Clone(t.powers), at, at+1)
	if quarters&1 == 1 {
		powers = slices.Insert(powers, at, power{imaginary, 1})
	}
	if quarters >= 2 {
		t.factor = t.factor.neg()
	}
	return term{t.factor, powers}
}

// conjugate turns the imaginary unit's sign; changed is false if it does not occur.
func (p polynomial) conjugate() (conjugate polynomial, changed bool) {
	conjugate = polynomial{}
	for _, t := range p {
		if slices.Contains(t.powers, power{imaginary, 1}) {
			t.factor, changed = t.factor.neg(), true
		}
		conjugate.plus(t)
	}
	return conjugate, changed
}

// sorted lists the terms, the highest degree first.
func (p polynomial) sorted() []term {
	return slices.SortedFunc(maps.Values(p), func(a, b term) int {
		return cmp.Or(cmp.Compare(b.degree(), a.degree()), comparePowers(b.powers, a.powers))
	})
}

// comparePowers orders as a dictionary does: x^2 before x*y before y^2.
func comparePowers(a, b []power) int {
	for i := 0; i < len(a) || i < len(b); i++ {
		switch {
		case i == len(a):
			return -b[i].exponent
		case i == len(b):
			return a[i].exponent
		case a[i].name < b[i].name:
			return a[i].exponent
		case a[i].name > b[i].name:
			return -b[i].exponent
		case a[i].exponent != b[i].exponent:
			return a[i].exponent - b[i].exponent
		}
	}
	return 0
}

func (p polynomial) scaled(by scalar) polynomial {
	result := polynomial{}
	for _, t := range p {
		result.plus(term{t.factor.mul(by), t.powers})
	}
	return result
}

// added goes through the terms in order, so that sums round alike wherever they are computed.
func (p polynomial) added(q polynomial) polynomial {
	result := maps.Clone(p)
	for _, t := range q.sorted() {
		result.plus(t)
	}
	return result
}

// times multiplies out; not ok if that has too many terms.
func (p polynomial) times(q polynomial) (polynomial, bool) {
	result := polynomial{}
	right := q.sorted()
	for _, a := range p.sorted() {
		for _, b := range right {
			powers, ok := together(a.powers, b.powers, 1)
			if !ok {
				return nil, false
			}
			result.plus(term{a.factor.mul(b.factor), powers})
		}
		if len(result) > maxTerms {
			return nil, false
		}
	}
	return result, true
}

// together multiplies two products of variables, or divides them with sign -1.
func together(a, b []power, sign int) ([]power, bool) {
	var result []power
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case j == len(b) || i < len(a) && a[i].name < b[j].name:
			result = append(result, a[i])
			i++
		case i == len(a) || b[j].name < a[i].name:
			result = append(result, power{b[j].name, sign * b[j].exponent})
			j++
		default:
			if sum := a[i].exponent + sign*b[j].exponent; sum != 0 {
				result = append(result, power{a[i].name, sum})
			}
			i, j = i+1, j+1
		}
		if n := len(result); n > 0 && max(result[n-1].exponent, -result[n-1].exponent) > maxPower {
			return nil, false
		}
	}
	return result, true
}

// over divides exactly; not ok if the quotient is no sum of products of powers of the variables.
func (p polynomial) over(q polynomial) (polynomial, bool) {
	if len(q) == 0 {
		return nil, false
	}
	if len(q) == 1 {
		return p.divideBy(q.sorted()[0])
	}
	if conjugate, changed := q.conjugate(); changed {
		above, okAbove := p.times(conjugate)
		below, okBelow := q.times(conjugate)
		if !okAbove || !okBelow {
			return nil, false
		}
		return above.over(below)
	}
	// The quotient may have negative powers, none deeper than q is high: with those lifted out,
	// division with remainder decides.
	lift := map[string]int{}
	for _, t := range q {
		for _, x := range t.powers {
			lift[x.name] = max(lift[x.name], x.exponent, -x.exponent)
		}
	}
	var lifted []power
	for _, name := range slices.Sorted(maps.Keys(lift)) {
		lifted = append(lifted, power{name, 2 * lift[name]})
	}
	rest, ok := p.times(polynomial{}.plus(term{integer(1), lifted}))
	if !ok {
		return nil, false
	}
	quotient := polynomial{}
	first := q.lexicallyFirst()
	for range maxTerms {
		if len(rest) == 0 {
			return quotient.divideBy(term{integer(1), lifted})
		}
		lead := rest.lexicallyFirst()
		one, ok := polynomial{"": lead}.divideBy(first)
		if !ok || !one.isWhole(lifted) {
			return nil, false
		}
		part, ok := one.times(q)
		if !ok {
			return nil, false
		}
		quotient = quotient.added(one)
		rest = rest.added(part.scaled(integer(-1)))
		delete(rest, spelling(lead.powers)) // cancelled by construction, even where rounded
		if len(rest) > maxTerms {
			return nil, false
		}
	}
	return nil, false
}

// isWhole reports whether no variable but those lifted has a negative power.
func (p polynomial) isWhole(lifted []power) bool {
	for _, t := range p {
		for _, x := range t.powers {
			known := slices.ContainsFunc(lifted, func(l power) bool { return l.name == x.name })
			if known && x.exponent < 0 {
				return false
			}
		}
	}
	return true
}

func (p polynomial) lexicallyFirst() term {
	return slices.MaxFunc(p.sorted(), func(a, b term) int { return comparePowers(a.powers, b.powers) })
}

func (p polynomial) divideBy(by term) (polynomial, bool) {
	result := polynomial{}
	for _, t := range p {
		factor, ok := t.factor.quo(by.factor)
		if !ok {
			return nil, false
		}
		powers, ok := together(t.powers, by.powers, -1)
		if !ok {
			return nil, false
		}
		result.plus(term{factor, powers})
	}
	return result, true
}

// raised is an integer power.
func (p polynomial) raised(n int) (polynomial, bool) {
	if n < 0 {
		if len(p) != 1 {
			return nil, false
		}
		inverse, ok := constant(integer(1)).over(p)
		if !ok {
			return nil, false
		}
		p, n = inverse, -n
	}
	if n > maxPower || len(p) > 1 && n > maxTerms {
		return nil, false
	}
	result := constant(integer(1))
	for square := p; ; {
		if n&1 == 1 {
			var ok bool
			if result, ok = result.times(square); !ok {
				return nil, false
			}
		}
		if n >>= 1; n == 0 {
			return result, true
		}
		var ok bool
		if square, ok = square.times(square); !ok {
			return nil, false
		}
	}
}

// variables lists the names, in alphabetical order.
func (p polynomial) variables() []string {
	names := map[string]bool{}
	for _, t := range p {
		for _, x := range t.powers {
			names[x.name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// form spells a polynomial; not ok if a coefficient has no name.
func (p polynomial) form() (string, bool) {
	if value, ok := p.constant(); ok {
		text, _ := value.form()
		return text, true
	}
	var text strings.Builder
	for i, t := range p.sorted() {
		factor, named := t.factor.abs().form()
		if !named {
			return "", false
		}
		sign := [2]string{"", " + "}
		if t.factor.sign() < 0 {
			sign = [2]string{"-", " - "}
		}
		text.WriteString(sign[min(i, 1)])
		product := spelling(t.powers)
		switch {
		case product == "":
			text.WriteString(factor)
		case factor == "1":
			text.WriteString(product)
		default:
			text.WriteString(factor + "*" + product)
		}
	}
	return text.String(), true
}
