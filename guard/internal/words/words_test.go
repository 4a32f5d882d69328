package words_test

import (
	"slices"
	"testing"

	"github.com/feedbackgen/feedbackgen/guard/internal/words"
)

// Texts of one line are the same to the guards, those of different lines are not.
func TestWhatIsTheSame(t *testing.T) {
	groups := [][]string{
		{"", " ", "\n...!", "**", "- ", "---", "===", "\xff"},
		{"don't stop", "Dont, stop!", "DON’T  stop.", "* dont\n* stop", "**don't**-stop"},
		{"naïve", "NAÏVE"},
		{"7", "7.0", "007", "seven", "Seven.", "**7**", "(7)", "$7", "7.", "7)", "- 7"},
		{"-7", " -7", "(-7)", "−7"},
		{"7%", "7 %"},
		{"0.5", ".5", "0.50", "(.5)"},
		{"0", "0.0", "00", "zero"},
		{"1000.5", "1,000.50", "1,000.5"},
		{"1000000", "1,000,000", "million"},
		{"1,00", "1, 00", "1 0"},
		{"1,2,3", "1 2 3", "one two three"},
		{"3 + 4", "3+4", "three + four", "3 +4."},
		{"3 - 4", "3-4", "3 − 4", "3 −4"},
		{"3 4", "3, 4", "3; 4"},
		{"3 * 4", "3*4", "3 × 4"},
		{"3 / 4", "3/4", "3 ÷ 4"},
		{"x - y", "x-y", "X - Y"},
		{"x y"},
		{"(a) - (b)"},
		{"12 year old", "12-year-old"},
		{"and or", "and/or"},
		{"1.2.3"},
		{"1.2.30"},
		{"3rd"},
		{"half"},
		{"他有3个苹果", "他 有3个苹果。"},
		{"他有4个苹果"},
	}
	for i, group := range groups {
		for j, other := range groups {
			for _, text := range other {
				same := slices.Equal(words.Append(nil, group[0]), words.Append(nil, text))
				if same != (i == j) {
					t.Errorf("%q and %q: same is %v", group[0], text, same)
				}
			}
		}
	}
}

func TestNumbersAreTold(t *testing.T) {
	for text, want := range map[string]int{"": 0, "he has no more": 0, "3 + x = 10%": 5, "the 3rd of twenty": 2, "a - b": 1, "well-known": 0, "**bold**": 0} {
		got := 0
		for _, w := range words.Append(nil, text) {
			if w.Number {
				got++
			}
		}
		if got != want {
			t.Errorf("%q has %d numbers, want %d", text, got, want)
		}
	}
	digest := func(text string) uint64 { return words.Numbers(words.Append(nil, text)) }
	if digest("5 pears, 7 plums") != digest("five plums and 7 more") {
		t.Error("the same numbers among other words differ")
	}
	if digest("5 pears, 7 plums") == digest("7 pears, 5 plums") {
		t.Error("the order of numbers does not count")
	}
	if digest("pears") != 0 {
		t.Error("no number is not 0")
	}
}

// Any text is read in full: what is read of two texts with a line between is both, one after the other.
func FuzzAppend(f *testing.F) {
	for _, text := range []string{"", "3 - 4", "don't", "1,000.50%", "他有3个苹果", "\xff’’'.5", "x^2 <= -5"} {
		f.Add(text, "then")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		const between = "\nand\nso\n"
		want := words.Append(words.Append(words.Append(nil, a+"\n"), between), "\n"+b)
		if got := words.Append(nil, a+between+b); !slices.Equal(got, want) {
			t.Fatalf("%q, %q: %v, want %v", a, b, got, want)
		}
	})
}
