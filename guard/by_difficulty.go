package guard

import (
	"fmt"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/difficulty"
)

// ByDifficulty keeps the records of problems whose difficulty suits training. A record that does
// not say how often its problem is solved passes unjudged.
func ByDifficulty(gate difficulty.Gate) Guard {
	return &byDifficulty{gate: gate, states: feedbackgen.Counts{}}
}

type byDifficulty struct {
	gate     difficulty.Gate
	states   feedbackgen.Counts
	problems int
	gradient float64
	lone     int
	highest  float64
}

func (*byDifficulty) Name() string { return "difficulty" }

func (g *byDifficulty) Judge(c *Case) {
	for _, own := range c.byProblem() {
		g.judgeProblem(own)
	}
}

func (g *byDifficulty) judgeProblem(c *Case) {
	seen := false
	for r := range c.Live() {
		if r.Rollouts == 0 {
			continue
		}
		state := g.gate.Decide(r.Passes, r.Rollouts)
		if !seen {
			seen = true
			g.count(state, r.Passes, r.Rollouts)
		}
		if state == difficulty.Active {
			r.Pass(g.Name())
			continue
		}
		r.Refuse(g.Name(), string(state), "%s: %d of %d solutions are right, P(%g <= pass rate <= %g) = %.2f",
			state, r.Passes, r.Rollouts, g.gate.Low, g.gate.High, g.gate.Mass(r.Passes, r.Rollouts))
	}
}

func (g *byDifficulty) count(state difficulty.State, passes, n int) {
	g.problems++
	g.states[string(state)]++
	g.gradient += difficulty.ExpectedGradient(float64(passes)/float64(n), n)
	if passes == 1 {
		g.lone++
		g.highest = max(g.highest, difficulty.LoneSuccess(n))
	}
}

// DifficultyDetail is what the guard measured.
type DifficultyDetail struct {
	Problems int `json:"problems"`
	// States counts the problems with records by state.
	States feedbackgen.Counts `json:"states"`
	// ExpectedGradient is the mean chance that a group of as many rollouts as were drawn has any
	// advantage to learn from.
	ExpectedGradient feedbackgen.Real `json:"expected_gradient"`
	// LoneSuccesses counts problems that were solved exactly once, and HighestAdvantage is the
	// largest advantage that such a success would get if normalised by the group's deviation.
	LoneSuccesses    int              `json:"lone_successes"`
	HighestAdvantage feedbackgen.Real `json:"highest_lone_advantage"`
}

func (g *byDifficulty) Report() Report {
	if g.problems == 0 {
		return Report{Notes: []string{"no record says how often its problem is solved: nothing to judge by"}}
	}
	detail := DifficultyDetail{
		Problems: g.problems, States: g.states, ExpectedGradient: feedbackgen.Real(g.gradient / float64(g.problems)),
		LoneSuccesses: g.lone, HighestAdvantage: feedbackgen.Real(g.highest),
	}
	note := fmt.Sprintf("of %d problems with records, %d are active, %d hard, %d deferred, %d retired", g.problems,
		g.states["active"], g.states["hard"], g.states["deferred"]+g.states["undecided"], g.states["retired"])
	notes := []string{note}
	if g.lone > 0 {
		notes = append(notes, fmt.Sprintf("%d of them solved exactly once; such a success would weigh up to %.1f standard deviations", g.lone, g.highest))
	}
	return Report{Detail: detail, Notes: notes}
}
