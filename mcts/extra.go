package mcts

import (
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts/critic"
)

// extraTokens are the tokens that the policy itself sampled beside solutions, by what for: its critics'
// verdicts, the questions of [MergeModel], and the rollouts of critics unless another model makes them. A
// baseline may spend as many. It is empty where nothing would ask for any.
func (r *search) extraTokens() map[string]int64 {
	extra := map[string]int64{}
	if r.critics != nil {
		extra["verdicts"] = r.critics.Tokens("")
		if backends.OfPolicy(r.backend, critic.RolloutRole) {
			extra["rollouts"] = r.critics.Tokens(critic.RolloutRole)
		}
	}
	if r.cfg.Merge == MergeModel {
		extra["merge_questions"] = r.questionTokens
	}
	return extra
}

// ownTokens is what a baseline is compared by: the policy's tokens, those of solutions and the others.
func (r *search) ownTokens() int64 {
	sum := r.counts["tokens"]
	for _, n := range r.extraTokens() {
		sum += n
	}
	return sum
}

// countExtraTokens counts them apart from the tokens of solutions.
func (r *search) countExtraTokens() {
	for what, n := range r.extraTokens() {
		r.counts.CountN(int(n), extraCount, what)
	}
}

// criticTokens counts what was sampled for critics, whoever answered.
func (r *search) criticTokens() {
	if r.critics == nil {
		return
	}
	verdicts, rollouts := r.critics.Tokens(""), r.critics.Tokens(critic.RolloutRole)
	r.counts["critic_tokens"] = verdicts + rollouts
	r.counts["critic_tokens.verdicts"], r.counts["critic_tokens.rollouts"] = verdicts, rollouts
}
