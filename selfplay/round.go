package selfplay

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/guard/difficulty"
	"github.com/feedbackgen/feedbackgen/selfplay/judge"
	"github.com/feedbackgen/feedbackgen/selfplay/skill"
)

// batch is how many solutions are drawn at once while the gate is undecided.
const batch = 4

// round is a round of a chain.
type round struct {
	number int
	groups []*group
	// alarms rang for the reason.
	alarms []string
	reason string
	// judge is what anchors say of the judge; nil if it is a rule.
	judge *judge.Instrument
	// skills are digests of what was in each side's prompts.
	skills [2]string
	// learnt is what became of the proposals after the round.
	learnt lesson
}

// group is the problems that one prompt of the challenger led to.
type group struct {
	level    int
	messages []feedbackgen.Message
	refused  int   // problems that were not written because the call was refused
	refusal  error // that of the call
	tasks    []*task
}

// task is a problem that the challenger wrote.
type task struct {
	posed
	id      string
	number  int // in its round
	sample  backends.Sample
	invalid string // why it is not well posed; "" if it is
	heldOut bool   // it writes no skill, and may become a probe

	// readable: there is a text with an expression. novel: it is not nearly the same as an earlier one.
	readable, novel bool
	similarity      float64

	messages  []feedbackgen.Message
	solutions []solution
	// failed says that a call of the solver's was refused for good: nothing is known then.
	failed bool
	state  difficulty.State
	active bool
	// sight is what solving with the document says of a task that is hard: gap or unsolved; else "".
	sight string
}

// gap is what a task is that is solved with the document, and not without it.
const gap = "gap"

// passes counts right solutions among those with a verdict.
func (t *task) passes() (passes, judged int) { return tally(t.solutions) }

func tally(solutions []solution) (passes, judged int) {
	for _, s := range solutions {
		if s.outcome().IsLabel() {
			judged++
		}
		if s.outcome() == feedbackgen.Pass {
			passes++
		}
	}
	return passes, judged
}

// parsed counts the solutions that could be read.
func (t *task) parsed() int {
	n := 0
	for _, s := range t.solutions {
		if s.parsed {
			n++
		}
	}
	return n
}

// valid says that it is well posed, and somebody may solve it.
func (t *task) valid() bool { return t.invalid == "" && t.sight != unsolved }

// observed is what the challenger's score depends on.
func (t *task) observed() Observed {
	passes, judged := t.passes()
	return Observed{
		Valid: t.valid(), Drawn: len(t.solutions), Parsed: t.parsed(), Judged: judged, Passes: passes,
		InBand: t.active, Similarity: t.similarity, Overconfidence: t.overconfidence(),
	}
}

