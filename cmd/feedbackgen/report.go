package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/feedbackgen/feedbackgen/run"
)

func newReport(env environment) *cobra.Command {
	var dir string
	tree := treeView{width: env.columns}
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Show what a run has come to",
		Long: `report shows what a run has come to. With --tree it shows how one problem was
searched, a line a step: val. is the chance to end right from there, with its 95
% interval where values.jsonl may have it; right, how many of the model's own
draws through the step ended right; drawn, how often the model drew the step
there. How a solution ends stands in brackets. +1 and -1 are the chosen and the
rejected side of the problem's first pair, before guards.`,
		Example: "  feedbackgen report --run run\n  feedbackgen report --run run --json\n  feedbackgen report --run run --tree p1\n  feedbackgen report --run run --tree p1 --dot | dot -Tsvg > p1.svg",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return usage("--run is missing: name the directory of a run")
			}
			if err := tree.check(); err != nil {
				return err
			}
			if tree.problem != "" {
				return tree.show(cmd.Context(), env.stdout, dir)
			}
			text, err := os.ReadFile(filepath.Join(dir, "report.json"))
			if errors.Is(err, fs.ErrNotExist) {
				return usage("%s: no report.json: it is written when a run ends, in any way", dir)
			}
			if err != nil {
				return err
			}
			if tree.asJSON {
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
	cmd.Flags().BoolVar(&tree.asJSON, "json", false, "print the report, or the tree, as JSON")
	cmd.Flags().StringVar(&tree.problem, "tree", "", "show the search tree of the problem with this id, instead of the report: for runs of mcts with --trees")
	cmd.Flags().BoolVar(&tree.whole, "all", false, fmt.Sprintf("show every step of the tree, not only the %d that were visited most", mostSteps))
	cmd.Flags().BoolVar(&tree.asDOT, "dot", false, "print the tree in Graphviz's language")
	return cmd
}
