package selfplay

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWellPosedProblems(t *testing.T) {
	for reply, want := range map[string]string{
		"Ann has 3 apples and 4 pears. How many?\nExpression: 3 + 4":              "",
		"Ann has 1,200 apples and 2.5 kilos. How many?\nExpression: 1200 * 2.5":   "",
		"Ann has three apples, Ben has half as many as 8.\nExpression: 3 + 8 / 2": "",
		"Ann has 3 apples.\nHow many in 4 bags?\n\nExpression: 3 * 4\n":           "",
		"Ann has 3 apples.":                                      unreadable,
		"Ann has 3 apples. Expression: 3 + 4":                    unreadable,
		"Expression: 3 + 4":                                      unreadable,
		"3 and 4?\nExpression: 3\nExpression: 3+4":               unreadable,
		"3 and 4?\nExpression: 3 + 4\nThat is 7.":                unreadable,
		strings.Repeat("3 4 ", 600) + "\nExpression: 3 + 4":      unreadable,
		"3 and 4?\nExpression: 3 + 4 = 7":                        illFormed,
		"3 and 4?\nExpression: __import__('os').system('ls')":    illFormed,
		"3 and 4?\nExpression: ":                                 illFormed,
		"Say 7.\nExpression: 7":                                  trivial,
		"7 among 2?\nExpression: 7 / 2":                          notWhole,
		"7 of 2?\nExpression: 2 - 7":                             notWhole,
		"Ann has 3 apples and 4 pears.\nExpression: 3 + 4 + 5":   unsaid,
		"Ann has 3 apples and as many pears.\nExpression: 3 + 3": unsaid,
		"Ann has 34 apples.\nExpression: 3 + 4":                  unsaid,
		"1,2 and 5.\nExpression: 12 + 5":                         unsaid,
	} {
		if _, got := read(reply); got != want {
			t.Errorf("%q: %q, want %q", reply, got, want)
		}
	}
	if p, _ := read("3 bags of 4?\nExpression: 3 * 4"); p.truth != "12" || p.operations != 1 {
		t.Errorf("read %+v", p)
	}
}

// Whatever comes, no problem is taken for well posed without an answer.
func FuzzRead(f *testing.F) {
	f.Add("Ann has 3 apples and 4 pears. How many?\nExpression: 3 + 4")
	f.Add("1,234.5 é three\nExpression: 1234.5*3")
	f.Add("Expression:Expression:")
	f.Fuzz(func(t *testing.T, reply string) {
		p, invalid := read(reply)
		if invalid == "" && (p.text == "" || p.truth == "" || p.operations == 0 || strings.Contains(p.text, mark)) {
			t.Fatalf("%q is taken for %+v", reply, p)
		}
	})
}

// A plan has as many problems as asked for, and at least one of each difficulty.
func TestPlansAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(levels, 200).Draw(t, "tasks")
		var seen [levels]tried
		for i := range seen {
			seen[i].posed = rapid.IntRange(0, 100).Draw(t, "posed")
			seen[i].active = rapid.IntRange(0, seen[i].posed).Draw(t, "active")
		}
		sum := 0
		for _, count := range plan(n, seen) {
			if count < 1 {
				t.Fatalf("plan(%d, %v) leaves a difficulty out", n, seen)
			}
			sum += count
		}
		if sum != n {
			t.Fatalf("plan(%d, %v) has %d", n, seen, sum)
		}
	})
}
