package mcts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/guard/difficulty"
	"github.com/feedbackgen/feedbackgen/mcts/critic"
	"github.com/feedbackgen/feedbackgen/verify"
)

// Search is the module: it turns a problem into records. It is safe for concurrent use.
type Search struct {
	cfg       Config
	split     Splitter
	branching branching
}

// New checks the configuration.
func New(cfg Config) (*Search, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	split, err := ParseStep(cfg.Step)
	if err != nil {
		return nil, err
	}
	if byEntropy(cfg.Step) && !cfg.Entropies {
		return nil, bad("step", "entropy needs the log-probabilities of the likeliest tokens, which this backend does not return; choose another rule, such as line")
	}
	branching, err := parseBranching(cfg.Branching, cfg.Width, cfg.PriorStrength)
	if err != nil {
		return nil, err
	}
	if _, err := parseMerge(cfg.Merge, nil); err != nil {
		return nil, err
	}
	return &Search{cfg: cfg, split: split, branching: branching}, nil
}

// Name is "mcts".
func (s *Search) Name() string { return "mcts" }

// Config is the configuration with its defaults filled in.
func (s *Search) Config() Config { return s.cfg }

// StepSeparator is what stands between the steps of stepwise records: whoever trains on them joins
// them with it.
func (s *Search) StepSeparator() string { return separator(s.cfg.Step) }

// FirstRequest is the first request that a problem leads to, for people to look at before a run.
func (s *Search) FirstRequest(problem feedbackgen.Problem) (backends.Request, error) {
	messages, err := s.cfg.Prompts.Messages(problem)
	if err != nil {
		return backends.Request{}, err
	}
	return s.request(problem, messages, newTree(s.cfg.Width), root, 0, s.cfg.Group), nil
}

// Check says whether a problem can be searched at all: its verifier exists, and could accept its
// answer. Run it over all problems before paying for the first.
func (s *Search) Check(problem feedbackgen.Problem) error {
	rule, err := s.cfg.rule(problem)
	if err != nil {
		return err
	}
	if problem.HasAnswer() {
		if err := rule.CheckGold(problem.Answer); err != nil {
			return &feedbackgen.Failure{Kind: feedbackgen.ErrInput, Subject: "problem " + problem.ID, Cause: err}
		}
	}
	_, err = s.cfg.Prompts.Messages(problem)
	return err
}

// Run searches one problem and returns what the tree has to say.
//
// An error means that there is no result: calls failed for good ([backends.ErrRefused]), for now,
// or ctx ended. All calls that were in flight have then returned.
func (s *Search) Run(ctx context.Context, backend backends.Backend, problem feedbackgen.Problem) (feedbackgen.Result, error) {
	r, err := s.search(backend, problem)
	if err != nil {
		return feedbackgen.Result{}, err
	}
	if err := r.grow(ctx); err != nil {
		return feedbackgen.Result{}, err
	}
	result, err := r.result(ctx)
	if err != nil || s.cfg.Baseline == "" {
		return result, err
	}
	baseline, err := s.BestOfN(ctx, backend, problem, int(r.ownTokens()))
	if err != nil {
		return feedbackgen.Result{}, err
	}
	addBaseline(result.Counts, baseline)
	result.Fault = cmp.Or(result.Fault, baseline.Fault)
	return result, nil
}

// search is one of a problem, before its first draw.
func (s *Search) search(backend backends.Backend, problem feedbackgen.Problem) (*search, error) {
	messages, err := s.cfg.Prompts.Messages(problem)
	if err != nil {
		return nil, err
	}
	judge, err := newJudge(problem, s.cfg)
	if err != nil {
		return nil, err
	}
	grown := newTree(s.cfg.Width)
	grown.branching = s.branching
	if grown.merger, err = parseMerge(s.cfg.Merge, judge.rule.Equal); err != nil {
		return nil, err
	}
	r := &search{
		Search: s, backend: backend, problem: problem, messages: messages, judge: judge,
		tree: grown, selector: s.selector(problem.ID), counts: feedbackgen.Counts{"tokens": 0},
	}
	if len(s.cfg.Critics) > 0 {
		r.critics = critic.Once(backend)
	}
	if s.cfg.EarlyStop {
		r.selector, r.prices = s.watch(r.selector)
	}
	return r, nil
}

// search is the search of one problem.
type search struct {
	*Search
	backend  backends.Backend
	critics  *critic.Asked // whom critics ask; nil without critics
	problem  feedbackgen.Problem
	messages []feedbackgen.Message
	judge    *judge
	tree     *tree
	selector selector
	// prices are what an early stop goes by; nil where there is none.
	prices *racing
	counts feedbackgen.Counts
	found  []finding
	fault  string // see [feedbackgen.Result]
	// stated are the values that records state of the nodes, once the tree is finished.
	stated []posterior
	// spent counts the simulations that were drawn or given up; saved, those given up because the
	// problem has no answer or does not suit training, or no more is to be expected of them.
	spent, saved int
	// questionTokens are those of the answers to merge questions.
	questionTokens int64
	// ended: more draws are not worth their price.
	ended bool
}

