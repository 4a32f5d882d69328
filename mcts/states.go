package mcts

import (
	"context"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// State is a partial solution in a finished tree, with all that was counted there: what value
// estimators are compared on.
type State struct {
	// Node is the state's path, and Parent its parent's place in the list of states, -1 for the root.
	Node   string
	Parent int
	// Text is the beginning of the solution, in so many steps.
	Text  string
	Depth int
	// Terminal: the solution ends here.
	Terminal bool
	// Visits counts the simulations that went through here, whatever came of them.
	Visits int
	// Below are the judged rollouts that went through here, Own those by the policy's own choice, and
	// Arrived those of the own that came from above.
	Below, Own, Arrived Share
	// Value is what records state; Gate is the mean of the posterior that gates pairs.
	Value, Gate float64
}

// Share is passes among rollouts.
type Share struct{ Passes, Rollouts int }

// States searches a problem as [Search.Run] does, and returns its tree in place of what it has to
// say: parents before their children, the root first.
func (s *Search) States(ctx context.Context, backend backends.Backend, problem feedbackgen.Problem) ([]State, error) {
	r, err := s.search(backend, problem)
	if err != nil {
		return nil, err
	}
	if err := r.grow(ctx); err != nil {
		return nil, err
	}
	values, gate := r.tree.stated(), r.tree.posteriors(r.cfg.PriorStrength)
	share := func(t tally) Share { return Share{int(t.passes), int(t.rollouts)} }
	return lo.Map(r.tree.nodes, func(n node, id int) State {
		return State{
			Node: r.tree.path(nodeID(id)), Parent: int(n.parent), Text: r.tree.text(nodeID(id)), Depth: int(n.depth),
			Terminal: n.terminal, Visits: int(n.visits),
			Below: share(tally{n.passes, n.rollouts}), Own: share(n.own()), Arrived: share(n.arrived),
			Value: values[id].mean(), Gate: gate[id].mean(),
		}
	}), nil
}
