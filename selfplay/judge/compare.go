package judge

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// Comparison is which of two answers is better, asked both ways round.
type Comparison struct {
	// Outcome is Pass if both ways name the first answer, Fail if both name the second, Abstain if
	// they differ or one names neither, Invalid if a reply cannot be read (or the task or an answer
	// cannot be put before the judge), Error if a call was refused.
	Outcome feedbackgen.Outcome
	Reason  string
	// Consistent says that both ways say the same, a tie included. It means nothing unless the
	// outcome is Pass, Fail or Abstain.
	Consistent bool
	// Ballots are the two calls: in the first, the first answer is A; in the second, it is B. A
	// ballot's Outcome is Pass for the first answer, Fail for the second, Abstain for a tie.
	Ballots []Ballot
}

// Compare asks which answer is better, once each way round.
func (m *Model) Compare(ctx context.Context, backend backends.Backend, task Task, first, second string, seed int64) (Comparison, error) {
	for _, flaw := range []string{flawOf(task), tooLong(first), tooLong(second)} {
		if flaw != "" {
			return Comparison{Outcome: feedbackgen.Invalid, Reason: flaw}, nil
		}
	}
	ballots := make([]Ballot, 2)
	group, ctx := errgroup.WithContext(ctx)
	for way := range ballots {
		group.Go(func() (err error) {
			a, b := first, second
			if way == 1 {
				a, b = second, first
			}
			drawn := backends.DrawSeed(seed, task.ID, "", "compare", way)
			ballots[way], err = m.side(ctx, backend, task, a, b, drawn, way == 1)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return Comparison{}, err
	}
	return agree(ballots), nil
}

// side is one call; swapped says that A is the second answer.
func (m *Model) side(ctx context.Context, backend backends.Backend, task Task, a, b string, seed int64, swapped bool) (Ballot, error) {
	messages, err := m.cfg.Prompts.ask(compareFile, task, task.Rubrics, a, b)
	if err != nil {
		return Ballot{}, err
	}
	sample, err := generate(ctx, backend, m.request(messages, seed))
	vote := Ballot{Outcome: feedbackgen.Invalid, Text: sample.Text, Seed: seed}
	switch {
	case errors.Is(err, backends.ErrRefused):
		vote.Outcome, vote.Reason = feedbackgen.Error, err.Error()
		return vote, nil
	case err != nil:
		return Ballot{}, err
	case sample.Finish == backends.FinishLength:
		vote.Reason = "the reply is truncated"
		return vote, nil
	}
	said, err := parseSide(sample.Text)
	switch {
	case err != nil:
		vote.Reason = err.Error()
	case said == sideTie:
		vote.Outcome = feedbackgen.Abstain
	case (said == sideA) != swapped:
		vote.Outcome = feedbackgen.Pass
	default:
		vote.Outcome = feedbackgen.Fail
	}
	return vote, nil
}

// agree keeps what both ways round say.
func agree(ballots []Ballot) Comparison {
	c := Comparison{Ballots: ballots}
	for _, broken := range []feedbackgen.Outcome{feedbackgen.Error, feedbackgen.Invalid} {
		for _, b := range ballots {
			if b.Outcome == broken {
				c.Outcome, c.Reason = broken, b.Reason
				return c
			}
		}
	}
	c.Consistent = ballots[0].Outcome == ballots[1].Outcome
	c.Outcome = ballots[0].Outcome
	switch {
	case !c.Consistent:
		c.Outcome, c.Reason = feedbackgen.Abstain, "the winner depends on the order of the answers"
	case c.Outcome == feedbackgen.Abstain:
		c.Reason = "a tie"
	}
	return c
}
