package selfplay

import (
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/selfplay/judge"
)

// Cost is about the most that one role takes of a chain, if one call draws all samples of a request.
type Cost struct {
	// Role is empty for the solver's.
	Role           backends.Role
	Calls, Samples int
	// Document says that prompts hold what the chain begins with, as the challenger's do.
	Document bool
	// Shown is how many completions they hold beside: a task, an answer to it.
	Shown int
	// Tokens is the longest completion.
	Tokens int
}

// Costs are what the roles take of a chain, those that take nothing left out: every task is drawn for as
// long as the gate allows, every solution gets all votes, and as many skills are credited as there are
// rounds.
func (m *Module) Costs() []Cost {
	rounds, tasks, last := m.cfg.Rounds, m.cfg.Rounds*m.cfg.Tasks, m.cfg.Gate.Last
	longest := m.cfg.Sampling.MaxTokens
	challenger := Cost{ChallengerRole, rounds * levels, tasks, true, 0, longest}
	solver := Cost{"", tasks * ((last + batch - 1) / batch), tasks * last, true, 1, longest}
	if m.cfg.Mode != Grounded {
		return []Cost{challenger, solver}
	}
	g := m.cfg.Grounding
	judged := tasks * (last + sighted)
	solver.add(tasks * sighted)
	grader := Cost{Role: judge.Role, Shown: 2, Tokens: g.verdictTokens()}
	// A proposer of the challenger's sees twice as many traces as one of the solver's, without answers. The
	// other one is the analysis.
	proposer := Cost{Role: ProposerRole, Document: true, Shown: 2*mostTraces + 1, Tokens: max(longest, leastEditTokens)}
	if !g.NoSkills {
		proposer.add(2 * 2 * rounds) // both sides propose, then write the edits
		rehearsals := rounds * 2 * rehearsed * batch
		replays := max(g.Replay, 2*(rounds+1)) + (rounds+1)*credited*(hardProbes+easyProbes)
		rewritten := max(g.Replay/4, 2*(rounds+1))
		challenger.add(rewritten)
		more := rehearsals + replays + rewritten*(last+sighted)
		solver.add(more)
		judged += more
	}
	grader.add(judged * g.votes())
	if g.measured() {
		grader.add(rounds * anchorTasks * (3*g.votes() + 2))
	}
	costs := []Cost{challenger, solver}
	for _, c := range []Cost{grader, proposer} {
		if c.Calls > 0 {
			costs = append(costs, c)
		}
	}
	return costs
}

// add adds requests for one sample each.
func (c *Cost) add(requests int) { c.Calls, c.Samples = c.Calls+requests, c.Samples+requests }
