package mcts

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts/critic"
)

// fly makes the call of a simulation, and asks critics about what came of it.
func (r *search) fly(ctx context.Context, req backends.Request, launch nodeID) drawn {
	got := r.draw(ctx, req, launch)
	if got.err == nil {
		got.opinions, got.err = r.opinions(ctx, req.Prefix, got.samples)
	}
	return got
}

// applyWhole asks critics about whole solutions, and applies them.
func (r *search) applyWhole(ctx context.Context, samples []backends.Sample) error {
	opinions, err := r.opinions(ctx, "", samples)
	if err != nil {
		return err
	}
	for i, sample := range samples {
		if err := r.apply(ctx, root, sample, opinionOn(opinions, i)); err != nil {
			return err
		}
	}
	return nil
}

// opinions are the critics' on the state after each sample's first step, all asked at once; nil without
// critics. It looks at no tree, so simulations may ask while others land.
func (r *search) opinions(ctx context.Context, prefix string, samples []backends.Sample) ([]critic.Opinion, error) {
	if r.critics == nil || r.judge.undecided {
		return nil, nil
	}
	opinions := make([]critic.Opinion, len(samples))
	calls, ctx := errgroup.WithContext(ctx)
	for i, sample := range samples {
		steps := r.split(sample)
		if len(steps) < 2 {
			continue // the first step is the last: there is nothing to look for behind it
		}
		state := critic.State{Problem: r.problem, Messages: r.messages, Before: prefix, Step: steps[0].Text, Rule: r.judge.rule, Answers: r.judge.answers}
		if sample.Finish == backends.FinishStop {
			state.Whole = prefix + sample.Text
		}
		calls.Go(func() (err error) {
			opinions[i], err = r.cfg.Critics.Score(ctx, r.critics, state)
			return err
		})
	}
	return opinions, calls.Wait()
}

func opinionOn(all []critic.Opinion, i int) critic.Opinion {
	if all == nil {
		return critic.Opinion{}
	}
	return all[i]
}

// heed notes what critics said of the first node below launch on the way down to end, unless it has been
// noted, and counts it beside what became of the draw that led there.
func (r *search) heed(launch, end nodeID, opinion critic.Opinion, outcome feedbackgen.Outcome) {
	if len(opinion.Scores) == 0 || end == launch {
		return
	}
	t := r.tree
	at := end
	for t.nodes[at].parent != launch {
		at = t.nodes[at].parent
	}
	n := &t.nodes[at]
	if n.asked {
		return
	}
	n.asked = true
	if opinion.Spoke {
		n.opinion, n.heard = float32(opinion.Value), 1
	}
	for i, w := range r.cfg.Critics {
		r.counts.Count(critic.CountNames(w.Critic.Name(), opinion.Scores[i], outcome)...)
	}
}

// expected is what the node's next draws are expected to come to: by its own, with the critics' opinion
// as one more, and a prior mean that is worth strength draws.
func (n *node) expected(mean, strength float64) float64 {
	own := n.own()
	return (float64(own.passes) + float64(n.opinion) + strength*mean) / (float64(own.rollouts) + float64(n.heard) + strength)
}