// drawn is what came back for one simulation.
type drawn struct {
	launch  nodeID
	samples []backends.Sample
	// opinions are the critics' on each sample's first step; nil without critics.
	opinions []critic.Opinion
	err      error
}

// grow draws all there is to draw.
func (r *search) grow(ctx context.Context) error {
	if err := r.begin(ctx); err != nil {
		return err
	}
	if err := r.bisect(ctx); err != nil {
		return err
	}
	return r.drawWindow(ctx)
}

// begin draws the whole solutions that every search begins with.
func (r *search) begin(ctx context.Context) error {
	if err := r.drawGroup(ctx); err != nil {
		return err
	}
	return r.passGate(ctx)
}

// drawGroup draws the root group and applies it. Where the answer is not known, the group's
// agreement stands in for it from here on.
func (r *search) drawGroup(ctx context.Context) error {
	samples, err := r.drawWhole(ctx, r.cfg.Group)
	if err != nil {
		return err
	}
	r.judge.settle(samples, r.cfg.Agreement)
	return r.applyWhole(ctx, samples)
}

// passGate draws more whole solutions until the problem's difficulty is known, or the simulations
// are used up, and ends the search of a problem that does not suit training.
func (r *search) passGate(ctx context.Context) error {
	if r.judge.undecided {
		r.saved = r.cfg.Simulations - r.spent // without an answer to check against, more draws would be paid for nothing
		r.ended, r.spent = true, r.cfg.Simulations
		return nil
	}
	for !r.cfg.NoGate && r.difficulty() == difficulty.Undecided && r.spent < r.cfg.Simulations {
		samples, err := r.drawWhole(ctx, min(GateBatch, r.cfg.Simulations-r.spent))
		if err != nil {
			return err
		}
		if err := r.applyWhole(ctx, samples); err != nil {
			return err
		}
	}
	if state := r.difficulty(); !r.cfg.NoGate && state != difficulty.Active {
		r.saved = r.cfg.Simulations - r.spent
		r.ended, r.spent = true, r.cfg.Simulations
	}
	return nil
}

// difficulty is what the whole solutions drawn so far say of the problem.
func (r *search) difficulty() difficulty.State {
	own := r.tree.nodes[root].own()
	return r.cfg.Gate.Decide(int(own.passes), int(own.rollouts))
}

// drawWhole draws n whole solutions in one request.
func (r *search) drawWhole(ctx context.Context, n int) ([]backends.Sample, error) {
	first := r.spent
	for range n {
		r.launch(root)
	}
	r.spent += n
	got := r.draw(ctx, r.request(r.problem, r.messages, r.tree, root, first, n), root)
	return got.samples, got.err
}

// drawWindow runs the remaining simulations. Simulation k is dispatched when 1 to k-W have been
// applied, in that order, and none of the later ones: what it sees does not depend on timing. Whether
// more draws are worth their price is asked whenever one was applied.
func (r *search) drawWindow(ctx context.Context) error {
	remaining := r.cfg.Simulations - r.spent
	window := make([]flight, min(r.cfg.Window, remaining))
	calls := make(chan flight)
	var callers sync.WaitGroup
	for i := range window {
		window[i].landing = make(chan drawn, 1)
		// A caller makes one call after the other: its stack has to grow but once.
		callers.Go(func() {
			for f := range calls {
				f.landing <- r.fly(ctx, f.req, f.launch)
			}
		})
	}
	defer callers.Wait()
	defer close(calls)

	var failed error
	for k := 0; k < remaining+len(window); k++ {
		slot := &window[k%len(window)]
		if slot.out {
			failed = r.landAfter(ctx, failed, <-slot.landing)
			slot.out = false
			if k < remaining && r.converged(remaining-k) {
				// What is in flight still lands; nothing follows it.
				r.saved += remaining - k
				remaining = k
			}
		}
		if k < remaining && failed == nil {
			slot.launch, slot.req = r.next()
			slot.out = true
			calls <- *slot
		}
	}
	return failed
}

// flight is a simulation that is out.
type flight struct {
	launch  nodeID
	req     backends.Request
	landing chan drawn
	out     bool
}

// next selects where the next simulation starts, and what it asks.
func (r *search) next() (nodeID, backends.Request) {
	launch := root
	if r.cfg.Continuation != backends.None {
		launch = r.selector.pick(r.tree)
	}
	r.launch(launch)
	n := &r.tree.nodes[launch]
	return launch, r.request(r.problem, r.messages, r.tree, launch, int(n.draws+n.launching-1), 1)
}

// launch counts a simulation as in flight.
func (r *search) launch(at nodeID) {
	r.tree.launch(at)
	r.selector.changed(r.tree, at, at)
}

