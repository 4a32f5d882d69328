package mcts_test

import (
	"testing"

	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
)

// A search that has nothing more to expect stops; what was in flight is applied, and what was not
// drawn is counted as saved. Until then it draws what it would have drawn.
func TestEarlyStopSavesTheEnd(t *testing.T) {
	for _, selection := range []mcts.Selection{mcts.Racing, mcts.UCT} {
		cfg := continuing
		cfg.Simulations, cfg.Selection, cfg.NoGate = 400, selection, true
		whole := &toy{}
		search(t, cfg, whole, problem("4"))
		cfg.EarlyStop = true
		backend := &toy{}
		result := search(t, cfg, backend, problem("4"))
		saved := result.Counts["simulations_saved"]
		if saved == 0 || saved+result.Counts["rollouts"] != 400 {
			t.Errorf("%s: %d saved, %d drawn of 400", selection, saved, result.Counts["rollouts"])
		}
		drawn := map[int64]bool{}
		for _, req := range whole.seen {
			drawn[req.Sampling.Seed] = true
		}
		for _, req := range backend.seen {
			if !drawn[req.Sampling.Seed] {
				t.Errorf("%s: the search that stops draws otherwise", selection)
			}
		}
	}
}

// Where nothing can be continued, there is no pair to race for, and no early end.
func TestNoEarlyStopWithoutContinuation(t *testing.T) {
	cfg := continuing
	cfg.Continuation, cfg.EarlyStop, cfg.NoGate, cfg.Simulations = backends.None, true, true, 200
	if saved := search(t, cfg, &toy{}, problem("4")).Counts["simulations_saved"]; saved != 0 {
		t.Errorf("%d saved", saved)
	}
}
