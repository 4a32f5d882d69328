// Command shortcuts measures the shortcut screen: recall of planted shortcuts by kind, and false
// alarms among honest right answers by format, on two generators. The screen was tuned on A; the
// figures that count are B's, whose problems, formats, phrases and shortcuts are others.
//
//	go run ./evals/shortcuts
//	go run ./evals/shortcuts --in out/groups.jsonl --show 20
//
// With --in it gives the rate of each kind among the right answers of a real run, by format; nobody
// knows there which of them are shortcuts.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"

	"github.com/feedbackgen/feedbackgen/guard/shortcut"
)

func main() {
	in := flag.String("in", "", "a run's groups.jsonl, instead of the generators")
	show := flag.Int("show", 0, "with --in, print so many of the flagged answers, drawn at random")
	missed := flag.Int("missed", 0, "without --in, print so many errors on generator A")
	seed := flag.Uint64("seed", 1, "seed of the generators and of what is shown")
	groups := flag.Int("groups", 2000, "groups to generate")
	flag.Parse()
	if err := run(os.Stdout, *in, *show, *missed, *seed, *groups); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer, in string, show, missed int, seed uint64, groups int) (err error) {
	if in != "" {
		file, err := os.Open(in)
		if err != nil {
			return err
		}
		return errors.Join(judgeRun(w, file, show, seed), file.Close())
	}
	errs := errorPrinter{w: w, left: missed}
	a := measure(generateA, seed, groups, errs.print)
	b := measure(generateB, seed, groups, func(group, shortcut.Verdict) {})
	return errors.Join(errs.err, a.print(w, "Generator A (tuned on)"), b.print(w, "Generator B (held out)"))
}

// errorPrinter shows what the screen gets wrong, as long as it has some left to show.
type errorPrinter struct {
	w    io.Writer
	left int
	err  error
}

func (p *errorPrinter) print(g group, v shortcut.Verdict) {
	for i, l := range g.Rollouts {
		j := v.Judgements[i]
		wrong := l.Planted == "" && j.Suspect() || l.Planted != "" && !j.Has(l.Planted)
		if !wrong || !j.Screened || p.left == 0 {
			continue
		}
		p.left--
		_, err := fmt.Fprintf(p.w, "--- %s, planted %q, found %v\n%s\n", l.Class, l.Planted, j.Findings, l.Text)
		p.err = errors.Join(p.err, err)
	}
}

// shuffled is the numbers below n in a random order.
func shuffled(n int, seed uint64) []int { return rand.New(rand.NewPCG(seed, 5)).Perm(n) }
