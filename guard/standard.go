package guard

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/difficulty"
	"github.com/feedbackgen/feedbackgen/guard/duplicate"
	"github.com/feedbackgen/feedbackgen/guard/leak"
)

// Settings are what the standard guards need to know. The zero value turns all of them on, as far
// as they have something to judge by.
type Settings struct {
	// Off names guards that are not asked.
	Off []string
	// Gate is the band of pass rates that trains; default [difficulty.Default].
	Gate difficulty.Gate
	// Holdout are items that must not get into a prompt.
	Holdout []leak.Item
	// Policy is the one that is to be trained; the zero value judges no record by its policy.
	Policy feedbackgen.Policy
	// Remeasured lets records of other policies stay.
	Remeasured []Remeasured
	// Formats are those of an earlier policy, to compare with.
	Formats *Formats
	// Earlier yields the records of earlier runs, which later ones must not repeat.
	Earlier iter.Seq2[*Case, error]
}

// Names lists the standard guards in the order in which they are asked.
func Names() []string {
	return []string{"staleness", "leak", "difficulty", "shortcut", "duplicate", "format", "bias"}
}

// Standard are the guards that a run has unless it is told otherwise.
func Standard(s Settings) (*Chain, error) {
	for _, name := range s.Off {
		if !slices.Contains(Names(), name) {
			return nil, &feedbackgen.Failure{
				Kind: feedbackgen.ErrInput, Subject: fmt.Sprintf("guard %q", name), Cause: errUnknown,
				Hint: "there are " + strings.Join(Names(), ", "),
			}
		}
	}
	if s.Gate == (difficulty.Gate{}) {
		s.Gate = difficulty.Default()
	}
	off := func(name string) bool { return slices.Contains(s.Off, name) }
	var holdout *leak.Index
	if len(s.Holdout) > 0 {
		var err error
		if holdout, err = leak.New(leak.DefaultWords, s.Holdout); err != nil {
			return nil, err
		}
	}
	index, err := duplicate.New(duplicate.Default())
	if err != nil {
		return nil, err
	}
	duplicates := ByDuplicate(index)
	if s.Earlier != nil && !off("duplicate") {
		if err := duplicates.Remember(s.Earlier); err != nil {
			return nil, err
		}
	}
	formats := ByFormat(s.Formats)
	var classify func(string) string // lengths are compared within one format, and formats between sides
	if !off("format") {
		classify = formats.Class
	}
	var guards []Guard
	for _, g := range []Guard{
		ByStaleness(s.Policy, s.Remeasured), ByLeak(holdout), ByDifficulty(s.Gate), ByShortcut(classify), duplicates, formats, ByBias(classify),
	} {
		if !off(g.Name()) {
			guards = append(guards, g)
		}
	}
	return NewChain(guards, s.Off), nil
}
