package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/samber/lo"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/ollama"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/run"
	"github.com/feedbackgen/feedbackgen/selfplay"
	"github.com/feedbackgen/feedbackgen/selfplay/judge"
)

// selfplayFlags say how long a loop of self-play is.
type selfplayFlags struct {
	rounds, tasks, chains int
	memory                []string

	contexts, judge, anchors string
	judgeVotes, replay       int
	minKappa                 float64
	closedBook, noSkills     bool
	roles                    []string
}

func (f *selfplayFlags) register(flags *pflag.FlagSet) {
	flags.IntVar(&f.rounds, "rounds", 3, "rounds of a chain, each learning from those before it")
	flags.IntVar(&f.tasks, "tasks", 24, "problems that the model writes in a round of a chain")
	flags.IntVar(&f.chains, "chains", 4, "independent chains, where no --problems begin them")
	flags.StringVar(&f.contexts, "contexts", "", "documents to write tasks about: a file, a folder of files, or JSONL with id and text")
	flags.BoolVar(&f.closedBook, "closed-book", false, "with --contexts: the solver answers without the document, and only what it never solves is tried with it")
	flags.StringVar(&f.judge, "judge", "model", "with --contexts: who grades answers: model, or rule, which compares with the challenger's short answer")
	flags.IntVar(&f.judgeVotes, "judge-votes", 3, "with --contexts: votes of the judge on each answer, an odd number")
	flags.Float64Var(&f.minKappa, "min-kappa", 0.6, "with --contexts: agreement with known answers, beyond chance, below which the judge ends the loop")
	flags.StringVar(&f.anchors, "anchors", "", "with --contexts: tasks with known answers to measure the judge on, as JSONL (default: 24 that ship inside the binary)")
	flags.BoolVar(&f.noSkills, "no-skills", false, "with --contexts: propose no skills and replay none")
	flags.IntVar(&f.replay, "replay", 160, "with --contexts: judged answers to spend on choosing among each chain's skills")
	flags.StringArrayVar(&f.roles, "role", nil, "with --contexts: another model for challenger, judge or proposer, such as judge,model=qwen3:4b (also backend=, base-url=; may be given several times)")
	flags.StringSliceVar(&f.memory, "memory", nil, "tasks.jsonl of earlier runs, whose problems are not to be written again")
}

// beginnings are the problems of a run without any: chains that begin with nothing but a name.
func (f *selfplayFlags) beginnings() []byte {
	var lines strings.Builder
	for i := range f.chains {
		fmt.Fprintf(&lines, "{\"id\":\"open-%d\",\"prompt\":\"(open: the model writes problems without an example)\"}\n", i+1)
	}
	return []byte(lines.String())
}

// remembered reads the texts of earlier problems, and a digest of the files they are in.
func (f *selfplayFlags) remembered() (texts []string, digest string, err error) {
	sum := sha256.New()
	for _, path := range f.memory {
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, "", usage("--memory %s: no such file", path)
		}
		if err != nil {
			return nil, "", usage("--memory %s: %w: name the tasks.jsonl of an earlier run", path, errors.Unwrap(err))
		}
		_, _ = sum.Write(content) // a hash never fails
		type row struct {
			Feedback struct{ Text string }
		}
		rows, err := jsonLines(path, strings.NewReader(string(content)), `{"prompt":[...],"answer":"14","feedback":{"text":"..."}}`, func(r row) bool { return r.Feedback.Text != "" })
		if err != nil {
			return nil, "", err
		}
		for _, r := range rows {
			texts = append(texts, r.Feedback.Text)
		}
	}
	if len(f.memory) == 0 {
		return nil, "", nil
	}
	return texts, hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

