// Package betabinomial fits how pass rates spread over problems: each problem has a rate of its own,
// drawn from a Beta distribution, and k of its n draws pass.
//
// A fitted model shrinks a problem's raw k/n towards what problems are like, most where n is small.
package betabinomial

import (
	"errors"
	"fmt"

	"github.com/feedbackgen/feedbackgen"
)

// Counts is one problem's draws: K of N passed.
type Counts struct {
	K int `json:"k"`
	N int `json:"n"`
}

// Model is a Beta distribution of pass rates. Both parameters are above 0.
type Model struct {
	Alpha float64 `json:"alpha"`
	Beta  float64 `json:"beta"`
}

// Mean is the mean pass rate.
func (m Model) Mean() float64 { return m.Alpha / (m.Alpha + m.Beta) }

// Strength is how many draws the model is worth as a prior.
func (m Model) Strength() float64 { return m.Alpha + m.Beta }

// Correlation is that of two draws of one problem, 1 / (1 + strength).
func (m Model) Correlation() float64 { return 1 / (1 + m.Strength()) }

// PosteriorMean is the expected pass rate of a problem of which k of n draws passed.
func (m Model) PosteriorMean(k, n int) float64 {
	return (m.Alpha + float64(k)) / (m.Alpha + m.Beta + float64(n))
}

// LogLikelihood is the natural logarithm of the probability of these counts, binomial coefficients
// included.
func (m Model) LogLikelihood(problems []Counts) (float64, error) {
	if err := check(problems); err != nil {
		return 0, err
	}
	return tabulate(problems).logLikelihood(m.Alpha, m.Beta), nil
}

// Why a model is not determined, to be found with errors.Is.
var (
	// ErrNoDraws: no problem has a draw.
	ErrNoDraws = errors.New("no problem has a draw")
	// ErrOneOutcome: all draws passed, or none did; the mean is at the edge.
	ErrOneOutcome = errors.New("all draws have one outcome")
	// ErrSingleDraws: no problem has two draws, so nothing tells the spread of rates from chance.
	ErrSingleDraws = errors.New("no problem has two draws")
	// ErrNoSpread: the counts vary no more than those of problems of one and the same rate do; the
	// likelihood rises for ever as the strength grows.
	ErrNoSpread = errors.New("the problems' rates do not differ more than chance explains")
	// ErrAllOrNothing: every problem is always or never solved; the likelihood rises for ever as the
	// strength shrinks to 0.
	ErrAllOrNothing = errors.New("every problem is always or never solved")
)

// MaxDraws is how many draws a problem may have: the likelihood takes a table of that length.
const MaxDraws = 1 << 16

func check(problems []Counts) error {
	for i, p := range problems {
		if p.N > MaxDraws {
			return feedbackgen.BadInput(fmt.Sprintf("problem %d", i+1), fmt.Errorf("%d draws are more than %d", p.N, MaxDraws), "")
		}
		if p.K < 0 || p.K > p.N {
			return feedbackgen.BadInput(fmt.Sprintf("problem %d", i+1), fmt.Errorf("%d of %d passed", p.K, p.N), "")
		}
	}
	return nil
}

// undetermined says why no model has the greatest likelihood, or nil.
func (t *tally) undetermined() error {
	var cause error
	switch {
	case t.draws == 0:
		cause = ErrNoDraws
	case t.passes == 0 || t.passes == t.draws:
		cause = ErrOneOutcome
	case len(t.reachN) < 2:
		cause = ErrSingleDraws
	case t.allOrNothing:
		cause = ErrAllOrNothing
	case !(t.overdispersion() > 0):
		cause = ErrNoSpread
	default:
		return nil
	}
	return &feedbackgen.Failure{Op: "fit a beta-binomial", Cause: cause}
}

// Moments estimates the model by the method of moments for unequal n (Kleinman 1973, weights n): the
// mean is the pooled rate, the correlation what the rates' variance exceeds chance by. It fails where
// [Fit] does, and where the correlation comes out outside (0, 1).
func Moments(problems []Counts) (Model, error) {
	if err := check(problems); err != nil {
		return Model{}, err
	}
	t := tabulate(problems)
	if err := t.undetermined(); err != nil {
		return Model{}, err
	}
	p := t.passes / t.draws
	between, squares, used := 0.0, 0.0, 0.0
	for _, c := range problems {
		if c.N > 0 {
			n := float64(c.N)
			off := float64(c.K)/n - p
			between += n * off * off
			squares += n * n
			used++
		}
	}
	// E[between] = p(1-p) [(m-1) + correlation (draws - squares/draws - (m-1))] with m problems.
	free := used - 1
	correlation := (between/(p*(1-p)) - free) / (t.draws - squares/t.draws - free)
	if !(0 < correlation && correlation < 1) {
		return Model{}, &feedbackgen.Failure{
			Op: "estimate a beta-binomial by moments", Cause: fmt.Errorf("the correlation comes out as %v", correlation),
			Hint: "fit it by maximum likelihood",
		}
	}
	strength := 1/correlation - 1
	return Model{Alpha: p * strength, Beta: (1 - p) * strength}, nil
}
