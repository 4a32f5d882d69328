package selfplay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/selfplay/replay"
	"github.com/feedbackgen/feedbackgen/selfplay/skill"
)

// choice is the version that stands at the end, and why.
type choice struct {
	version int
	reason  string
	fates   map[int]string
	calls   int // that it took
	// set is the version's, less what earns nothing.
	set     skill.Set
	pruned  []string
	credits []string
}

// Probes that the solver's snapshots are tried on, at most.
const (
	hardProbes = 24
	easyProbes = 8
)

// choose replays the history of both sides. Without enough probes, without proof, or without a judge that
// may be relied on, no skills at all are chosen: a set that is worse than nothing must not ship.
func (c *chain) choose(ctx context.Context) error {
	if c.cfg.Mode != Grounded || c.cfg.Grounding.NoSkills {
		return nil
	}
	if c.distrust > 0 {
		for _, s := range c.sides {
			s.choice.reason = fmt.Sprintf("no skills: the judge may not be relied on, see round %d", c.distrust)
		}
		return nil
	}
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return c.chooseSolver(ctx) })
	work.Go(func() error { return c.chooseChallenger(ctx) })
	if err := work.Wait(); err != nil {
		return err
	}
	for _, s := range c.sides {
		if s.choice.calls > 0 {
			c.counts.CountN(s.choice.calls, "replay_calls", s.name)
		}
	}
	return nil
}

func (c *chain) chooseSolver(ctx context.Context) error {
	s := c.sides[solver]
	byID := map[string]*task{}
	var tried []replay.Task
	for _, t := range c.history {
		passes, judged := t.passes()
		if t.heldOut {
			byID[t.id] = t
			tried = append(tried, replay.Task{ID: t.id, Passed: passes, Failed: judged - passes})
		}
	}
	probes, err := replay.Select(tried, s.wrote, hardProbes, easyProbes)
	if err != nil {
		return err
	}
	held, err := heldOut(c.history)
	if err != nil {
		return err
	}
	rules := c.cfg.Grounding.Rules
	rules.Held = held
	try := func(ctx context.Context, set skill.Set, probe string, draw int) (attempted, error) {
		t := byID[probe]
		messages, err := c.ask(t, set, !c.cfg.Grounding.ClosedBook)
		if err != nil {
			return attempted{}, err
		}
		drawn, refused, err := c.solutions(ctx, t, messages, t.id, "replay", draw, 1)
		if err != nil || refused {
			return attempted{outcome: feedbackgen.Error}, err
		}
		return attempted{outcome: drawn[0].outcome()}, nil
	}
	if err := c.race(ctx, s, rules, probes.Hard, probes.Easy, c.cfg.Grounding.Replay, try); err != nil {
		return err
	}
	return c.credit(ctx, s, slices.Concat(probes.Hard, probes.Easy), try)
}

// repeats is how many challenges about each part of a document are probes for the challenger.
const repeats = 3

// chooseChallenger tries snapshots by what they write: a task passes if it is well posed, in the band, and
// new, also among what the same snapshot wrote before.
func (c *chain) chooseChallenger(ctx context.Context) error {
	var probes []string
	for level := 1; level <= levels; level++ {
		for k := range repeats {
			probes = append(probes, fmt.Sprintf("%d.%d", level, k))
		}
	}
	try := func(ctx context.Context, set skill.Set, probe string, draw int) (attempted, error) {
		g := &group{}
		if _, err := fmt.Sscanf(probe, "%d.", &g.level); err != nil {
			return attempted{}, err
		}
		work, ctx := errgroup.WithContext(ctx)
		err := c.challengeAndSolve(ctx, work, challenge{node: fmt.Sprintf("replay.%s.%d", probe, draw), skills: set}, g, 0, 1)
		if err = errors.Join(err, work.Wait()); err != nil {
			return attempted{}, err
		}
		switch {
		case len(g.tasks) == 0 || g.tasks[0].failed:
			return attempted{outcome: feedbackgen.Error}, nil
		case !g.tasks[0].readable:
			return attempted{outcome: feedbackgen.Invalid}, nil
		case g.tasks[0].active && g.tasks[0].invalid == "":
			return attempted{feedbackgen.Pass, g.tasks[0].text}, nil
		}
		return attempted{outcome: feedbackgen.Fail}, nil
	}
	return c.race(ctx, c.sides[challenger], c.cfg.Grounding.Rules, probes, nil, max(2*len(c.sides[challenger].history.Versions()), c.cfg.Grounding.Replay/4), try)
}

// attempt is one call of a race.
type attempt func(ctx context.Context, set skill.Set, probe string, draw int) (attempted, error)

// attempted is what came of it; wrote is the task that passes only once, "" where nothing was written.
type attempted struct {
	outcome feedbackgen.Outcome
	wrote   string
}

