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
	flag.Parse()
	p.selection = mcts.Selection(*selection)
	if err := run(context.Background(), os.Stdout, p, *problems); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, w io.Writer, p plan, most int) error {
	problems, err := readProblems(ctx, most)
	if err != nil {
		return err
	}
	trees, err := p.draw(ctx, problems)
	if err != nil {
		return err
	}
	return p.report(w, trees)
}
