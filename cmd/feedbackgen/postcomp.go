package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/postcomp"
	"github.com/feedbackgen/feedbackgen/postcomp/score"
	"github.com/feedbackgen/feedbackgen/run"
)

// postcompFlags say what follows an answer.
type postcompFlags struct {
	mode, marker, norm, firstAttempts                  string
	verifier                                           verifierFlags
	samples, second, evaluationTokens, corrections     int
	alpha, limit, agreement, formatWeight, brierWeight float64
	accuracyWeight, dishonest                          float64
	verdicts, foreign                                  bool
}

func (f *postcompFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.mode, "mode", "assess", "what follows the answer: assess (evaluate it, say how sure) or correct (answer again, judge the answer)")
	flags.IntVar(&f.samples, "samples", 8, "answers drawn for a problem; while its difficulty is open, up to 24")
	f.verifier.register(flags)
	flags.Float64Var(&f.agreement, "agreement", 0.5, "share of valid answers that must agree where the answer is not known")
	flags.StringVar(&f.norm, "advantages", "none", "how rewards become advantages: none (minus the mean) or std (and divided by the deviation)")
	flags.Float64Var(&f.limit, "advantage-cap", 2.5, "largest size of an advantage")
	flags.BoolVar(&f.verdicts, "verdicts", true, "assess: also ask, apart, whether each answer is right, for the probability of yes (only where the server has log-probabilities)")
	flags.StringVar(&f.marker, "marker", score.DefaultMarker, "assess: what stands on a line between answer and evaluation")
	flags.IntVar(&f.evaluationTokens, "evaluation-tokens", 128, "longest evaluation or verdict, in tokens")
	flags.Float64Var(&f.accuracyWeight, "rlcr-weight", 1, "assess: what c-(q-c)^2 counts in the reward, of answer c and confidence q")
	flags.Float64Var(&f.formatWeight, "format-weight", 1, "assess: what a readable assessment counts; at least as much as --rlcr-weight")
	flags.Float64Var(&f.brierWeight, "brier-weight", 0, "assess: what 1-(q-c)^2 alone counts")
	flags.Float64Var(&f.dishonest, "dishonest-weight", 0.01, "assess: weight in a loss of evaluations whose prediction is not true")
	flags.IntVar(&f.second, "second", 2, "correct: second answers to each first one")
	flags.Float64Var(&f.alpha, "alpha", 10, "correct: what a change from the first to the second answer counts in the second's reward")
	flags.IntVar(&f.corrections, "corrections", 0, "correct: second answers to imitate, per problem and class; training on them is known to fail (arXiv:2409.12917)")
	flags.StringVar(&f.firstAttempts, "first-attempts", "", "correct: JSONL file of first answers that the model did not just give, with lines {\"problem\":ID,\"completion\":TEXT}; needs --foreign")
	flags.BoolVar(&f.foreign, "foreign", false, "correct: say that the first answers of --first-attempts are somebody else's, which every record then says, too")
}

// config is the module that the flags describe; what the server can do is still open.
func (f *postcompFlags) config(sampling feedbackgen.Sampling) (postcomp.Config, error) {
	cfg := postcomp.Config{
		Mode: postcomp.Mode(f.mode), Samples: f.samples, Second: f.second, Marker: f.marker,
		EvaluationTokens: f.evaluationTokens,
		Weights:          score.Weights{Format: f.formatWeight, RLCR: f.accuracyWeight, Brier: f.brierWeight},
		DishonestWeight:  f.dishonest, Alpha: f.alpha, Corrections: f.corrections,
		Norm: score.Norm(f.norm), Cap: f.limit, Verifier: f.verifier.name, Load: f.verifier.loader.Load, Agreement: f.agreement, Sampling: sampling,
	}
	if f.firstAttempts == "" {
		if f.foreign {
			return cfg, usage("--foreign says whose the answers of --first-attempts are: name a file with it")
		}
		return cfg, nil
	}
	if !f.foreign {
		return cfg, usage("--first-attempts %s: a model learns to mend its own, live errors, not recorded ones (arXiv:2409.12917); leave it out, or add --foreign to use it all the same", f.firstAttempts)
	}
	var err error
	cfg.Foreign, err = readAttempts(f.firstAttempts)
	return cfg, err
}

// readAttempts reads first answers by problem.
func readAttempts(path string) (_ map[string][]string, err error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usage("--first-attempts %s: no such file", path)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	type row struct{ Problem, Completion string }
	rows, err := jsonLines(path, file, `{"problem":"p1","completion":"..."}`, func(r row) bool { return r.Problem != "" && r.Completion != "" })
	attempts := map[string][]string{}
	for _, r := range rows {
		attempts[r.Problem] = append(attempts[r.Problem], r.Completion)
	}
	return attempts, err
}

