package selfplay

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/guard/leak"
	"github.com/feedbackgen/feedbackgen/selfplay/skill"
)

// The two sides that learn in words.
const (
	solver = iota
	challenger
)

// side is one of them.
type side struct {
	name    string
	history skill.History
	// current is the version in prompts.
	current skill.Version
	// wrote are the tasks that its proposer saw.
	wrote []string
	// choice is what the replay made of the history.
	choice choice
}

func newSides() [2]*side { return [2]*side{{name: "solver"}, {name: "challenger"}} }

func (s *side) set() skill.Set { return s.current.Set }

// lesson is what became of the proposals after a round. Rates are NaN where undefined.
type lesson struct {
	proposals                                                  []string
	trainingBefore, trainingAfter, heldOutBefore, heldOutAfter float64
	diverged                                                   bool
}

func nothingLearnt() lesson {
	nan := math.NaN()
	return lesson{proposals: []string{}, trainingBefore: nan, trainingAfter: nan, heldOutBefore: nan, heldOutAfter: nan}
}

// trace is one task as a proposer sees it.
type trace struct {
	Task, Reference, Answer, Outcome string
	Rubrics                          []rubricTrace
}

type rubricTrace struct {
	Text string
	Met  bool
}

// Bounds of what a proposer sees and says, and of the note on what became of that; lengths in bytes.
const (
	mostTraces      = 6
	longestTrace    = 1500
	longestAnalysis = 4000
	longestNote     = 500
)

