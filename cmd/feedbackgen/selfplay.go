package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/run"
	"github.com/feedbackgen/feedbackgen/selfplay"
)

// selfplayFlags say how long a loop of self-play is.
type selfplayFlags struct {
	rounds, tasks, chains int
	memory                []string
}

func (f *selfplayFlags) register(flags *pflag.FlagSet) {
	flags.IntVar(&f.rounds, "rounds", 3, "rounds of a chain, each learning from those before it")
	flags.IntVar(&f.tasks, "tasks", 24, "problems that the model writes in a round of a chain")
	flags.IntVar(&f.chains, "chains", 4, "independent chains, where no --problems begin them")
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
			return nil, "", err
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
round that looks wrong (see the report's alarms) is rolled back, and ends its chain.

With --problems each problem begins a chain of its own and is shown as an example. The roles share one
model, and there are no skills in its prompts.`,
		Example: `  feedbackgen selfplay
  feedbackgen selfplay --rounds 5 --chains 8 --memory out/tasks.jsonl --out more
  feedbackgen selfplay --backend ollama --model qwen3:0.6b --problems seeds.jsonl --out played`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return j.run(cmd, func(sampling feedbackgen.Sampling) (module, error) {
				cfg := selfplay.Config{Mode: selfplay.Open, Rounds: flags.rounds, Tasks: flags.tasks, Sampling: sampling}
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
				dir, err := j.runFlags.promptDir()
				if err == nil && dir != nil {
					cfg.Prompts, err = selfplay.LoadPrompts(dir)
				}
				if err != nil {
					return nil, err
				}
				m := &selfplayModule{cfg: cfg}
				m.cfg.Memory, m.memory, err = flags.remembered()
				return m, err
			})
		},
	}
	j.register(cmd.Flags())
	flags.register(cmd.Flags())
	j.beginnings = func() ([]byte, error) {
		if flags.chains < 1 {
			return nil, usage("--chains must be at least 1")
		}
		return flags.beginnings(), nil
	}
	return cmd
}

// selfplayModule is the module as a job sees it.
type selfplayModule struct {
	cfg    selfplay.Config
	memory string
}

func (m *selfplayModule) settle(s settled) (settledModule, error) {
	cfg := m.cfg
	cfg.Policy, cfg.Continuation = s.policy, s.capabilities.Continuation
	module, err := selfplay.New(cfg)
	if err != nil {
		return settledModule{}, err
	}
	return settledModule{
		Module: module, check: module.Check, first: module.FirstRequest, identity: m.identity(module.Config()),
		calls: module.Calls(), samples: module.Samples(), measures: []guard.Guard{selfplay.NewMeasure()},
	}, nil
}

// identity is everything in a configuration that decides what is drawn and written.
func (m *selfplayModule) identity(c selfplay.Config) run.Identity {
	band := "off"
	if !c.NoGate {
		band = fmt.Sprintf("%g-%g", c.Gate.Low, c.Gate.High)
	}
	return run.Identity{
		{Name: "mode", Value: string(c.Mode)},
		{Name: "rounds", Value: strconv.Itoa(c.Rounds)},
		{Name: "tasks", Value: strconv.Itoa(c.Tasks)},
		{Name: "band", Value: band},
		{Name: "memory", Value: m.memory},
		{Name: "prompts", Value: c.Prompts.Digest()},
	}
}
