package postcomp

import (
	"errors"
	"math"

	"github.com/feedbackgen/feedbackgen/measure/interval"
)

// wrongAnswer is a wrong first attempt, as far as errors are compared.
type wrongAnswer struct {
	answer string
	step   int
	length float64 // the natural logarithm of the bytes
}

// Mismatch compares the wrong answers of foreign first attempts with the model's own, problem by
// problem: what a model would learn to mend against what it does wrong. Each figure is an unbiased
// squared distance between the two distributions, averaged over problems with at least two wrong
// answers of either kind, with its 95 % interval over problems: 0 if they are alike (it may fall
// below), and up to 2 for answers and steps.
type Mismatch struct {
	Problems int `json:"problems"`
	// Answers and Steps are maximum mean discrepancies (arXiv:0805.2368, equation 3) under the kernel
	// that is 1 for equal answers, or equal first wrong steps, and else 0. Length is the energy
	// distance of the texts' log lengths.
	Answers *interval.Estimate `json:"answers"`
	Steps   *interval.Estimate `json:"first_wrong_step"`
	Length  *interval.Estimate `json:"log_length"`
}

// compareErrors measures the mismatch; undefined figures are nil.
func compareErrors(own, foreign map[string][]wrongAnswer, order []string) Mismatch {
	var answers, steps, lengths []float64
	for _, problem := range order {
		a, b := own[problem], foreign[problem]
		if len(a) < 2 || len(b) < 2 {
			continue
		}
		answers = append(answers, discrepancy(a, b, func(x, y wrongAnswer) float64 { return same(x.answer == y.answer) }))
		steps = append(steps, discrepancy(a, b, func(x, y wrongAnswer) float64 { return same(x.step == y.step) }))
		lengths = append(lengths, discrepancy(a, b, func(x, y wrongAnswer) float64 { return -math.Abs(x.length - y.length) }))
	}
	return Mismatch{Problems: len(answers), Answers: meanOf(answers), Steps: meanOf(steps), Length: meanOf(lengths)}
}

func same(equal bool) float64 {
	if equal {
		return 1
	}
	return 0
}

// discrepancy is E k(a,a') + E k(b,b') - 2 E k(a,b), each pair of different draws: unbiased, so that
// it is 0 on average for two samples of one distribution, however small they are.
func discrepancy(a, b []wrongAnswer, kernel func(x, y wrongAnswer) float64) float64 {
	cross := 0.0
	for _, x := range a {
		for _, y := range b {
			cross += kernel(x, y)
		}
	}
	return within(a, kernel) + within(b, kernel) - 2*cross/float64(len(a)*len(b))
}

func within(a []wrongAnswer, kernel func(x, y wrongAnswer) float64) float64 {
	sum := 0.0
	for i := range a {
		for j := range a {
			if i != j {
				sum += kernel(a[i], a[j])
			}
		}
	}
	return sum / float64(len(a)*(len(a)-1))
}

func meanOf(values []float64) *interval.Estimate {
	estimate, err := interval.Of(interval.Default(), values, func(v []float64) (float64, bool) {
		sum := 0.0
		for _, x := range v {
			sum += x
		}
		return sum / float64(len(v)), len(v) > 0
	})
	if errors.Is(err, interval.ErrFew) || errors.Is(err, interval.ErrUndefined) {
		return nil
	}
	if err != nil {
		panic(err) // the settings are the package's own
	}
	return &estimate
}
