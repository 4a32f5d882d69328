// Command formats tries the format guard on what is known.
//
//	go run ./evals/formats             are the embedded model's three formats found?
//	go run ./evals/formats --alarm     is one that takes over noticed, and how often is the alarm false?
//
// The first draws 3,000 completions, fits classes, and compares them with the formats that the
// model was taught, by a detector made from the generator of its corpus. The second simulates
// policies with three formats, each a third of the completions, of which one is forced to 0.9.
package main

import (
	"context"
	"flag"
	"io"
	"log"
	"os"
)

func main() {
	alarm := flag.Bool("alarm", false, "simulate the alarm")
	problems := flag.Int("problems", 200, "the first so many bundled problems")
	each := flag.Int("each", 15, "completions for each of them")
	seed := flag.Int64("seed", 1, "where seeds begin")
	model := flag.Bool("model", false, "print the model that was fitted, as JSON")
	bases := flag.Int("bases", 100, "base policies to simulate; each has 10 streams with a change and 40 without")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *alarm, *problems, *each, *seed, *model, *bases); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, w io.Writer, alarm bool, problems, each int, seed int64, model bool, bases int) error {
	if alarm {
		for _, world := range worlds() {
			f, err := simulate(world, plan{bases: bases, detections: 10, calm: 40, calibration: 2000, seed: uint64(seed)})
			if err != nil {
				return err
			}
			if err := f.print(w, world.name); err != nil {
				return err
			}
		}
		return nil
	}
	drawn, err := draw(ctx, problems, each, seed)
	if err != nil {
		return err
	}
	f, err := find(drawn)
	if err != nil {
		return err
	}
	return f.print(w, model)
}
