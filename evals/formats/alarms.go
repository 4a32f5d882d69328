package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/feedbackgen/feedbackgen/guard/format"
)

const (
	baseSize = 3000 // completions that an alarm is calibrated on
	horizon  = 3000 // completions of a stream without a change
	within   = 200  // completions after the change, in which it has to be noticed
	forced   = 0.9  // the share that a format of 1/3 is forced to
)

// plan says how much is simulated. Each base policy's alarm watches several streams, so figures of
// the same base hang together a little; many bases are worth more than many streams.
type plan struct {
	bases, detections, calm int // the latter two for each base
	calibration             int // streams that a threshold is taken from
	seed                    uint64
}

// figures are what became of the streams.
type figures struct {
	noticed, early, forced int // of forced streams: rung in time, rung before the change, all
	alarms, calm           int // of calm streams: rung, all
	delays                 []int
}

// simulate draws base policies and streams of one world, and counts alarms.
func simulate(w world, p plan) (figures, error) {
	rng := rand.New(rand.NewPCG(p.seed, 0))
	config := format.DefaultAlarm()
	config.Streams = p.calibration
	var f figures
	for range p.bases {
		config.Seed = rng.Uint64()
		alarm, err := format.Calibrate(w.base(rng, baseSize), formats+1, config)
		if err != nil {
			return f, err
		}
		for range p.calm {
			f.calm++
			if _, rang := w.ring(rng, alarm, horizon, horizon, forced); rang {
				f.alarms++
			}
		}
		for range p.detections {
			f.forced++
			change := 400 + rng.IntN(w.group) // anywhere in a prompt's completions
			after, rang := w.ring(rng, alarm, change+within, change, forced)
			switch {
			case rang && after <= change:
				f.early++
			case rang:
				f.noticed++
				f.delays = append(f.delays, after-change)
			}
		}
	}
	slices.Sort(f.delays)
	return f, nil
}

// delay is the completions after the change within which a share of the forced streams is noticed;
// not ok if fewer are.
func (f figures) delay(share float64) (completions int, ok bool) {
	rank := int(math.Ceil(share*float64(f.forced))) - 1
	if rank < 0 || rank >= len(f.delays) {
		return 0, false
	}
	return f.delays[rank], true
}

func (f figures) print(w io.Writer, name string) error {
	median := "more than 200"
	if d, ok := f.delay(0.5); ok {
		median = fmt.Sprint(d)
	}
	_, err := fmt.Fprintf(w, "%s\n  noticed within %d: %d of %d (%.4f, to be at least .95; %d rang before the change, which counts as missed); median %s completions\n  false alarms within %d: %d of %d (%.4f, to be at most about .01)\n",
		name, within, f.noticed, f.forced, ratio(f.noticed, f.forced), f.early, median, horizon, f.alarms, f.calm, ratio(f.alarms, f.calm))
	return err
}

func ratio(n, of int) float64 { return float64(n) / float64(max(of, 1)) }
