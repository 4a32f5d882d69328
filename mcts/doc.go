// Package mcts ranks a model's own solution paths by tree search, and turns the tree into
// preferences, stepwise labels, groups, best paths, values, advantages of steps, seeds for corrections,
// and a drawing of itself.
//
// A node is a partial solution; its children are next steps that the policy itself drew there. A
// simulation selects a node by UCT with unobserved counts (WU-UCT, arXiv:1810.11755), draws one
// completion from it to the end, and judges the answer by rule: its first step becomes the child
// (expansion), the rest is the rollout. So a simulation costs one call, and both are on-policy.
// The first simulations are one group of whole solutions from the root.
//
// Simulations of one tree overlap in a sliding window, yet simulation k sees exactly the results
// of 1 to k-W: the tree depends on the replies, never on their timing.
//
// Search values are not labels: adaptive visits bias every count. What is exported is a posterior
// shrunk to the parent, by as much as the tree's own draws say at each depth, with the raw counts beside
// it. A pair is emitted only if P(chosen better) is high enough on a posterior of one, higher strength for
// all. Critics (package critic) are hints where to look, and in neither.
//
// The search follows AlphaLLM (arXiv:2404.12253), whose steps are options that end by rule.
package mcts
