package selfplay

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/guard/difficulty"
	"github.com/feedbackgen/feedbackgen/verify"
)

// batch is how many solutions are drawn at once while the gate is undecided.
const batch = 4

// round is a round of a chain.
type round struct {
	number int
	groups []*group
	alarms []string
}

// group is the problems that one prompt of the challenger led to.
type group struct {
	level    int
	messages []feedbackgen.Message
	refused  int // problems that were not written because the call was refused
	tasks    []*task
}

// task is a problem that the challenger wrote.
type task struct {
	posed
	id      string
	number  int // in its round
	sample  backends.Sample
	invalid string // why it is not well posed; "" if it is

	// readable: there is a text with an expression. novel: it is not nearly the same as an earlier one.
	readable, novel bool
	similarity      float64

	messages  []feedbackgen.Message
	solutions []solution
	// failed says that a call of the solver's was refused for good: nothing is known then.
	failed bool
	state  difficulty.State
	active bool
}

// solution is an answer to a task.
type solution struct {
	sample backends.Sample
	judged verify.Verdict
}

func (s solution) outcome() feedbackgen.Outcome { return s.judged.Outcome }

// passes counts right solutions among those that could be judged.
func (t *task) passes() (passes, judged int) {
	for _, s := range t.solutions {
		if s.outcome().IsLabel() {
			judged++
		}
		if s.outcome() == feedbackgen.Pass {
			passes++
		}
	}
	return passes, judged
}

// observed is what the challenger's score depends on.
func (t *task) observed() Observed {
	passes, judged := t.passes()
	return Observed{
		Valid: t.invalid == "", Drawn: len(t.solutions), Judged: judged, Passes: passes,
		InBand: t.active, Similarity: t.similarity,
	}
}

// play writes and solves the problems of a round, as many at once as the backend lets it. Everything
// has its place by number, so that nothing depends on which reply comes first.
func (c *chain) play(ctx context.Context, number int) (*round, error) {
	r := &round{number: number}
	work, ctx := errgroup.WithContext(ctx)
	first := 0
	for i, n := range plan(c.cfg.Tasks, c.tried) {
		g := &group{level: i + 1}
		r.groups = append(r.groups, g)
		start := first
		work.Go(func() error { return c.challengeAndSolve(ctx, work, number, g, start, n) })
		first += n
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	return r, c.refuseRepeated(r)
}

// challengeAndSolve has n problems written, and sets the solver to work on each that is well posed.
func (c *chain) challengeAndSolve(ctx context.Context, work *errgroup.Group, number int, g *group, first, n int) error {
	var err error
	if g.messages, err = c.challenge(c.problem, g.level); err != nil {
		return err
	}
	node := fmt.Sprintf("%d.%d", number, g.level)
	samples, err := generate(ctx, c.backend, c.request(g.messages, n, c.seed(c.problem.ID, node, "write", 0)))
	if errors.Is(err, backends.ErrRefused) {
		g.refused = n
		return nil
	}
	if err != nil {
		return err
	}
	within, err := remember(nil) // the group's own problems, which came together
	if err != nil {
		return err
	}
	for i, sample := range samples {
		t := &task{number: first + i, id: fmt.Sprintf("%s.%d.%d", c.problem.ID, number, first+i), sample: sample}
		g.tasks = append(g.tasks, t)
		c.examine(t, within)
		if t.invalid == "" {
			work.Go(func() error { return c.solve(ctx, number, t) })
		}
	}
	return nil
}

// examine says whether a problem is well posed.
func (c *chain) examine(t *task, within texts) {
	t.posed, t.invalid = read(t.sample.Text)
	if t.sample.Finish == backends.FinishLength {
		t.invalid = cutOff
	}
	if t.invalid == cutOff || t.invalid == unreadable {
		return
	}
	t.readable = true
	t.similarity = c.memory.similarity(t.text)
	if again := within.similarity(t.text); again >= near {
		t.similarity = max(t.similarity, again)
	}
	t.novel = t.similarity < near
	within.add(t.text)
	if t.invalid == "" && !t.novel {
		t.invalid = repeated
	}
}

// solve draws solutions until the gate knows, or for as long as it may take.
func (c *chain) solve(ctx context.Context, number int, t *task) error {
	var err error
	if t.messages, err = c.cfg.Prompts.conversation(solveFile, promptData{Text: t.text}); err != nil {
		return err
	}
	rule, err := verify.New("number")
	if err != nil {
		return err
	}
	t.state = difficulty.Undecided
	for t.state == difficulty.Undecided && len(t.solutions) < c.cfg.Gate.Last {
		n := min(batch, c.cfg.Gate.Last-len(t.solutions))
		seed := c.seed(c.problem.ID, fmt.Sprintf("%d.%d", number, t.number), "solve", len(t.solutions))
		samples, err := generate(ctx, c.backend, c.request(t.messages, n, seed))
		if errors.Is(err, backends.ErrRefused) {
			t.failed = true
			return nil
		}
		if err != nil {
			return err
		}
		for _, s := range samples {
			t.solutions = append(t.solutions, solution{s, rule.Verify(s.Text, s.Finish == backends.FinishLength, t.truth)})
		}
		t.state = c.cfg.Gate.Decide(t.passes())
	}
	if t.state == difficulty.Undecided {
		t.state = difficulty.Deferred // solutions that cannot be read are no evidence
	}
	passes, judged := t.passes()
	t.active = t.state == difficulty.Active || c.cfg.NoGate && 0 < passes && passes < judged
	return nil
}

// refuseRepeated takes out problems that are nearly the same as one that another prompt of the round led
// to: they were paid for, because prompts do not wait for each other, but train nothing.
func (c *chain) refuseRepeated(r *round) error {
	before, err := remember(nil)
	if err != nil {
		return err
	}
	for _, g := range r.groups {
		for _, t := range g.tasks {
			if t.invalid != "" {
				continue
			}
			if similarity := before.similarity(t.text); similarity >= near {
				t.invalid, t.novel, t.active, t.similarity = repeated, false, false, similarity
				continue
			}
			before.add(t.text)
		}
	}
	return nil
}

// seen is what the round's health is measured on.
func (r *round) seen() []seen {
	var all []seen
	for _, g := range r.groups {
		for _, t := range g.tasks {
			if t.failed {
				continue
			}
			passes, judged := t.passes()
			all = append(all, seen{
				readable: t.readable, valid: t.invalid == "", active: t.state == difficulty.Active && t.invalid == "", novel: t.novel,
				drawn: len(t.solutions), judged: judged, passes: passes, common: t.common(), length: t.length(),
			})
		}
	}
	return all
}

// common is what most solutions answer; of answers that are given as often, the one that came first.
func (t *task) common() string {
	votes := map[string]int{}
	best := ""
	for _, s := range t.solutions {
		if s.outcome().IsLabel() {
			votes[s.judged.Answer]++
		}
	}
	for _, s := range t.solutions {
		if s.outcome().IsLabel() && votes[s.judged.Answer] > votes[best] {
			best = s.judged.Answer
		}
	}
	return best
}

// length is the median length of the judged solutions, in bytes; 0 without any.
func (t *task) length() int {
	var all []int
	for _, s := range t.solutions {
		if s.outcome().IsLabel() {
			all = append(all, len(s.sample.Text))
		}
	}
	if len(all) == 0 {
		return 0
	}
	return median(all)
}
