package embedded_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/verify"
)

// halves are the bundled files: what may be tuned on, and what may not.
var halves = []string{"tune", "holdout"}

func bundledProblems(t *testing.T, half string) []feedbackgen.Problem {
	t.Helper()
	path := filepath.Join("problems", half+".jsonl")
	set, err := feedbackgen.CheckProblems(t.Context(), path, func() (io.ReadCloser, error) { return os.Open(path) })
	if err != nil {
		t.Fatal(err)
	}
	var all []feedbackgen.Problem
	for p, err := range set.All(context.WithoutCancel(t.Context())) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

type problemMeta struct {
	Expression string `json:"expression"`
	Steps      int    `json:"steps"`
	Split      string `json:"split"`
}

func TestBundledProblemsAreWellFormed(t *testing.T) {
	total := 0
	for _, half := range halves {
		steps := map[int]int{}
		all := bundledProblems(t, half)
		total += len(all)
		if len(all) < 150 {
			t.Errorf("%s holds %d problems, want at least 150", half, len(all))
		}
		for _, p := range all {
			if !p.Plain || p.Verifier != "number" {
				t.Errorf("%s: not a bare text with the verifier number", p.ID)
			}
			rule, err := verify.New(p.Verifier)
			if err != nil {
				t.Fatal(err)
			}
			if err := rule.CheckGold(p.Answer); err != nil {
				t.Errorf("%s: %v", p.ID, err)
			}
			var meta problemMeta
			if err := json.Unmarshal(p.Meta, &meta); err != nil {
				t.Fatalf("%s: %v", p.ID, err)
			}
			if meta.Split != half {
				t.Errorf("%s says that it belongs to %q", p.ID, meta.Split)
			}
			value, operations, err := arithmetic(meta.Expression)
			if err != nil {
				t.Errorf("%s: %v", p.ID, err)
				continue
			}
			if strconv.Itoa(value) != p.Answer {
				t.Errorf("%s: %s is %d, the answer says %s", p.ID, meta.Expression, value, p.Answer)
			}
			// A step that is used twice is written out twice.
			if operations < meta.Steps {
				t.Errorf("%s: %s has %d operations, meta says %d steps", p.ID, meta.Expression, operations, meta.Steps)
			}
			steps[meta.Steps]++
		}
		for n := 2; n <= 4; n++ {
			if steps[n] < len(all)/5 {
				t.Errorf("%s: only %d of %d problems have %d steps", half, steps[n], len(all), n)
			}
		}
	}
	if total < 300 {
		t.Errorf("%d problems are bundled, want at least 300", total)
	}
}

func TestBundledHalvesAreDisjoint(t *testing.T) {
	ids, texts := map[string]bool{}, map[string]bool{}
	for _, half := range halves {
		for _, p := range bundledProblems(t, half) {
			text := p.Prompt[0].Content
			if ids[p.ID] || texts[text] {
				t.Errorf("%s stands twice: %s", p.ID, text)
			}
			ids[p.ID], texts[text] = true, true
		}
	}
}

// The corpus generator puts a problem where the hash of its numbers says, so none in the training
// corpus has a bundled one's numbers in their order, let alone its text.
func TestBundledProblemsAreDisjointFromTraining(t *testing.T) {
	for _, half := range halves {
		for _, p := range bundledProblems(t, half) {
			if got := splitOf(p.Prompt[0].Content); got != half {
				t.Errorf("%s is in %s.jsonl, its numbers belong to %s: %s", p.ID, half, got, p.Prompt[0].Content)
			}
		}
	}
}

// The generator's rule, train/problems.py's split, and this file's are one.
func TestSplitRuleIsTheGenerators(t *testing.T) {
	file, err := os.Open(filepath.Join("train", "split.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	seen := map[string]int{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var example struct{ Text, Part string }
		if err := json.Unmarshal(lines.Bytes(), &example); err != nil {
			t.Fatal(err)
		}
		if got := splitOf(example.Text); got != example.Part {
			t.Errorf("%s: the generator says %s, this test %s", example.Text, example.Part, got)
		}
		seen[example.Part]++
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for _, part := range append([]string{"train"}, halves...) {
		if seen[part] < 10 {
			t.Errorf("only %d examples of %s", seen[part], part)
		}
	}
}

var digits = regexp.MustCompile(`\d+`)

// splitOf is where a problem belongs, by the numbers in its text in their order.
func splitOf(text string) string {
	hash := sha256.Sum256([]byte(strings.Join(digits.FindAllString(text, -1), ",")))
	switch hash[0] % 16 {
	case 0:
		return "tune"
	case 1:
		return "holdout"
	}
	return "train"
}

// arithmetic computes an expression of whole numbers and counts its operations. Every value on the
// way has to be a positive whole number.
func arithmetic(expression string) (value, operations int, err error) {
	parsed, err := parser.ParseExpr(expression)
	if err != nil {
		return 0, 0, err
	}
	value, operations, ok := compute(parsed)
	if !ok {
		return 0, 0, fmt.Errorf("%s has no value in whole numbers", expression)
	}
	return value, operations, nil
}

func compute(expr ast.Expr) (value, operations int, ok bool) {
	switch e := expr.(type) {
	case *ast.ParenExpr:
		return compute(e.X)
	case *ast.BasicLit:
		n, err := strconv.Atoi(e.Value)
		return n, 0, err == nil
	case *ast.BinaryExpr:
		x, before, okX := compute(e.X)
		y, after, okY := compute(e.Y)
		if !okX || !okY {
			return 0, 0, false
		}
		var r int
		switch e.Op {
		case token.ADD:
			r = x + y
		case token.SUB:
			r = x - y
		case token.MUL:
			r = x * y
		case token.QUO:
			if y == 0 || x%y != 0 {
				return 0, 0, false
			}
			r = x / y
		default:
			return 0, 0, false
		}
		return r, before + after + 1, r > 0
	}
	return 0, 0, false
}
