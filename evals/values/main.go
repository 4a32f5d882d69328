// Command values measures how well the values that a tree search states of its partial solutions are
// calibrated, beside other estimators of the same trees:
//
//	go run ./evals/values
//	go run ./evals/values -problems 60 -cache fresh.jsonl
//
// The model is the embedded one, the problems are those it was tuned on. Every partial solution of every
// tree is judged by 64 fresh rollouts, whatever the search thought of it; one more is reserved, and what
// is fitted to reserved rollouts is cross-fitted in five folds by problem. All is about 7 million tokens,
// half an hour on two quiet cores; -cache keeps what was drawn, also of a command that was stopped.
package main

import (
	"context"
	"flag"
	"io"
	"log"
	"os"

	"github.com/feedbackgen/feedbackgen/mcts"
)

func main() {
	problems := flag.Int("problems", 0, "the first so many problems (default: all)")
	p := plan{}
	selection := flag.String("selection", string(mcts.Racing), "rule by which the trees grow")
	flag.IntVar(&p.simulations, "simulations", 48, "solutions drawn for a problem by a search")
	flag.IntVar(&p.rollouts, "rollouts", 64, "fresh rollouts a state")
	flag.Int64Var(&p.seed, "seed", 1, "the searches' seed")
	flag.Float64Var(&p.strength, "prior-strength", 0, "rollouts that the parent's mean is worth (default: the search's own)")
	flag.BoolVar(&p.noGate, "no-gate", false, "search problems of any difficulty to the end")
	flag.StringVar(&p.cache, "cache", "", "file that keeps fresh rollouts, so that they are drawn but once")
	skip := flag.Int("skip", 0, "leave out the first so many problems, such as those on which a choice was made")
	flag.Parse()
	p.selection = mcts.Selection(*selection)
	if err := run(context.Background(), os.Stdout, p, *skip, *problems); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, w io.Writer, p plan, skip, most int) error {
	problems, err := readProblems(ctx, most)
	if err != nil {
		return err
	}
	trees, err := p.draw(ctx, problems[min(skip, len(problems)):])
	if err != nil {
		return err
	}
	return p.report(w, trees)
}
