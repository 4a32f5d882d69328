package mcts

import (
	"fmt"

	"github.com/samber/lo"
)

// Selection names the rule that says where simulations start.
type Selection string

// The rules. All of them count simulations in flight, so that several at once spread out.
const (
	// UCT walks down to the child of the highest upper confidence bound (WU-UCT, arXiv:1810.11755).
	UCT Selection = "uct"
	// PUCT walks down like UCT, but explores first what the policy finds likely: it needs
	// log-probabilities. It is the rule that a wide window costs most: with 16 of 64 simulations in
	// flight, the regret of its best path is .015 higher than one by one (go run ./evals/search -window -seed 5).
	PUCT Selection = "puct"
	// Thompson goes wider or deeper, whichever a draw from its posterior says (AB-MCTS,
	// arXiv:2503.04412).
	Thompson Selection = "thompson"
	// Frontier takes the best partial solution anywhere in the tree, without a walk (DeepSearch,
	// arXiv:2509.25454).
	Frontier Selection = "frontier"
	// Balanced walks down to the child that is solved about half of the time: there siblings differ most.
	Balanced Selection = "balanced"
	// Racing draws where the next step pair is cheapest: from the sides of the pair that is closest
	// to the gate, or from a partial solution whose next steps are likely to differ.
	Racing Selection = "racing"
)

// Selections lists all rules.
var Selections = [...]Selection{UCT, PUCT, Thompson, Frontier, Balanced, Racing}

// selector says where simulations start. Each search has its own; what it picks depends on what it
// was told alone, in that order.
type selector interface {
	// pick is the node where the next simulation starts. The tree has all results that were applied,
	// and counts what is in flight; the caller counts the new one afterwards, and calls changed.
	pick(t *tree) nodeID
	// changed hears that a draw from launch was sent out (end is then launch as well), or was applied
	// and went down to end.
	changed(t *tree, launch, end nodeID)
}

// selector is the rule at work for one problem.
func (s *Search) selector(problem string) selector {
	switch s.cfg.Selection {
	case PUCT:
		return &descent{score: puct(s.cfg.Exploration)}
	case Thompson:
		return newThompson(s.cfg.Sampling.Seed, problem)
	case Frontier:
		return newFrontier(s.cfg.PriorStrength, s.cfg.Exploration)
	case Balanced:
		return &descent{score: balanced(s.cfg.PriorStrength, s.cfg.Exploration)}
	case Racing:
		return newRacing(s.cfg)
	case UCT:
	}
	return &descent{score: uct(s.cfg.Exploration)}
}

func (c Config) checkSelection() error {
	switch {
	case !lo.Contains(Selections[:], c.Selection):
		return bad("selection", fmt.Sprintf("unknown rule %q; there are %s", c.Selection, joined(Selections[:])))
	case c.Branching != "fixed" && !lo.Contains([]Selection{UCT, PUCT, Balanced}, c.Selection):
		return bad("branching", fmt.Sprintf("%s does not walk down from the root, which %q is for; choose uct, puct or balanced with it", c.Selection, c.Branching))
	case c.Selection == PUCT && !c.Logprobs:
		return bad("selection", "puct explores by log-probabilities, which this backend does not return; choose another rule, such as uct")
	case c.Probabilities && !c.Logprobs:
		return bad("probabilities", "this backend returns no log-probabilities; leave it out, and records do not tell how likely their texts are")
	}
	return nil
}

func joined(names []Selection) string {
	text := ""
	for i, name := range names {
		if i > 0 {
			text += ", "
		}
		text += string(name)
	}
	return text
}
