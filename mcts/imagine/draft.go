package imagine

import (
	"context"
	"slices"
	"strconv"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/guard/duplicate"
	"github.com/feedbackgen/feedbackgen/verify"
)

// way is how a problem's child number i is made, and whom it is combined with, if it is.
func (m *Module) way(problem feedbackgen.Problem, i int) (Way, partner) {
	other, found := m.cfg.Given.partner(m.search.Sampling.Seed, problem.ID, i)
	choice := ways()
	if !found {
		choice = choice[:len(choice)-1]
	}
	way := choice[(problem.Index+i)%len(choice)]
	if way != Combine {
		other = partner{}
	}
	return way, other
}

// write asks for a draft and reads it.
func (m *Module) write(ctx context.Context, backend backends.Backend, problem feedbackgen.Problem, i int, d *draft) error {
	way, other := m.way(problem, i)
	text, err := m.cfg.Prompts.set.Render(way.file(), way.asks(textOf(problem), other.text))
	if err != nil {
		return err
	}
	sampling := m.search.Sampling
	sampling.Seed = backends.DrawSeed(sampling.Seed, problem.ID, string(way), "imagine", i)
	req := backends.Request{Messages: []feedbackgen.Message{feedbackgen.User(text)}, N: 1, Sampling: sampling}
	if m.search.Continuation != backends.None {
		req.Continue = m.search.Continuation // the same template renders all of a policy's prompts
	}
	samples, err := generate(ctx, backend, req)
	if err != nil {
		return err
	}
	sample := samples[0]
	d.tokens = sample.Tokens
	if sample.Finish != backends.FinishStop {
		d.invalid = truncated
		return nil
	}
	if text, d.invalid = read(sample.Text); d.invalid != "" {
		return nil
	}
	rule, err := verify.ForLoaded(problem, m.search.Verifier, m.search.Rule, m.search.Load)
	if err != nil {
		return err
	}
	descent := &feedbackgen.Descent{Way: string(way), Parents: []string{problem.ID}, Prompts: m.cfg.Prompts.Digest(), Seed: sample.Seed}
	if way == Combine {
		descent.Parents = append(descent.Parents, other.id)
	}
	d.problem = problem
	d.problem.ID = problem.ID + "~" + strconv.Itoa(i+1)
	d.problem.Prompt = slices.Clone(problem.Prompt)
	d.problem.Prompt[len(d.problem.Prompt)-1].Content = text
	d.problem.Answer, d.problem.Meta, d.problem.Descent = "", nil, descent
	d.problem.Verifier = rule.Name() // the look of the parent's answer chose it, where nobody named one
	return nil
}

// compare drops drafts that are nearly the same as a given problem, their parent included, or as an
// earlier one.
func (m *Module) compare(drafts []draft) error {
	siblings, err := duplicate.New(duplicate.Default())
	if err != nil {
		return err
	}
	for i := range drafts {
		d := &drafts[i]
		if d.invalid != "" {
			continue
		}
		text := textOf(d.problem)
		_, _, known := m.cfg.Given.texts.Find(text)
		if !known {
			_, _, known = siblings.Add(uint32(i), text)
		}
		if known {
			d.invalid = repeated
		}
	}
	return nil
}

// solve screens a draft and searches it: on solutions of their own, with what the screening agreed on
// as the answer.
func (m *Module) solve(ctx context.Context, backend backends.Backend, parent feedbackgen.Problem, d *draft) error {
	agreed, err := m.screen(ctx, backend, parent, d)
	if err != nil {
		return err
	}
	if !agreed {
		d.invalid = illPosed
		return nil
	}
	d.result, err = m.cfg.Search.Run(ctx, backend, d.problem)
	return err
}

// screen draws independent solutions and makes the answer that enough of them give the draft's own.
func (m *Module) screen(ctx context.Context, backend backends.Backend, parent feedbackgen.Problem, d *draft) (agreed bool, err error) {
	req, err := m.cfg.Search.FirstRequest(d.problem)
	if err != nil {
		return false, err
	}
	req.N, req.Logprobs = m.cfg.Solutions, false
	req.Sampling.Seed = backends.DrawSeed(m.search.Sampling.Seed, d.problem.ID, "", "imagine screen", 0)
	samples, err := generate(ctx, backend, req)
	if err != nil {
		return false, err
	}
	rule, err := verify.ForLoaded(parent, m.search.Verifier, m.search.Rule, m.search.Load)
	if err != nil {
		return false, err
	}
	var answers []string
	for _, sample := range samples {
		d.tokens += sample.Tokens
		if sample.Finish != backends.FinishStop {
			continue
		}
		if answer, ok := rule.Extract(sample.Text); ok {
			answers = append(answers, answer)
		}
	}
	// Solutions without an answer count against the problem, hence the share of all that were drawn.
	share := m.search.Agreement * float64(len(samples)) / float64(max(1, len(answers)))
	answer, agreed := verify.Majority(rule, answers, share)
	d.problem.Answer = answer
	d.problem.Descent.Votes = verify.Votes(rule, answers, answer)
	d.problem.Descent.Solutions = len(samples)
	return agreed, nil
}
