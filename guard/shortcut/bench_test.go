package shortcut_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/shortcut"
)

// BenchmarkScreen screens groups of eight rollouts of about 300 bytes that all pass, which is the most
// work there can be; it reports rollouts a second.
func BenchmarkScreen(b *testing.B) {
	for _, format := range []string{"equations", "prose"} {
		b.Run(format, func(b *testing.B) {
			prompt := "Ivan buys 3 bags with 12 marbles each and gets 9 from Vera. How many are in 7 such rooms?"
			var group []shortcut.Rollout
			size := 0
			for i := range 8 {
				text := long(format, 10+i)
				size += len(text)
				group = append(group, shortcut.Rollout{
					Text: text, Answer: fmt.Sprint(10 + i + 5*7), Outcome: feedbackgen.Pass, Class: format,
				})
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if v := shortcut.Screen(prompt, group); v.Independent != 8 {
					b.Fatalf("%+v", v)
				}
			}
			b.ReportMetric(float64(8*b.N)/b.Elapsed().Seconds(), "rollouts/s")
		})
	}
}

// long is a solution of about 300 bytes: it begins with a number and adds 7 five times.
func long(format string, n int) string {
	var t strings.Builder
	for i := range 5 {
		switch format {
		case "equations":
			fmt.Fprintf(&t, "Step %d: the next room adds 7 to %d, so we get %d + 7 = %d\n", i+1, n, n, n+7)
		default:
			fmt.Fprintf(&t, "In the next of the rooms, adding 7 to the %d gives %d. ", n, n+7)
		}
		n += 7
	}
	return t.String() + fmt.Sprintf("The answer is %d.", n)
}
