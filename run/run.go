// Package run drives a module over problems, durably.
//
// Problems go in, in order, a few at once; each goes through the module, whose calls pass the
// run's call log; what comes out is kept in the run's store. When it ends, however it ends, the
// finished files are written from the store. Starting the same run again goes on where it stopped:
// finished problems are skipped, and calls that were paid for are answered from the log.
//
// The files depend on problems, configuration and replies only, not on how many problems were
// worked on at once, nor on where the run was interrupted.
package run

import (
	"context"
	"iter"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/export"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/store"
)

// Module turns a problem into records. Implementations are safe for concurrent use.
type Module interface {
	// Name is what records and reports call the module.
	Name() string
	// Run works on one problem with calls to b, and returns when all its calls have. The result
	// depends on the problem, the module's configuration and the replies only. An error is one of a
	// call's, maybe wrapped, or the module's own.
	Run(ctx context.Context, b backends.Backend, p feedbackgen.Problem) (feedbackgen.Result, error)
}

// Tally looks at counts across problems, as guards look at records.
type Tally interface {
	// Add takes the counts of one done problem. Problems come in input order.
	Add(feedbackgen.Counts)
	// Report is called at the end.
	Report() guard.Report
}

// Config is what a run needs.
type Config struct {
	// Dir is the run's directory, where the files are written.
	Dir string
	// Store is the run's file in it. Run does not close it.
	Store *store.Store
	// Module works on the problems.
	Module Module
	// Backend answers: everything below the call log, from retry to wire.
	Backend backends.Backend

	// Identity is everything that makes this run this run and no other. Whatever changes no reply
	// and no record, such as concurrency and budgets, stays out.
	Identity Identity
	// Policy is who answers.
	Policy feedbackgen.Policy
	// Capabilities are what the server was found to do. A run that goes on has to be given those it
	// began with, see [Load].
	Capabilities backends.Capabilities
	// Others are those who play a part beside the policy; who they are belongs into Identity, too.
	Others map[backends.Role]Other

	// Problems are taken in order; their indices rise.
	Problems iter.Seq2[feedbackgen.Problem, error]
	// Total is how many problems there are, for reports.
	Total int
	// MaxProblems bounds how many are taken, those of earlier starts included; 0 takes all.
	MaxProblems int
	// Active is how many problems are worked on at once; default 16.
	Active int

	// Resolved is the text of config.yaml; nil writes no such file.
	Resolved []byte
	// Guards decide which records get into the files; nil lets all in. What they refuse stays in the
	// store, and in [DroppedFile]: other guards can be asked later.
	Guards *guard.Chain
	// Card describes the files. Run fills in its module, policy, problems and counts.
	Card export.Card
	// Tallies hear the counts of all done problems; their reports stand after the guards'.
	Tallies []Tally
	// Status, if given, is kept up to date while the run goes on.
	Status *Status
}

// Run works until all problems are finished, or ctx is stopped, or nothing can go on. ctx should
// come from [backends.Drainable]: stopping it then lets calls in flight complete, and Run waits
// for them. The files are written in any case, and the summary is of everything in the store.
//
// Errors are of the kinds [feedbackgen.ErrInput] (the directory holds another run, or no call can
// succeed with these settings), [ErrStopped] or [ErrSomeFailed]; any other is a failure.
func Run(ctx context.Context, cfg Config) (Summary, error) {
	origin := Origin{cfg.Module.Name(), cfg.Identity, cfg.Policy, cfg.Capabilities, cfg.Card, cfg.Others}
	// The store is local and quick; only calls are worth interrupting.
	if err := begin(context.WithoutCancel(ctx), cfg.Store, cfg.Dir, origin); err != nil {
		return Summary{}, err
	}
	if cfg.Resolved != nil {
		if err := writeFile(cfg.Dir, "config.yaml", cfg.Resolved); err != nil {
			return Summary{}, err
		}
	}
	ended := newCrew(cfg).work(ctx)

	// What was finished is worth its files even if the run was stopped.
	ctx = context.WithoutCancel(ctx)
	total := cfg.Total
	if cfg.MaxProblems > 0 {
		total = min(total, cfg.MaxProblems)
	}
	summary, err := summarize(ctx, cfg.Store.Reader, total, cfg.Tallies)
	if err != nil {
		return Summary{}, worse(ended, err)
	}
	if err := writeFiles(ctx, cfg, &summary); err != nil {
		return summary, worse(ended, err)
	}
	if ended != nil {
		summary.Stopped = ended
		return summary, ended
	}
	return summary, summary.failed()
}
