package critic

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/measure/calibration"
)

// Scores are counted in steps of 1/levels, so that counts are enough to calibrate by.
const levels = 20

// What became of the rollout that led to a state, in the names of counts.
const (
	passed   = "pass"
	failed   = "fail"
	unjudged = "unjudged"
)

// CountNames are the names under which one score of a critic is counted, from the outermost: what it
// said, in percent, and what became of the rollout that led to the state; or why it abstained. That
// rollout was drawn by the policy and not for its score, and no critic but [Outcome] has seen more of it
// than the state: so it says what the score is worth.
func CountNames(critic string, score Score, outcome feedbackgen.Outcome) []string {
	if !score.Spoke() {
		return []string{"critics", critic, "abstained", score.Abstained}
	}
	became := unjudged
	switch outcome {
	case feedbackgen.Pass:
		became = passed
	case feedbackgen.Fail:
		became = failed
	case feedbackgen.Abstain, feedbackgen.Invalid, feedbackgen.Error:
	}
	percent := int(math.Round(score.Value*levels)) * (100 / levels)
	return []string{"critics", critic, "spoke", fmt.Sprintf("%03d", percent), became}
}

// Folds is how many folds of problems calibration is cross-fitted in.
const Folds = 5

// Calibration says from the counts of finished problems what a run's critics are worth, before and after
// they are mended: by isotonic regression, cross-fitted over problems, so that no score is mended by what
// became of its own problem. The mended ones are only reported.
type Calibration struct {
	problems int
	samples  map[string][]calibration.Sample // by critic
	spoke    map[string]int64
	reasons  map[string]feedbackgen.Counts
}

// NewCalibration has seen no problem.
func NewCalibration() *Calibration {
	return &Calibration{
		samples: map[string][]calibration.Sample{}, spoke: map[string]int64{}, reasons: map[string]feedbackgen.Counts{},
	}
}

// Add takes one problem's counts.
func (c *Calibration) Add(counts feedbackgen.Counts) {
	c.problems++
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts := strings.Split(name, ".")
		switch {
		case len(parts) < 4 || parts[0] != "critics":
		case parts[2] == "abstained":
			if c.reasons[parts[1]] == nil {
				c.reasons[parts[1]] = feedbackgen.Counts{}
			}
			c.reasons[parts[1]][parts[3]] += counts[name]
		case len(parts) == 4:
			c.spoke[parts[1]] += counts[name]
		case parts[4] != unjudged:
			if percent, err := strconv.Atoi(parts[3]); err == nil && counts[name] > 0 {
				c.samples[parts[1]] = append(c.samples[parts[1]], calibration.Sample{
					Problem: strconv.Itoa(c.problems), Score: float64(percent) / 100, Correct: parts[4] == passed, Weight: float64(counts[name]),
				})
			}
		}
	}
}

// Calibrated is what a report holds of one critic.
type Calibrated struct {
	Critic string `json:"critic"`
	// Spoke counts scores; Abstained says how often and why there is none.
	Spoke     int64              `json:"spoke"`
	Abstained feedbackgen.Counts `json:"abstained"`
	// Before is of scores as they are, After of those that were mended; nil where there is nothing to
	// measure, or where there are less problems than folds.
	Before *calibration.Report `json:"before"`
	After  *calibration.Report `json:"after"`
}

// Calibrated sums up, by critic, in alphabetical order.
func (c *Calibration) Calibrated() []Calibrated {
	names := map[string]bool{}
	for name := range c.spoke {
		names[name] = true
	}
	for name := range c.reasons {
		names[name] = true
	}
	var all []Calibrated
	for _, name := range slices.Sorted(maps.Keys(names)) {
		samples := c.samples[name]
		one := Calibrated{Critic: name, Spoke: c.spoke[name], Abstained: c.reasons[name]}
		if one.Abstained == nil {
			one.Abstained = feedbackgen.Counts{}
		}
		scores := make([]float64, len(samples))
		for i, s := range samples {
			scores[i] = s.Score
		}
		one.Before = report(samples, scores)
		if mended, err := calibration.CrossFit(samples, Folds, calibration.FitIsotonic); err == nil {
			one.After = report(samples, mended)
		}
		all = append(all, one)
	}
	return all
}

// report measures probabilities; nil where there are none.
func report(samples []calibration.Sample, probabilities []float64) *calibration.Report {
	var pairs []calibration.Pair
	for i, s := range samples {
		for range int(s.Weight) {
			pairs = append(pairs, calibration.Pair{Confidence: probabilities[i], Correct: s.Correct})
		}
	}
	measured, err := calibration.Measure(pairs, calibration.Bins)
	if err != nil {
		return nil
	}
	return &measured
}

// Report says it as guards do, and refuses nothing.
func (c *Calibration) Report() guard.Report {
	all := c.Calibrated()
	out := guard.Report{Name: "critics", Codes: feedbackgen.Counts{}, Notes: []string{}, Detail: all}
	for _, one := range all {
		out.Judged += one.Spoke
		note := fmt.Sprintf("%s: %d scores", one.Critic, one.Spoke)
		for _, reason := range slices.Sorted(maps.Keys(one.Abstained)) {
			note += fmt.Sprintf(", %d abstained (%s)", one.Abstained[reason], reason)
		}
		if one.Before != nil {
			note += fmt.Sprintf("; against the %d rollouts that led there: %s", one.Before.N, figures(one.Before))
		}
		if one.After != nil {
			note += fmt.Sprintf("; after isotonic in %d folds by problem: %s", Folds, figures(one.After))
		}
		out.Notes = append(out.Notes, note)
	}
	return out
}

func figures(r *calibration.Report) string {
	text := fmt.Sprintf("Brier %.3f, ECE %.3f", r.Brier.Brier, r.ECE)
	if r.AUROC != nil {
		text += fmt.Sprintf(", AUROC %.3f", *r.AUROC)
	}
	return text
}
