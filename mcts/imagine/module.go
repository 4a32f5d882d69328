package imagine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
)

// Config says what to imagine.
type Config struct {
	// Search searches given and imagined problems alike. Sampling, verifier and the share that has to
	// agree are its own.
	Search *mcts.Search
	// Number is how many new problems are drafted from each given one, at least 1; with four, one in
	// each way.
	Number int
	// Solutions is how many independent solutions of a draft have to agree, to the search's share, for
	// it to be well posed; those without an answer count against it. Default [DefaultSolutions], at least 2.
	Solutions int
	// Given are the given problems; see [Survey].
	Given *Given
	// Prompts are the prompt files; default [DefaultPrompts].
	Prompts *Prompts
}

// DefaultSolutions is how many solutions of a draft have to agree by default.
const DefaultSolutions = 8

// Module is a search that also imagines. It is safe for concurrent use.
type Module struct {
	cfg    Config
	search mcts.Config
}

// New checks the configuration.
func New(cfg Config) (*Module, error) {
	if cfg.Solutions == 0 {
		cfg.Solutions = DefaultSolutions
	}
	if cfg.Prompts == nil {
		cfg.Prompts = DefaultPrompts()
	}
	bad := func(setting, what string) (*Module, error) {
		return nil, &feedbackgen.Failure{Kind: feedbackgen.ErrInput, Subject: setting, Cause: errors.New(what)}
	}
	switch {
	case cfg.Number < 1:
		return bad("imagine", "must be at least 1")
	case cfg.Solutions < 2:
		return bad("solutions", "must be at least 2, to agree")
	case cfg.Search == nil || cfg.Given == nil:
		return bad("imagine", "needs a search and the given problems")
	}
	return &Module{cfg: cfg, search: cfg.Search.Config()}, nil
}

// Name is the search's: the records are its own.
func (m *Module) Name() string { return m.cfg.Search.Name() }

// Config is the configuration with its defaults filled in.
func (m *Module) Config() Config { return m.cfg }

// Run searches one problem and those that it imagines from it. The problem's own records come first,
// then those of its children, in the order in which they were asked for. Counts are of all of them
// together; "imagined" and its parts tell what became of the drafts.
//
// Errors are as the search's. What a server refuses for good of an imagined problem is counted and
// takes nothing from the given one.
func (m *Module) Run(ctx context.Context, backend backends.Backend, problem feedbackgen.Problem) (feedbackgen.Result, error) {
	var own feedbackgen.Result
	var ownErr error
	var searching sync.WaitGroup
	searching.Go(func() { own, ownErr = m.cfg.Search.Run(ctx, backend, problem) })
	children, err := m.imagine(ctx, backend, problem)
	searching.Wait()
	if err := errors.Join(ownErr, err); err != nil {
		return feedbackgen.Result{}, err
	}
	total := feedbackgen.Result{Records: own.Records, Counts: feedbackgen.Counts{}, Fault: own.Fault}
	total.Counts.Add(own.Counts)
	for _, child := range children {
		total.Records = append(total.Records, child.Records...)
		total.Counts.Add(child.Counts)
		total.Fault = cmp.Or(total.Fault, child.Fault)
	}
	return total, nil
}

// draft is a new problem in the making.
type draft struct {
	problem feedbackgen.Problem
	// invalid says why it became no problem, or "".
	invalid string
	// tokens counts what was sampled for it, apart from its search.
	tokens int
	result feedbackgen.Result
	err    error
}

// imagine makes a problem's children and searches those that are well posed. The drafts are written at
// once, compared in order, and gone on with at once. Nothing is cancelled when one fails, because the
// replies in flight are paid for.
func (m *Module) imagine(ctx context.Context, backend backends.Backend, problem feedbackgen.Problem) ([]feedbackgen.Result, error) {
	drafts := make([]draft, m.cfg.Number)
	each(drafts, func(i int, d *draft) { d.err = m.write(ctx, backend, problem, i, d) })
	if err := failures(drafts); err != nil {
		return nil, err
	}
	if err := m.compare(drafts); err != nil {
		return nil, err
	}
	each(drafts, func(_ int, d *draft) {
		if d.invalid == "" {
			d.err = m.solve(ctx, backend, problem, d)
		}
	})
	if err := failures(drafts); err != nil {
		return nil, err
	}
	results := make([]feedbackgen.Result, len(drafts))
	for i := range drafts {
		results[i] = drafts[i].counted()
	}
	return results, nil
}

// each works on all drafts at once, and waits for them.
func each(drafts []draft, work func(int, *draft)) {
	var all sync.WaitGroup
	for i := range drafts {
		all.Go(func() { work(i, &drafts[i]) })
	}
	all.Wait()
}

// failures takes a refusal for the end of that draft alone; any other error is returned, the first
// draft's first.
func failures(drafts []draft) error {
	var errs []error
	for i := range drafts {
		d := &drafts[i]
		if errors.Is(d.err, backends.ErrRefused) {
			d.invalid, d.err, d.result = refused, nil, feedbackgen.Result{}
		}
		errs = append(errs, d.err)
	}
	return errors.Join(errs...)
}

// counted is a draft's result with the counts of what became of it.
func (d *draft) counted() feedbackgen.Result {
	counts := feedbackgen.Counts{"imagined": 1, "tokens_imagining": int64(d.tokens)}
	if d.invalid != "" {
		counts["imagined."+d.invalid] = 1
	} else {
		counts["imagined.posed"] = 1
	}
	counts.Add(d.result.Counts)
	return feedbackgen.Result{Records: d.result.Records, Counts: counts, Fault: d.result.Fault}
}

// generate makes a call and insists on as many samples as were asked for.
func generate(ctx context.Context, backend backends.Backend, req backends.Request) ([]backends.Sample, error) {
	res, err := backend.Generate(ctx, req)
	if err == nil && len(res.Samples) != req.N {
		err = fmt.Errorf("imagine: %d samples for a request of %d: wrap the backend in backends.FanOut", len(res.Samples), req.N)
	}
	return res.Samples, err
}
