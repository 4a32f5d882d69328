package selfplay

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/selfplay/skill"
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
	if m.cfg.Mode == Grounded {
		if text := problem.Text(); strings.TrimSpace(text) == "" {
			return feedbackgen.BadInput("document "+problem.ID, errors.New("it is empty"), "leave it out")
		}
	}
	_, err := m.challenge(problem, 1, skill.Set{})
	return err
}

// FirstRequest is the first request that a problem leads to, for people to look at before a run.
func (m *Module) FirstRequest(problem feedbackgen.Problem) (backends.Request, error) {
	messages, err := m.challenge(problem, 1, skill.Set{})
	if err != nil {
		return backends.Request{}, err
	}
	counts := plan(m.cfg.Tasks, [levels]tried{})
	req := m.request(messages, counts[0], m.seed(problem.ID, "1.1", "write", 0))
	m.asks(&req, ChallengerRole)
	req.Schema = m.schema(ChallengerRole, challengeSchema)
	return req, nil
}

// challenge is the conversation that asks for a problem.
func (m *Module) challenge(problem feedbackgen.Problem, level int, skills skill.Set) ([]feedbackgen.Message, error) {
	switch m.cfg.Mode {
	case Grounded:
		words, _ := skills.Prompt(math.MaxInt)
		return m.cfg.Prompts.set.Ask(challengeFile, ofChallenge{problem.Text(), parts(problem.Text(), levels)[level-1], words})
	case Seeded:
		return m.cfg.Prompts.set.Ask(writeFile, ofWrite{level, problem.Text()})
	}
	return m.cfg.Prompts.set.Ask(writeFile, ofWrite{Difficulty: level})
}

// asks says on whose behalf a request is made. Who has a backend of its own gets the messages as they
// are, because the run's way of continuing is that of the policy's server.
func (m *Module) asks(req *backends.Request, role backends.Role) {
	req.Role = role
	if _, own := m.cfg.Others[role]; own {
		req.Continue = ""
	}
}

// policyOf is who plays a role.
func (m *Module) policyOf(role backends.Role) feedbackgen.Policy {
	if other, ok := m.cfg.Others[role]; ok {
		return other
	}
	return m.cfg.Policy
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
		Module: m, backend: backend, problem: problem, document: problem.Text(), sides: newSides(),
		memory: memory{earlier: m.earlier, own: own}, counts: startCounts(),
	}
	var first *Health
	for number := 1; number <= m.cfg.Rounds; number++ {
		r, err := c.play(ctx, number)
		if err != nil {
			return feedbackgen.Result{}, err
		}
		health := healthOf(r.seen())
		c.check(r, health, first)
		if first == nil {
			first = &health
		}
		r.learnt = nothingLearnt()
		skills := [2]skill.Version{c.sides[solver].current, c.sides[challenger].current}
		if len(r.alarms) == 0 {
			if err := c.study(ctx, r); err != nil {
				return feedbackgen.Result{}, err
			}
		}
		c.counts.Count("rounds", map[bool]string{true: "good", false: "rolled_back"}[len(r.alarms) == 0])
		c.write(r, skills)
		if len(r.alarms) > 0 {
			c.counts.CountN(m.cfg.Rounds-number, "rounds", "not_played")
			break
		}
		c.learn(r)
	}
	if err := c.choose(ctx); err != nil {
		return feedbackgen.Result{}, err
	}
	c.writeSkills()
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

	// What mode Grounded has beside.
	document string
	sides    [2]*side
	// history is the well-posed tasks of good rounds.
	history []*task
	// examined are the anchors of the last rounds, with what the judge made of them.
	examined []examined
	// distrust is the round from which on the judge may not be relied on; 0 if it may.
	distrust int
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
