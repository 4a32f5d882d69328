// Package critic scores the partial solutions of a search, so that it looks first where a solution
// seems to go well.
//
// There are four critics, each optional: [Value] asks the model about a partial solution, [Process]
// about its last step, [Outcome] judges a whole solution that goes through it, [Rollout] has it completed
// and judges how that ends. The first three are self-evaluation: the model that solves is the one that is
// asked (AlphaLLM, arXiv:2404.12253, has trained ones for the first two). A critic that cannot tell abstains and says why: a call that was refused, a verdict that
// cannot be read, or one without the log-probabilities that it goes by. It never scores 0 instead.
//
// What a score does: a search counts the weighted mean of the critics that spoke like one more rollout
// of the partial solution when it chooses where to look. It breaks ties, and weighs less with every
// rollout that is drawn. It is never a label, and is in no value, posterior or pair that is exported:
// models over-rate their own steps (AlphaLLM's own process critic has a calibration error of .375).
// [Calibration] tells what this run's critics are worth.
//
// [Rollout] is AlphaLLM's fast rollout: a smaller model completes the solution, a few times, from where
// the search has come to. Why that is a critic, and does not take the place of the policy's own rollout:
// servers do not tell whether they stopped at the end of a step or of the solution, so a draw of the
// policy's is one call that goes on to the end, step and rollout in one. A solution that another model
// ended would not be the policy's: what follows from it, every label above it, would be off-policy. As
// a hint where to look it is as good, and records stay on-policy by construction, whoever plays
// [RolloutRole]. Where nobody else does, the policy completes the solutions itself. That is allowed, and
// still a hint only: these are draws from wherever the search looks, each of which it pays for without
// asking whether it can prove anything there; more simulations spend the tokens better.
package critic
