// Command search measures what each selection rule of the tree search makes of a problem, beside
// independent samples at the same tokens:
//
//	make bench-search
//	go run ./evals/search --selections racing --problems 50 --rollouts 64
//	go run ./evals/search --window
//
// The model is the embedded one, the problems are those it was tuned on. Every system begins with the
// same whole solutions and passes the same difficulty gate; best-of-n then draws whole solutions until
// it has sampled as many tokens as the search of its problem. Both trees pass the same posterior and
// pair gate. A step pair is right if, by fresh rollouts from the state after each side's step, the
// chosen side ends right more often; sides that are finished are as good as their outcomes. Intervals
// are bootstrapped over problems.
package main

import (
	"cmp"
	"context"
	"flag"
	"io"
	"log"
	"os"
	"strings"

	"github.com/feedbackgen/feedbackgen/mcts"
)

func main() {
	var all []string
	for _, s := range mcts.Selections {
		all = append(all, string(s))
	}
	selections := flag.String("selections", strings.Join(all, ","), "rules to measure")
	problems := flag.Int("problems", 0, "the first so many problems (default: all)")
	holdout := flag.Bool("holdout", false, "the held-out problems: for a final figure, which is measured once")
	window := flag.Bool("window", false, "instead, compare a window of 16 with one of 1, on 500 toy problems and by the clock")
	p := plan{}
	flag.IntVar(&p.simulations, "simulations", 48, "solutions drawn for a problem by a search")
	flag.IntVar(&p.rollouts, "rollouts", 256, "fresh rollouts a side")
	flag.Int64Var(&p.seed, "seed", 1, "the searches' seed")
	flag.Float64Var(&p.strength, "prior-strength", 0, "rollouts that the parent's mean is worth (default: the search's own)")
	flag.Float64Var(&p.exploration, "exploration", 0, "the rules' constant (default: the search's own)")
	flag.StringVar(&p.step, "step", "", "where a step ends (default: the search's own)")
	flag.Parse()
	for name := range strings.SplitSeq(*selections, ",") {
		p.selections = append(p.selections, mcts.Selection(name))
	}
	if *window {
		if err := windows(context.Background(), os.Stdout, p.selections, cmp.Or(*problems, 500), p.seed); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := run(context.Background(), os.Stdout, p, *problems, *holdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, w io.Writer, p plan, count int, holdout bool) error {
	problems, err := readProblems(ctx, holdout)
	if err != nil {
		return err
	}
	if count > 0 {
		problems = problems[:min(count, len(problems))]
	}
	measured, err := p.measure(ctx, problems)
	if err != nil {
		return err
	}
	return measured.print(w)
}
