package judge

import "github.com/feedbackgen/feedbackgen/measure/calibration"

// isotonicFrom is how many anchors isotonic regression takes: below, it follows noise.
const isotonicFrom = 300

// folds is how many calibrators are fitted to measure what calibration is worth.
const folds = 5

// Sources of scores.
const (
	fromTokens = "tokens"
	fromVotes  = "votes"
)

// scoreOf is a verdict's score of a source, in [0, 1].
func scoreOf(v Verdict, source string) (float64, bool) {
	p := v.Pass
	if source == fromTokens {
		p = v.Probability
	}
	if p == nil {
		return 0, false
	}
	return *p, true
}

// Apply is the calibrated probability that the answer is right. It is undefined for verdicts without a
// score of the source.
func (c Calibration) Apply(v Verdict) (float64, bool) {
	score, ok := scoreOf(v, c.Source)
	switch {
	case !ok:
		return 0, false
	case c.Isotonic != nil:
		return c.Isotonic.Apply(score), true
	case c.Platt != nil:
		return c.Platt.Apply(calibration.Logit(score)), true
	}
	return 0, false
}

// calibrate fits a map from scores to truth on graded anchors: token probabilities if every verdict
// with a score has one, else shares of votes. It is nil without scores.
func calibrate(graded []Graded) *Calibration {
	c := &Calibration{Source: sourceOf(graded)}
	samples := samplesOf(graded, c.Source)
	if len(samples) == 0 {
		return nil
	}
	isotonic := len(samples) >= isotonicFrom
	raw := make([]float64, len(samples))
	for i, s := range samples {
		raw[i] = s.Score
	}
	c.Before = report(samples, raw)
	var crossed []float64
	var err error
	if isotonic {
		if f, e := calibration.FitIsotonic(samples); e == nil {
			c.Isotonic = &f
		}
		crossed, err = crossFit(samples, calibration.FitIsotonic)
	} else {
		odds := logOdds(samples)
		if f, e := calibration.FitPlatt(odds); e == nil {
			c.Platt = &f
		}
		crossed, err = crossFit(odds, calibration.FitPlatt)
	}
	if err == nil {
		c.After = report(samples, crossed)
	}
	return c
}

func sourceOf(graded []Graded) string {
	for _, g := range graded {
		if g.Verdict.Pass != nil && g.Verdict.Probability == nil {
			return fromVotes
		}
	}
	return fromTokens
}

func samplesOf(graded []Graded, source string) []calibration.Sample {
	var samples []calibration.Sample
	for _, g := range graded {
		if score, ok := scoreOf(g.Verdict, source); ok {
			samples = append(samples, calibration.Sample{Problem: g.Anchor.Task.ID, Score: score, Correct: g.Anchor.Pass(), Weight: 1})
		}
	}
	return samples
}

func logOdds(samples []calibration.Sample) []calibration.Sample {
	odds := make([]calibration.Sample, len(samples))
	for i, s := range samples {
		odds[i] = s
		odds[i].Score = calibration.Logit(s.Score)
	}
	return odds
}

// crossFit is [calibration.CrossFit] with as many folds as there are tasks, at most five.
func crossFit[C calibration.Calibrator](samples []calibration.Sample, fit func([]calibration.Sample) (C, error)) ([]float64, error) {
	tasks := map[string]bool{}
	for _, s := range samples {
		tasks[s.Problem] = true
	}
	return calibration.CrossFit(samples, min(folds, len(tasks)), fit)
}

// report measures probabilities against what is true of their samples; nil if they are none.
func report(samples []calibration.Sample, probabilities []float64) *calibration.Report {
	pairs, err := calibration.PairsOf(samples, probabilities)
	if err != nil {
		return nil
	}
	r, err := calibration.Measure(pairs, calibration.Bins)
	if err != nil {
		return nil
	}
	return &r
}
