package selfplay

import (
	"context"
	"fmt"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// Module turns the beginning of a chain into records. It is safe for concurrent use.
type Module struct {
	cfg     Config
	earlier texts
}

// New checks the configuration.
func New(cfg Config) (*Module, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	earlier, err := remember(cfg.Memory)
	if err != nil {
		return nil, err
	}
	return &Module{cfg: cfg, earlier: earlier}, nil
}

// Name is "selfplay".
func (m *Module) Name() string { return "selfplay" }

// Config is the configuration with its defaults filled in.
func (m *Module) Config() Config { return m.cfg }

// Check says whether a chain can begin with a problem: the challenger can be asked.
func (m *Module) Check(problem feedbackgen.Problem) error {
	_, err := m.challenge(problem, 1)
	return err
}

// FirstRequest is the first request that a problem leads to, for people to look at before a run.
func (m *Module) FirstRequest(problem feedbackgen.Problem) (backends.Request, error) {
	messages, err := m.challenge(problem, 1)
	if err != nil {
		return backends.Request{}, err
	}
	counts := plan(m.cfg.Tasks, [levels]tried{})
	return m.request(messages, counts[0], m.seed(problem.ID, "1.1", "write", 0)), nil
}

// Calls and Samples are the most that a chain takes, if one call draws all samples of a request.
func (m *Module) Calls() int {
	return m.cfg.Rounds * (levels + m.cfg.Tasks*((m.cfg.Gate.Last+batch-1)/batch))
}

// Samples are the most completions that a chain draws.
func (m *Module) Samples() int { return m.cfg.Rounds * m.cfg.Tasks * (1 + m.cfg.Gate.Last) }

// challenge is the conversation that asks for a problem.
func (m *Module) challenge(problem feedbackgen.Problem, difficulty int) ([]feedbackgen.Message, error) {
	data := promptData{Difficulty: difficulty}
	if m.cfg.Mode == Seeded {
		var words []string
		for _, message := range problem.Prompt {
			words = append(words, message.Content)
		}
		data.Example = strings.Join(words, "\n\n")
	}
	return m.cfg.Prompts.conversation(writeFile, data)
}

func (m *Module) seed(chain, node, purpose string, draw int) int64 {
	return backends.DrawSeed(m.cfg.Sampling.Seed, chain, node, purpose, draw)
}

// request asks for samples; like every request of a run, in the run's way of continuing, because a
// prompt that the server renders may be another one than ours.
func (m *Module) request(messages []feedbackgen.Message, n int, seed int64) backends.Request {
	req := backends.Request{Messages: messages, N: n, Sampling: m.cfg.Sampling}
	req.Sampling.Seed = seed
	if m.cfg.Continuation != backends.None {
		req.Continue = m.cfg.Continuation
	}
	return req
}

func generate(ctx context.Context, backend backends.Backend, req backends.Request) ([]backends.Sample, error) {
	res, err := backend.Generate(ctx, req)
	if err == nil && len(res.Samples) != req.N {
		err = fmt.Errorf("selfplay: %d samples for a request of %d: wrap the backend in backends.FanOut", len(res.Samples), req.N)
	}
	return res.Samples, err
}

// Run plays one chain. An error means that there is no result: calls failed for now, or ctx ended. A
// call that is refused for good ([backends.ErrRefused]) is counted and ends nothing. All calls that
// were in flight have returned then.
func (m *Module) Run(ctx context.Context, backend backends.Backend, problem feedbackgen.Problem) (feedbackgen.Result, error) {
	own, err := remember(nil)
	if err != nil {
		return feedbackgen.Result{}, err
	}
	c := &chain{
		Module: m, backend: backend, problem: problem,
		memory: memory{earlier: m.earlier, own: own}, counts: startCounts(),
	}
	var first *Health
	for number := 1; number <= m.cfg.Rounds; number++ {
		r, err := c.play(ctx, number)
		if err != nil {
			return feedbackgen.Result{}, err
		}
		health := healthOf(r.seen())
		r.alarms = health.Alarms(first)
		if first == nil {
			first = &health
		}
		c.count("rounds", map[bool]string{true: "good", false: "rolled_back"}[len(r.alarms) == 0])
		c.write(r)
		if len(r.alarms) > 0 {
			c.countN(m.cfg.Rounds-number, "rounds", "not_played")
			break
		}
		c.learn(r)
	}
	return feedbackgen.Result{Records: c.records, Counts: c.counts}, nil
}

// chain is the work on one problem.
type chain struct {
	*Module
	backend backends.Backend
	problem feedbackgen.Problem
	memory  memory
	tried   [levels]tried
	counts  feedbackgen.Counts
	records []feedbackgen.Record
}

// learn takes a good round into memory, and what it says of difficulties into the next plan.
func (c *chain) learn(r *round) {
	for _, g := range r.groups {
		for _, t := range g.tasks {
			if t.invalid != "" {
				continue
			}
			c.memory.own.add(t.text)
			if !t.failed {
				c.tried[g.level-1].posed++
			}
			if t.active {
				c.tried[g.level-1].active++
			}
		}
	}
}

// startCounts are the counts that reports show even where nothing happened.
func startCounts() feedbackgen.Counts {
	return feedbackgen.Counts{"rounds": 0, "tasks": 0, "solutions": 0, "alarms": 0}
}

// count adds one to the count of each level of a nested name.
func (c *chain) count(names ...string) { c.countN(1, names...) }

func (c *chain) countN(n int, names ...string) {
	name := ""
	for i, part := range names {
		if i > 0 {
			name += "."
		}
		name += part
		c.counts[name] += int64(n)
	}
}
