package main

import (
	"fmt"

	"github.com/feedbackgen/feedbackgen/measure/calibration"
)

// folds is how many folds of problems what is fitted to reserved rollouts is cross-fitted in.
const folds = 5

// isotonic mends values on one reserved rollout a state, none of them of the state's own problem's fold.
func isotonic(trees []grown, v values) (values, error) {
	var samples []calibration.Sample
	for i, tree := range trees {
		for place := range tree.states {
			j, ok := tree.judged[place]
			if !ok {
				continue
			}
			// One whose reserved rollout could not be judged is mended by the others' fit: next to nothing.
			sample := calibration.Sample{Problem: tree.problem, Score: v[i][place], Weight: 1e-9}
			if j.reserved != nil {
				sample.Correct, sample.Weight = *j.reserved, 1
			}
			samples = append(samples, sample)
		}
	}
	mended, err := calibration.CrossFit(samples, folds, calibration.FitIsotonic)
	if err != nil {
		return nil, fmt.Errorf("calibrate on reserved rollouts: %w", err)
	}
	all := make(values, len(trees))
	for i, tree := range trees {
		all[i] = make([]float64, len(tree.states))
		for place := range tree.states {
			if _, ok := tree.judged[place]; ok {
				all[i][place], mended = mended[0], mended[1:]
			}
		}
	}
	return all, nil
}

// baseRates are the shares of reserved rollouts that ended right, by depth, without those of the state's
// own problem's fold.
func baseRates(trees []grown) values {
	type tally struct{ passes, rollouts float64 }
	byFold := make([]map[int]tally, folds)
	for fold := range byFold {
		byFold[fold] = map[int]tally{}
	}
	for i, tree := range trees {
		for place, s := range tree.states {
			if r := tree.judged[place].reserved; r != nil {
				t := byFold[i%folds][s.Depth]
				t.rollouts++
				if *r {
					t.passes++
				}
				byFold[i%folds][s.Depth] = t
			}
		}
	}
	all := make(values, len(trees))
	for i, tree := range trees {
		all[i] = make([]float64, len(tree.states))
		for place, s := range tree.states {
			sum := tally{1, 2} // a depth that hardly occurs is not certain
			for fold := range byFold {
				if fold != i%folds {
					sum.passes += byFold[fold][s.Depth].passes
					sum.rollouts += byFold[fold][s.Depth].rollouts
				}
			}
			all[i][place] = sum.passes / sum.rollouts
		}
	}
	return all
}
