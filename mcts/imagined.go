package mcts

import (
	"strings"

	"github.com/feedbackgen/feedbackgen"
)

// parents are the ids of the problems that this one was made from.
func (r *search) parents() string {
	if r.problem.Descent == nil {
		return ""
	}
	return strings.Join(r.problem.Descent.Parents, ",")
}

// imagined is the problem itself, if the policy made it.
func (r *search) imagined() {
	d := r.problem.Descent
	if d == nil {
		return
	}
	r.find(root, feedbackgen.Imagined{
		Prompt: feedbackgen.Conversation(r.messages...), Answer: r.problem.Answer,
		Feedback: feedbackgen.ImaginedFeedback{
			Provenance: r.provenance(root), Way: d.Way, State: string(r.difficulty()),
			Text: r.problem.Prompt[len(r.problem.Prompt)-1].Content, WritingPrompts: d.Prompts, Seed: d.Seed,
		},
	})
}
