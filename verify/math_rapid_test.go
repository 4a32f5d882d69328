package verify

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// expression is a formula as the test sees it, with a value computed independently.
type expression struct {
	op   string
	args []expression
	n    int
}

func expressions() *rapid.Generator[expression] {
	leaf := rapid.Custom(func(t *rapid.T) expression {
		if name := rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "name"); name != "" {
			return expression{op: name}
		}
		return expression{op: "n", n: rapid.IntRange(0, 12).Draw(t, "n")}
	})
	var deep func(depth int) *rapid.Generator[expression]
	deep = func(depth int) *rapid.Generator[expression] {
		return rapid.Custom(func(t *rapid.T) expression {
			if depth == 0 || rapid.IntRange(0, 3).Draw(t, "leaf") == 0 {
				return leaf.Draw(t, "leaf")
			}
			op := rapid.SampledFrom([]string{"+", "-", "*", "/", "^", "sqrt", "sin", "neg"}).Draw(t, "op")
			e := expression{op: op, args: []expression{deep(depth-1).Draw(t, "a")}}
			switch op {
			case "+", "-", "*", "/":
				e.args = append(e.args, deep(depth-1).Draw(t, "b"))
			case "^":
				e.n = rapid.IntRange(2, 3).Draw(t, "n")
			}
			return e
		})
	}
	return deep(3)
}

func (e expression) value(x, y float64) float64 {
	switch e.op {
	case "n":
		return float64(e.n)
	case "x":
		return x
	case "y":
		return y
	}
	a := e.args[0].value(x, y)
	switch e.op {
	case "+":
		return a + e.args[1].value(x, y)
	case "-":
		return a - e.args[1].value(x, y)
	case "*":
		return a * e.args[1].value(x, y)
	case "/":
		return a / e.args[1].value(x, y)
	case "^":
		return math.Pow(a, float64(e.n))
	case "sqrt":
		return math.Sqrt(a)
	case "sin":
		return math.Sin(a)
	}
	return -a
}

// latex and plain are two ways to write it; turned exchanges what commutes.
func (e expression) latex() string {
	switch e.op {
	case "n":
		return fmt.Sprint(e.n)
	case "x", "y":
		return e.op
	}
	a := e.args[0].latex()
	switch e.op {
	case "+", "-":
		return `\left(` + a + " " + e.op + " " + e.args[1].latex() + `\right)`
	case "*":
		return `\left(` + a + `\right)\cdot\left(` + e.args[1].latex() + `\right)`
	case "/":
		return `\dfrac{` + a + "}{" + e.args[1].latex() + "}"
	case "^":
		return fmt.Sprintf(`{\left(%s\right)}^{%d}`, a, e.n)
	case "sqrt":
		return `\sqrt{` + a + "}"
	case "sin":
		return `\sin\left(` + a + `\right)`
	}
	return "(-" + a + ")"
}

func (e expression) turned() string {
	switch e.op {
	case "n":
		return fmt.Sprintf("%d/2", 2*e.n)
	case "x", "y":
		return e.op
	}
	a := e.args[0].turned()
	switch e.op {
	case "+":
		return "(" + e.args[1].turned() + "+" + a + ")"
	case "-":
		return "(-(" + e.args[1].turned() + ")+" + a + ")"
	case "*":
		return "(" + e.args[1].turned() + ")*(" + a + ")"
	case "/":
		return "((" + a + ")/(" + e.args[1].turned() + "))"
	case "^":
		return "(" + strings.Repeat("("+a+")*", e.n-1) + "(" + a + "))"
	case "sqrt":
		return "sqrt(" + a + ")"
	case "sin":
		return "sin(" + a + ")"
	}
	return "(0-(" + a + "))"
}

// However a formula is written, it is the same answer, and one more is another.
func TestMathWaysToWriteAFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := expressions().Draw(t, "formula")
		a, b := e.latex(), e.turned()
		form, reason := mathForm(a)
		if reason != "" || len(b) > maxSlot {
			return // undefined, or too long
		}
		if !(maths{}).Equal(a, b) {
			other, why := mathForm(b)
			t.Fatalf("%s is %q, and %s is %q (%s)", a, form, b, other, why)
		}
		if more := "(" + b + ") + 1"; (maths{}).Equal(a, more) {
			t.Fatalf("%s equals %s", a, more)
		}
	})
}

// mutated changes one place: an operator, a number or a variable.
func (e expression) mutated(t *rapid.T) expression {
	if len(e.args) > 0 && rapid.Bool().Draw(t, "deeper") {
		i := rapid.IntRange(0, len(e.args)-1).Draw(t, "argument")
		args := append([]expression{}, e.args...)
		args[i] = args[i].mutated(t)
		return expression{e.op, args, e.n}
	}
	switch len(e.args) {
	case 2:
		e.op = rapid.SampledFrom([]string{"+", "-", "*", "/"}).Draw(t, "operator")
	case 1:
		e.op, e.n = rapid.SampledFrom([]string{"sqrt", "sin", "neg", "^"}).Draw(t, "function"), 2
	default:
		e = rapid.SampledFrom([]expression{{op: "x"}, {op: "y"}, {op: "n", n: 0}, {op: "n", n: 1}, {op: "n", n: 2}}).Draw(t, "leaf")
	}
	return e
}

// Formulas that are called equal have equal values, computed another way, be they ever so alike.
func TestMathEqualFormulasHaveEqualValues(t *testing.T) {
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		a := expressions().Draw(t, "a")
		b := a.mutated(t)
		if !(maths{}).Equal(a.latex(), b.turned()) {
			return
		}
		compared++
		for _, at := range [][2]float64{{0.7312, 1.9183}, {2.3091, 0.4177}, {5.0211, 3.3307}} {
			va, vb := a.value(at[0], at[1]), b.value(at[0], at[1])
			if math.IsNaN(va+vb) || math.IsInf(va+vb, 0) {
				continue
			}
			if math.Abs(va-vb) > 1e-6*max(1, math.Abs(va)) {
				t.Fatalf("%s and %s are called equal, and are %g and %g at %v", a.latex(), b.turned(), va, vb, at)
			}
		}
	})
	if compared == 0 {
		t.Error("no pair was called equal, so that nothing was compared")
	}
}
