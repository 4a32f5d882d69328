package selfplay

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/selfplay/replay"
	"github.com/feedbackgen/feedbackgen/selfplay/skill"
)

// Both sides are chosen at once, and what they count adds up whoever ends first. It is the race detector
// that tells.
func TestBothSidesRaceAtOnce(t *testing.T) {
	c := &chain{Module: &Module{}, counts: startCounts(), sides: newSides()}
	c.cfg.Grounding.Z = replay.Strict
	made, err := skill.New("read-twice", "For numbers.", "Read the row twice.")
	if err != nil {
		t.Fatal(err)
	}
	set, err := skill.Of(made)
	if err != nil {
		t.Fatal(err)
	}
	var probes []string
	for i := range replay.LeastProbes {
		probes = append(probes, fmt.Sprint(i))
	}
	try := func(context.Context, skill.Set, string, int) (attempted, error) {
		return attempted{outcome: feedbackgen.Pass}, nil
	}
	var both sync.WaitGroup
	for _, s := range c.sides {
		if s.history, _, err = s.history.With(0, 1, nil, set); err != nil {
			t.Fatal(err)
		}
		both.Go(func() {
			if err := c.race(t.Context(), s, skill.Rules{}, probes, nil, 32, try); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	for _, s := range c.sides {
		if s.choice.calls != 32 {
			t.Errorf("%s: %d calls", s.name, s.choice.calls)
		}
	}
}
