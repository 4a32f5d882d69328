package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/verify"
)

// freshSeed begins the seeds of fresh rollouts, which no search uses.
const freshSeed = 1_000_003

// fresh judges states by new rollouts, each state once.
type fresh struct {
	model    backends.Backend
	rollouts int
	mu       sync.Mutex
	values   map[[2]string]*float64
}

func newFresh(model backends.Backend, rollouts int) *fresh {
	return &fresh{model: model, rollouts: rollouts, values: map[[2]string]*float64{}}
}

// judged is a step pair with what fresh rollouts say of it; the values are shares that ended right,
// nil where none could be judged.
type judged struct {
	stated           float64
	depth            int
	chosen, rejected *float64
	open             bool
}

func (j judged) right() bool { return j.chosen != nil && j.rejected != nil && *j.chosen > *j.rejected }

// judge draws from the states after both steps; a finished side is as good as its outcome.
func (f *fresh) judge(ctx context.Context, rule verify.Verifier, problem feedbackgen.Problem, pair feedbackgen.Preference) (judged, error) {
	j := judged{stated: float64(pair.Feedback.Probability), depth: pair.Feedback.Depth}
	var failed error
	value := func(content feedbackgen.Content, side feedbackgen.Side) *float64 {
		whole := content.Messages[0].Content
		text := whole[:pair.Feedback.SharedBytes+len(side.Step)]
		if text == whole {
			return lo.ToPtr(map[bool]float64{true: 1}[side.Outcome == feedbackgen.Pass])
		}
		j.open = true
		v, err := f.value(ctx, rule, problem, pair.Prompt.Messages, text)
		failed = errors.Join(failed, err)
		return v
	}
	j.chosen = value(pair.Chosen, pair.Feedback.Chosen)
	j.rejected = value(pair.Rejected, pair.Feedback.Rejected)
	return j, failed
}

// value is the share of rollouts from a state that end right, among those that can be judged.
func (f *fresh) value(ctx context.Context, rule verify.Verifier, problem feedbackgen.Problem, messages []feedbackgen.Message, text string) (*float64, error) {
	key := [2]string{problem.ID, text}
	f.mu.Lock()
	value, known := f.values[key]
	f.mu.Unlock()
	if known {
		return value, nil
	}
	sampling := sampling(backends.DrawSeed(freshSeed, problem.ID, text, "fresh", 0))
	reply, err := f.model.Generate(ctx, backends.Request{
		Messages: messages, Prefix: text, Continue: backends.Native, N: f.rollouts, Sampling: sampling,
	})
	if err != nil {
		return nil, fmt.Errorf("fresh rollouts of %s: %w", problem.ID, err)
	}
	passed, all := 0, 0
	for _, sample := range reply.Samples {
		outcome := rule.Verify(text+sample.Text, sample.Finish != backends.FinishStop, problem.Answer).Outcome
		if outcome.IsLabel() {
			all++
		}
		if outcome == feedbackgen.Pass {
			passed++
		}
	}
	if all > 0 {
		value = lo.ToPtr(float64(passed) / float64(all))
	}
	f.mu.Lock()
	f.values[key] = value
	f.mu.Unlock()
	return value, nil
}

func sampling(seed int64) feedbackgen.Sampling {
	return feedbackgen.Sampling{Temperature: 1, TopP: 1, MaxTokens: 256, Seed: seed}
}