// land applies what came back. Only a call that is refused for good counts in the tree, as an
// error; any other failure says nothing about the problem and ends its search.
func (r *search) land(ctx context.Context, got drawn) error {
	if errors.Is(got.err, backends.ErrRefused) {
		r.tree.landed(got.launch)
		r.tree.apply(got.launch, feedbackgen.Trajectory{Outcome: feedbackgen.Error, Reason: got.err.Error()}, false, 0)
		r.selector.changed(r.tree, got.launch, got.launch)
		r.counts.Count("rollouts", string(feedbackgen.Error))
		return nil
	}
	for i, sample := range got.samples {
		if err := r.apply(ctx, got.launch, sample, opinionOn(got.opinions, i)); err != nil {
			return err
		}
	}
	return got.err
}

// landAfter lands what came back, unless something has failed: then there will be no result, and nothing
// more is asked for it.
func (r *search) landAfter(ctx context.Context, failed error, got drawn) error {
	switch {
	case failed == nil:
		return r.land(ctx, got)
	case errors.Is(got.err, backends.ErrRefused):
		return failed
	}
	return worse(failed, got.err)
}

// worse keeps the first error, unless a later one is no mere consequence of being interrupted.
func worse(first, next error) error {
	if first == nil || (errors.Is(first, context.Canceled) && next != nil) {
		return next
	}
	return first
}

// request asks for n draws at a node, the first of which is the node's draw number draw.
func (s *Search) request(problem feedbackgen.Problem, messages []feedbackgen.Message, t *tree, at nodeID, draw, n int) backends.Request {
	sampling := s.cfg.Sampling
	sampling.Seed = backends.DrawSeed(s.cfg.Sampling.Seed, problem.ID, t.path(at), "rollout", draw)
	req := backends.Request{Messages: messages, Prefix: t.text(at), N: n, Sampling: sampling, Logprobs: s.wantsLogprobs(), Entropies: byEntropy(s.cfg.Step)}
	if s.cfg.Continuation != backends.None {
		// Also at the root: a prompt that the server renders may be another one than ours.
		req.Continue = s.cfg.Continuation
	}
	return req
}

// draw makes the call.
func (r *search) draw(ctx context.Context, req backends.Request, launch nodeID) drawn {
	res, err := r.backend.Generate(ctx, req)
	if err == nil && len(res.Samples) != req.N {
		err = fmt.Errorf("mcts: %d samples for a request of %d: wrap the backend in backends.FanOut", len(res.Samples), req.N)
	}
	if err == nil && r.cfg.Selection == PUCT {
		err = checkLogprobs(res.Samples)
	}
	if err == nil && byEntropy(r.cfg.Step) {
		err = checkEntropies(res.Samples)
	}
	return drawn{launch: launch, samples: res.Samples, err: err}
}

// apply judges a sample and puts it into the tree, with what critics say of its first step. It fails only
// where the model is to say which steps are the same, and cannot be asked.
func (r *search) apply(ctx context.Context, launch nodeID, sample backends.Sample, opinion critic.Opinion) error {
	r.tree.landed(launch)
	finished := sample.Finish == backends.FinishStop
	steps := r.split(sample)
	verdict := r.judge.verdict(r.tree.text(launch)+sample.Text, !finished)
	drawn := feedbackgen.Trajectory{
		Steps: steps, Thinking: sample.Thinking, Answer: verdict.Answer, Outcome: verdict.Outcome,
		Reason: verdict.Reason, Seed: sample.Seed, Tokens: sample.Tokens,
	}
	if err := r.askWhichIsSame(ctx, launch, &drawn, finished); err != nil {
		return err
	}
	created, merged := r.tree.apply(launch, drawn, finished, len(steps))
	last := &r.tree.rollouts[len(r.tree.rollouts)-1]
	end, said := last.node, last.node
	if last.variant {
		said = r.tree.nodes[end].parent
	}
	if len(sample.Logprobs) > 0 {
		r.tree.setPriors(launch, said, stepProbabilities(steps, sample.Logprobs))
		last.likely = stepProbabilities([]feedbackgen.Step{{Text: sample.Text}}, sample.Logprobs)[0]
	}
	r.heed(launch, end, opinion, verdict.Outcome)
	r.selector.changed(r.tree, launch, end)
	r.counts["tokens"] += int64(sample.Tokens)

	if verdict.Outcome == feedbackgen.Invalid {
		kind := "unparsed"
		switch {
		case !finished:
			kind = "truncated"
		case verify.CheckBroke(verdict.Reason):
			kind = "check_failed"
			r.fault = cmp.Or(r.fault, verdict.Fault)
		}
		r.counts.Count("rollouts", "invalid", kind)
	} else {
		r.counts.Count("rollouts", string(verdict.Outcome))
	}
	if launch == root {
		// Where all are of one step, the step rule never matches.
		cut := "of_one_step"
		if len(steps) > 1 {
			cut = "of_more_steps"
		}
		r.counts.Count("whole_solutions", cut)
	}
	r.counts["steps"] += int64(created + merged)
	r.counts["steps.new"] += int64(created)
	r.counts["steps.merged"] += int64(merged)
	return nil
}
