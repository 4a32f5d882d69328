package postcomp

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/guard/difficulty"
	"github.com/feedbackgen/feedbackgen/verify"
)

// Module turns a problem into records. It is safe for concurrent use.
type Module struct{ cfg Config }

// New checks the configuration.
func New(cfg Config) (*Module, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Module{cfg: cfg}, nil
}

// Name is "postcomp".
func (m *Module) Name() string { return "postcomp" }

// Config is the configuration with its defaults filled in.
func (m *Module) Config() Config { return m.cfg }

// Check says whether a problem can be worked on at all: its verifier exists, and could accept its
// answer; its prompt does not hold the marker, which would be taken for the model's own.
func (m *Module) Check(problem feedbackgen.Problem) error {
	rule, err := verify.ForLoaded(problem, m.cfg.Verifier, m.cfg.Rule, m.cfg.Load)
	if err != nil {
		return err
	}
	if problem.HasAnswer() {
		if err := rule.CheckGold(problem.Answer); err != nil {
			return &feedbackgen.Failure{Kind: feedbackgen.ErrInput, Subject: "problem " + problem.ID, Cause: err}
		}
	}
	_, err = m.messages(problem)
	return err
}

// FirstRequest is the first request that a problem leads to, for people to look at before a run.
func (m *Module) FirstRequest(problem feedbackgen.Problem) (backends.Request, error) {
	messages, err := m.messages(problem)
	if err != nil {
		return backends.Request{}, err
	}
	return m.answers(problem, messages, 0, m.cfg.Samples), nil
}

// messages is the conversation that asks for an answer.
func (m *Module) messages(problem feedbackgen.Problem) ([]feedbackgen.Message, error) {
	if m.cfg.Mode == Assess {
		return m.cfg.Prompts.assessing(problem, m.cfg.Marker)
	}
	return m.cfg.Prompts.question(problem)
}

// answers asks for n answers, the first of which is draw number first.
func (m *Module) answers(problem feedbackgen.Problem, messages []feedbackgen.Message, first, n int) backends.Request {
	sampling := m.sampling(problem, "", "answer", first)
	if m.cfg.Mode == Assess && m.cfg.Continuation != backends.None {
		sampling.Stop = append(append([]string{}, sampling.Stop...), m.cfg.Marker)
	}
	return m.request(messages, "", n, sampling)
}

func (m *Module) sampling(problem feedbackgen.Problem, node, purpose string, draw int) feedbackgen.Sampling {
	sampling := m.cfg.Sampling
	sampling.Seed = backends.DrawSeed(sampling.Seed, problem.ID, node, purpose, draw)
	return sampling
}

// request asks for samples; like every request of a run, in the run's way of continuing, because a
// prompt that the server renders may be another one than ours.
func (m *Module) request(messages []feedbackgen.Message, prefix string, n int, sampling feedbackgen.Sampling) backends.Request {
	req := backends.Request{Messages: messages, Prefix: prefix, N: n, Sampling: sampling}
	if m.cfg.Continuation != backends.None {
		req.Continue = m.cfg.Continuation
	}
	return req
}

// Run works on one problem. An error means that there is no result: calls failed for good
// ([backends.ErrRefused]), for now, or ctx ended. All calls that were in flight have then returned.
func (m *Module) Run(ctx context.Context, backend backends.Backend, problem feedbackgen.Problem) (feedbackgen.Result, error) {
	messages, err := m.messages(problem)
	if err != nil {
		return feedbackgen.Result{}, err
	}
	rule, err := verify.ForLoaded(problem, m.cfg.Verifier, m.cfg.Rule, m.cfg.Load)
	if err != nil {
		return feedbackgen.Result{}, err
	}
	w := &work{
		Module: m, backend: backend, problem: problem, messages: messages,
		rule: rule, gold: problem.Answer, judge: rule.Name(), counts: feedbackgen.Counts{},
	}
	if err := w.draw(ctx); err != nil {
		return feedbackgen.Result{}, err
	}
	w.countAttempts()
	active := w.state() == difficulty.Active || m.cfg.NoGate
	switch {
	case w.undecided || !active:
		// Nothing to score against, or nothing to learn: more draws would be paid for nothing.
	case m.cfg.Mode == Assess:
		err = w.assess(ctx)
	default:
		err = w.correct(ctx)
	}
	return feedbackgen.Result{Records: w.records, Counts: w.counts, Fault: w.fault}, err
}

// work is the work on one problem.
type work struct {
	*Module
	backend  backends.Backend
	problem  feedbackgen.Problem
	messages []feedbackgen.Message
	rule     verify.Verifier
	gold     string
	judge    string
	// undecided: there is no known answer, and no agreement either.
	undecided bool
	// votes of voters gave gold, where it is no known answer.
	votes, voters int
	attempts      []attempt
	counts        feedbackgen.Counts
	records       []feedbackgen.Record
	fault         string // see [feedbackgen.Result]
}

// attempt is an answer.
type attempt struct {
	text, thinking string
	// after is what follows the marker, if the model wrote it unasked; marked says that it did.
	after  string
	marked bool
	// truncated says that the answer was cut off by the token limit, cut that the rest was.
	truncated, cut bool
	judged         verify.Verdict
	seed           int64
	source         string
}

func (a attempt) outcome() feedbackgen.Outcome { return a.judged.Outcome }

// passes counts right answers among those that could be judged.
func passes(attempts []attempt) (passes, judged int) {
	for _, a := range attempts {
		if a.outcome().IsLabel() {
			judged++
		}
		if a.outcome() == feedbackgen.Pass {
			passes++
		}
	}
	return passes, judged
}

