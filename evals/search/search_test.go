package main

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
)

// The toy's policy ends right as often as its values say.
func TestToyIsWorthWhatItSays(t *testing.T) {
	best, mean := toyBest("p")
	res, err := toy{}.Generate(t.Context(), backends.Request{Messages: []feedbackgen.Message{feedbackgen.User("p")}, N: 4000})
	if err != nil {
		t.Fatal(err)
	}
	right := 0.0
	for _, sample := range res.Samples {
		if strings.HasSuffix(sample.Text, "is 1.") {
			right++
		}
	}
	if got := right / 4000; math.Abs(got-mean) > 0.03 || best <= mean {
		t.Errorf("%.3f end right, %.3f should; at best %.3f", got, mean, best)
	}
}

// Windows are compared on the same problems, and the same settings say the same.
func TestRegretsRepeat(t *testing.T) {
	for _, selection := range mcts.Selections {
		first, err := regrets(t.Context(), selection, wideWindow, 6, 1)
		if err != nil {
			t.Fatal(err)
		}
		again, err := regrets(t.Context(), selection, wideWindow, 6, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(first, again) || slices.Min(first) < 0 {
			t.Errorf("%s: %v, then %v", selection, first, again)
		}
	}
}

// Both sides of a comparison spend the same tokens but for one batch, begin alike, and are judged; the
// same settings print the same table.
func TestSidesSpendTheSame(t *testing.T) {
	p := plan{selections: []mcts.Selection{mcts.Racing}, simulations: 32, rollouts: 4, seed: 1}
	problems, err := readProblems(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	var tables [2]bytes.Buffer
	for i := range tables {
		m, err := p.measure(t.Context(), problems[:6])
		if err != nil {
			t.Fatal(err)
		}
		active := 0
		for j, search := range m.rules[0].search {
			sample := m.rules[0].sample[j]
			if search.active != sample.active || !search.active && search.tokens != sample.tokens {
				t.Errorf("problem %d is another one for best-of-n: %+v, %+v", j, search, sample)
			}
			if more := sample.tokens - search.tokens; more < 0 || more > mcts.GateBatch*256 {
				t.Errorf("problem %d: %d tokens by search, %d by best-of-n", j, search.tokens, sample.tokens)
			}
			if search.active {
				active++
			}
		}
		if active == 0 {
			t.Error("no problem was searched to the end: nothing is compared")
		}
		if err := m.print(&tables[i]); err != nil {
			t.Fatal(err)
		}
	}
	if tables[0].String() != tables[1].String() || !strings.Contains(tables[0].String(), "first differences") {
		t.Errorf("%s\n%s", &tables[0], &tables[1])
	}
}
