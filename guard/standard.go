package guard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/difficulty"
)

// Settings are what the standard guards need to know. The zero value turns all of them on, as far
// as they have something to judge by.
type Settings struct {
	// Off names guards that are not asked.
	Off []string
	// Gate is the band of pass rates that trains; default [difficulty.Default].
	Gate difficulty.Gate
}

// Names lists the standard guards in the order in which they are asked.
func Names() []string {
	return []string{"difficulty", "bias"}
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
	var guards []Guard
	for _, g := range []Guard{
		ByDifficulty(s.Gate),
		ByBias(),
	} {
		if !slices.Contains(s.Off, g.Name()) {
			guards = append(guards, g)
		}
	}
	return NewChain(guards, s.Off), nil
}
