package judge

import (
	"slices"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/agreement"
	"github.com/feedbackgen/feedbackgen/measure/interval"
)

// measure computes everything but the comparisons.
func measure(graded []Graded, limits Limits) Instrument {
	i := Instrument{Limits: limits, All: KindRow{Kind: "all"}}
	for _, kind := range []string{Right, Wrong, Empty, OffTopic, Parrot, Injection} {
		row := KindRow{Kind: kind}
		for _, g := range graded {
			if g.Anchor.Kind == kind {
				row.add(g.Verdict.Outcome)
				i.All.add(g.Verdict.Outcome)
			}
		}
		if row.N > 0 {
			i.Kinds = append(i.Kinds, row)
		}
	}
	var confusion agreement.Confusion
	for _, g := range graded {
		if says, ok := said(g.Verdict); ok {
			confusion.Add(says, g.Anchor.Pass())
		}
	}
	i.Rates = confusion.Rates(interval.Level)
	i.Kappa, _ = kappaOf(graded) // the zero value, without kappa, if no anchor got a verdict
	i.KappaByTask = kappaByTask(graded)
	i.Calls = callsOf(graded)
	i.VoteAgreement, i.VoteAlpha = firstTwo(graded)
	i.Calibration = calibrate(graded)
	return i
}

// said is the verdict as right or wrong. An answer that a rule cannot read has been turned down.
func said(v Verdict) (passes, ok bool) {
	return v.Outcome == feedbackgen.Pass, v.Outcome.IsLabel() || v.Unreadable
}

func kappaOf(graded []Graded) (agreement.Cohen, error) {
	var judge, truth []bool
	for _, g := range graded {
		if says, ok := said(g.Verdict); ok {
			judge, truth = append(judge, says), append(truth, g.Anchor.Pass())
		}
	}
	return agreement.Kappa(judge, truth, 2, interval.Level)
}

func kappaByTask(graded []Graded) *interval.Interval {
	estimate, err := interval.Of(interval.Default(), byTask(graded), func(tasks [][]Graded) (float64, bool) {
		cohen, err := kappaOf(slices.Concat(tasks...))
		if err != nil || cohen.Kappa == nil {
			return 0, false
		}
		return *cohen.Kappa, true
	})
	if err != nil {
		return nil // less than two tasks, or kappa is undefined
	}
	return &estimate.Interval
}

// byTask groups by the task's ID, in order of appearance.
func byTask(graded []Graded) [][]Graded {
	var tasks [][]Graded
	number := map[string]int{}
	for _, g := range graded {
		i, seen := number[g.Anchor.Task.ID]
		if !seen {
			i = len(tasks)
			number[g.Anchor.Task.ID] = i
			tasks = append(tasks, nil)
		}
		tasks[i] = append(tasks[i], g)
	}
	return tasks
}

func callsOf(graded []Graded) Calls {
	var c Calls
	for _, g := range graded {
		c.Asked += g.Verdict.Votes.Asked
		c.Readable += g.Verdict.Votes.Readable
		c.Invalid += g.Verdict.Votes.Invalid
		c.Refused += g.Verdict.Votes.Refused
		for _, b := range g.Verdict.Ballots {
			if b.Outcome.IsLabel() && (b.Outcome == feedbackgen.Pass) != g.Anchor.Pass() {
				c.Wrong++
			}
		}
	}
	bad := c.Invalid + c.Refused + c.Wrong
	c.Errors = agreement.Rate{Hits: bad, Total: c.Asked}
	if ends, ok := interval.Wilson(bad, c.Asked, interval.Level); ok {
		share := float64(bad) / float64(c.Asked)
		c.Errors.Share, c.Errors.Low, c.Errors.High = &share, &ends.Low, &ends.High
	}
	return c
}

// firstTwo is the agreement of the first two votes on each anchor, if both could be read.
func firstTwo(graded []Graded) (share, alpha *float64) {
	var units [][]bool
	same := 0
	for _, g := range graded {
		b := g.Verdict.Ballots
		if len(b) < 2 || !b[0].Outcome.IsLabel() || !b[1].Outcome.IsLabel() {
			continue
		}
		units = append(units, []bool{b[0].Outcome == feedbackgen.Pass, b[1].Outcome == feedbackgen.Pass})
		if b[0].Outcome == b[1].Outcome {
			same++
		}
	}
	if len(units) == 0 {
		return nil, nil
	}
	agreed := float64(same) / float64(len(units))
	if a, ok := agreement.Alpha(units); ok {
		alpha = &a
	}
	return &agreed, alpha
}

// position sums up comparisons; nil without any.
func position(compared []Comparison) *Position {
	if len(compared) == 0 {
		return nil
	}
	p := &Position{Pairs: len(compared)}
	consistent, first, named := 0, 0, 0
	for _, c := range compared {
		switch c.Outcome {
		case feedbackgen.Error:
			p.Error++
			continue
		case feedbackgen.Invalid:
			p.Invalid++
			continue
		}
		p.Judged++
		if c.Consistent {
			consistent++
		}
		for way, b := range c.Ballots {
			if !b.Outcome.IsLabel() {
				continue
			}
			named++
			if (b.Outcome == feedbackgen.Pass) == (way == 0) {
				first++
			}
		}
	}
	p.Consistent, p.First = ratio(consistent, p.Judged), ratio(first, named)
	return p
}

func ratio(k, n int) *float64 {
	if n == 0 {
		return nil
	}
	r := float64(k) / float64(n)
	return &r
}
