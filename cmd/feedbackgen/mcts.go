package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/mcts/critic"
	"github.com/feedbackgen/feedbackgen/run"
)

// searchFlags say how to search.
type searchFlags struct {
	simulations, group, width, window                     int
	exploration, agreement, priorStrength, minProbability float64
	minRollouts, pathPairs, bisect, imagine, most         int
	step, stepPairs, selection, baseline                  string
	branching, merge, advantages, critics                 string
	roles                                                 []string
	advantageCap                                          float64
	earlyStop, trees, probabilities                       bool
	verifier                                              verifierFlags
}

func (f *searchFlags) register(flags *pflag.FlagSet) {
	flags.IntVar(&f.simulations, "simulations", 48, "solutions drawn for a problem, the group included")
	flags.IntVar(&f.group, "group", 0, "how many of them are whole, independent solutions drawn first (default 8)")
	flags.IntVar(&f.width, "width", 4, "draws that a partial solution gets before the search goes on to its children")
	flags.StringVar(&f.branching, "branching", "fixed", "how many draws those are: --width (fixed), or more where steps change the value (adaptive, adaptive:ALPHA), for uct, puct and balanced")
	flags.StringVar(&f.merge, "merge", "exact", "which steps of one parent count as one: exact, edit:N (at most N characters differ, and no digit), answer (finished ones with equal answers), model (those that the model says are the same, for up to 3 short calls a new step)")
	flags.IntVar(&f.bisect, "bisect", 0, "in how many wrong solutions of a problem to look for the first wrong step, by halving, 8 draws a probe, out of the simulations: raise those with it")
	flags.BoolVar(&f.earlyStop, "early-stop", false, "end a search once no further step pair is to be expected of the simulations left")
	flags.IntVar(&f.window, "window", 0, "simulations of one problem in flight (default 6, at most a quarter of the simulations)")
	flags.StringVar(&f.selection, "selection", string(mcts.Racing), "where simulations start: uct, puct, thompson, frontier, balanced, racing (see mcts.Selection)")
	flags.Float64Var(&f.exploration, "exploration", 1, "constant of uct, puct, frontier and balanced: higher tries more of what looks worse")
	flags.StringVar(&f.step, "step", "line", "where a step ends: line, paragraph, sentence, tokens:N, regex:EXPR, stop:TEXT (with \\n, \\t, \\\\), or where the model was undecided: entropy, entropy:NATS (of the distribution over the next token; default 0.5)")
	f.verifier.register(flags)
	flags.Float64Var(&f.agreement, "agreement", 0.5, "share of valid answers that must agree where the answer is not known")
	flags.Float64Var(&f.priorStrength, "prior-strength", 6, "rollouts that the parent's mean is worth in the posterior that gates step pairs")
	flags.Float64Var(&f.minProbability, "min-probability", 0.95, "write a step pair only if P(chosen better) is at least this")
	flags.IntVar(&f.minRollouts, "min-rollouts", 2, "judged rollouts that each side of a step pair needs")
	flags.IntVar(&f.pathPairs, "path-pairs", 4, "most pairs of whole solutions for a problem")
	flags.IntVar(&f.imagine, "imagine", 0, "new problems that the model makes from each given one, and searches (4 makes one in each way: rephrase, numbers, invert, combine; --prompts may hold a .tmpl file for each)")
	flags.StringVar(&f.critics, "critic", "", "what the model says of its own partial solutions, as a hint where to look: value,process,outcome, with weights such as value:0.5; rollout goes by how 4 completions of them end, by another model with --role")
	flags.StringArrayVar(&f.roles, "role", nil, "with --critic rollout: another model, such as a smaller and faster one, that completes solutions: rollout,model=qwen3:0.6b (also backend=, base-url=, template=)")
	flags.IntVar(&f.most, "cap", 16, "most records of a problem of each of these: step pairs, pairs at first wrong steps, labelled solutions, values, tree advantages, correction seeds")
	flags.StringVar(&f.advantages, "advantages", string(mcts.NormNone), "how a group's rewards become advantages: none (minus the mean), std or mean (and divided by the deviation, or the mean)")
	flags.Float64Var(&f.advantageCap, "advantage-cap", mcts.DefaultAdvantageCap, "largest size of a group's advantage")
	flags.BoolVar(&f.trees, "trees", false, "write every problem's whole tree, too: trees.jsonl, and feedbackgen report --tree; a run that is done gets them from its log, for free")
	flags.BoolVar(&f.probabilities, "probabilities", false, "ask for the log-probabilities of all tokens, so that records tell how likely their texts are (token_probability); replies are larger with it")
	flags.StringVar(&f.baseline, "baseline", "", "best-of-n spends each search's tokens once more, those of critics and merging included, on independent solutions, and reports both beside each other")
	flags.StringVar(&f.stepPairs, "step-pairs", "message", "write step pairs as whole assistant messages (message) or as rendered prefix and bare steps (segment)")
}

