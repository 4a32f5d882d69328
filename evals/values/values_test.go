package main

import (
	"bytes"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/measure/calibration"
)

// Sums over problems are what package calibration says of all rollouts together.
func TestLedgersAgreeWithCalibration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ledgers := make([]ledger, 3)
		var pairs []calibration.Pair
		for range rapid.IntRange(1, 20).Draw(t, "states") {
			value := float64(rapid.IntRange(0, 100).Draw(t, "value")) / 100
			n := rapid.IntRange(1, 8).Draw(t, "n")
			k := rapid.IntRange(0, n).Draw(t, "k")
			ledgers[rapid.IntRange(0, 2).Draw(t, "problem")].add(value, mcts.Share{Passes: k, Rollouts: n})
			for i := range n {
				pairs = append(pairs, calibration.Pair{Confidence: value, Correct: i < k})
			}
		}
		wantBrier, _ := calibration.Brier(pairs)
		wantBias, _ := calibration.Overconfidence(pairs)
		wantECE, _ := calibration.ECE(calibration.EqualWidth(pairs, calibration.Bins))
		for name, c := range map[string]struct {
			of   func([]ledger) (float64, bool)
			want float64
		}{"Brier": {brier, wantBrier}, "bias": {bias, wantBias}, "ECE": {ece, wantECE}} {
			if got, ok := c.of(ledgers); !ok || math.Abs(got-c.want) > 1e-9 {
				t.Fatalf("%s is %v, %v; want %v", name, got, ok, c.want)
			}
		}
	})
	if _, ok := ece(nil); ok {
		t.Error("nothing has a calibration error")
	}
}

// Kept draws are drawn once, and make the same table.
func TestTablesRepeat(t *testing.T) {
	p := plan{selection: mcts.Racing, simulations: 16, rollouts: 4, seed: 1, cache: filepath.Join(t.TempDir(), "fresh.jsonl")}
	var tables [2]bytes.Buffer
	for i := range tables {
		if err := run(t.Context(), &tables[i], p, 1, 7); err != nil {
			t.Fatal(err)
		}
	}
	if tables[0].String() != tables[1].String() || !strings.Contains(tables[0].String(), "6 problems") {
		t.Errorf("%s\n%s", &tables[0], &tables[1])
	}
}

// Shrinking here, under one strength, is what the search does for its gate.
func TestGateIsShrunkAlike(t *testing.T) {
	p := plan{selection: mcts.UCT, simulations: 24, rollouts: 1, seed: 2}
	problems, err := readProblems(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	trees, err := p.draw(t.Context(), problems)
	if err != nil {
		t.Fatal(err)
	}
	again := shrunk(trees, func(int) float64 { return 6 })
	compared := 0
	for i, tree := range trees {
		for place, s := range tree.states {
			if s.Terminal {
				continue
			}
			compared++
			if math.Abs(again[i][place]-s.Gate) > 1e-9 {
				t.Errorf("%s %s: %v here, %v in the search", tree.problem, s.Node, again[i][place], s.Gate)
			}
		}
	}
	if compared < 20 {
		t.Errorf("only %d states", compared)
	}
}
