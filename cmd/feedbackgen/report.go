package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

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
