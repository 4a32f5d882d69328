package main

import (
	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/mcts/critic"
)

// mergingCost is the most that it takes to ask the model about the steps of so many solutions, each of which
// has at most one to ask about.
func mergingCost(solutions int) cost {
	questions := mcts.MergeAsked * solutions
	return cost{role: "merging", calls: questions, samples: questions * critic.Votes, tokens: critic.VerdictTokens, given: true}
}

// baselineCosts are the most that a baseline takes of a problem. It begins with the search's own group, and its
// solutions are as long as the search's at least. For what the policy samples beside solutions it gets
// as many tokens once more, which is told in solutions of the usual length.
func baselineCosts(cfg mcts.Config, asked critics) []cost {
	batched := func(role string, solutions, tokens int) cost {
		batches := (solutions + mcts.GateBatch - 1) / mcts.GateBatch
		return cost{role: role, calls: batches, samples: batches * mcts.GateBatch, tokens: tokens}
	}
	all := []cost{batched("baseline", cfg.Simulations-cfg.Group, 0)}
	extra := asked.ownTokens(cfg)
	if cfg.Merge == mcts.MergeModel {
		c := mergingCost(cfg.Simulations)
		extra += c.samples * c.tokens
	}
	if extra == 0 {
		return all
	}
	usual := max(1, cfg.Sampling.MaxTokens/usualShare)
	return append(all, batched("baseline, extra tokens", (extra+usual-1)/usual, usual))
}
