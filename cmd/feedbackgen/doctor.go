package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

func newDoctor(env environment) *cobra.Command {
	var backend backendFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find out what a server can do",
		Long: `doctor asks a server a few small questions and says what it can do: samples a call (n), seeds,
log-probabilities and entropies, the way to continue a partial solution, JSON schemas, requests at once (slots),
reasoning apart from the answer. A run does the same before its first problem and keeps the result.`,
		Example: `  feedbackgen doctor --backend ollama --model smollm2
  feedbackgen doctor --backend openai --base-url http://127.0.0.1:8000/v1 --model my-model --json`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := interruptible(cmd.Context(), env.signals)
			defer cancel()
			server, err := backend.open(env.getenv)
			if err != nil {
				return err
			}
			defer server.close()
			policy, err := backend.meet(ctx, server)
			if err != nil {
				return err
			}
			found, err := backends.Probe(ctx, backend.patient(server))
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(env.stdout, map[string]any{"policy": policy, "capabilities": found})
			}
			return writeCapabilities(env.stdout, policy, found)
		},
	}
	backend.register(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// patient retries what may go better next time.
func (f *backendFlags) patient(b backends.Backend) backends.Backend {
	return backends.Retry(b, backends.RetryConfig{Patience: f.patience})
}

func writeCapabilities(w io.Writer, policy feedbackgen.Policy, c backends.Capabilities) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name string, value any, means string) {
		_, _ = fmt.Fprintf(table, "%s\t%v\t%s\n", name, value, means)
	}
	row("model", policy.Model, "served by "+policy.Backend)
	row("digest", orDash(policy.Digest[:min(12, len(policy.Digest))]), "identifies the weights; else give --policy-id")
	row("n", yes(c.N), "several samples in one reply; else feedbackgen asks several times")
	row("seed", yes(c.Seed), "the same seed gives the same sample")
	row("logprobs", yes(c.Logprobs), "log-probabilities of sampled tokens")
	row("entropies", yes(c.Entropies), "how undecided the model was before each of them, for --step entropy")
	row("continuation", c.Continuation, continuationMeans(c.Continuation))
	row("schema", yes(c.Schema), "keeps to a JSON schema")
	row("reasoning", yes(c.Reasoning), "returns reasoning apart from the answer")
	slots := "-"
	if c.Slots > 0 {
		slots = fmt.Sprint(c.Slots)
	}
	row("slots", slots, "requests it works on at once, where it tells")
	if err := table.Flush(); err != nil {
		return err
	}
	for _, note := range c.Notes {
		if _, err := fmt.Fprintln(w, "- "+note); err != nil {
			return err
		}
	}
	return nil
}

func continuationMeans(c backends.Continuation) string {
	switch c {
	case backends.Native:
		return "goes on from a partial answer by itself"
	case backends.Raw:
		return "goes on from a partial answer in a prompt rendered by feedbackgen"
	case backends.None:
		return "only whole answers; --template may help"
	}
	return ""
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
