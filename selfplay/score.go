package selfplay

import "math"

// Observed is what was seen of a problem.
type Observed struct {
	// Valid says that it is well posed. Nobody solves one that is not: it then has no solutions.
	Valid bool
	// Drawn solutions were asked for; Parsed of them could be read, Judged of those got a verdict (of a
	// rule, all), and Passes of those are right.
	Drawn, Parsed, Judged, Passes int
	// InBand says that its pass rate is shown to lie in the band.
	InBand bool
	// Similarity to the memory, from 0 to 1.
	Similarity float64
	// Overconfidence is the mean over judged solutions of the stated confidence of wrong ones, 0 of right
	// ones: how much the solver errs without knowing it. 0 where nothing is stated.
	Overconfidence float64
}

// ParsedRate is the share of solutions that could be read; 0 where none was drawn or the problem is not
// valid, because what cannot be solved must not earn more than what is solved badly.
func (o Observed) ParsedRate() float64 {
	if o.Drawn == 0 || !o.Valid {
		return 0
	}
	return float64(o.Parsed) / float64(o.Drawn)
}

// Correct is the share of right ones among the solutions with a verdict; not ok without any.
func (o Observed) Correct() (rate float64, ok bool) {
	if o.Judged == 0 {
		return 0, false
	}
	return float64(o.Passes) / float64(o.Judged), true
}

// Score is what the challenger earns for a problem, from -2 to 1.5:
//
//	valid * parsed * (1 - 2|p - 1/2| + overconfidence) * gate - similarity - (1 - parsed)
//
// with p the share of right ones among the solutions with a verdict. What is not valid earns -1 or
// less, so that it never pays to write problems that nobody can read, pose or solve.
func Score(o Observed) float64 {
	parsed := o.ParsedRate()
	score := 0 - o.Similarity - (1 - parsed)
	if p, ok := o.Correct(); ok && o.InBand {
		score += parsed * (1 - 2*math.Abs(p-0.5) + o.Overconfidence)
	}
	return score
}