// play writes and solves the problems of a round, as many at once as the backend lets it, and measures
// the judge meanwhile. Everything has its place by number, so that nothing depends on which reply comes
// first.
func (c *chain) play(ctx context.Context, number int) (*round, error) {
	r := &round{number: number}
	work, ctx := errgroup.WithContext(ctx)
	first := 0
	for i, n := range plan(c.cfg.Tasks, c.tried) {
		g := &group{level: i + 1}
		r.groups = append(r.groups, g)
		start := first
		work.Go(func() error {
			return c.challengeAndSolve(ctx, work, challenge{node: fmt.Sprintf("%d", number), skills: c.sides[challenger].set()}, g, start, n)
		})
		first += n
	}
	if c.cfg.Mode == Grounded && c.cfg.Grounding.measured() {
		work.Go(func() (err error) {
			r.judge, err = c.examine(ctx, number)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	return r, c.refuseRepeated(r)
}

// challenge says where problems are written, and with which of the challenger's skills.
type challenge struct {
	node   string // the round's number, or what names a replay
	skills skill.Set
}

// challengeAndSolve has n problems written, and sets the solver to work on each that is well posed.
func (c *chain) challengeAndSolve(ctx context.Context, work *errgroup.Group, by challenge, g *group, first, n int) error {
	var err error
	if g.messages, err = c.challenge(c.problem, g.level, by.skills); err != nil {
		return err
	}
	req := c.request(g.messages, n, c.seed(c.problem.ID, fmt.Sprintf("%s.%d", by.node, g.level), "write", 0))
	c.asks(&req, ChallengerRole)
	req.Schema = c.schema(ChallengerRole, challengeSchema)
	samples, err := generate(ctx, c.backend, req)
	if errors.Is(err, backends.ErrRefused) {
		g.refused, g.refusal = n, err
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
		t := &task{number: first + i, id: fmt.Sprintf("%s.%s.%d", c.problem.ID, by.node, first+i), sample: sample}
		t.heldOut = c.cfg.Mode == Grounded && i%2 == 1
		g.tasks = append(g.tasks, t)
		c.inspect(t, within)
		if t.invalid == "" {
			work.Go(func() error { return c.solve(ctx, by.node, t) })
		}
	}
	return nil
}

// inspect says whether a problem is well posed.
func (c *chain) inspect(t *task, within texts) {
	if c.cfg.Mode == Grounded {
		t.posed, t.invalid = readGrounded(t.sample.Text, c.document)
	} else {
		t.posed, t.invalid = read(t.sample.Text)
	}
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

// solve draws solutions until the gate knows, or for as long as it may take. What is hard without the
// document is then tried with it.
func (c *chain) solve(ctx context.Context, node string, t *task) error {
	skills := c.sides[solver].set()
	open := !c.cfg.Grounding.ClosedBook
	var err error
	if t.messages, err = c.ask(t, skills, open); err != nil {
		return err
	}
	place := fmt.Sprintf("%s.%d", node, t.number)
	t.state = difficulty.Undecided
	for t.state == difficulty.Undecided && len(t.solutions) < c.cfg.Gate.Last {
		n := min(batch, c.cfg.Gate.Last-len(t.solutions))
		more, refused, err := c.solutions(ctx, t, t.messages, place, "solve", len(t.solutions), n)
		if err != nil {
			return err
		}
		if refused {
			t.failed = true
			return nil
		}
		t.solutions = append(t.solutions, more...)
		t.state = c.cfg.Gate.Decide(t.passes())
	}
	if t.state == difficulty.Undecided {
		t.state = difficulty.Deferred // solutions that cannot be read are no evidence
	}
	passes, judged := t.passes()
	t.active = t.state == difficulty.Active || c.cfg.NoGate && 0 < passes && passes < judged
	if c.cfg.Mode != Grounded || passes > 0 || judged < batch {
		return nil
	}
	return c.solveWithDocument(ctx, t, skills, place)
}

// sighted is how many more solutions, with the document, a task gets that was never solved.
const sighted = 8

// solveWithDocument tells apart why a task was never solved. With a closed book, two right solutions with
// the document show a gap in what the solver knows. If the book was open all the time, one shows that
// the task was only unlucky. A task without any is unsolved: nobody can tell it from an ill-posed one.
// Without enough verdicts nothing is told.
func (c *chain) solveWithDocument(ctx context.Context, t *task, skills skill.Set, place string) error {
	messages, err := c.ask(t, skills, true)
	if err != nil {
		return err
	}
	all, refused, err := c.solutions(ctx, t, messages, place, "solve-open", 0, sighted)
	if err != nil {
		return err
	}
	passes, judged := tally(all)
	switch {
	case refused:
		t.failed = true
	case passes == 0 && judged >= batch: // what was not judged is no evidence
		t.sight = unsolved
	case c.cfg.Grounding.ClosedBook && passes >= 2:
		t.sight = gap
	}
	return nil
}

// ask is the conversation that asks for a solution.
func (c *chain) ask(t *task, skills skill.Set, open bool) ([]feedbackgen.Message, error) {
	if c.cfg.Mode != Grounded {
		return c.cfg.Prompts.set.Ask(solveFile, ofSolve{t.text})
	}
	data := ofAnswer{Text: t.text}
	if open {
		data.Document = c.document
	}
	data.Skills, _ = skills.Prompt(c.cfg.Grounding.Rules.SetTokens)
	return c.cfg.Prompts.set.Ask(answerFile, data)
}

// solutions draws n solutions of a task and grades them; refused says that the call was refused for good.
func (c *chain) solutions(ctx context.Context, t *task, messages []feedbackgen.Message, place, purpose string, first, n int) (all []solution, refused bool, err error) {
	samples, err := generate(ctx, c.backend, c.request(messages, n, c.seed(c.problem.ID, place, purpose, first)))
	if errors.Is(err, backends.ErrRefused) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	all, err = c.grade(ctx, t, place+"."+purpose, first, samples)
	return all, false, err
}

// refuseRepeated takes out problems that are nearly the same as one that another prompt of the round led
// to: they were paid for, because prompts do not wait for each other, but train nothing.
func (c *chain) refuseRepeated(r *round) error {
	before, err := remember(nil)
	if err != nil {
		return err
	}
	for t := range r.tasks() {
		if t.invalid != "" {
			continue
		}
		if similarity := before.similarity(t.text); similarity >= near {
			t.invalid, t.novel, t.active, t.similarity = repeated, false, false, similarity
			continue
		}
		before.add(t.text)
	}
	return nil
}

// tasks are all that were written in a round.
func (r *round) tasks() func(yield func(*task) bool) {
	return func(yield func(*task) bool) {
		for _, g := range r.groups {
			for _, t := range g.tasks {
				if !yield(t) {
					return
				}
			}
		}
	}
}

// seen is what the round's health is measured on.
func (r *round) seen() []seen {
	var all []seen
	for t := range r.tasks() {
		if t.failed {
			continue
		}
		passes, judged := t.passes()
		all = append(all, seen{
			readable: t.readable, valid: t.valid(), active: t.state == difficulty.Active && t.invalid == "", novel: t.novel,
			drawn: len(t.solutions), parsed: t.parsed(), judged: judged, passes: passes, common: t.common(), length: t.length(),
		})
	}
	return all
}

// common is what most solutions answer; of answers that are given as often, the one that came first.
func (t *task) common() string {
	votes := map[string]int{}
	best := ""
	for _, s := range t.solutions {
		if s.parsed {
			votes[s.judged.Answer]++
		}
	}
	for _, s := range t.solutions {
		if s.parsed && votes[s.judged.Answer] > votes[best] {
			best = s.judged.Answer
		}
	}
	return best
}

// length is the median length of the solutions that could be read, in bytes; 0 without any.
func (t *task) length() int {
	var all []int
	for _, s := range t.solutions {
		if s.parsed {
			all = append(all, len(s.sample.Text))
		}
	}
	if len(all) == 0 {
		return 0
	}
	return median(all)
}

// overconfidence is [Observed].Overconfidence.
func (t *task) overconfidence() float64 {
	sum, judged := 0.0, 0
	for _, s := range t.solutions {
		if !s.outcome().IsLabel() {
			continue
		}
		judged++
		if confidence, stated := confidenceIn(s.sample.Text); stated && s.outcome() == feedbackgen.Fail {
			sum += confidence
		}
	}
	if judged == 0 {
		return 0
	}
	return sum / float64(judged)
}

var statedConfidence = regexp.MustCompile(`(?i)confidence:[ *]*(\d{1,3}(?:\.\d{1,9})?)[ ]*%`)

// confidenceIn reads the last "Confidence: N%", N from 0 to 100.
func confidenceIn(text string) (float64, bool) {
	all := statedConfidence.FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		return 0, false
	}
	percent, err := strconv.ParseFloat(all[len(all)-1][1], 64)
	return percent / 100, err == nil && percent <= 100
}
