package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/store"
)

// mostSteps is how many steps of a tree are shown unless all are asked for: about two screens.
const mostSteps = 80

// treeView is how to show which tree.
type treeView struct {
	problem              string
	asJSON, asDOT, whole bool
	// width is a line's, in columns.
	width int
}

func (v treeView) check() error {
	switch {
	case v.problem == "" && v.asDOT:
		return usage("--dot draws a tree: name its problem with --tree")
	case v.problem == "" && v.whole:
		return usage("--all shows every step of a tree: name its problem with --tree")
	case v.problem != "" && v.asJSON && v.asDOT:
		return usage("--json and --dot are two forms of a tree: choose one")
	}
	return nil
}

// show prints the tree from a run's store, where it is whatever guards say of the problem.
func (v treeView) show(ctx context.Context, w io.Writer, dir string) error {
	return withRun(ctx, dir, func(from *store.Reader) error {
		trees, first := 0, ""
		kinds := []feedbackgen.Kind{feedbackgen.KindTree, feedbackgen.KindPreference, feedbackgen.KindValue}
		for lines, err := range from.Results(ctx, kinds) {
			if err != nil {
				return err
			}
			for _, line := range lines {
				if line.Kind != feedbackgen.KindTree {
					break // trees come first
				}
				problem, err := problemOf(line)
				if err != nil {
					return corrupt(dir, err)
				}
				if trees++; trees == 1 {
					first = problem
				}
				if problem == v.problem {
					return v.write(w, dir, line, lines)
				}
			}
		}
		if trees == 0 {
			return usage("%s: the run kept no trees: start the same command again with --trees, which is free: they are made from the run's log, and nobody is called (feedbackgen mcts --config %s --trees)", dir, filepath.Join(dir, "config.yaml"))
		}
		return usage("%s: no tree of problem %q among its %d; the first is of %q", dir, v.problem, trees, first)
	})
}

// write prints a tree, which is among the lines of its job.
func (v treeView) write(w io.Writer, dir string, tree store.Line, lines []store.Line) error {
	if v.asJSON {
		return writeJSON(w, json.RawMessage(tree.JSON))
	}
	outline := mcts.Outline{Width: v.width, Steps: mostSteps}
	if v.whole {
		outline.Steps = 0
	}
	if err := json.Unmarshal(tree.JSON, &outline.Tree); err != nil {
		return corrupt(dir, err)
	}
	if v.asDOT {
		return mcts.WriteDOT(w, outline.Tree)
	}
	for _, line := range lines {
		problem, err := problemOf(line)
		switch {
		case err != nil || problem != v.problem:
		case line.Kind == feedbackgen.KindPreference:
			outline.Pairs, err = appendRecord(outline.Pairs, line)
		case line.Kind == feedbackgen.KindValue:
			outline.Values, err = appendRecord(outline.Values, line)
		}
		if err != nil {
			return corrupt(dir, err)
		}
	}
	left, err := outline.Write(w)
	if err == nil && left > 0 {
		_, err = fmt.Fprintf(w, "\n%d of %d steps are left out, those visited least: --all shows them\n", left, len(outline.Tree.Nodes)-1)
	}
	return err
}

// problemOf is the problem that a record is of.
func problemOf(line store.Line) (string, error) {
	var record struct {
		Feedback struct {
			Problem string `json:"problem"`
		} `json:"feedback"`
	}
	err := json.Unmarshal(line.JSON, &record)
	return record.Feedback.Problem, err
}

func appendRecord[R any](records []R, line store.Line) ([]R, error) {
	var record R
	err := json.Unmarshal(line.JSON, &record)
	return append(records, record), err
}

func corrupt(dir string, err error) error {
	return &feedbackgen.Failure{Op: "read tree", Subject: dir, Cause: fmt.Errorf("%w: %w", store.ErrCorrupt, err)}
}
