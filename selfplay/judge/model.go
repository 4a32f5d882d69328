package judge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

var (
	_ Judge    = (*Model)(nil)
	_ Comparer = (*Model)(nil)
)

// Config says how a model is asked. The zero value of each field means its default; [New] checks it.
type Config struct {
	// Votes is how often an answer is graded, an odd number; default 3, at most 99. The outcome takes
	// more than half of them to be readable, and voting ends once it is decided.
	Votes int
	// Band is how near to 1/2 a rubric's share of yes may be, in [0, 1/2), and still decide nothing;
	// default 0: only a tie abstains.
	Band float64
	// Sampling is how replies are drawn; its Seed is not used. Default: temperature 0.7, top_p 1, and
	// 1024 tokens, which is taken to be unset where MaxTokens is 0.
	Sampling feedbackgen.Sampling
	// Logprobs asks for verdict-word probabilities, of a backend that has them.
	Logprobs bool
	// Schema holds the reply to a JSON list of the right length, with a backend that keeps to schemas.
	Schema bool
	// Continuation is the run's way of continuing; [backends.Raw] has the prompt rendered here, as all
	// the run's prompts are. Default [backends.None].
	Continuation backends.Continuation
	// Prompts are the prompt files; default [DefaultPrompts].
	Prompts *Prompts
}

// Role is whose requests a [Model] makes.
const Role backends.Role = "judge"

// Model is a judge that asks a model.
type Model struct{ cfg Config }

// New checks the configuration.
func New(cfg Config) (*Model, error) {
	if cfg.Votes == 0 {
		cfg.Votes = 3
	}
	if cfg.Sampling.MaxTokens == 0 {
		cfg.Sampling = feedbackgen.Sampling{Temperature: 0.7, TopP: 1, MaxTokens: 1024, Stop: cfg.Sampling.Stop}
	}
	if cfg.Continuation == "" {
		cfg.Continuation = backends.None
	}
	if cfg.Prompts == nil {
		cfg.Prompts = DefaultPrompts()
	}
	switch {
	case cfg.Votes < 1 || cfg.Votes > 99 || cfg.Votes%2 == 0:
		return nil, feedbackgen.BadInput("judge votes", fmt.Errorf("%d is not an odd number from 1 to 99", cfg.Votes), "an even number of votes ties; take 3 or 5")
	case !(0 <= cfg.Band && cfg.Band < 0.5):
		return nil, feedbackgen.BadInput("judge band", fmt.Errorf("%v is not in [0, 0.5)", cfg.Band), "0 abstains on ties alone")
	}
	return &Model{cfg: cfg}, nil
}

// Name is "judge".
func (m *Model) Name() string { return "judge" }

// Config is the configuration with its defaults filled in.
func (m *Model) Config() Config { return m.cfg }

// Judge asks for votes: at first as many as a decision takes, all at once, then one after the other
// while it is open. A task without rubrics, and what is longer than [MaxText], is Invalid without a
// call.
func (m *Model) Judge(ctx context.Context, backend backends.Backend, task Task, answer string, seed int64) (Verdict, error) {
	if flaw := flawOf(task); flaw != "" {
		return invalid(flaw), nil
	}
	if flaw := tooLong(answer); flaw != "" {
		return unreadable(flaw), nil
	}
	t := tally{rubrics: len(task.Rubrics), limit: m.cfg.Votes, band: m.cfg.Band, yes: make([]int, len(task.Rubrics))}
	for next := t.quorum(); !t.decided(); next = 1 {
		if err := m.vote(ctx, backend, task, answer, seed, &t, next); err != nil {
			return Verdict{}, err
		}
	}
	return t.verdict(), nil
}

