package mcts

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen/backends"
)

// probes is how many draws say whether a beginning can still end right, as many as OmegaPRM's.
const probes = 8

// bisection looks for the first wrong step of a wrong solution: the first after which no draw ends
// right. It halves the stretch between a beginning from which some did and one from which none did
// (OmegaPRM, arXiv:2406.06592), so that a solution of M steps takes about log2 M probes.
type bisection struct {
	path []nodeID // the solution's nodes, the root first, its last step left out
	// good and bad are places in path: from good some draw ended right, from bad none did; a bad
	// beyond the path is the last step, which is wrong.
	good, bad int
}

// middle is the beginning to try next.
func (b *bisection) middle() int { return (b.good + b.bad) / 2 }

func (b *bisection) found() bool { return b.bad-b.good == 1 }

// bisect looks for the first wrong steps of some wrong solutions. A probe is [probes] draws from a
// beginning, ordinary ones, which everything that reads the tree sees. All solutions move on together,
// one probe each: a round is as long as one call, and draws that are not paid for by the simulations
// left are not made.
func (r *search) bisect(ctx context.Context) error {
	if r.ended || r.cfg.Bisect == 0 || r.tree.nodes[root].passes == 0 {
		return nil // with no right solution, not even the root is a good beginning
	}
	all := r.wrongPaths()
	r.counts["bisections"] += int64(len(all))
	for open := all; len(open) > 0; {
		next := r.affordable(open)
		if len(next) == 0 {
			r.counts["bisections.out_of_simulations"] += int64(len(open))
			return nil
		}
		if err := r.probe(ctx, next); err != nil {
			return err
		}
		still := slices.Clone(open[len(next):])
		for _, b := range next {
			switch n := &r.tree.nodes[b.path[b.middle()]]; {
			case n.passes > 0:
				b.good = b.middle()
			case n.launched.rollouts == 0:
				r.counts["bisections.unjudged"]++
				continue
			default:
				b.bad = b.middle()
			}
			if b.found() {
				r.counts["bisections.found"]++
			} else {
				still = append(still, b)
			}
		}
		open = still
	}
	return nil
}

// wrongPaths are the first wrong solutions of more than one step, each text once.
func (r *search) wrongPaths() []*bisection {
	t := r.tree
	var all []*bisection
	_, wrong := r.rightAndWrong()
	for _, index := range wrong {
		if len(all) == r.cfg.Bisect {
			break
		}
		end := t.rollouts[index].node
		if t.rollouts[index].variant || t.nodes[end].depth < 2 {
			continue // what is below a merged step is no part of the tree; one step has nothing to halve
		}
		path := make([]nodeID, t.nodes[end].depth)
		for at := t.nodes[end].parent; at != none; at = t.nodes[at].parent {
			path[t.nodes[at].depth] = at
		}
		all = append(all, &bisection{path: path, good: 0, bad: len(path)})
	}
	return all
}

// affordable are the first bisections whose next probe the simulations left pay for.
func (r *search) affordable(open []*bisection) []*bisection {
	return open[:min(len(open), (r.cfg.Simulations-r.spent)/probes)]
}

// probe draws from the middle of each, all at once, and applies the draws in order. A beginning that
// has passed on its own since, or is in two solutions, is not drawn from twice.
func (r *search) probe(ctx context.Context, bisections []*bisection) error {
	var launches []nodeID
	seen := map[nodeID]bool{}
	for _, b := range bisections {
		at := b.path[b.middle()]
		if n := &r.tree.nodes[at]; !seen[at] && n.passes == 0 && n.draws < probes {
			seen[at] = true
			launches = append(launches, at)
		}
	}
	landings := make([]drawn, len(launches))
	var calls errgroup.Group // errors land with the draws
	for i, at := range launches {
		first := int(r.tree.nodes[at].draws + r.tree.nodes[at].launching)
		for range probes {
			r.launch(at)
		}
		r.spent += probes
		req := r.request(r.problem, r.messages, r.tree, at, first, probes)
		calls.Go(func() error {
			landings[i] = r.fly(ctx, req, at)
			return nil
		})
	}
	_ = calls.Wait()
	var failed error
	for _, got := range landings {
		if errors.Is(got.err, backends.ErrRefused) {
			for range probes {
				failed = r.landAfter(ctx, failed, got)
			}
			continue
		}
		failed = r.landAfter(ctx, failed, got)
	}
	return failed
}
