package main

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/feedbackgen/feedbackgen"
)

// backendFlags say which model answers.
type backendFlags struct {
	backend, model, baseURL, policyID, template string
	contextLength                               int
	timeout, patience                           time.Duration
}

func (f *backendFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.backend, "backend", "embedded", "who runs the model: embedded (in this process), ollama, or openai for any OpenAI-compatible server")
	flags.StringVar(&f.model, "model", "", "the model's name on the server; a GGUF file for embedded (default: abacus, a small model inside this binary)")
	flags.StringVar(&f.baseURL, "base-url", "", "the server (default http://127.0.0.1:11434 for ollama, http://127.0.0.1:8000/v1 for openai; OLLAMA_HOST and OPENAI_BASE_URL are read)")
	flags.StringVar(&f.policyID, "policy-id", "", "your own name for the weights, for servers that tell no digest, such as a training step")
	flags.StringVar(&f.template, "template", "", "chat template to continue partial solutions with where the server cannot: a name such as chatml, or a file")
	flags.IntVar(&f.contextLength, "context-length", 0, "context length for ollama and embedded, in tokens, prompt and answer together (default 4096, or the model's own if less)")
	flags.DurationVar(&f.timeout, "timeout", 30*time.Minute, "longest that one reply may take")
	flags.DurationVar(&f.patience, "patience", 10*time.Minute, "how long a server may be unready or throttle without a single success")
}

// samplingFlags say how completions are drawn.
type samplingFlags struct {
	temperature, topP, minP float64
	topK, maxTokens         int
	stop                    []string
	seed                    int64
}

func (f *samplingFlags) register(flags *pflag.FlagSet) {
	flags.Float64Var(&f.temperature, "temperature", 1, "sampling temperature; 1 is the policy itself")
	flags.Float64Var(&f.topP, "top-p", 1, "keep the smallest set of tokens with this probability; 1 keeps all")
	flags.IntVar(&f.topK, "top-k", 0, "keep the K likeliest tokens; 0 keeps all")
	flags.Float64Var(&f.minP, "min-p", 0, "drop tokens below this share of the likeliest one's probability")
	flags.IntVar(&f.maxTokens, "max-tokens", 512, "longest completion, in tokens; a longer one is truncated, hence invalid")
	flags.StringArrayVar(&f.stop, "stop", nil, "end completions before this text (may be given several times)")
	flags.Int64Var(&f.seed, "seed", 1, "the run's seed, from which all draws get theirs")
}

// sampling is what the flags say, or what is wrong with it.
func (f *samplingFlags) sampling() (feedbackgen.Sampling, error) {
	switch {
	case f.temperature < 0 || f.temperature > 10:
		return feedbackgen.Sampling{}, usage("--temperature %g: must be between 0 and 10", f.temperature)
	case f.topP <= 0 || f.topP > 1:
		return feedbackgen.Sampling{}, usage("--top-p %g: must be above 0 and at most 1", f.topP)
	case f.minP < 0 || f.minP >= 1:
		return feedbackgen.Sampling{}, usage("--min-p %g: must be at least 0 and below 1", f.minP)
	case f.topK < 0:
		return feedbackgen.Sampling{}, usage("--top-k %d: must not be negative", f.topK)
	case f.maxTokens < 1:
		return feedbackgen.Sampling{}, usage("--max-tokens %d: must be at least 1", f.maxTokens)
	}
	return feedbackgen.Sampling{
		Temperature: feedbackgen.Real(f.temperature), TopP: feedbackgen.Real(f.topP), TopK: f.topK, MinP: feedbackgen.Real(f.minP),
		MaxTokens: f.maxTokens, Stop: f.stop, Seed: f.seed,
	}, nil
}

// runFlags say what a run reads, writes and may spend.
type runFlags struct {
	problems, out, config, prompts string
	concurrency                    int
	maxProblems                    int
	maxCalls, maxTokensTotal       int64
	pricePrompt, priceCompletion   float64
	dryRun, resume, quiet, json    bool
}

func (f *runFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.problems, "problems", "", "problems as JSONL, or - for standard input (default with the embedded backend: the sample problems inside this binary)")
	flags.StringVar(&f.out, "out", "out", "the run's directory; a run that is there already goes on where it stopped")
	flags.StringVar(&f.config, "config", "", "YAML file whose keys are these flags; the command line wins")
	flags.StringVar(&f.prompts, "prompts", "", "directory with prompt files to use instead of the built-in ones, such as solve.tmpl and value.tmpl")
	flags.IntVar(&f.concurrency, "concurrency", 0, "most requests in flight (default: the server's slots, or 8 where it does not tell)")
	flags.IntVar(&f.maxProblems, "max-problems", 0, "work on the first so many problems only (default: all)")
	flags.Int64Var(&f.maxCalls, "max-calls", 0, "stop, resumable, after so many paid replies, earlier ones of this run included (default: no limit)")
	flags.Int64Var(&f.maxTokensTotal, "max-tokens-total", 0, "stop, resumable, after so many tokens, prompts included (default: no limit)")
	flags.Float64Var(&f.pricePrompt, "price-prompt", 0, "price of a million prompt tokens, to show what the run costs")
	flags.Float64Var(&f.priceCompletion, "price-completion", 0, "price of a million completion tokens")
	flags.BoolVar(&f.dryRun, "dry-run", false, "call nobody: show the first prompt and an estimate of calls, tokens and money; with --json as one object: first_request (messages), problems, most_calls, most_samples, about_ and most_ prompt_tokens, completion_tokens and money (null without prices), the same by part of the work in roles, and not_counted")
	flags.BoolVar(&f.resume, "resume", true, "go on with the run that is in --out; with --resume=false that is an error")
	flags.BoolVar(&f.quiet, "quiet", false, "no progress and no table")
	flags.BoolVar(&f.json, "json", false, "print the report as JSON on standard output instead of a table")
}

func (f *runFlags) check(samples bool) error {
	switch {
	case f.problems == "" && !samples:
		return usage("--problems is missing: name a JSONL file with lines such as {\"id\":\"p1\",\"prompt\":\"What is 2+2?\",\"answer\":\"4\"}, or - for standard input")
	case f.out == "":
		return usage("--out is empty: name a directory for the run, such as --out run")
	case f.concurrency < 0 || f.maxProblems < 0 || f.maxCalls < 0 || f.maxTokensTotal < 0:
		return usage("--concurrency, --max-problems, --max-calls and --max-tokens-total must not be negative")
	case f.pricePrompt < 0 || f.priceCompletion < 0:
		return usage("prices must not be negative")
	}
	return nil
}
