package mcts

import "testing"

// Steps are alike where a reader would see the same; a sign, a digit or a point is a difference.
func TestStepsThatReadTheSameAreAlike(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"12 * 4 = 48\n", "12 * 4 = 48", true},
		{"The answer is 48.", "the answer is **48**", true},
		{"So, \"she\" has 3 (three) left:", "so she has 3 three left", true},
		{"The answer is 48.", "The answer is 84.", false},
		{"x = -5", "x = 5", false},
		{"It is 3.5", "It is 35", false},
		{"It is 5!", "It is 5", false},
		{"2 + 3", "2 * 3", false},
		{"2 + 3 - 1", "2 - 3 + 1", false},
		{"She has 3", "She has 3 left", false},
	} {
		if got := alike(c.a, c.b); got != c.want || alike(c.b, c.a) != c.want {
			t.Errorf("%q and %q: %v", c.a, c.b, got)
		}
	}
}
