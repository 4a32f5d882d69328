package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/run"
)

func newReport(env environment) *cobra.Command {
	var dir, tree string
	var asJSON, asDOT bool
	cmd := &cobra.Command{
		Use:     "report",
		Short:   "Show what a run has come to",
		Example: "  feedbackgen report --run run\n  feedbackgen report --run run --json\n  feedbackgen report --run run --tree p1 --dot | dot -Tsvg > p1.svg",
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case dir == "":
				return usage("--run is missing: name the directory of a run")
			case tree != "":
				return writeTree(cmd.Context(), env.stdout, dir, tree, asDOT)
			case asDOT:
				return usage("--dot draws a tree: name its problem with --tree")
			}
			text, err := os.ReadFile(filepath.Join(dir, "report.json"))
			if errors.Is(err, fs.ErrNotExist) {
				return usage("%s: no report.json: it is written when a run ends, in any way", dir)
			}
			if err != nil {
				return err
			}
			if asJSON {
				_, err := env.stdout.Write(text)
				return err
			}
			var summary run.Summary
			if err := json.Unmarshal(text, &summary); err != nil {
				return usage("%s: report.json is damaged (%w): start the run again, which writes it anew", dir, err)
			}
			return writeSummary(env.stdout, dir, summary)
		},
	}
	cmd.Flags().StringVar(&dir, "run", "", "the run's directory")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	cmd.Flags().StringVar(&tree, "tree", "", "print the search tree of the problem with this id, as JSON, instead of the report: for runs of mcts with --trees")
	cmd.Flags().BoolVar(&asDOT, "dot", false, "print the tree in Graphviz's language")
	return cmd
}

// writeSummary prints a run's counts. Where names are nested, parts stand below their sum.
func writeSummary(w io.Writer, dir string, s run.Summary) error {
	var text strings.Builder
	row := func(depth int, name string, n int64, note string) {
		label := strings.Repeat("  ", depth) + name
		line := fmt.Sprintf("%-28s %9d", label, n)
		if note != "" {
			line += "  " + note
		}
		text.WriteString(line + "\n")
	}
	row(0, "problems", int64(s.Problems.Total), "")
	for _, part := range []struct {
		name string
		n    int
		note string
	}{
		{"done", s.Problems.Done, ""},
		{"failed", s.Problems.Failed, "refused for good"},
		{"suspended", s.Problems.Suspended, "the same command tries them again"},
		{"pending", s.Problems.Pending, "the same command goes on with them"},
	} {
		if part.n > 0 {
			row(1, part.name, int64(part.n), part.note)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Counts)) {
		parts := strings.Split(name, ".")
		if s.Counts[name] > 0 || len(parts) == 1 {
			row(len(parts)-1, strings.ReplaceAll(parts[len(parts)-1], "_", " "), s.Counts[name], "")
		}
	}
	row(0, "calls", s.Usage.Calls, fmt.Sprintf("%s prompt tokens, %s completion tokens", short(s.Usage.PromptTokens), short(s.Usage.Tokens)))
	for _, role := range slices.Sorted(maps.Keys(s.Others)) {
		p := s.Others[role].Policy
		fmt.Fprintf(&text, "%-28s %9s  played by %s (%s)\n", "role "+string(role), "", p.Model, p.Backend)
	}
	for _, kind := range feedbackgen.Kinds() {
		if n := s.Records[kind.Kind()]; n > 0 {
			row(0, string(kind.Kind())+".jsonl", int64(n), filepath.Join(dir, string(kind.Kind())+".jsonl"))
		}
	}
	writeGuards(&text, s.Guards, s.GuardsOff)
	for _, f := range s.Failures {
		fmt.Fprintf(&text, "%s %s: %s\n", f.Status, f.Problem, f.Reason)
	}
	_, err := io.WriteString(w, text.String())
	return err
}