func newSelfplay(env environment) *cobra.Command {
	j := job{env: env}
	var flags selfplayFlags
	cmd := &cobra.Command{
		Use:   "selfplay",
		Short: "Let the model write problems for itself, and keep those that it solves sometimes",
		Long: `selfplay makes training data without any problems to begin with. The model writes problems, each with
the calculation that solves it; the right answer is computed from that. It then solves each problem
until its pass rate is shown to lie in the band, or not. What is in the band leaves preferences, groups
and examples to imitate; every well-posed problem is in tasks.jsonl, with what is known of it.

A chain takes rounds: what was in the band before is asked for more, and nothing is written twice. A
round that looks wrong is rolled back, and ends its chain: the terminal says so, and why, when it happens,
and the report again. Chains that are done are not told of again when a run goes on.

With --problems each problem begins a chain of its own and is shown as an example.

With --contexts each document does. The challenger writes questions about it, each with rubrics, the
answer, and the sentence that proves it, which has to stand in the document word for word. The solver
answers, and a judge grades rubric by rubric. The judge is measured on known answers in every round;
one that cannot be relied on ends the loop. After each round both sides may edit their skills, which are
Markdown files in their prompts; at the end a replay on held-out tasks chooses among all versions, and
takes none unless its gain is proven. The chosen ones stand in skills/.`,
		Example: `  feedbackgen selfplay
  feedbackgen selfplay --rounds 5 --chains 8 --memory out/tasks.jsonl --out more
  feedbackgen selfplay --contexts docs/ --backend ollama --model qwen3:4b --context-length 8192 --out read
  feedbackgen selfplay --contexts manual.md --backend openai --model small --role judge,model=large --out read`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return j.run(cmd, func(sampling feedbackgen.Sampling) (module, error) {
				cfg := selfplay.Config{Mode: selfplay.Open, Rounds: flags.rounds, Tasks: flags.tasks, Sampling: sampling}
				if err := flags.check(cmd.Flags(), j); err != nil {
					return nil, err
				}
				var anchors string
				if flags.contexts != "" {
					cfg.Mode = selfplay.Grounded
					var err error
					if cfg.Grounding, anchors, err = flags.grounding(); err != nil {
						return nil, err
					}
				}
				if j.runFlags.problems != "" {
					cfg.Mode = selfplay.Seeded
					if cmd.Flags().Changed("chains") {
						return nil, usage("--chains is for a run without --problems: every problem begins a chain")
					}
					if j.backendFlags.backend == "embedded" && j.backendFlags.model == "" {
						return nil, usage("--problems: abacus, the small model inside this binary, solves every problem that it is shown: leave --problems out, or name another --model or --backend")
					}
				}
				if flags.rounds < 1 || flags.tasks < 1 {
					return nil, usage("--rounds and --tasks must be at least 1")
				}
				cfg.NoGate = j.guardFlags.isOff("difficulty")
				var err error
				if cfg.Gate, err = j.guardFlags.gate(); err != nil {
					return nil, err
				}
				asked := judge.DefaultPrompts()
				dir, err := j.runFlags.promptDir()
				if err == nil && dir != nil {
					cfg.Prompts, err = selfplay.LoadPrompts(dir)
				}
				if err == nil && dir != nil {
					asked, err = judge.LoadPrompts(dir)
				}
				if err != nil {
					return nil, err
				}
				m := &selfplayModule{cfg: cfg, votes: flags.judgeVotes, asked: asked, anchors: anchors}
				m.cfg.Memory, m.memory, err = flags.remembered()
				return m, err
			})
		},
	}
	j.register(cmd, "Self-play", flags.register)
	j.positive = []string{"judge-votes"}
	j.cast = func() (cast, error) {
		return parseRoles(flags.roles, []backends.Role{selfplay.ChallengerRole, judge.Role, selfplay.ProposerRole}, j.backendFlags)
	}
	j.beginnings = func() ([]byte, error) {
		if flags.contexts != "" {
			documents, err := readContexts(flags.contexts)
			if err != nil {
				return nil, err
			}
			return asProblems(documents, j.contextLength(), j.samplingFlags.maxTokens)
		}
		if flags.chains < 1 {
			return nil, usage("--chains must be at least 1")
		}
		return flags.beginnings(), nil
	}
	return cmd
}

// check refuses flags that do not go together.
func (f *selfplayFlags) check(given *pflag.FlagSet, j job) error {
	if f.contexts == "" {
		for _, name := range []string{"closed-book", "judge", "judge-votes", "min-kappa", "anchors", "no-skills", "replay", "role"} {
			if given.Changed(name) {
				return usage("--%s is for a run about documents: name some with --contexts", name)
			}
		}
		return nil
	}
	switch {
	case j.runFlags.problems != "":
		return usage("--contexts and --problems: a chain begins with a document or with a problem, not with both")
	case given.Changed("chains"):
		return usage("--chains is for a run without --contexts: every document begins a chain")
	case j.backendFlags.backend == "embedded" && j.backendFlags.model == "":
		return usage("--contexts: abacus, the small model inside this binary, cannot read documents: name another --model or --backend")
	case f.judge != "model" && f.judge != "rule":
		return usage("--judge %s: there are model and rule", f.judge)
	case f.minKappa <= 0 || f.minKappa > 1:
		return usage("--min-kappa %g: must be above 0 and at most 1", f.minKappa)
	case f.replay < 16:
		return usage("--replay %d: must be at least 16; --no-skills leaves the replay out", f.replay)
	case f.judge == "rule" && (given.Changed("judge-votes") || given.Changed("min-kappa") || given.Changed("anchors")):
		return usage("--judge rule: a rule takes no votes and no anchors: leave --judge-votes, --min-kappa and --anchors out")
	}
	return nil
}