// state is what the answers say of the problem's difficulty.
func (w *work) state() difficulty.State { return w.cfg.Gate.Decide(passes(w.attempts)) }

// batch is how many answers are drawn at once while the gate is undecided.
const batch = 4

// draw draws the answers, and more while the gate is undecided.
func (w *work) draw(ctx context.Context) error {
	if err := w.drawAnswers(ctx, w.cfg.Samples); err != nil {
		return err
	}
	if !verify.CanJudge(w.rule, w.problem) {
		w.settle()
	}
	w.verify()
	limit, _ := w.MostAnswers()
	for !w.cfg.NoGate && !w.undecided && w.state() == difficulty.Undecided && len(w.attempts) < limit {
		if err := w.drawAnswers(ctx, min(batch, limit-len(w.attempts))); err != nil {
			return err
		}
		w.verify()
	}
	return nil
}

// MostAnswers is how many answers a problem gets at most, and in how many requests: answers that
// cannot be judged are no evidence for the gate, but cost as much.
func (m *Module) MostAnswers() (answers, requests int) {
	if m.cfg.NoGate {
		return m.cfg.Samples, 1
	}
	return m.cfg.Samples + m.cfg.Gate.Last, 1 + (m.cfg.Gate.Last+batch-1)/batch
}

func (w *work) drawAnswers(ctx context.Context, n int) error {
	samples, err := w.generate(ctx, w.answers(w.problem, w.messages, len(w.attempts), n))
	if err != nil {
		return err
	}
	for _, s := range samples {
		w.attempts = append(w.attempts, w.read(s))
	}
	return nil
}

func (w *work) generate(ctx context.Context, req backends.Request) ([]backends.Sample, error) {
	res, err := w.backend.Generate(ctx, req)
	if err == nil && len(res.Samples) != req.N {
		err = fmt.Errorf("postcomp: %d samples for a request of %d: wrap the backend in backends.FanOut", len(res.Samples), req.N)
	}
	return res.Samples, err
}

// settle takes what most answers agree on for the answer.
func (w *work) settle() {
	var answers []string
	for _, a := range w.attempts {
		if answer, ok := w.rule.Extract(a.text); ok && !a.truncated {
			answers = append(answers, answer)
		}
	}
	answer, agreed := verify.Majority(w.rule, answers, w.cfg.Agreement)
	if agreed {
		w.votes, w.voters = verify.Votes(w.rule, answers, answer), len(answers)
	}
	w.gold, w.undecided, w.judge = answer, !agreed, verify.SelfConsistency+":"+w.judge
}

// verify judges the answers that are not judged yet.
func (w *work) verify() {
	for i := range w.attempts {
		if a := &w.attempts[i]; a.judged.Outcome == "" {
			a.judged = w.check(a.text, a.truncated)
		}
	}
}

func (w *work) check(text string, truncated bool) verify.Verdict {
	if !w.undecided {
		return w.rule.Verify(text, truncated, w.gold)
	}
	if answer, ok := w.rule.Extract(text); ok && !truncated {
		return verify.Verdict{Outcome: feedbackgen.Abstain, Answer: answer, Reason: "the answers do not agree"}
	}
	return verify.Verdict{Outcome: feedbackgen.Invalid, Reason: "no answer"}
}

// each calls do for the numbers below n, all at once; the backend's limits bound how many calls are
// in flight. A call that is refused for good counts as an error of its purpose and ends nothing.
func (w *work) each(ctx context.Context, n int, do func(ctx context.Context, i int) error) (refused int, err error) {
	group, ctx := errgroup.WithContext(ctx)
	errs := make([]error, n)
	for i := range n {
		group.Go(func() error {
			errs[i] = do(ctx, i)
			if errors.Is(errs[i], backends.ErrRefused) {
				return nil
			}
			return errs[i]
		})
	}
	err = group.Wait()
	for _, e := range errs {
		if errors.Is(e, backends.ErrRefused) {
			refused++
		}
	}
	return refused, err
}

// provenance is what every record says; the node is the number of the answer that it is about.
func (w *work) provenance(node string) feedbackgen.Provenance {
	right, judged := passes(w.attempts)
	return feedbackgen.Provenance{
		Problem: w.problem.ID, Module: w.Name(), Node: node, Policy: w.cfg.Policy, Sampling: w.cfg.Sampling,
		Prompts: w.cfg.Prompts.Digest(), Continuation: string(w.cfg.Continuation), Verifier: w.judge,
		ProblemPasses: right, ProblemRollouts: judged, AgreementVotes: w.votes, AgreementSolutions: w.voters,
	}
}

// nodeOf names an answer in records.
func nodeOf(i int) string { return fmt.Sprintf("0.%d", i) }

func (w *work) countAttempts() {
	for _, a := range w.attempts {
		if a.outcome() == feedbackgen.Invalid {
			kind := "unparsed"
			switch {
			case a.truncated:
				kind = "truncated"
			case verify.CheckBroke(a.judged.Reason):
				kind = "check_failed"
				w.fault = cmp.Or(w.fault, a.judged.Fault)
			}
			w.counts.Count("answers", "invalid", kind)
			continue
		}
		w.counts.Count("answers", string(a.outcome()))
	}
	w.counts.Count("difficulty", string(w.state()))
	w.counts["problems_without_answer"] = 0
	if w.undecided {
		w.counts["problems_without_answer"] = 1
	}
}
