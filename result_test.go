package feedbackgen_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
)

// Whatever is counted under nested names adds up, and every level says how often it was named.
func TestCountsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := feedbackgen.Counts{}
		total := map[string]int64{}
		for range rapid.IntRange(0, 20).Draw(t, "times") {
			top := rapid.SampledFrom([]string{"tasks", "solutions"}).Draw(t, "top")
			rest := rapid.SliceOfN(rapid.SampledFrom([]string{"pass", "fail"}), 2, 2).Draw(t, "rest")
			n := rapid.IntRange(0, 3).Draw(t, "n")
			counts.CountN(n, append([]string{top}, rest...)...)
			counts.Count(top, "one", "more")
			total[top] += int64(n) + 1
		}
		if err := counts.Check(); err != nil {
			t.Fatal(err)
		}
		for top, n := range total {
			if counts[top] != n {
				t.Fatalf("%s is %d, not %d", top, counts[top], n)
			}
		}
	})
}
