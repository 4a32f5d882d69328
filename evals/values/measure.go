package main

import (
	"math"

	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/measure/calibration"
	"github.com/feedbackgen/feedbackgen/measure/interval"
)

// ledger sums what one problem's states said and what became of them, over fresh rollouts.
type ledger struct {
	rollouts, squares float64
	bins              [calibration.Bins]struct{ said, right float64 }
}

func (l *ledger) add(value float64, truth mcts.Share) {
	k, n := float64(truth.Passes), float64(truth.Rollouts)
	bin := &l.bins[min(int(value*calibration.Bins), calibration.Bins-1)]
	bin.said += value * n
	bin.right += k
	l.rollouts += n
	l.squares += n*value*value - 2*k*value + k
}

// brier is the mean of (value - outcome)^2 over fresh rollouts.
func brier(ledgers []ledger) (float64, bool) {
	squares, n := 0.0, 0.0
	for i := range ledgers {
		squares, n = squares+ledgers[i].squares, n+ledgers[i].rollouts
	}
	return squares / n, n > 0
}

// ece is the expected calibration error over [calibration.Bins] bins of equal width.
func ece(ledgers []ledger) (float64, bool) {
	var sums ledger
	for i := range ledgers {
		sums.rollouts += ledgers[i].rollouts
		for j, bin := range ledgers[i].bins {
			sums.bins[j].said += bin.said
			sums.bins[j].right += bin.right
		}
	}
	gaps := 0.0
	for _, bin := range sums.bins {
		gaps += math.Abs(bin.said - bin.right)
	}
	return gaps / sums.rollouts, sums.rollouts > 0
}

// bias is the mean value less the share that ended right.
func bias(ledgers []ledger) (float64, bool) {
	gap, n := 0.0, 0.0
	for i := range ledgers {
		n += ledgers[i].rollouts
		for _, bin := range ledgers[i].bins {
			gap += bin.said - bin.right
		}
	}
	return gap / n, n > 0
}

// measure keeps a ledger a problem, of the judged states to keep.
func measure(trees []grown, v values, keep func(mcts.State) bool) []ledger {
	ledgers := make([]ledger, len(trees))
	for i, tree := range trees {
		for place, s := range tree.states {
			if j, ok := tree.judged[place]; ok && keep(s) {
				ledgers[i].add(v[i][place], j.truth)
			}
		}
	}
	return ledgers
}

// figure is a statistic with its bootstrap interval over problems.
func figure(ledgers []ledger, statistic func([]ledger) (float64, bool)) (interval.Estimate, bool) {
	e, err := interval.Of(interval.Default(), ledgers, statistic)
	return e, err == nil
}