// config is the search that the flags describe; what the server can do is still open.
func (f *searchFlags) config(sampling feedbackgen.Sampling, prompts *mcts.Prompts) (mcts.Config, error) {
	if f.stepPairs != "message" && f.stepPairs != "segment" {
		return mcts.Config{}, usage("--step-pairs %q: there are message and segment", f.stepPairs)
	}
	if f.imagine < 0 {
		return mcts.Config{}, usage("--imagine must not be negative")
	}
	return mcts.Config{
		Simulations: f.simulations, Group: f.group, Width: f.width, Window: f.window,
		Selection: mcts.Selection(f.selection), Exploration: f.exploration,
		Step: f.step, Sampling: sampling, Verifier: f.verifier.name, Load: f.verifier.loader.Load, Agreement: f.agreement, PriorStrength: f.priorStrength,
		MinProbability: f.minProbability, MinRollouts: f.minRollouts, MaxPathPairs: f.pathPairs, Baseline: f.baseline, Branching: f.branching, Merge: f.merge, EarlyStop: f.earlyStop, Bisect: f.bisect,
		Cap: f.most, Advantages: mcts.Norm(f.advantages), AdvantageCap: f.advantageCap, Trees: f.trees, Probabilities: f.probabilities,
		Segments: f.stepPairs == "segment", Prompts: prompts,
	}, nil
}

// searchIdentity is everything in a configuration that decides what a search draws and writes.
func searchIdentity(c mcts.Config) run.Identity {
	real := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	return run.Identity{
		{Name: "simulations", Value: strconv.Itoa(c.Simulations)},
		{Name: "group", Value: strconv.Itoa(c.Group)},
		{Name: "band", Value: band(c)},
		{Name: "width", Value: strconv.Itoa(c.Width)},
		{Name: "window", Value: strconv.Itoa(c.Window)},
		{Name: "selection", Value: string(c.Selection)},
		{Name: "exploration", Value: real(c.Exploration)},
		{Name: "step", Value: c.Step},
		{Name: "verifier", Value: c.Verifier},
		{Name: "agreement", Value: real(c.Agreement)},
		{Name: "prior-strength", Value: real(c.PriorStrength)},
		{Name: "min-probability", Value: real(c.MinProbability)},
		{Name: "min-rollouts", Value: strconv.Itoa(c.MinRollouts)},
		{Name: "path-pairs", Value: strconv.Itoa(c.MaxPathPairs)},
		{Name: "step-pairs", Value: map[bool]string{false: "message", true: "segment"}[c.Segments]},
		{Name: "branching", Value: c.Branching},
		{Name: "merge", Value: c.Merge},
		{Name: "early-stop", Value: strconv.FormatBool(c.EarlyStop)},
		{Name: "bisect", Value: strconv.Itoa(c.Bisect)},
		{Name: "baseline", Value: c.Baseline},
		{Name: "cap", Value: strconv.Itoa(c.Cap)},
		{Name: "advantages", Value: string(c.Advantages)},
		{Name: "advantage-cap", Value: real(c.AdvantageCap)},
		{Name: "trees", Value: strconv.FormatBool(c.Trees), Written: true},
		{Name: "prompts", Value: c.Prompts.Digest()},
	}
}

// band is the pass rates of problems that are searched to the end.
func band(c mcts.Config) string {
	if c.NoGate {
		return "off"
	}
	return fmt.Sprintf("%g-%g", c.Gate.Low, c.Gate.High)
}

