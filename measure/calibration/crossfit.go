package calibration

import (
	"errors"
	"fmt"

	"github.com/feedbackgen/feedbackgen"
)

// CrossFit returns one calibrated probability a sample, each from a calibrator fitted without any
// sample of the same problem, so that nobody is calibrated on what he reports. Problems go to folds
// in turn, in the order in which they first appear. It fails for less than two folds, for less
// problems than folds, and where fit fails.
//
//	probabilities, err := calibration.CrossFit(samples, 5, calibration.FitIsotonic)
func CrossFit[C Calibrator](samples []Sample, folds int, fit func([]Sample) (C, error)) ([]float64, error) {
	foldOf := map[string]int{}
	for _, s := range samples {
		if _, seen := foldOf[s.Problem]; !seen {
			foldOf[s.Problem] = len(foldOf) % max(folds, 1)
		}
	}
	if folds < 2 || len(foldOf) < folds {
		return nil, &feedbackgen.Failure{
			Op: "cross-fit", Cause: fmt.Errorf("%d folds over %d problems", folds, len(foldOf)),
			Hint: "it takes at least two folds, and a problem for each", Kind: feedbackgen.ErrInput,
		}
	}
	probabilities := make([]float64, len(samples))
	for fold := range folds {
		var others []Sample
		for _, s := range samples {
			if foldOf[s.Problem] != fold {
				others = append(others, s)
			}
		}
		calibrator, err := fit(others)
		if err != nil {
			return nil, fmt.Errorf("cross-fit without fold %d of %d: %w", fold+1, folds, err)
		}
		for i, s := range samples {
			if foldOf[s.Problem] == fold {
				probabilities[i] = calibrator.Apply(s.Score)
			}
		}
	}
	return probabilities, nil
}

// PairsOf joins probabilities, such as [CrossFit] returns, with what happened to their samples. It
// fails if their numbers differ. Weights are not carried over.
func PairsOf(samples []Sample, probabilities []float64) ([]Pair, error) {
	if len(samples) != len(probabilities) {
		return nil, &feedbackgen.Failure{
			Op:    "join samples with probabilities",
			Cause: errors.New("there are not as many of one as of the other"), Kind: feedbackgen.ErrInput,
		}
	}
	pairs := make([]Pair, len(samples))
	for i, s := range samples {
		pairs[i] = Pair{Confidence: probabilities[i], Correct: s.Correct}
	}
	return pairs, nil
}
