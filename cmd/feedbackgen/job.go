package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/export"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/run"
	"github.com/feedbackgen/feedbackgen/store"
)

// job is a command that drives a module over problems.
type job struct {
	env           environment
	backendFlags  backendFlags
	samplingFlags samplingFlags
	runFlags      runFlags
	guardFlags    guardFlags
	// beginnings are the problems of a run without --problems; nil takes the embedded model's samples,
	// and no other backend runs without problems.
	beginnings func() ([]byte, error)
	// positive names the module's flags of which a zero would mean the default; it is refused instead.
	positive []string
	// verifier is what the module's --verifier says; nil for modules without one.
	verifier *verifierFlags
	// cast says who plays the module's roles beside the policy; nil for modules without any.
	cast func() (cast, error)
	// probesCast: those who play them are asked what they can do, as the policy's server is.
	probesCast bool
}

// register registers the flags that all jobs share behind those of the job's own, which are about what.
func (j *job) register(cmd *cobra.Command, what string, own func(*pflag.FlagSet)) {
	registerSections(
		cmd, section{what, own}, section{"The model", j.backendFlags.register}, section{"Sampling", j.samplingFlags.register},
		section{"The run", j.runFlags.register}, section{"Guards", j.guardFlags.register},
	)
}

// settled is what is known once the server has been asked.
type settled struct {
	policy       feedbackgen.Policy
	capabilities backends.Capabilities
	render       renderer
	// others are those who play a role in the policy's place.
	others map[backends.Role]run.Other
	// tell shows a person a line while the run goes on; nil before it does.
	tell func(string)
}

// module is a module whose settings do not know the server yet.
type module interface {
	settle(settled) (settledModule, error)
}

// surveyor is a module that has to see all problems before it is settled with a server.
type surveyor interface {
	survey(context.Context, feedbackgen.ProblemSet) error
}

// settledModule is ready to run.
type settledModule struct {
	run.Module
	// check says whether a problem can be worked on.
	check func(feedbackgen.Problem) error
	// first is the first request of a problem.
	first    func(feedbackgen.Problem) (backends.Request, error)
	identity run.Identity
	// separator stands between the steps of stepwise records; "" if there are none.
	separator string
	// measures are asked about the records after the guards, and refuse nothing.
	measures []guard.Guard
	// tallies hear the counts of all done problems.
	tallies []run.Tally
	// costs are the most that a problem takes, by who speaks; see [estimate].
	costs []cost
}

// run is the whole of a job: settings, problems, server, run, result.
func (j *job) run(cmd *cobra.Command, build func(feedbackgen.Sampling) (module, error)) error {
	if err := refuseZeros(cmd.Flags(), j.positive, false); err != nil {
		return err
	}
	if j.runFlags.config != "" {
		if err := applyConfigFile(j.runFlags.config, cmd.Flags()); err != nil {
			return err
		}
		if err := refuseZeros(cmd.Flags(), j.positive, true); err != nil {
			return err
		}
	}
	sampling, err := j.samplingFlags.sampling()
	if err != nil {
		return err
	}
	if err := j.runFlags.check(j.beginnings != nil || j.backendFlags.backend == "embedded"); err != nil {
		return err
	}
	settings, err := j.guardFlags.settings(cmd.Context())
	if err != nil {
		return err
	}
	guards, err := guard.Standard(settings)
	if err != nil {
		return err
	}
	server, err := j.backendFlags.open(j.env.getenv)
	if err != nil {
		return err
	}
	defer server.close()
	if server.greeting != "" && !j.runFlags.quiet {
		_, _ = fmt.Fprintln(j.env.stderr, server.greeting)
	}
	unsettled, err := build(sampling)
	if err != nil {
		return err
	}
	var others cast
	if j.cast != nil {
		if others, err = j.cast(); err != nil {
			return err
		}
		if err := others.open(j.env.getenv); err != nil {
			return err
		}
		defer others.close()
		server.Backend = backends.ByRole(server.Backend, others.backends())
	}
	// Before anybody is asked, the settings are checked as if the server could do what they may need.
	module, err := unsettled.settle(settled{render: server.render, capabilities: backends.Capabilities{
		Continuation: backends.Native, Logprobs: true, Entropies: true,
	}})
	if err != nil {
		return err
	}
	interrupt := newInterrupt(cmd.Context(), j.env)
	defer interrupt.stop()

	problems, spooled, err := j.problems(interrupt.hard, interrupt.ctx)
	if err != nil {
		return err
	}
	defer spooled.discard()
	own, err := checkAll(interrupt.hard, problems, module.check)
	if err != nil {
		return err
	}
	if note := j.verifier.overruled(own, problems.Count); note != "" && !j.runFlags.quiet {
		_, _ = fmt.Fprintln(j.env.stderr, note)
	}
	if s, ok := unsettled.(surveyor); ok {
		if err := s.survey(interrupt.hard, problems); err != nil {
			return err
		}
	}
	if j.runFlags.dryRun {
		return j.dryRun(interrupt.hard, problems, module)
	}
	resolved, err := resolvedConfig(cmd.Flags())
	if err != nil {
		return err
	}
	return j.drive(interrupt, drive{
		server: server, others: others, unsettled: unsettled, problems: problems, spooled: spooled, sampling: sampling, resolved: resolved,
		guards: guards,
	})
}

