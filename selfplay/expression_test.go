package selfplay_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen/selfplay"
)

func TestExpressionsComputeExactly(t *testing.T) {
	for text, want := range map[string]string{
		"(3 + 4) * 2":         "14",
		"95 - (3 * 12 + 9)":   "50",
		"2+3*4":               "14",
		"20 - 5 - 3":          "12",
		"48 / 4 / 2":          "6",
		"1/3 + 1/3 + 1/3":     "1",
		"0.1 + 0.2":           "3/10",
		" ( ( 7 ) ) ":         "7",
		"3 - 5":               "-2",
		"999999999*999999999": "999999998000000001",
	} {
		e, err := selfplay.Evaluate(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := e.Value.RatString(); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestOtherThanArithmeticIsRefused(t *testing.T) {
	for _, text := range []string{
		"", " ", "()", "(3", "3)", "3 +", "+ 3", "-3", "3 -- 2", "2(3)", "2 3", "3 ** 2", "2^3", "1e9", "x", "3 = 3", "3.", ".5",
		"1.2.3", "1,000", "1 / 0", "1 / (2 - 2)", "1234567890", "3 + 4\n", "3 × 4", "0x10", "1_000",
		strings.Repeat("(", 30) + "1" + strings.Repeat(")", 30), "1" + strings.Repeat("+1", 21), strings.Repeat(" ", 300) + "1",
	} {
		if e, err := selfplay.Evaluate(text); err == nil {
			t.Errorf("%q is taken for %s", text, e.Value.RatString())
		}
	}
}

// Whatever expression is written, Go's own reading of it gives the same value.
func TestEvaluateAgreesWithGo(t *testing.T) {
	var expression func(depth int) *rapid.Generator[string]
	expression = func(depth int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			if depth == 0 || rapid.IntRange(0, 2).Draw(t, "leaf") == 0 {
				return fmt.Sprint(rapid.IntRange(0, 99).Draw(t, "number"))
			}
			sign := rapid.SampledFrom([]string{"+", "-", "*", "/", " + ", " - "}).Draw(t, "sign")
			text := expression(depth-1).Draw(t, "left") + sign + expression(depth-1).Draw(t, "right")
			if rapid.Bool().Draw(t, "brackets") {
				return "(" + text + ")"
			}
			return text
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		text := expression(3).Draw(t, "expression")
		want := goValue(t, text)
		e, err := selfplay.Evaluate(text)
		switch {
		case want == nil && err == nil:
			t.Fatalf("%q divides by zero, and is taken for %s", text, e.Value)
		case want != nil && err != nil:
			t.Fatalf("%q: %v", text, err)
		case want != nil && e.Value.Cmp(want) != 0:
			t.Fatalf("%q is %s, want %s", text, e.Value, want)
		}
	})
}

// goValue is nil where something is divided by zero.
func goValue(t *rapid.T, text string) *big.Rat {
	tree, err := parser.ParseExpr(text)
	if err != nil {
		t.Fatal(err)
	}
	var value func(ast.Expr) *big.Rat
	value = func(e ast.Expr) *big.Rat {
		switch e := e.(type) {
		case *ast.ParenExpr:
			return value(e.X)
		case *ast.BasicLit:
			r, _ := new(big.Rat).SetString(e.Value)
			return r
		case *ast.BinaryExpr:
			x, y := value(e.X), value(e.Y)
			if x == nil || y == nil || e.Op == token.QUO && y.Sign() == 0 {
				return nil
			}
			switch e.Op {
			case token.ADD:
				return x.Add(x, y)
			case token.SUB:
				return x.Sub(x, y)
			case token.MUL:
				return x.Mul(x, y)
			}
			return x.Quo(x, y)
		}
		t.Fatalf("%T in %q", e, text)
		return nil
	}
	return value(tree)
}

// Any bytes are read in bounded time into a bounded value, or refused; and white space means nothing.
func FuzzEvaluate(f *testing.F) {
	for _, seed := range []string{"(3 + 4) * 2", "1/0", "((((1))))", "9*9*9*9/7-0.25", "-1", "1e5", "\x00", "٣+٤"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := selfplay.Evaluate(text)
		if err != nil {
			return
		}
		if bits := e.Value.Num().BitLen() + e.Value.Denom().BitLen(); bits > 2000 {
			t.Fatalf("%q has a value of %d bits", text, bits)
		}
		if e.Operations != len(e.Numbers)-1 {
			t.Fatalf("%q: %d operations on %d numbers", text, e.Operations, len(e.Numbers))
		}
		again, err := selfplay.Evaluate(" " + text + " ")
		if len(text) <= 190 && (err != nil || again.Value.Cmp(e.Value) != 0) {
			t.Fatalf("%q changes with space around it: %v", text, err)
		}
	})
}
