package interval

import (
	"errors"
	"math/rand/v2"
	"slices"

	"github.com/feedbackgen/feedbackgen"
)

// Bootstrap says how to resample. Equal settings and data give equal intervals.
type Bootstrap struct {
	// Draws is how many data sets are drawn; default 2,000.
	Draws int
	// Level is the interval's, in (0, 1); default 0.95.
	Level float64
	// Seed of the generator, PCG.
	Seed uint64
}

// Default is 2,000 draws at level 0.95, with seed 1.
func Default() Bootstrap { return Bootstrap{Draws: 2000, Level: Level, Seed: 1} }

// Estimate is a statistic with its percentile interval.
type Estimate struct {
	Value float64 `json:"value"`
	Interval
	// Draws data sets were drawn; on Undefined of them the statistic is undefined, and they are left
	// out, so that the interval is of the statistic given that it is defined.
	Draws     int `json:"draws"`
	Undefined int `json:"undefined_draws"`
}

// Difference is a statistic of two systems on the same problems.
type Difference struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
	// Estimate is of A - B.
	Estimate
	// Above is the share of draws in which A > B, ties counted half: near 0 or 1 the sign is sure.
	Above float64 `json:"above"`
}

// Why there is no interval, to be found with errors.Is.
var (
	// ErrFew: less than two problems, from which nothing can be said of their spread.
	ErrFew = errors.New("less than two problems")
	// ErrUndefined: the statistic is undefined on the data, or on more than half of the draws.
	ErrUndefined = errors.New("the statistic is undefined")
)

// Of is the statistic of the problems with its percentile interval (Efron 1979): data sets of as
// many problems are drawn from them with replacement, whole problems at a time. The statistic says
// whether it is defined; it must not keep or change the slice. Percentile intervals are somewhat
// too narrow below about 20 problems.
func Of[P any](b Bootstrap, problems []P, statistic func([]P) (float64, bool)) (Estimate, error) {
	value, values, err := resample(b, problems, statistic)
	if err != nil {
		return Estimate{}, err
	}
	return b.estimate(value, values), nil
}

// OfDifference is the statistic of system a less that of system b, which answered the same problems
// in the same order. Both are resampled together, so that what makes a problem hard for both cancels.
func OfDifference[P any](b Bootstrap, systemA, systemB []P, statistic func([]P) (float64, bool)) (Difference, error) {
	if len(systemA) != len(systemB) {
		return Difference{}, &feedbackgen.Failure{
			Op: "compare two systems", Cause: errors.New("they have different numbers of problems"),
			Hint: "give the same problems for both, in the same order", Kind: feedbackgen.ErrInput,
		}
	}
	problems := make([]int, len(systemA))
	for i := range problems {
		problems[i] = i
	}
	as, bs := make([]P, len(problems)), make([]P, len(problems))
	value, values, err := resample(b, problems, func(sample []int) (float64, bool) {
		for i, problem := range sample {
			as[i], bs[i] = systemA[problem], systemB[problem]
		}
		x, okA := statistic(as)
		y, okB := statistic(bs)
		return x - y, okA && okB
	})
	if err != nil {
		return Difference{}, err
	}
	d := Difference{Estimate: b.estimate(value, values)}
	d.A, _ = statistic(systemA) // defined, because the difference is
	d.B, _ = statistic(systemB)
	for _, v := range values {
		switch {
		case v > 0:
			d.Above++
		case v == 0:
			d.Above += 0.5
		}
	}
	d.Above /= float64(len(values))
	return d, nil
}

// resample returns the statistic of the problems, and in rising order those of the draws on which it
// is defined.
func resample[P any](b Bootstrap, problems []P, statistic func([]P) (float64, bool)) (float64, []float64, error) {
	value, ok := statistic(problems)
	if err := b.check(len(problems), ok); err != nil {
		return 0, nil, err
	}
	random := rand.New(rand.NewPCG(b.Seed, 0))
	sample := make([]P, len(problems))
	values := make([]float64, 0, b.Draws)
	for range b.Draws {
		for i := range sample {
			sample[i] = problems[random.IntN(len(problems))]
		}
		if v, ok := statistic(sample); ok {
			values = append(values, v)
		}
	}
	if 2*len(values) < b.Draws {
		return 0, nil, &feedbackgen.Failure{
			Op: "bootstrap", Cause: ErrUndefined, Hint: "more than half of the draws have no value; it takes more problems",
		}
	}
	slices.Sort(values)
	return value, values, nil
}

func (b Bootstrap) check(problems int, defined bool) error {
	var cause error
	switch {
	case b.Draws < 1:
		cause = errors.New("a bootstrap needs at least one draw")
	case !(0 < b.Level && b.Level < 1):
		cause = errors.New("the level is not between 0 and 1")
	case problems < 2:
		cause = ErrFew
	case !defined:
		cause = ErrUndefined
	default:
		return nil
	}
	return &feedbackgen.Failure{Op: "bootstrap", Cause: cause}
}

func (b Bootstrap) estimate(value float64, values []float64) Estimate {
	tail := (1 - b.Level) / 2
	return Estimate{
		Value: value, Interval: Interval{quantile(values, tail), quantile(values, 1-tail)},
		Draws: b.Draws, Undefined: b.Draws - len(values),
	}
}

// quantile interpolates between order statistics (type 7, as numpy does).
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}