// checkAll checks every problem, before the first is paid for, and counts those that name a verifier of
// their own.
func checkAll(ctx context.Context, problems feedbackgen.ProblemSet, check func(feedbackgen.Problem) error) (ownVerifiers int, err error) {
	for problem, err := range problems.All(ctx) {
		if err == nil {
			err = check(problem)
		}
		if failure := (*feedbackgen.Failure)(nil); errors.As(err, &failure) && strings.HasPrefix(failure.Subject, "problem ") {
			return 0, &feedbackgen.Failure{Kind: feedbackgen.ErrInput, Subject: problems.Name, Cause: err}
		}
		if err != nil {
			return 0, err
		}
		if problem.Verifier != "" {
			ownVerifiers++
		}
	}
	return ownVerifiers, nil
}

// drive is what is settled before the server is asked.
type drive struct {
	server    server
	others    cast
	unsettled module
	problems  feedbackgen.ProblemSet
	spooled   *spool
	sampling  feedbackgen.Sampling
	resolved  []byte
	guards    *guard.Chain
}

// drive asks the server, opens the directory, and runs.
func (j *job) drive(interrupt *interrupt, d drive) (err error) {
	ctx := interrupt.ctx
	policy, err := j.backendFlags.meet(ctx, d.server)
	if err != nil {
		return err
	}
	others, err := d.others.meet(ctx)
	if err != nil {
		return err
	}
	if err := j.mayUse(j.runFlags.out); err != nil {
		return err
	}
	to, err := store.Open(interrupt.hard, j.runFlags.out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()

	origin, begun, err := run.Load(ctx, to.Reader)
	if err != nil {
		return err
	}
	if !begun {
		origin.Capabilities, err = backends.Probe(ctx, j.backendFlags.patient(d.server))
		if err != nil {
			return err
		}
	}
	if j.probesCast {
		if err := d.others.probe(ctx, others, origin.Others); err != nil {
			return err
		}
	}
	notes := make(chan string)
	module, err := d.unsettled.settle(settled{
		policy: policy, capabilities: origin.Capabilities, render: d.server.render, others: others,
		tell: func(line string) { notes <- line },
	})
	if err != nil {
		return err
	}
	identity := append(append(j.identity(d.problems, d.sampling), module.identity...), identityOf(others)...)
	if begun {
		if err := origin.Check(j.runFlags.out, module.Name(), identity); err != nil {
			return err
		}
	}
	if err := d.spooled.keep(j.runFlags.out); err != nil {
		return err
	}
	spent, err := to.Usage(ctx)
	if err != nil {
		return err
	}
	chain := j.chain(d.server, origin.Capabilities, spent)
	status := &run.Status{}
	progress := j.progress(chain, status, notes, d.problems.Count)
	summary, ended := run.Run(ctx, run.Config{
		Dir: j.runFlags.out, Store: to, Module: module, Backend: chain.retry,
		Identity: identity, Policy: policy, Capabilities: origin.Capabilities, Others: others,
		Problems: d.problems.All(interrupt.hard), Total: d.problems.Count, MaxProblems: j.runFlags.maxProblems,
		// A problem begins with one call, so it takes as many problems as slots to fill the slots.
		Active:   max(2, j.concurrency(origin.Capabilities)),
		Resolved: d.resolved, Status: status, Guards: d.guards.With(module.measures...), Tallies: module.tallies,
		Card: export.Card{Sampling: d.sampling, ProblemsDigest: d.problems.Digest, StepSeparator: module.separator},
	})
	progress.stop()
	if summary.Module != "" {
		if err := j.show(summary); err != nil {
			return err
		}
	}
	return endedAs(ended)
}

// endedAs gives the end of a run its exit code.
func endedAs(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, run.ErrStopped):
		return &exit{exitResumable, err}
	case errors.Is(err, run.ErrSomeFailed):
		return &exit{exitSomeFailed, err}
	}
	return err
}

