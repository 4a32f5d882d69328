// Package calibration says whether stated confidence means anything, and mends it.
//
// A [Pair] is a confidence and whether the answer was right. No single number tells all: a model
// that says its own accuracy every time has a calibration error of 0 and knows nothing about any
// answer. [Measure] therefore reports calibration error, Brier score with its parts, and ranking
// together. [FitIsotonic] and [FitPlatt] turn scores into calibrated probabilities, and [CrossFit]
// does so that nobody is calibrated on what he reports.
//
// Functions over pairs are undefined (false) without pairs, and take confidences to be in [0, 1];
// [Check] says whether they are.
package calibration

import (
	"errors"
	"fmt"
	"math"

	"github.com/feedbackgen/feedbackgen"
)

// Pair is one answer: the confidence that was stated, in [0, 1], and whether it was right. Answers
// that are invalid or could not be judged are no pairs.
type Pair struct {
	Confidence float64 `json:"confidence"`
	Correct    bool    `json:"correct"`
}

// outcome is 1 for right, 0 for wrong.
func (p Pair) outcome() float64 {
	if p.Correct {
		return 1
	}
	return 0
}

// Check returns an error that names the first pair, counted from 1, whose confidence is no
// probability.
func Check(pairs []Pair) error {
	for i, p := range pairs {
		if !(0 <= p.Confidence && p.Confidence <= 1) {
			return feedbackgen.BadInput(fmt.Sprintf("pair %d", i+1),
				fmt.Errorf("confidence %v is not in [0, 1]", p.Confidence), "divide percentages by 100")
		}
	}
	return nil
}

// Accuracy is the share of right answers.
func Accuracy(pairs []Pair) (float64, bool) {
	return mean(pairs, Pair.outcome)
}

// MeanConfidence is the mean of the confidences.
func MeanConfidence(pairs []Pair) (float64, bool) {
	return mean(pairs, func(p Pair) float64 { return p.Confidence })
}

// Overconfidence is the mean confidence less the accuracy, in [-1, 1]: above 0 the model claims more
// than it can.
func Overconfidence(pairs []Pair) (float64, bool) {
	return mean(pairs, func(p Pair) float64 { return p.Confidence - p.outcome() })
}

// Brier is the mean of (confidence - outcome)^2, in [0, 1], lower is better. It is a proper score:
// nobody gains by saying anything but what he believes.
func Brier(pairs []Pair) (float64, bool) {
	return mean(pairs, func(p Pair) float64 { return (p.Confidence - p.outcome()) * (p.Confidence - p.outcome()) })
}

// LogLossClip is how far [LogLoss] keeps confidences away from 0 and 1.
const LogLossClip = 1e-6

// LogLoss is the mean of -ln(probability given to what happened), in nats, with confidences clipped
// to [LogLossClip, 1-LogLossClip]; so it is at most 13.8.
func LogLoss(pairs []Pair) (float64, bool) {
	return mean(pairs, func(p Pair) float64 {
		q := clip(p.Confidence)
		if p.Correct {
			return -math.Log(q)
		}
		return -math.Log1p(-q)
	})
}

func clip(q float64) float64 { return min(max(q, LogLossClip), 1-LogLossClip) }

func mean(pairs []Pair, of func(Pair) float64) (float64, bool) {
	if len(pairs) == 0 {
		return 0, false
	}
	sum := 0.0
	for _, p := range pairs {
		sum += of(p)
	}
	return sum / float64(len(pairs)), true
}

var errNoPairs = errors.New("there are no pairs of a confidence and an outcome")
