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

// writeTree prints a problem's tree from a run's store, where it is whatever guards say of the problem.
func writeTree(ctx context.Context, w io.Writer, dir, problem string, asDOT bool) error {
	return withRun(ctx, dir, func(from *store.Reader) error {
		trees := 0
		for line, err := range from.Records(ctx, feedbackgen.KindTree) {
			if err != nil {
				return err
			}
			trees++
			var tree feedbackgen.Tree
			if err := json.Unmarshal(line, &tree); err != nil {
				return &feedbackgen.Failure{Op: "read tree", Subject: dir, Cause: fmt.Errorf("%w: %w", store.ErrCorrupt, err)}
			}
			switch {
			case tree.Feedback.Problem != problem:
			case asDOT:
				return mcts.WriteDOT(w, tree)
			default:
				return writeJSON(w, json.RawMessage(line))
			}
		}
		if trees == 0 {
			return usage("%s: the run kept no trees: start it again as it was, with --trees; they are made from its log, and nobody is called (feedbackgen mcts --config %s --trees)", dir, filepath.Join(dir, "config.yaml"))
		}
		return usage("%s: no tree of problem %q among its %d", dir, problem, trees)
	})
}
