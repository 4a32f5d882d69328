package judge

import (
	"context"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/verify"
)

var _ Judge = Rule{}

// Rule judges by comparing with the task's reference by rule, whatever the rubrics are: for tasks
// whose truth is computed. It makes no calls, and the backend may be nil.
type Rule struct {
	// Verifier is the rule; nil is [verify.Auto], by the look of the reference.
	Verifier verify.Verifier
}

// Name is "rule", and after a colon the verifier's name if there is one.
func (r Rule) Name() string {
	if r.Verifier == nil {
		return "rule"
	}
	return "rule:" + r.Verifier.Name()
}

// Judge is Pass, Fail or Invalid, as the verifier says. It never returns an error.
func (r Rule) Judge(_ context.Context, _ backends.Backend, task Task, answer string, _ int64) (Verdict, error) {
	if task.Reference == "" {
		return invalid("the task has no reference to compare with"), nil
	}
	rule := r.Verifier
	if rule == nil {
		rule = verify.Auto(task.Reference)
	}
	said := rule.Verify(answer, false, task.Reference)
	if !said.Outcome.IsLabel() {
		return unreadable(said.Reason), nil
	}
	sure := 0.0
	if said.Outcome == feedbackgen.Pass {
		sure = 1
	}
	return Verdict{Outcome: said.Outcome, Pass: &sure}, nil
}