// mayUse refuses a directory that holds a run if --resume=false, and one that holds anything else:
// a run writes README.md and other files that must not replace somebody's own.
func (j *job) mayUse(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &feedbackgen.Failure{Kind: feedbackgen.ErrInput, Subject: dir, Cause: err, Hint: "--out names a directory, which need not exist"}
	}
	foreign := ""
	for _, entry := range entries {
		switch name := entry.Name(); {
		case name == store.FileName && !j.runFlags.resume:
			return usage("%s: it holds a run already: leave out --resume=false to go on with it, or name another --out", dir)
		case name == store.FileName:
			return nil
		case name != store.LockName && !strings.HasPrefix(name, "."):
			foreign = name
		}
	}
	if foreign != "" {
		return usage("%s: it holds %s, but no run: name an empty or new directory with --out", dir, foreign)
	}
	return nil
}

// identity is what a run is beside its module's settings. What changes no record stays out.
func (j *job) identity(problems feedbackgen.ProblemSet, sampling feedbackgen.Sampling) run.Identity {
	real := func(x feedbackgen.Real) string { return strconv.FormatFloat(float64(x), 'g', -1, 64) }
	return run.Identity{
		{Name: "problems", Value: problems.Digest},
		{Name: "temperature", Value: real(sampling.Temperature)},
		{Name: "top-p", Value: real(sampling.TopP)},
		{Name: "top-k", Value: strconv.Itoa(sampling.TopK)},
		{Name: "min-p", Value: real(sampling.MinP)},
		{Name: "max-tokens", Value: strconv.Itoa(sampling.MaxTokens)},
		{Name: "stop", Value: strings.Join(sampling.Stop, "\x00")},
		{Name: "seed", Value: strconv.FormatInt(sampling.Seed, 10)},
		{Name: "context-length", Value: strconv.Itoa(j.backendFlags.contextLength)},
		{Name: "template", Value: j.backendFlags.template},
	}
}

// chain is the middleware below the call log, outermost first.
type chain struct {
	retry *backends.Retrier
	limit *backends.Limiter
	meter *backends.Metered
	spent backends.Usage
}

func (j *job) chain(server backends.Backend, found backends.Capabilities, spent store.Usage) chain {
	c := chain{spent: backends.Usage{Calls: spent.Calls, PromptTokens: spent.PromptTokens, CompletionTokens: spent.Tokens}}
	prices := backends.Prices{PromptPerMTok: j.runFlags.pricePrompt, CompletionPerMTok: j.runFlags.priceCompletion}
	c.spent.Money = prices.Cost(c.spent)
	budget := backends.Budget{MaxCalls: j.runFlags.maxCalls, MaxTokens: j.runFlags.maxTokensTotal}
	c.meter = backends.Meter(server, prices, budget, c.spent)
	c.limit = backends.Limit(c.meter, j.concurrency(found))
	c.retry = backends.Retry(c.limit, backends.RetryConfig{Patience: j.backendFlags.patience})
	return c
}

// concurrency is how many requests may be in flight.
func (j *job) concurrency(found backends.Capabilities) int {
	switch {
	case j.runFlags.concurrency > 0:
		return j.runFlags.concurrency
	case found.Slots > 0:
		return found.Slots
	}
	return 8
}

func (j *job) progress(c chain, status *run.Status, notes <-chan string, total int) *progress {
	if j.runFlags.maxProblems > 0 {
		total = min(total, j.runFlags.maxProblems)
	}
	w := j.env.stderr
	if j.runFlags.quiet {
		w = io.Discard
	}
	return showProgress(w, j.env.terminal && !j.runFlags.quiet, notes, func() snapshot {
		return snapshot{
			total:    total,
			finished: int(status.Done.Load() + status.Failed.Load() + status.Suspended.Load()),
			before:   int(status.Earlier.Load()),
			usage:    c.meter.Snapshot(), spent: c.spent,
			inFlight: c.limit.InFlight(), throttledUntil: c.retry.ThrottledUntil(),
			priced: j.runFlags.pricePrompt > 0 || j.runFlags.priceCompletion > 0,
		}
	})
}

// show prints a run's result.
func (j *job) show(summary run.Summary) error {
	switch {
	case j.runFlags.json:
		return writeJSON(j.env.stdout, summary)
	case j.runFlags.quiet:
		return nil
	}
	return writeSummary(j.env.stdout, j.runFlags.out, summary)
}

// promptDir is the directory with the prompt files that replace the built-in ones; nil if there is
// none.
func (f *runFlags) promptDir() (fs.FS, error) {
	if f.prompts == "" {
		return nil, nil
	}
	info, err := os.Stat(f.prompts)
	if err != nil || !info.IsDir() {
		return nil, usage("--prompts %s: no such directory", f.prompts)
	}
	return os.DirFS(f.prompts), nil
}
