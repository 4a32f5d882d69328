package shortcut_test

import (
	"strings"
	"testing"
	"time"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/shortcut"
)

// FuzzScreen reads whatever a model may write.
func FuzzScreen(f *testing.F) {
	for _, text := range []string{
		"12*3=36\n36+9=45\n95-45=50\nThe answer is 50.", `\begin{align*} \frac{90}{2} &= 45 \\ 2^{5} &= 32 \end{align*} \boxed{50}`,
		"def f():\n    x = 3 ** 2\n    x += 1\n    return x // 2", "((((((1+2)", "50 50 50 50 50 50", "1,2,3,456.7.8:9%%", "−½×¾→≈數學",
		"9999999999999999 * 9999999999999999 = 1", "x = x = x = 5 of 5 of 5", "twenty-one hundred thousand million percent",
		"1/0 = 5", "- - - -5", "\\", "\xff\xfe", "3(4)(5)x y = 50", "a = 1\na = a + 1\na", "#### 50", "5 / / 5 = 1",
	} {
		f.Add(marbles, text, "50", "code")
		f.Add("", text, "1/2", "")
	}
	f.Fuzz(func(t *testing.T, prompt, text, answer, class string) {
		group := make([]shortcut.Rollout, 6)
		for i := range group {
			group[i] = shortcut.Rollout{Text: text + strings.Repeat(" more", i), Answer: answer, Outcome: feedbackgen.Pass, Class: class}
		}
		v := shortcut.Screen(prompt, group)
		if v.Successes != len(group) || v.Suspects+v.Independent > len(group) {
			t.Fatalf("%+v", v)
		}
	})
}

// Reading takes time in proportion to the text, whatever is in it: tenths of a second here, where the
// square of the length would take minutes.
func TestHostileTextTakesNoLonger(t *testing.T) {
	const size = 1 << 18
	for _, piece := range []string{
		"(", "1+(", "50 ", "1+1=3 ", "a1=1 ", "x", "- ", "1,000,", `\frac{`, "not 1+1=3, 2+2=4, ", "50=50=", "**", "of 5 ", "ab cd 50 50 ", "{", "\xff", "½",
	} {
		text := strings.Repeat(piece, size/len(piece))
		start := time.Now()
		shortcut.Screen(marbles, []shortcut.Rollout{pass(text, "50")})
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%d bytes of %q took %v", len(text), piece, took)
		}
	}
}
