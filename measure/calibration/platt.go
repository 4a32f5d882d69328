package calibration

import (
	"errors"
	"math"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen"
)

// FitPlatt fits a sigmoid by maximum likelihood to smoothed targets, (N+ + 1)/(N+ + 2) for right and
// 1/(N- + 2) for wrong answers with N+ and N- their weights (Platt 1999, section 2.2), so that it
// exists even where a score separates right from wrong. It is Newton's method with backtracking (Lin,
// Lin and Weng 2007). It needs at least one sample; where all scores are equal, or all answers right
// or wrong, it is a constant. It fails where that does not converge, which takes weights or scores
// that are hundreds of orders of magnitude apart.
func FitPlatt(samples []Sample) (Platt, error) {
	if err := checkSamples(samples); err != nil {
		return Platt{}, err
	}
	p := newPlattProblem(samples)
	f := Platt{A: 0, B: math.Log((p.wrong + 1) / (p.right + 1))}
	equal := func(s Sample) bool { return s.Score == samples[0].Score }
	if lo.EveryBy(samples, equal) || p.sd == 0 || p.right == 0 || p.wrong == 0 {
		// Nothing varies with the score.
		target := p.meanTarget()
		return Platt{B: math.Log1p(-target) - math.Log(target)}, nil
	}
	loss := p.loss(f)
	for range 200 {
		gradA, gradB, stepA, stepB := p.newton(f)
		full := Platt{A: f.A + stepA, B: f.B + stepB}
		if gain := -(gradA*stepA + gradB*stepB); gain <= 1e-13*(p.right+p.wrong) {
			// So near, a step squares the distance, and rounding hides from the loss whether it does.
			return p.unscale(full), nil
		}
		size, next := 1.0, full
		for p.loss(next) >= loss && size > 1e-10 {
			size /= 2
			next = Platt{A: f.A + size*stepA, B: f.B + size*stepB}
		}
		if size <= 1e-10 {
			return p.unscale(f), nil // the loss is convex: only rounding can hide a way down
		}
		f, loss = next, p.loss(next)
	}
	return Platt{}, &feedbackgen.Failure{Op: "fit Platt scaling", Cause: errors.New("no convergence in 200 steps")}
}

// plattProblem holds samples with scores standardised, which leaves the fit as it is and its
// equations well conditioned.
type plattProblem struct {
	samples      []Sample
	right, wrong float64 // weights
	mean, sd     float64 // of the scores
}

func newPlattProblem(samples []Sample) plattProblem {
	p := plattProblem{samples: samples}
	for _, s := range samples {
		if s.Correct {
			p.right += s.Weight
		} else {
			p.wrong += s.Weight
		}
		p.mean += s.Weight * s.Score
	}
	total := p.right + p.wrong
	p.mean /= total
	for _, s := range samples {
		p.sd += s.Weight * (s.Score - p.mean) * (s.Score - p.mean)
	}
	p.sd = math.Sqrt(p.sd / total)
	return p
}

// target is what the fit aims at, and what is missing to 1, which a difference would round away.
func (p plattProblem) target(s Sample) (t, rest float64) {
	if s.Correct {
		return (p.right + 1) / (p.right + 2), 1 / (p.right + 2)
	}
	return 1 / (p.wrong + 2), (p.wrong + 1) / (p.wrong + 2)
}

func (p plattProblem) meanTarget() float64 {
	return (p.right*(p.right+1)/(p.right+2) + p.wrong/(p.wrong+2)) / (p.right + p.wrong)
}

func (p plattProblem) standard(s Sample) float64 { return (s.Score - p.mean) / p.sd }

func (p plattProblem) unscale(f Platt) Platt {
	return Platt{A: f.A / p.sd, B: f.B - f.A*p.mean/p.sd}
}

// loss is the weighted negative log-likelihood.
func (p plattProblem) loss(f Platt) float64 {
	total := 0.0
	for _, s := range p.samples {
		x := f.A*p.standard(s) + f.B
		t, rest := p.target(s)
		// -(t ln q + (1-t) ln(1-q)) with q = 1/(1+e^x), without overflow or cancellation.
		total += s.Weight * (t*max(x, 0) + rest*max(-x, 0) + math.Log1p(math.Exp(-math.Abs(x))))
	}
	return total
}

// newton is the gradient of the loss, and the step that would end at 0 if it were a parabola.
func (p plattProblem) newton(f Platt) (gradA, gradB, stepA, stepB float64) {
	const ridge = 1e-12 // keeps the equations solvable
	aa, ab, bb := ridge, 0.0, ridge
	for _, s := range p.samples {
		x := p.standard(s)
		right, wrong := sigmoid(-(f.A*x + f.B)), sigmoid(f.A*x+f.B)
		t, rest := p.target(s)
		off := t - right
		if s.Correct {
			off = wrong - rest // the same, without cancellation near 1
		}
		gradA += s.Weight * off * x
		gradB += s.Weight * off
		curve := s.Weight * right * wrong
		aa += curve * x * x
		ab += curve * x
		bb += curve
	}
	determinant := aa*bb - ab*ab
	return gradA, gradB, -(bb*gradA - ab*gradB) / determinant, -(aa*gradB - ab*gradA) / determinant
}