// digestOf identifies the foreign first answers.
func digestOf(attempts map[string][]string) string {
	if attempts == nil {
		return ""
	}
	sum := sha256.New()
	for _, problem := range slices.Sorted(maps.Keys(attempts)) {
		for _, text := range attempts[problem] {
			_, _ = fmt.Fprintf(sum, "%d %s%d %s", len(problem), problem, len(text), text) // a hash never fails
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

func newPostcomp(env environment) *cobra.Command {
	j := job{env: env}
	var flags postcompFlags
	cmd := &cobra.Command{
		Use:   "postcomp",
		Short: "Let the model assess or correct its own answers, and score it for both",
		Long: `postcomp makes training data out of what a model says after its answer.

--mode assess: after a marker the model evaluates its answer and says how likely it is right; rules say
what is true, and both are scored (RLCR, arXiv:2507.16806). Use stops at the marker and costs no more.

--mode correct: the model answers, is asked in a way that does not say whether it was right, and
answers again (SCoRe, arXiv:2409.12917); it also judges its answer, and answers again if it calls it
wrong. What a trainer needs most are its own first answers: first_attempts.jsonl.`,
		Example: `  feedbackgen postcomp
  feedbackgen postcomp --mode correct
  feedbackgen postcomp --backend ollama --model smollm2 --problems problems.jsonl --out assessed
  feedbackgen postcomp --mode correct --first-attempts others.jsonl --foreign --out foreign`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return j.run(cmd, func(sampling feedbackgen.Sampling) (module, error) {
				cfg, err := flags.config(sampling)
				if err != nil {
					return nil, err
				}
				cfg.NoGate = j.guardFlags.isOff("difficulty")
				if cfg.Gate, err = j.guardFlags.gate(); err != nil {
					return nil, err
				}
				dir, err := j.runFlags.promptDir()
				if err == nil && dir != nil {
					cfg.Prompts, err = postcomp.LoadPrompts(dir)
				}
				return &postcompModule{cfg: cfg, verdicts: flags.verdicts, attempts: flags.firstAttempts, verifier: &flags.verifier}, err
			})
		},
	}
	j.register(cmd, "Answers and what follows them", flags.register)
	j.verifier = &flags.verifier
	j.positive = []string{"samples", "second", "evaluation-tokens", "alpha", "advantage-cap", "agreement", "dishonest-weight"}
	return cmd
}

// postcompModule is the module as a job sees it.
type postcompModule struct {
	cfg      postcomp.Config
	verdicts bool
	attempts string
	verifier *verifierFlags
}

func (m *postcompModule) settle(s settled) (settledModule, error) {
	cfg := m.cfg
	cfg.Policy, cfg.Render, cfg.Continuation = s.policy, s.render, s.capabilities.Continuation
	cfg.Verdicts = m.verdicts && s.capabilities.Logprobs
	if s.capabilities.Reasoning {
		// Reasoning comes before the answer: an answer that is continued would lack its own.
		cfg.Continuation = backends.None
	}
	module, err := postcomp.New(cfg)
	if err != nil {
		return settledModule{}, err
	}
	cfg = module.Config()
	return settledModule{
		Module: module, check: module.Check, first: module.FirstRequest, identity: append(m.identity(cfg), m.verifier.files()...),
		costs: m.costs(module), measures: []guard.Guard{postcomp.NewMeasure()},
	}, nil
}

// costs are the most that a problem takes: every answer is followed up as far as can be.
func (m *postcompModule) costs(module *postcomp.Module) []cost {
	cfg := module.Config()
	answers, requests := module.MostAnswers()
	short := min(cfg.EvaluationTokens, cfg.Sampling.MaxTokens)
	costs := []cost{{role: "answers", calls: requests, samples: answers}}
	if cfg.Mode == postcomp.Assess {
		costs = append(costs, cost{role: "evaluations", calls: answers, samples: answers, tokens: short, given: true})
		if m.verdicts {
			costs = append(costs, cost{role: "verdicts", calls: answers, samples: answers, tokens: short, given: true})
		}
		return costs
	}
	foreign := 0
	for _, texts := range cfg.Foreign {
		foreign = max(foreign, len(texts))
	}
	answers += foreign
	return append(costs,
		cost{role: "second answers", calls: answers, samples: answers * cfg.Second, given: true},
		cost{role: "verdicts", calls: answers, samples: answers, tokens: short, given: true},
		cost{role: "answers after a verdict", calls: answers, samples: answers, given: true})
}

// identity is everything in a configuration that decides what is drawn and written.
func (m *postcompModule) identity(c postcomp.Config) run.Identity {
	real := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	band := "off"
	if !c.NoGate {
		band = fmt.Sprintf("%g-%g", c.Gate.Low, c.Gate.High)
	}
	return run.Identity{
		{Name: "mode", Value: string(c.Mode)},
		{Name: "samples", Value: strconv.Itoa(c.Samples)},
		{Name: "second", Value: strconv.Itoa(c.Second)},
		{Name: "band", Value: band},
		{Name: "marker", Value: c.Marker},
		{Name: "evaluation-tokens", Value: strconv.Itoa(c.EvaluationTokens)},
		{Name: "rlcr-weight", Value: real(c.Weights.RLCR)},
		{Name: "format-weight", Value: real(c.Weights.Format)},
		{Name: "brier-weight", Value: real(c.Weights.Brier)},
		{Name: "dishonest-weight", Value: real(c.DishonestWeight)},
		{Name: "alpha", Value: real(c.Alpha)},
		{Name: "corrections", Value: strconv.Itoa(c.Corrections)},
		{Name: "advantages", Value: string(c.Norm)},
		{Name: "advantage-cap", Value: real(c.Cap)},
		{Name: "verdicts", Value: strconv.FormatBool(c.Verdicts)},
		{Name: "verifier", Value: c.Verifier},
		{Name: "agreement", Value: real(c.Agreement)},
		{Name: "first-attempts", Value: digestOf(c.Foreign)},
		{Name: "prompts", Value: c.Prompts.Digest()},
	}
}