// race chooses among a side's versions. The empty set is the incumbent.
func (c *chain) race(ctx context.Context, s *side, rules skill.Rules, hard, easy []string, budget int, try attempt) error {
	versions := s.history.Versions()
	s.choice = choice{fates: map[int]string{}}
	sets := map[string]skill.Version{replay.None: versions[0]}
	candidates := []string{replay.None}
	seen := []string{versions[0].Digest}
	for _, v := range versions[1:] {
		name := fmt.Sprintf("v%d", v.Number)
		switch err := rules.Check(v.Set); {
		case slices.Contains(seen, v.Digest):
			s.choice.fates[v.Number] = "it says the same as an earlier one"
		case err != nil:
			s.choice.fates[v.Number] = "not a candidate: " + err.Error()
		default:
			candidates, sets[name] = append(candidates, name), v
		}
		seen = append(seen, v.Digest)
	}
	switch {
	case len(candidates) == 1:
		s.choice.reason = "there is no version to choose but no skills"
		return nil
	case len(hard) < replay.LeastProbes:
		s.choice.reason = fmt.Sprintf("no skills: %d held-out failures cannot prove a gain, it takes %d", len(hard), replay.LeastProbes)
		return nil
	}
	race, err := replay.New(replay.Config{Candidates: candidates, Hard: hard, Easy: easy, Budget: max(budget, 2*len(candidates)), Z: c.cfg.Grounding.Z})
	if err != nil {
		return err
	}
	written := map[string]texts{}
	for _, name := range candidates {
		if written[name], err = remember(nil); err != nil {
			return err
		}
	}
	for !race.Done() {
		var calls []replay.Call
		for call, ok := race.Next(); ok; call, ok = race.Next() {
			calls = append(calls, call)
		}
		all := make([]attempted, len(calls))
		work, within := errgroup.WithContext(ctx)
		for i, call := range calls {
			work.Go(func() (err error) {
				all[i], err = try(within, sets[call.Candidate].Set, call.Probe, call.Draw)
				return err
			})
		}
		if err := work.Wait(); err != nil {
			return err
		}
		for i, call := range calls {
			outcome := all[i].outcome
			if text := all[i].wrote; text != "" {
				if written[call.Candidate].similarity(text) >= near {
					outcome = feedbackgen.Fail
				}
				written[call.Candidate].add(text)
			}
			if err := race.Observe(call, outcome); err != nil {
				return err
			}
		}
	}
	chosen, _ := race.Choice()
	s.choice.calls = chosen.Calls
	s.choice.version, s.choice.reason = sets[chosen.Candidate].Number, chosen.Reason
	s.choice.set = sets[chosen.Candidate].Set
	for _, standing := range chosen.Standings {
		s.choice.fates[sets[standing.Candidate].Number] = standing.Fate
	}
	return nil
}

// credited is how many draws of each probe a skill's credit takes.
const credited = 2

// credit leaves the skills of the chosen set out one at a time, and prunes what earns nothing.
func (c *chain) credit(ctx context.Context, s *side, probes []string, try attempt) error {
	if s.choice.set.Len() == 0 {
		return nil
	}
	score := func(set skill.Set) ([]skill.Score, error) {
		scores := make([]skill.Score, len(probes))
		all := make([]attempted, len(probes)*credited)
		work, within := errgroup.WithContext(ctx)
		for i := range all {
			work.Go(func() (err error) {
				// Other draws than the race's, which flatter what won it.
				all[i], err = try(within, set, probes[i/credited], 1<<10+i%credited)
				return err
			})
		}
		if err := work.Wait(); err != nil {
			return nil, err
		}
		for i, a := range all {
			if a.outcome.IsLabel() {
				scores[i/credited].Labels++
			}
			if a.outcome == feedbackgen.Pass {
				scores[i/credited].Passed++
			}
		}
		return scores, nil
	}
	all, err := score(s.choice.set)
	if err != nil {
		return err
	}
	credits, err := skill.LeaveOneOut(s.choice.set, all, func(_ string, rest skill.Set) ([]skill.Score, error) { return score(rest) })
	if err != nil {
		return err
	}
	for _, credit := range credits {
		gain := "unknown"
		if credit.Gain != nil {
			gain = fmt.Sprintf("%.3f (%.3f to %.3f)", credit.Gain.Value, credit.Gain.Low, credit.Gain.High)
		}
		s.choice.credits = append(s.choice.credits, fmt.Sprintf("%s: gain %s over %d probes", credit.ID, gain, credit.Tasks))
	}
	var pruned string
	if s.choice.set, pruned = skill.Prune(s.choice.set, credits); pruned != "" {
		s.choice.pruned = append(s.choice.pruned, pruned)
		s.choice.reason = strings.TrimSuffix(s.choice.reason, ".") + "; pruned " + pruned
	}
	return nil
}