func newMCTS(env environment) *cobra.Command {
	j := job{env: env}
	var search searchFlags
	cmd := &cobra.Command{
		Use:   "mcts",
		Short: "Search problems with the model's own solutions, and write what the trees have to say",
		Long: `mcts searches each problem with the model's own solutions, step by step,
checks the answers by rule, and writes what the trees have to say: preferences,
labelled steps, groups, best paths, values, advantages of steps, seeds for
corrections, and with --trees the trees themselves.

A run in --out goes on where it stopped; no reply is paid for twice. Ctrl-C
stops it and leaves valid files; a second one does not wait for replies in
flight.`,
		Example: `  feedbackgen mcts
  feedbackgen mcts --backend ollama --model smollm2 --problems p.jsonl --out run
  feedbackgen mcts --backend openai --base-url http://127.0.0.1:8000/v1 \
      --model my-model --problems p.jsonl --out run --concurrency 64
  feedbackgen mcts --backend ollama --model smollm2 --problems p.jsonl --dry-run
  cat p.jsonl | feedbackgen mcts --backend ollama --model smollm2 --problems - \
      --out run --max-calls 1000`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return j.run(cmd, func(sampling feedbackgen.Sampling) (module, error) {
				prompts := mcts.DefaultPrompts()
				dir, err := j.runFlags.promptDir()
				if err == nil && dir != nil {
					prompts, err = mcts.LoadPrompts(dir)
				}
				if err != nil {
					return nil, err
				}
				cfg, err := search.config(sampling, prompts)
				if err != nil {
					return nil, err
				}
				cfg.NoGate = j.guardFlags.isOff("difficulty")
				if cfg.Gate, err = j.guardFlags.gate(); err != nil {
					return nil, err
				}
				imagination, err := newImagination(search.imagine, j.backendFlags, dir)
				if err != nil {
					return nil, err
				}
				critics, err := newCritics(search.critics, search.roles, dir)
				if err != nil {
					return nil, err
				}
				return &mctsModule{cfg: cfg, imagination: imagination, verifier: &search.verifier, critics: critics}, nil
			})
		},
	}
	j.register(cmd, "The search and its records", search.register)
	j.positive = []string{
		"simulations", "group", "width", "window", "exploration", "agreement", "prior-strength", "min-probability",
		"min-rollouts", "path-pairs", "cap", "advantage-cap",
	}
	j.verifier = &search.verifier
	j.probesCast = true
	j.cast = func() (cast, error) {
		return parseRoles(search.roles, []backends.Role{critic.RolloutRole}, j.backendFlags)
	}
	return cmd
}

// mctsModule is the search as a job sees it.
type mctsModule struct {
	cfg mcts.Config
	imagination
	verifier *verifierFlags
	critics  critics
}

func (m *mctsModule) settle(s settled) (settledModule, error) {
	cfg := m.cfg
	cfg.Policy, cfg.Render, cfg.Continuation = s.policy, s.render, s.capabilities.Continuation
	cfg.Logprobs, cfg.Entropies = s.capabilities.Logprobs, s.capabilities.Entropies
	if s.capabilities.Reasoning {
		// Reasoning comes before the answer: an answer that is continued would lack its own.
		cfg.Continuation = backends.None
	}
	var err error
	if cfg.Critics, err = m.critics.panel(cfg, s); err != nil {
		return settledModule{}, err
	}
	search, err := mcts.New(cfg)
	if err != nil {
		return settledModule{}, err
	}
	cfg = search.Config()
	settled := settledModule{
		Module: search, check: search.Check, first: search.FirstRequest, identity: append(searchIdentity(cfg), m.verifier.files()...),
		separator: search.StepSeparator(),
		costs: []cost{
			{role: "whole solutions", calls: 1, samples: cfg.Group},
			{role: "continuations", calls: cfg.Simulations - cfg.Group, samples: cfg.Simulations - cfg.Group, given: true},
		},
	}
	if cfg.Probabilities {
		settled.identity = append(settled.identity, run.Setting{Name: "probabilities", Value: "true"})
	}
	if cfg.Baseline != "" {
		settled.tallies = append(settled.tallies, search.NewComparison())
		settled.costs = append(settled.costs, baselineCosts(cfg, m.critics)...)
	}
	if cfg.Merge == mcts.MergeModel {
		settled.identity = append(settled.identity, run.Setting{Name: "merge-prompts", Value: cfg.Prompts.MergeDigest()})
		solutions := 0
		for _, c := range settled.costs {
			solutions += c.samples
		}
		settled.costs = append(settled.costs, mergingCost(solutions))
	}
	m.critics.add(&settled, cfg, s)
	return m.imagining(search, settled)
}
