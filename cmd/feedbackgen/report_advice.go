package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/feedbackgen/feedbackgen"
)

// worthAWord is the share of solutions lost in one way from which on a person should hear of it.
const worthAWord = 0.1

// remedies are what to do about solutions that cannot be judged, by the end of their count's name.
var remedies = []struct{ ending, lost, remedy string }{
	{".invalid.truncated", "ran into the token limit", "raise --max-tokens, or end them with --stop where the model goes on after its answer"},
	{".invalid.unparsed", "hold no answer that can be read", "see whether prompt (--dry-run shows it, --prompts replaces it) and --verifier agree on what an answer looks like"},
}

// advice is what a person may want to change: solutions that nobody can judge are paid for, and say nothing.
func advice(counts feedbackgen.Counts) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		for _, r := range remedies {
			what, found := strings.CutSuffix(name, r.ending)
			if !found || strings.HasPrefix(what, countsOfBaselines) || float64(counts[name]) < worthAWord*float64(counts[what]) {
				continue
			}
			all = append(all, fmt.Sprintf("%d of %d %s %s: %s.", counts[name], counts[what], what, r.lost, r.remedy))
		}
	}
	return all
}
