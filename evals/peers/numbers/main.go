// Command numbers prints feedbackgen's measures of data sets, one JSON line in and one out, for
// compare.py to hold against other libraries'.
//
//	python evals/peers/numbers/compare.py
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/feedbackgen/feedbackgen/measure"
	"github.com/feedbackgen/feedbackgen/measure/agreement"
	"github.com/feedbackgen/feedbackgen/measure/betabinomial"
	"github.com/feedbackgen/feedbackgen/measure/calibration"
	"github.com/feedbackgen/feedbackgen/measure/interval"
	"github.com/feedbackgen/feedbackgen/measure/passk"
)

const level = interval.Level

func main() {
	if err := measureAll(os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// dataset is one line of input: what each family of measures needs.
type dataset struct {
	Bins       int         `json:"bins"`
	Confidence []float64   `json:"confidence"`
	Correct    []bool      `json:"correct"`
	Weight     []float64   `json:"weight"`
	Queries    []float64   `json:"queries"` // scores at which fitted calibrators are asked
	A          []int       `json:"a"`
	B          []int       `json:"b"`
	Categories int         `json:"categories"`
	Units      [][]int     `json:"units"`
	Numbers    [][]float64 `json:"numbers"`
	Problems   []draws     `json:"problems"`
	Ks         []int       `json:"ks"`
}

type draws struct {
	N     int `json:"n"`
	C     int `json:"c"`
	Tuned int `json:"tuned"`
}

// results is one line of output.
type results struct {
	Calibration   calibration.Report `json:"calibration"`
	Isotonic      []float64          `json:"isotonic"`
	Platt         calibration.Platt  `json:"platt"`
	PlattOf       []float64          `json:"platt_of_queries"`
	Cohen         agreement.Cohen    `json:"cohen"`
	Alpha         *float64           `json:"alpha"`
	AlphaInterval *float64           `json:"alpha_interval"`
	Curve         []passk.Point      `json:"curve"`
	Coverage      []passk.Coverage   `json:"coverage"`
	Intervals     []intervals        `json:"intervals"`
	// Beta is null where the fit fails, and Failure says why.
	Beta          *betabinomial.Model `json:"beta"`
	LogLikelihood *float64            `json:"log_likelihood"`
	Failure       string              `json:"failure"`
}

type intervals struct {
	Wilson   interval.Interval `json:"wilson"`
	Jeffreys interval.Interval `json:"jeffreys"`
	Exact    interval.Interval `json:"exact"`
}

func measureAll(r io.Reader, w io.Writer) error {
	in, out := json.NewDecoder(bufio.NewReader(r)), bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	for line := 1; ; line++ {
		var d dataset
		err := in.Decode(&d)
		if errors.Is(err, io.EOF) {
			return out.Flush()
		}
		if err != nil {
			return fmt.Errorf("data set %d: %w", line, err)
		}
		measured, err := d.measure()
		if err != nil {
			return fmt.Errorf("data set %d: %w", line, err)
		}
		if err := lines.Encode(measured); err != nil {
			return err
		}
	}
}

func (d dataset) measure() (results, error) {
	var r results
	if err := errors.Join(d.calibrate(&r), d.agree(&r), d.spread(&r)); err != nil {
		return results{}, err
	}
	return r, nil
}

func (d dataset) calibrate(r *results) (err error) {
	pairs := make([]calibration.Pair, len(d.Confidence))
	samples := make([]calibration.Sample, len(d.Confidence))
	for i, q := range d.Confidence {
		pairs[i] = calibration.Pair{Confidence: q, Correct: d.Correct[i]}
		samples[i] = calibration.Sample{Score: q, Correct: d.Correct[i], Weight: d.Weight[i]}
	}
	if r.Calibration, err = calibration.Measure(pairs, d.Bins); err != nil {
		return err
	}
	isotonic, err := calibration.FitIsotonic(samples)
	if err != nil {
		return err
	}
	if r.Platt, err = calibration.FitPlatt(samples); err != nil {
		return err
	}
	for _, q := range d.Queries {
		r.Isotonic = append(r.Isotonic, isotonic.Apply(q))
		r.PlattOf = append(r.PlattOf, r.Platt.Apply(q))
	}
	return nil
}

func (d dataset) agree(r *results) (err error) {
	r.Alpha = measure.Optional(agreement.Alpha(d.Units))
	r.AlphaInterval = measure.Optional(agreement.AlphaInterval(d.Numbers))
	r.Cohen, err = agreement.Kappa(d.A, d.B, d.Categories, level)
	return err
}

func (d dataset) spread(r *results) error {
	counts := make([]passk.Counts, len(d.Problems))
	both := make([]passk.Paired, len(d.Problems))
	rates := make([]betabinomial.Counts, len(d.Problems))
	for i, p := range d.Problems {
		counts[i] = passk.Counts{N: p.N, C: p.C}
		both[i] = passk.Paired{Base: counts[i], Tuned: passk.Counts{N: p.N, C: p.Tuned}}
		rates[i] = betabinomial.Counts{K: p.C, N: p.N}
		var ends intervals
		var ok [3]bool
		ends.Wilson, ok[0] = interval.Wilson(p.C, p.N, level)
		ends.Jeffreys, ok[1] = interval.Jeffreys(p.C, p.N, level)
		ends.Exact, ok[2] = interval.ClopperPearson(p.C, p.N, level)
		if ok != [3]bool{true, true, true} {
			return fmt.Errorf("no interval for %d of %d", p.C, p.N)
		}
		r.Intervals = append(r.Intervals, ends)
	}
	r.Curve = passk.Curve(counts, d.Ks...)
	for _, k := range d.Ks {
		r.Coverage = append(r.Coverage, passk.Cover(both, k))
	}
	r.Beta, r.LogLikelihood, r.Failure = fit(rates)
	return nil
}

// fit returns the model and its log-likelihood, or why there is none.
func fit(rates []betabinomial.Counts) (*betabinomial.Model, *float64, string) {
	model, err := betabinomial.Fit(rates)
	if err != nil {
		return nil, nil, err.Error()
	}
	likelihood, err := model.LogLikelihood(rates)
	if err != nil {
		return nil, nil, err.Error()
	}
	return &model, &likelihood, ""
}
