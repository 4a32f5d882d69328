package selfplay

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/selfplay/judge"
	"github.com/feedbackgen/feedbackgen/verify"
)

// solution is an answer to a task.
type solution struct {
	sample backends.Sample
	judged verify.Verdict
	// parsed says that there is an answer; a judge may still have no verdict on it.
	parsed bool
	// votes is what a judge said; the zero value from a rule.
	votes judge.Verdict
}

func (s solution) outcome() feedbackgen.Outcome { return s.judged.Outcome }

// answerRule finds what a solver gives as its answer, whatever the task is.
var answerRule = mustRule("exact")

func mustRule(name string) verify.Verifier {
	rule, err := verify.New(name)
	if err != nil {
		panic(err) // it is one of ours
	}
	return rule
}

// grade judges the samples that were drawn for a task, the first of which is draw number first. What
// holds no answer, or is truncated, is not put before the judge.
func (c *chain) grade(ctx context.Context, t *task, node string, first int, samples []backends.Sample) ([]solution, error) {
	all := make([]solution, len(samples))
	work, ctx := errgroup.WithContext(ctx)
	for i, s := range samples {
		truncated := s.Finish == backends.FinishLength
		if c.cfg.Mode != Grounded {
			verdict := numberRule.Verify(s.Text, truncated, t.truth)
			all[i] = solution{sample: s, judged: verdict, parsed: verdict.Outcome.IsLabel()}
			continue
		}
		all[i] = solution{sample: s, judged: verify.Verdict{Outcome: feedbackgen.Invalid, Reason: verify.ReasonTruncated}}
		if truncated {
			continue
		}
		answer, found := answerRule.Extract(s.Text)
		if !found {
			all[i].judged.Reason = verify.ReasonNone
			continue
		}
		all[i].parsed, all[i].judged.Answer = true, answer
		work.Go(func() error {
			verdict, err := c.cfg.Grounding.Judge.Judge(ctx, c.backend, t.forJudge(), s.Text, c.seed(c.problem.ID, node, "judge", first+i))
			all[i].votes = verdict
			all[i].judged.Outcome, all[i].judged.Reason = verdict.Outcome, verdict.Reason
			return err
		})
	}
	return all, work.Wait()
}

// numberRule judges tasks whose truth is computed.
var numberRule = mustRule("number")

func (t *task) forJudge() judge.Task {
	return judge.Task{ID: t.id, Text: t.text, Rubrics: t.rubrics, Reference: t.truth}
}

// anchorTasks is how many known tasks the judge is measured on in a round.
const anchorTasks = 8

// anchors are those of a round: other known tasks in every round until all were asked, and of each one
// right answer, one wrong one if any is known, and planted ones. A judge that is asked the same twice
// says nothing new.
func anchors(known []judge.Known, number int) []judge.Anchor {
	var tasks []judge.Known
	for i := range min(anchorTasks, len(known)) {
		k := known[((number-1)*anchorTasks+i)%len(known)]
		k.Right, k.Wrong = k.Right[:min(1, len(k.Right))], k.Wrong[:min(1, len(k.Wrong))]
		tasks = append(tasks, k)
	}
	// Of the five that are planted with each task, one is kept in turn: a third of all anchors are right.
	var kept []judge.Anchor
	planted := map[string]int{}
	place := map[string]int{}
	for i, k := range tasks {
		place[k.Task.ID] = i + number
	}
	for _, a := range judge.Anchors(tasks) {
		if a.Kind == judge.Right || a.Kind == judge.Wrong {
			kept = append(kept, a)
			continue
		}
		if planted[a.Task.ID] == place[a.Task.ID]%5 {
			kept = append(kept, a)
		}
		planted[a.Task.ID]++
	}
	return kept
}

// examined is what a judge made of a round's anchors.
type examined struct {
	graded   []judge.Graded
	compared []judge.Comparison
}

// mostExamined is from how many rounds anchors count: as many as those that ship last for. More would
// excuse a judge that did well for long.
const mostExamined = 3

// examine measures the judge on the anchors of this round and those of the rounds before that had others.
func (c *chain) examine(ctx context.Context, number int) (*judge.Instrument, error) {
	g := c.cfg.Grounding
	seed := c.seed(c.problem.ID, fmt.Sprint(number), "examine", 0)
	var now examined
	var err error
	if now.graded, now.compared, err = judge.Grade(ctx, g.Judge, c.backend, anchors(g.Anchors, number), seed); err != nil {
		return nil, err
	}
	c.examined = append(c.examined, now)
	last := min(mostExamined, max(1, len(g.Anchors)/anchorTasks), len(c.examined))
	var all examined
	for _, e := range c.examined[len(c.examined)-last:] {
		all.graded, all.compared = append(all.graded, e.graded...), append(all.compared, e.compared...)
	}
	instrument, err := judge.Measure(g.Judge.Name(), all.graded, all.compared, g.Limits)
	return &instrument, err
}

// probability is that an answer is right given its verdict, at a task's pass rate.
func (r *round) probability(t *task, outcome feedbackgen.Outcome) float64 {
	if r.judge == nil {
		if outcome == feedbackgen.Pass {
			return 1
		}
		return 0
	}
	tpr := smoothed(r.judge.Rates.TPR.Hits, r.judge.Rates.TPR.Total)
	tnr := smoothed(r.judge.Rates.TNR.Hits, r.judge.Rates.TNR.Total)
	base, _ := r.corrected(t)
	base = min(max(base, 0.05), 0.95)
	if outcome == feedbackgen.Pass {
		return tpr * base / (tpr*base + (1-tnr)*(1-base))
	}
	return (1 - tpr) * base / ((1-tpr)*base + tnr*(1-base))
}

// smoothed is the mean of a rate's posterior under Jeffreys' prior: a judge that never erred on a dozen
// anchors may still err.
func smoothed(hits, total int) float64 { return (float64(hits) + 0.5) / (float64(total) + 1) }

// corrected is a task's pass rate without the judge's known errors; ok is false if there is none.
func (r *round) corrected(t *task) (rate float64, ok bool) {
	passes, judged := t.passes()
	if judged == 0 {
		return 0, false
	}
	rate = float64(passes) / float64(judged)
	if r.judge != nil {
		if c, defined := r.judge.Correct(passes, judged); defined {
			return c.Rate, true
		}
	}
	return rate, true
}
