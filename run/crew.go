package run

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/store"
)

// crew works on a run's problems.
type crew struct {
	Config
	policy [32]byte
	status *Status
}

func newCrew(cfg Config) *crew {
	c := &crew{Config: cfg, policy: backends.PolicyKey(cfg.Policy), status: cfg.Status}
	if c.status == nil {
		c.status = &Status{}
	}
	return c
}

// work works on all problems that are not finished, and returns why it ended before that, or nil.
func (c *crew) work(ctx context.Context) error {
	// What ends the run ends it gently for all: other problems are let run into the stop.
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var why reason
	end := func(err error) {
		if err != nil {
			why.add(err)
			stop(err)
		}
	}
	var active errgroup.Group
	active.SetLimit(cmp.Or(c.Active, 16))
	end(c.dispatch(ctx, func(p feedbackgen.Problem) {
		active.Go(func() error {
			end(c.problem(ctx, p))
			return nil
		})
	}))
	return errors.Join(active.Wait(), why.tell())
}

// dispatch hands over, in order, each problem that is neither done nor failed.
func (c *crew) dispatch(ctx context.Context, work func(feedbackgen.Problem)) error {
	next, enough := iter.Pull2(c.Store.Jobs(context.WithoutCancel(ctx), 0))
	defer enough()
	earlier, err, more := next()
	taken := 0
	for problem, broken := range c.Problems {
		if broken != nil && ctx.Err() != nil {
			return interrupted{context.Cause(ctx)}
		}
		if broken != nil {
			return broken
		}
		if c.MaxProblems > 0 && taken == c.MaxProblems {
			return nil
		}
		taken++
		for more && err == nil && earlier.Index < problem.Index {
			earlier, err, more = next()
		}
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return interrupted{context.Cause(ctx)}
		}
		if more && earlier.Index == problem.Index && earlier.Status != store.Suspended {
			c.status.countEarlier(earlier)
			continue
		}
		work(problem)
	}
	return nil
}

// problem works on one problem and keeps what becomes of it. An error ends the run.
func (c *crew) problem(ctx context.Context, p feedbackgen.Problem) error {
	if ctx.Err() != nil {
		return interrupted{context.Cause(ctx)}
	}
	c.status.Active.Add(1)
	defer c.status.Active.Add(-1)
	log, err := c.Store.Log(context.WithoutCancel(ctx), p.Index)
	if err != nil {
		return err
	}
	backend := backends.FanOut(backends.Logged(c.Backend, log, c.policy), c.Capabilities.N)
	result, err := c.Module.Run(ctx, backend, p)
	job, err := c.judge(ctx, p, result, err)
	if err != nil {
		return err
	}
	if err := c.Store.Finish(context.WithoutCancel(ctx), job); err != nil {
		return err
	}
	c.status.count(job)
	return nil
}

// judge says what became of a problem, or why the run cannot go on.
func (c *crew) judge(ctx context.Context, p feedbackgen.Problem, result feedbackgen.Result, err error) (store.Job, error) {
	job := store.Job{Index: p.Index, ID: p.ID}
	switch {
	case err == nil:
		job.Status, job.Counts, job.Reason = store.Done, result.Counts, result.Fault
		job.Records, err = render(result)
		return job, c.bug(p, err)
	case ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))):
		return job, interrupted{context.Cause(ctx)}
	// Of several kinds in one error, what ends the run matters most, then what may pass.
	case kindOf(err) != nil:
		return job, err
	case errors.Is(err, backends.ErrTransient):
		job.Status, job.Reason = store.Suspended, shown(err.Error(), longReason)
		return job, nil
	case errors.Is(err, backends.ErrRefused):
		job.Status, job.Reason = store.Failed, shown(err.Error(), longReason)
		return job, nil
	default:
		return job, c.bug(p, err)
	}
}

// longReason bounds what a server's message can take up in the store, in characters.
const longReason = 1000

// bug names the problem at which something went wrong that no server is to blame for.
func (c *crew) bug(p feedbackgen.Problem, err error) error {
	if err == nil {
		return nil
	}
	return &feedbackgen.Failure{Op: c.Module.Name(), Subject: "problem " + p.ID, Cause: err}
}

// render makes the lines that the files will hold.
func render(result feedbackgen.Result) ([]store.Line, error) {
	if err := result.Counts.Check(); err != nil {
		return nil, err
	}
	lines := make([]store.Line, 0, len(result.Records))
	for _, record := range result.Records {
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(record); err != nil {
			return nil, fmt.Errorf("write record of kind %s: %w", record.Kind(), err)
		}
		lines = append(lines, store.Line{Kind: record.Kind(), JSON: bytes.TrimSuffix(text.Bytes(), []byte("\n"))})
	}
	return lines, nil
}
