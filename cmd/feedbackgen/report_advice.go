package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/feedbackgen/feedbackgen"
)

// Shares of solutions from which on a person should hear of it: lost in one way, and of one step alone.
const (
	worthAWord = 0.1
	hardlyAny  = 0.9
)

// remedies are what to do about solutions that cannot be judged, or cut in steps, by the end of their count's
// name.
var remedies = []struct {
	ending       string
	from         float64
	lost, remedy string
}{
	{".invalid.truncated", worthAWord, "ran into the token limit", "raise --max-tokens, or end them with --stop where the model goes on after its answer"},
	{".invalid.unparsed", worthAWord, "hold no answer that can be read", "see whether prompt (--dry-run shows it, --prompts replaces it) and --verifier agree on what an answer looks like"},
	{".of_one_step", hardlyAny, "are of one step", "see whether --step fits how the model writes; of whole solutions alone, a search knows no more than best-of-n"},
}

// advice is what a person may want to change: solutions that nobody can judge are paid for, and say nothing.
func advice(counts feedbackgen.Counts) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		for _, r := range remedies {
			what, found := strings.CutSuffix(name, r.ending)
			if !found || strings.HasPrefix(what, countsOfBaselines) || float64(counts[name]) < r.from*float64(counts[what]) {
				continue
			}
			all = append(all, fmt.Sprintf("%d of %d %s %s: %s.", counts[name], counts[what], strings.ReplaceAll(what, "_", " "), r.lost, r.remedy))
		}
	}
	return all
}
