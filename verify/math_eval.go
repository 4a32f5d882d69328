package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

const (
	// maxWork bounds the products of coefficients that multiplying a formula out may take.
	maxWork = 20_000
	// samplePoints is at how many points formulas are compared that cannot be multiplied out.
	samplePoints = 6
	// sampleDigits is to how many digits their values have to agree.
	sampleDigits = 24
)

// evaluation multiplies a formula out, or evaluates it at a point.
type evaluation struct {
	// sign is what pm stands for, 1 or -1.
	sign int
	// point holds the variables' values; nil leaves them be.
	point map[string]scalar
	work  int
}

// constants are the names that are no variables.
func constantNamed(name string) (*big.Float, bool) {
	switch name {
	case "pi":
		return circle(), true
	case "e":
		return euler(), true
	}
	return nil, false
}

// value is a formula multiplied out; not ok if it is undefined or no sum of products.
func (e *evaluation) value(f *formula) (polynomial, bool) {
	switch f.op {
	case "num":
		return constant(exactly(f.value)), true
	case "name":
		if known, ok := constantNamed(f.name); ok {
			return constant(about(known)), true
		}
		if at, ok := e.point[f.name]; ok {
			return constant(at), true
		}
		return variable(f.name), true
	case "opaque":
		return nil, false
	}
	args := make([]polynomial, len(f.args))
	for i, arg := range f.args {
		var ok bool
		if args[i], ok = e.value(arg); !ok {
			return nil, false
		}
	}
	switch f.op {
	case "neg":
		return args[0].scaled(integer(-1)), true
	case "+":
		return bounded(args[0].added(args[1]))
	case "-":
		return bounded(args[0].added(args[1].scaled(integer(-1))))
	case "pm":
		return bounded(args[0].added(args[1].scaled(integer(int64(e.sign)))))
	case "mp":
		return bounded(args[0].added(args[1].scaled(integer(int64(-e.sign)))))
	case "*":
		if !e.spend(len(args[0]) * len(args[1])) {
			return nil, false
		}
		return args[0].times(args[1])
	case "/":
		if !e.spend(len(args[0]) * len(args[1])) {
			return nil, false
		}
		return args[0].over(args[1])
	case "^":
		return e.power(args[0], args[1])
	}
	values := make([]scalar, len(args))
	for i, arg := range args {
		var ok bool
		if values[i], ok = arg.constant(); !ok {
			return nil, false
		}
	}
	if !e.spend(100) {
		return nil, false
	}
	return constantIf(functionValue(f.op, values))
}

func constantIf(value scalar, ok bool) (polynomial, bool) {
	if !ok {
		return nil, false
	}
	return constant(value), true
}

func bounded(p polynomial) (polynomial, bool) { return p, len(p) <= maxTerms }

func (e *evaluation) spend(work int) bool {
	e.work += work
	return e.work <= maxWork
}

func (e *evaluation) power(base, exponent polynomial) (polynomial, bool) {
	by, ok := exponent.constant()
	if !ok || !e.spend(100) {
		return nil, false
	}
	if value, ok := base.constant(); ok {
		return constantIf(value.pow(by))
	}
	n, ok := by.small()
	if !ok || !e.spend(len(base)*len(base)*10) {
		return nil, false
	}
	return base.raised(n)
}

// names collects the variables of a formula.
func (f *formula) names(into map[string]bool) {
	if f.op == "name" {
		if _, known := constantNamed(f.name); !known {
			into[f.name] = true
		}
	}
	for _, arg := range f.args {
		arg.names(into)
	}
}

func (f *formula) variables() []string {
	names := map[string]bool{}
	f.names(names)
	return slices.Sorted(maps.Keys(names))
}

// varies reports whether a formula has variables, be it inside a normal form.
func (f *formula) varies() bool {
	return f.op == "opaque" && strings.Contains(f.name, ":") || len(f.variables()) > 0 ||
		slices.ContainsFunc(f.args, func(arg *formula) bool { return arg.varies() })
}

// has reports whether an operator or function occurs.
func (f *formula) has(ops ...string) bool {
	return slices.Contains(ops, f.op) || slices.ContainsFunc(f.args, func(arg *formula) bool { return arg.has(ops...) })
}

// prefixed writes a formula as it is built, for what has no values to compare.
func (f *formula) prefixed(to *strings.Builder) {
	to.WriteString("(" + f.op + f.name)
	if f.value != nil {
		to.WriteString(f.value.RatString())
	}
	for _, arg := range f.args {
		arg.prefixed(to)
	}
	to.WriteString(")")
}

// form is the normal form of an expression, with one sign for pm; not ok if it has no value.
func (f *formula) form(sign int) (string, bool) {
	if f.op == "opaque" {
		return f.name, true
	}
	if f.has("opaque") {
		return "", false
	}
	exact := evaluation{sign: sign}
	if p, ok := exact.value(f); ok {
		if text, ok := p.form(); ok {
			return text, true
		}
		return f.sampled(sign, p.variables())
	}
	names := f.variables()
	if len(names) == 0 {
		return "", false
	}
	return f.sampled(sign, names)
}

// sampled names an expression by its values at fixed points. A value that is undefined counts as
// such; if all are, the name stands for the way the expression is written.
func (f *formula) sampled(sign int, names []string) (string, bool) {
	var digits strings.Builder
	defined := 0
	first, same := "", true
	for k := range samplePoints {
		value, ok := f.at(sign, k, f.variables())
		text := "undefined"
		if ok {
			defined++
			text = rounding(value)
		}
		if k == 0 {
			first = text
		}
		same = same && ok && text == first
		digits.WriteString(text + ";")
	}
	if same {
		value, _ := f.at(sign, 0, f.variables())
		text, _ := value.form()
		return text, true
	}
	if defined == 0 {
		if !f.has("factorial", "binom") { // which have values at integers only
			return "", false
		}
		f.prefixed(&digits)
	}
	sum := sha256.Sum256([]byte(digits.String()))
	return fmt.Sprintf("‹%s:%s›", strings.Join(names, ","), hex.EncodeToString(sum[:12])), true
}

// at is the value at one of the fixed points.
func (f *formula) at(sign, k int, names []string) (scalar, bool) {
	point := map[string]scalar{}
	for _, name := range names {
		point[name] = sample(name, k)
	}
	e := evaluation{sign: sign, point: point}
	p, ok := e.value(f)
	if !ok {
		return scalar{}, false
	}
	return p.constant()
}

// sample is the value of a variable at point k: a rational that depends on nothing else. The points
// lie between 0 and 1 (for logarithms and inverse functions), above 1, below -1, and far out.
func sample(name string, k int) scalar {
	ranges := [samplePoints][2]int64{{0, 1}, {1, 3}, {0, 1}, {-3, -1}, {-1, 1}, {10, 100}}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", k, name))
	const steps = 10_007
	step := int64(1 + binary.BigEndian.Uint64(sum[:8])%(steps-1))
	low, high := ranges[k][0], ranges[k][1]
	return scalar{rat: big.NewRat(low*steps+step*(high-low), steps)}
}

// rounding spells a value to sampleDigits digits.
func rounding(a scalar) string {
	f := a.float()
	if f.Sign() == 0 || f.MantExp(nil) < -zeroBits {
		return "0"
	}
	return f.Text('e', sampleDigits-1)
}
