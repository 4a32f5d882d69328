package calibration

import (
	"errors"
	"fmt"
	"math"
	"sort"

	"github.com/feedbackgen/feedbackgen"
)

// Sample is one answer to calibrate on.
type Sample struct {
	// Problem is the problem's id, by which [CrossFit] keeps samples together.
	Problem string `json:"problem"`
	// Score is any number that rises with the chance to be right: a confidence, a search value, a
	// log-odds. Infinities, and what is beyond 1e100, are refused.
	Score   float64 `json:"score"`
	Correct bool    `json:"correct"`
	// Weight is how many observations this is, above 0; usually 1. k passes of n rollouts at one
	// score are two samples, of weights k and n-k.
	Weight float64 `json:"weight"`
}

// Calibrator turns scores into probabilities.
type Calibrator interface {
	// Apply is the chance that an answer of this score is right, in [0, 1]. NaN gives NaN.
	Apply(score float64) float64
}

var (
	_ Calibrator = Isotonic{}
	_ Calibrator = Platt{}
)

// limit keeps squares of scores, and sums of weights, finite.
const limit = 1e100

// checkSamples names the first sample, counted from 1, that nothing can be fitted to.
func checkSamples(samples []Sample) error {
	for i, s := range samples {
		var cause error
		switch {
		case !(math.Abs(s.Score) <= limit):
			cause = fmt.Errorf("score %v is not a number of at most %g", s.Score, limit)
		case !(0 < s.Weight && s.Weight <= limit):
			cause = fmt.Errorf("weight %v is not above 0 and at most %g", s.Weight, limit)
		default:
			continue
		}
		return feedbackgen.BadInput(fmt.Sprintf("sample %d", i+1), cause, "")
	}
	if len(samples) == 0 {
		return &feedbackgen.Failure{Op: "calibrate", Cause: errors.New("there are no samples")}
	}
	return nil
}

// Logit is the log-odds of a probability clipped as [LogLoss] clips, the scale on which [Platt] is at
// home when scores are probabilities.
func Logit(p float64) float64 {
	q := clip(p)
	return math.Log(q) - math.Log1p(-q)
}

// Isotonic is a rising function: straight lines between knots, flat beyond the first and last. The
// zero value has no knots and gives NaN.
type Isotonic struct {
	// Scores rise strictly; Values, one a score, never fall.
	Scores []float64 `json:"scores"`
	Values []float64 `json:"values"`
}

// Apply is the chance that an answer of this score is right, in [0, 1].
func (f Isotonic) Apply(score float64) float64 {
	n := len(f.Scores)
	switch {
	case n == 0 || math.IsNaN(score):
		return math.NaN()
	case score <= f.Scores[0]:
		return f.Values[0]
	case score >= f.Scores[n-1]:
		return f.Values[n-1]
	}
	i := sort.SearchFloat64s(f.Scores, score) // at least 1
	low, high := f.Scores[i-1], f.Scores[i]
	return f.Values[i-1] + (f.Values[i]-f.Values[i-1])*((score-low)/(high-low))
}

// Platt is the sigmoid 1 / (1 + exp(A*score + B)); A is negative where a higher score means a higher
// chance.
type Platt struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
}

// Apply is the chance that an answer of this score is right, in [0, 1].
func (f Platt) Apply(score float64) float64 { return sigmoid(-(f.A*score + f.B)) }

func sigmoid(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}
