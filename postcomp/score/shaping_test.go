package score_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/postcomp/score"
)

func TestShapedRewards(t *testing.T) {
	for _, tt := range []struct{ r1, r2, turn2 float64 }{{0, 1, 11}, {1, 1, 1}, {0, 0, 0}, {1, 0, -10}} {
		turn1, turn2 := score.Shaped(tt.r1, tt.r2, score.DefaultAlpha)
		if turn1 != tt.r1 || turn2 != tt.turn2 {
			t.Errorf("%v then %v: %v and %v, want %v and %v", tt.r1, tt.r2, turn1, turn2, tt.r1, tt.turn2)
		}
	}
}

// What turn one earns depends on nothing that happens in turn two, and the bonus is all in turn two.
func TestCreditNeverLeaksAcrossTurns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reward, alpha := rapid.Float64Range(-1, 1), rapid.Float64Range(0, 20).Draw(t, "alpha")
		r1, r2, other := reward.Draw(t, "r1"), reward.Draw(t, "r2"), reward.Draw(t, "other r2")
		turn1, turn2 := score.Shaped(r1, r2, alpha)
		again, _ := score.Shaped(r1, other, alpha)
		if turn1 != r1 || again != turn1 {
			t.Fatalf("turn one earns %v, with another turn two %v", turn1, again)
		}
		if bonus := turn2 - r2; math.Abs(bonus-alpha*(r2-r1)) > 1e-9 {
			t.Fatalf("the bonus is %v", bonus)
		}
	})
}

func TestTransitions(t *testing.T) {
	for _, first := range feedbackgen.Outcomes {
		for _, second := range feedbackgen.Outcomes {
			got := score.TransitionOf(first, second)
			want := map[[2]feedbackgen.Outcome]score.Transition{
				{feedbackgen.Pass, feedbackgen.Pass}: score.CorrectToCorrect,
				{feedbackgen.Pass, feedbackgen.Fail}: score.CorrectToIncorrect,
				{feedbackgen.Fail, feedbackgen.Pass}: score.IncorrectToCorrect,
				{feedbackgen.Fail, feedbackgen.Fail}: score.IncorrectToIncorrect,
			}[[2]feedbackgen.Outcome{first, second}]
			if got != want {
				t.Errorf("%s to %s is %q, want %q", first, second, got, want)
			}
		}
	}
}

func TestEditRatio(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want float64
	}{
		{"", "", 0},
		{"same", "same", 0},
		{"", "abc", 1},
		{"abc", "", 1},
		{"abc", "xyz", 0.5},
		{"kitten", "sitting", 3.0 / 13},
		{"für", "fur", 1.0 / 6},
		{"a\nb\nc", "a\nc", 2.0 / 8},
	} {
		if got, exact := score.EditRatio(tt.a, tt.b); got != tt.want || !exact {
			t.Errorf("%q to %q: %v, exact %v; want %v", tt.a, tt.b, got, exact, tt.want)
		}
	}
}

// The ratio is symmetric, within its limits, and the textbook's.
func TestEditRatioHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("ab\nü✓")), 0, 30, -1)
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		got, exact := score.EditRatio(a, b)
		back, _ := score.EditRatio(b, a)
		if got != back || !exact || got < 0 || got > 1 {
			t.Fatalf("%v there, %v back, exact %v", got, back, exact)
		}
		x, y := []rune(a), []rune(b)
		if want := textbookDistance(x, y); len(x)+len(y) > 0 && got != float64(want)/float64(len(x)+len(y)) {
			t.Fatalf("ratio %v of %d and %d, textbook's distance %d", got, len(x), len(y), want)
		}
	})
}

// Too long to be exact, the ratio is an upper bound that still sees which lines stayed.
func TestEditRatioOfLongTexts(t *testing.T) {
	lines := make([]string, 400)
	for i := range lines {
		lines[i] = strings.Repeat(itoa(i%7), 9) + itoa(i)
	}
	a := "first\n" + strings.Join(lines, "\n") + "\nlast"
	lines[100], lines[300] = "changed", "changed too"
	b := "First\n" + strings.Join(lines, "\n") + "\nLast"
	got, exact := score.EditRatio(a, b)
	x, y := []rune(a), []rune(b)
	want := float64(textbookDistance(x, y)) / float64(len(x)+len(y))
	if exact || got < want || got > want+0.01 {
		t.Errorf("%v (exact: %v), the exact ratio is %v", got, exact, want)
	}
}

// A bound by lines is never above what replacing everything costs.
func TestEditRatioNeverCostsMoreThanReplacing(t *testing.T) {
	got, exact := score.EditRatio(strings.Repeat("a", 3000)+"\nb\n", "c\n"+strings.Repeat("d", 3000))
	if want := 3003.0 / (3003 + 3002); exact || got != want {
		t.Errorf("%v (exact: %v), want %v", got, exact, want)
	}
}

// The library counts in 16 bits; nothing may wrap around.
func TestEditRatioBesideTheLimitOf16Bits(t *testing.T) {
	for _, n := range []int{65_533, 65_534, 65_535, 65_536, 70_000} {
		got, exact := score.EditRatio("a", strings.Repeat("b", n))
		if want := float64(n) / float64(n+1); got != want || exact != (n <= 65_534) {
			t.Errorf("%d characters: %v (exact: %v), want %v", n, got, exact, want)
		}
	}
}

// If time were not bounded, this would not end.
func TestEditRatioIsBoundedInTime(t *testing.T) {
	const size = 1 << 20
	for name, unit := range map[string]string{"digits": "0123456789", "lines": "\n1\n", "no lines": "✓"} {
		a := "x" + strings.Repeat(unit, size/len(unit)) + "y"
		b := "y" + strings.Repeat(unit+"z", size/len(unit)) + "x"
		ratio, exact := score.EditRatio(a, b)
		if exact || ratio <= 0 || ratio > 1 {
			t.Errorf("%s: ratio %v, exact %v", name, ratio, exact)
		}
	}
}

func textbookDistance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
