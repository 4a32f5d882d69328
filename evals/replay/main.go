// Command replay simulates the choice among snapshots of a skill set, beside the product rule of
// Ctx2Skill (arXiv:2604.27660), over committed scenarios of what skills do:
//
//	go run ./evals/replay
//	go run ./evals/replay --runs 20000 --seed 2
//
// A run has five snapshots and none, 150 tasks that wrote no skill, 12 draws of each before the race,
// and up to 24 hard and 12 easy probes from them. A snapshot's worth is its true mean pass rate over all
// tasks. Worse is the share of runs that end with something truly worse than no skills, loss the mean
// shortfall below none, regret the mean shortfall below the best; both in points of pass rate. The
// product rule has none among its candidates, which Ctx2Skill's own has not.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"text/tabwriter"
)

func main() {
	runs := flag.Int("runs", 4000, "simulated runs a row")
	seed := flag.Uint64("seed", 1, "of the simulation")
	flag.Parse()
	if err := table(os.Stdout, *runs, *seed); err != nil {
		log.Fatal(err)
	}
}

func table(w io.Writer, runs int, seed uint64) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "scenario\tbudget\trule\tworse %\tbest %\tkept none %\tloss\tregret\tgain\tcalls\t")
	var rules []setting
	for _, budget := range []int{100, 200, 400} {
		for _, z := range []float64{0, 1, 1.64} {
			rules = append(rules, setting{budget, z})
		}
	}
	for _, s := range append(scenarios(), beyond()...) {
		results, err := measure(s, rules, runs, seed)
		if err != nil {
			return err
		}
		for i, r := range results {
			fmt.Fprintf(out, "%s\t%d\t%s\t%.1f\t%.0f\t%.0f\t%.4f\t%.2f\t%.2f\t%.0f\t\n", s.name, rules[i].budget, rules[i],
				100*r.share(r.worse), 100*r.share(r.best), 100*r.share(r.kept), 100*r.loss, 100*r.regret, 100*r.gain, r.calls)
		}
	}
	return out.Flush()
}