// vote draws the next n ballots at once, and counts them in the order of their draws.
func (m *Model) vote(ctx context.Context, backend backends.Backend, task Task, answer string, seed int64, t *tally, n int) error {
	first := len(t.ballots)
	ballots := make([]Ballot, n)
	group, ctx := errgroup.WithContext(ctx)
	for i := range n {
		group.Go(func() (err error) {
			drawn := backends.DrawSeed(seed, task.ID, "", "judge", first+i)
			ballots[i], err = m.ballot(ctx, backend, task, answer, drawn)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, b := range ballots {
		t.add(b)
	}
	return nil
}

// ballot is one call. The seed permutes the rubrics, too: a model that says yes by place, not by
// content, is then outvoted or seen to disagree with itself.
func (m *Model) ballot(ctx context.Context, backend backends.Backend, task Task, answer string, seed int64) (Ballot, error) {
	order := rand.New(rand.NewPCG(uint64(seed), 0)).Perm(len(task.Rubrics))
	rubrics := make([]string, len(order))
	for place, rubric := range order {
		rubrics[place] = task.Rubrics[rubric]
	}
	messages, err := m.cfg.Prompts.ask(verdictFile, task, rubrics, answer, "")
	if err != nil {
		return Ballot{}, err
	}
	req := m.request(messages, seed)
	req.Logprobs = m.cfg.Logprobs
	if m.cfg.Schema {
		req.Schema = listSchema(len(rubrics))
	}
	sample, err := generate(ctx, backend, req)
	b := Ballot{Outcome: feedbackgen.Invalid, Text: sample.Text, Seed: seed}
	switch {
	case errors.Is(err, backends.ErrRefused):
		b.Outcome, b.Reason = feedbackgen.Error, err.Error()
		return b, nil
	case err != nil:
		return Ballot{}, err
	case sample.Finish == backends.FinishLength:
		b.Reason = "the reply is truncated"
		return b, nil
	}
	b.read(sample, order)
	return b, nil
}

// read takes a reply in; place i of it is on the rubric order[i].
func (b *Ballot) read(sample backends.Sample, order []int) {
	words, err := parseVerdicts(sample.Text, len(order))
	if err != nil {
		b.Reason = err.Error()
		return
	}
	b.Outcome, b.Said = feedbackgen.Pass, make([]bool, len(order))
	for place, rubric := range order {
		b.Said[rubric] = words[place].yes
		if !words[place].yes {
			b.Outcome = feedbackgen.Fail
		}
	}
	if p, ok := allYes(sample.Text, words, sample.Logprobs); ok {
		b.Probability = &p
	}
}

// flawOf says why the task cannot be put before a model, tooLong why an answer cannot; else they are
// empty.
func flawOf(task Task) string {
	if err := task.Check(); err != nil {
		return err.Error()
	}
	return ""
}

func tooLong(answer string) string {
	if len(answer) <= MaxText {
		return ""
	}
	return fmt.Sprintf("the answer is longer than %d bytes", MaxText)
}

func (m *Model) request(messages []feedbackgen.Message, seed int64) backends.Request {
	req := backends.Request{Messages: messages, N: 1, Sampling: m.cfg.Sampling, Role: Role}
	req.Sampling.Seed = seed
	if m.cfg.Continuation != backends.None {
		req.Continue = m.cfg.Continuation
	}
	return req
}

// generate draws one sample.
func generate(ctx context.Context, backend backends.Backend, req backends.Request) (backends.Sample, error) {
	reply, err := backend.Generate(ctx, req)
	if err != nil {
		return backends.Sample{}, err
	}
	if len(reply.Samples) != 1 {
		return backends.Sample{}, fmt.Errorf("judge: %d samples for a request of 1: wrap the backend in backends.FanOut", len(reply.Samples))
	}
	return reply.Samples[0], nil
}

// listSchema is the JSON schema of n verdicts.
func listSchema(n int) json.RawMessage {
	return fmt.Appendf(nil, `{"type":"array","items":{"type":"string","enum":["yes","no"]},"minItems":%d,"maxItems":%d}`, n, n)
}