// grounding is what the flags say about documents; the judge, where it is a model, is made once the server
// is known. The digest is of the anchors.
func (f *selfplayFlags) grounding() (g selfplay.Grounding, digest string, err error) {
	g = selfplay.Grounding{ClosedBook: f.closedBook, NoSkills: f.noSkills, Replay: f.replay, Limits: judge.Limits{Kappa: f.minKappa}}
	if f.judge == "rule" {
		g.Judge = judge.Rule{}
		return g, "", nil
	}
	if f.anchors == "" {
		g.Anchors = judge.DefaultAnchors()
		return g, "default", nil
	}
	content, err := os.ReadFile(f.anchors)
	if err != nil {
		return g, "", usage("--anchors %s: %v", f.anchors, errors.Unwrap(err))
	}
	sum := sha256.Sum256(content)
	g.Anchors, err = judge.LoadKnown(bytes.NewReader(content), f.anchors)
	return g, hex.EncodeToString(sum[:8]), err
}

// contextLength is the context that documents have to fit into, in tokens; 0 if only the server knows.
func (j *job) contextLength() int {
	if j.backendFlags.backend == "ollama" {
		return cmp.Or(j.backendFlags.contextLength, ollama.DefaultNumCtx)
	}
	return j.backendFlags.contextLength
}

// selfplayModule is the module as a job sees it.
type selfplayModule struct {
	cfg             selfplay.Config
	votes           int
	asked           *judge.Prompts // what a judge that is a model is asked
	memory, anchors string
}

func (m *selfplayModule) settle(s settled) (settledModule, error) {
	cfg := m.cfg
	cfg.Policy, cfg.Continuation, cfg.Schema = s.policy, s.capabilities.Continuation, s.capabilities.Schema
	cfg.RolledBack = func(e selfplay.Ended) { s.tell(e.String()) }
	cfg.Others = lo.MapValues(s.others, func(o run.Other, _ backends.Role) feedbackgen.Policy { return o.Policy })
	if cfg.Mode == selfplay.Grounded && cfg.Grounding.Judge == nil {
		settings := judge.Config{Votes: m.votes, Prompts: m.asked, Continuation: cfg.Continuation, Schema: cfg.Schema, Logprobs: s.capabilities.Logprobs}
		if _, own := s.others[judge.Role]; own {
			settings.Continuation, settings.Schema, settings.Logprobs = "", false, false // nobody has asked that server what it can do
		}
		model, err := judge.New(settings)
		if err != nil {
			return settledModule{}, err
		}
		cfg.Grounding.Judge = model
	}
	module, err := selfplay.New(cfg)
	if err != nil {
		return settledModule{}, err
	}
	gate := &cfg.Gate
	if cfg.NoGate {
		gate = nil
	}
	return settledModule{
		Module: module, check: module.Check, first: module.FirstRequest, identity: m.identity(module.Config()),
		costs: selfplayCosts(module), measures: []guard.Guard{selfplay.NewMeasure(gate)},
	}, nil
}

// selfplayCosts are the costs by role.
func selfplayCosts(module *selfplay.Module) []cost {
	var costs []cost
	for _, c := range module.Costs() {
		own := cost{role: cmp.Or(string(c.Role), "solver"), calls: c.Calls, samples: c.Samples, tokens: c.Tokens, given: c.Shown > 0, more: max(0, c.Shown-1)}
		if !c.Document {
			own.words = instructionTokens
		}
		costs = append(costs, own)
	}
	return costs
}

// identity is everything in a configuration that decides what is drawn and written.
func (m *selfplayModule) identity(c selfplay.Config) run.Identity {
	band := "off"
	if !c.NoGate {
		band = fmt.Sprintf("%g-%g", c.Gate.Low, c.Gate.High)
	}
	identity := run.Identity{
		{Name: "mode", Value: string(c.Mode)},
		{Name: "rounds", Value: strconv.Itoa(c.Rounds)},
		{Name: "tasks", Value: strconv.Itoa(c.Tasks)},
		{Name: "band", Value: band},
		{Name: "memory", Value: m.memory},
		{Name: "prompts", Value: c.Prompts.Digest()},
	}
	if c.Mode != selfplay.Grounded {
		return identity
	}
	g := c.Grounding
	return append(identity, run.Identity{
		{Name: "closed-book", Value: strconv.FormatBool(g.ClosedBook)},
		{Name: "judge", Value: g.Judge.Name()},
		{Name: "judge-votes", Value: strconv.Itoa(m.votes)},
		{Name: "judge-prompts", Value: m.asked.Digest()},
		{Name: "min-kappa", Value: fmt.Sprint(g.Limits.Kappa)},
		{Name: "anchors", Value: m.anchors},
		{Name: "no-skills", Value: strconv.FormatBool(g.NoSkills)},
		{Name: "replay", Value: strconv.Itoa(g.Replay)},
	}...)
}