// study has both sides propose edits of their skills, from the round's tasks that are not held out. A
// proposal that cannot be read or applied, that leaks a held-out task, or that helps where it was
// written and not elsewhere, changes nothing.
func (c *chain) study(ctx context.Context, r *round) error {
	r.learnt = nothingLearnt()
	if c.cfg.Mode != Grounded || c.cfg.Grounding.NoSkills {
		return nil
	}
	for t := range r.tasks() {
		if t.invalid == "" && !t.failed {
			c.history = append(c.history, t)
		}
	}
	held, err := heldOut(c.history)
	if err != nil {
		return err
	}
	rules := c.cfg.Grounding.Rules
	rules.Held = held

	traces := [2][]trace{}
	var saw [2][]*task
	traces[solver], saw[solver] = failures(r)
	traces[challenger], saw[challenger] = written(r)
	var proposed [2]proposal
	work, within := errgroup.WithContext(ctx)
	for i, s := range c.sides {
		work.Go(func() (err error) {
			proposed[i], err = c.propose(within, r.number, s, traces[i], rules)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	if proposed[solver].changes {
		if err := c.rehearse(ctx, r, &proposed[solver], saw[solver]); err != nil {
			return err
		}
	}
	for i, s := range c.sides {
		r.learnt.proposals = append(r.learnt.proposals, s.name+": "+clip(proposed[i].said, longestNote))
		c.counts.Count("proposals", s.name, proposed[i].fate)
		if len(traces[i]) > 0 {
			for _, t := range saw[i] {
				s.wrote = append(s.wrote, t.id)
			}
		}
		if !proposed[i].changes {
			continue
		}
		history, number, err := s.history.With(s.current.Number, r.number, proposed[i].edits, proposed[i].set)
		if err != nil {
			return err
		}
		s.history, s.current = history, history.Versions()[number]
	}
	return nil
}

// heldOut is an index of the tasks that no skill may tell, nor the span of the document that proves one.
func heldOut(tasks []*task) (*leak.Index, error) {
	var items []leak.Item
	for _, t := range tasks {
		if t.heldOut {
			items = append(items, leak.Item{ID: t.id, Prompt: t.text, Answer: t.quote})
		}
	}
	if len(items) == 0 {
		return nil, nil
	}
	return leak.New(leak.DefaultWords, items)
}

// failures are what the solver may learn from: wrong solutions of tasks that it also solves, the nearest
// to one half first. What it never solves may be ill-posed, and teaches nothing.
func failures(r *round) ([]trace, []*task) {
	var tasks []*task
	for t := range r.tasks() {
		passes, judged := t.passes()
		if t.invalid == "" && !t.failed && !t.heldOut && 0 < passes && passes < judged {
			tasks = append(tasks, t)
		}
	}
	slices.SortStableFunc(tasks, func(a, b *task) int { return cmp.Compare(a.distance(), b.distance()) })
	tasks = tasks[:min(mostTraces, len(tasks))]
	var traces []trace
	for _, t := range tasks {
		i := slices.IndexFunc(t.solutions, func(s solution) bool { return s.outcome() == feedbackgen.Fail })
		s := t.solutions[i]
		passes, judged := t.passes()
		traces = append(traces, trace{
			Task: t.text, Reference: t.truth, Answer: clip(s.sample.Text, longestTrace),
			Outcome: fmt.Sprintf("wrong; %d of %d answers to it were right", passes, judged), Rubrics: t.met(s),
		})
	}
	return traces, tasks
}

// distance of the pass rate from one half.
func (t *task) distance() float64 {
	passes, judged := t.passes()
	return math.Abs(float64(passes)/float64(judged) - 0.5)
}

// met are the rubrics with what the judge said of an answer.
func (t *task) met(s solution) []rubricTrace {
	var all []rubricTrace
	for i, text := range t.rubrics {
		all = append(all, rubricTrace{text, i < len(s.votes.PerRubric) && s.votes.PerRubric[i] > 0.5})
	}
	return all
}

// written are what the challenger may learn from: what it wrote, with what became of it.
func written(r *round) ([]trace, []*task) {
	var traces []trace
	var tasks []*task
	for t := range r.tasks() {
		if t.failed || t.heldOut || len(tasks) == 2*mostTraces {
			continue
		}
		tasks = append(tasks, t)
		text := t.text
		if !t.readable {
			text = t.sample.Text
		}
		passes, judged := t.passes()
		traces = append(traces, trace{
			Task: clip(text, longestTrace), Reference: clip(t.truth, longestTrace),
			Outcome: fmt.Sprintf("%s; %d of %d answers were right; score %.2f", t.outcome(), passes, judged, Score(t.observed())),
		})
	}
	return traces, tasks
}

// clip bounds a model's text, in bytes.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + " ..."
}

// proposal is what a proposer and a generator made of a side's traces.
type proposal struct {
	set     skill.Set
	edits   []skill.Edit
	changes bool
	// fate is one of few words, for counting; said tells it to people.
	fate, said string
}

// leastEditTokens is what a proposer may always say: edits hold whole skills.
const leastEditTokens = 1024

// propose asks what should change and why, and then for the edits. Whatever comes back is a model's text.
func (c *chain) propose(ctx context.Context, number int, s *side, traces []trace, rules skill.Rules) (proposal, error) {
	p := proposal{set: s.set()}
	if len(traces) == 0 {
		p.fate, p.said = "no_traces", "there was nothing to learn from"
		return p, nil
	}
	data := ofRevise{ofPropose: ofPropose{Document: c.document, Side: s.name, Traces: traces}, Rules: c.cfg.Grounding.Rules}
	data.Skills, _ = s.set().Prompt(math.MaxInt)
	place := fmt.Sprintf("%d.%s", number, s.name)
	for _, file := range []string{proposeFile, reviseFile} {
		messages, err := c.cfg.Prompts.set.Ask(file, data)
		if err != nil {
			return p, err
		}
		req := c.request(messages, 1, c.seed(c.problem.ID, place, file, 0))
		c.asks(&req, ProposerRole)
		if file == reviseFile {
			req.Schema = c.schema(ProposerRole, editsSchema)
		}
		req.Sampling.MaxTokens = max(req.Sampling.MaxTokens, leastEditTokens)
		samples, err := generate(ctx, c.backend, req)
		if errors.Is(err, backends.ErrRefused) {
			p.fate, p.said = "refused", "the call was refused: "+refusal(err)
			return p, nil
		}
		if err != nil {
			return p, err
		}
		data.Analysis = clip(samples[0].Text, longestAnalysis)
		if file == proposeFile {
			continue
		}
		set, edits, err := s.set().Propose(samples[0].Text, rules)
		switch {
		case errors.Is(err, skill.ErrLeak):
			p.fate, p.said = "leak", err.Error()
		case err != nil:
			p.fate, p.said = "unusable", err.Error()
		case set.Digest() == s.set().Digest():
			p.fate, p.said = "no_change", "it leaves things as they are"
		default:
			p.set, p.edits, p.changes = set, edits, true
			p.fate, p.said = "applied", fmt.Sprintf("%d edits applied", len(edits))
		}
	}
	return p, nil
}

// mostDivergence is by how much more a proposal may help the tasks that it was written from than held-out
// ones: beyond twice the standard error of six tasks with four draws each, it has learnt them by heart.
const mostDivergence = 0.4

// rehearsed is how many tasks of each kind a proposal is tried on, with [batch] draws each; with fewer
// than half of that, nothing is said.
const rehearsed = mostTraces

// rehearse tries the solver's proposal on the tasks that wrote it and on held-out ones, and takes it back
// if it diverges.
func (c *chain) rehearse(ctx context.Context, r *round, p *proposal, wrote []*task) error {
	var held []*task
	for t := range r.tasks() {
		if passes, judged := t.passes(); t.heldOut && t.invalid == "" && !t.failed && 0 < passes && passes < judged && len(held) < rehearsed {
			held = append(held, t)
		}
	}
	tasks := slices.Concat(wrote, held)
	after := make([][]solution, len(tasks))
	work, within := errgroup.WithContext(ctx)
	for i, t := range tasks {
		work.Go(func() error {
			messages, err := c.ask(t, p.set, !c.cfg.Grounding.ClosedBook)
			if err != nil {
				return err
			}
			after[i], _, err = c.solutions(within, t, messages, fmt.Sprintf("%d.%d", r.number, t.number), "rehearse", 0, batch)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	l := &r.learnt
	l.trainingBefore, l.trainingAfter = rates(wrote, after[:len(wrote)])
	l.heldOutBefore, l.heldOutAfter = rates(held, after[len(wrote):])
	if min(len(wrote), len(held)) < rehearsed/2 {
		return nil
	}
	if gap := (l.trainingAfter - l.trainingBefore) - (l.heldOutAfter - l.heldOutBefore); gap > mostDivergence {
		l.diverged = true
		p.changes, p.fate = false, "diverged"
		p.said = fmt.Sprintf("taken back: it helps the tasks that it was written from by %.2f more than held-out ones", gap)
		c.counts.Count("alarms", AlarmDivergence)
	}
	return nil
}

// rates are the mean pass rates over tasks, as they were and as they are; NaN without any.
func rates(tasks []*task, after [][]solution) (before, now float64) {
	n, m := 0, 0
	for i, t := range tasks {
		if passes, judged := t.passes(); judged > 0 {
			before, n = before+float64(passes)/float64(judged), n+1
		}
		if passes, judged := tally(after[i]); judged > 0 {
			now, m = now+float64(passes)/float64(judged), m+1
		}
	}
	return before / float64(n), now / float64(m)
}

// editsAsJSON is how records hold edits.
func editsAsJSON(edits []skill.Edit) string {
	text, err := json.Marshal(edits)
	if err != nil {
		panic(err) // strings are always JSON
	}
	return string(text)
}
