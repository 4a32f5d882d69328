package calibration

import (
	"errors"
	"math"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure"
)

// Report is every measure of a set of pairs.
type Report struct {
	N int `json:"n"`
	// Distinct confidences, and their standard deviation (of a population): a model that always says
	// the same is calibrated by its base rate alone.
	Distinct int     `json:"distinct_confidences"`
	Spread   float64 `json:"confidence_sd"`

	Accuracy       float64 `json:"accuracy"`
	Confidence     float64 `json:"mean_confidence"`
	Overconfidence float64 `json:"overconfidence"`
	// ECE, MCE and RMSCE are over bins of equal width, MassECE over bins of equal mass.
	ECE     float64       `json:"ece"`
	MassECE float64       `json:"ece_equal_mass"`
	MCE     float64       `json:"mce"`
	RMSCE   float64       `json:"rmsce"`
	Brier   Decomposition `json:"brier"`
	LogLoss float64       `json:"log_loss"`
	// AUROC is null unless there are right and wrong answers.
	AUROC *float64 `json:"auroc"`
	AURC  float64  `json:"aurc"`
	// Width and Mass are the reliability tables.
	Width []Bin `json:"reliability"`
	Mass  []Bin `json:"reliability_equal_mass"`
}

// Measure computes every measure, with tables of the given number of bins, usually [Bins]. It fails
// without pairs, for less than one bin, and where [Check] fails.
func Measure(pairs []Pair, bins int) (Report, error) {
	if err := Check(pairs); err != nil {
		return Report{}, err
	}
	switch {
	case len(pairs) == 0:
		return Report{}, &feedbackgen.Failure{Op: "measure calibration", Cause: errNoPairs}
	case bins < 1:
		return Report{}, &feedbackgen.Failure{
			Op: "measure calibration", Cause: errors.New("less than one bin"), Hint: "15 is usual", Kind: feedbackgen.ErrInput,
		}
	}
	// With pairs and bins, only AUROC may be undefined.
	r := Report{N: len(pairs), Width: EqualWidth(pairs, bins), Mass: EqualMass(pairs, bins)}
	r.Accuracy, _ = Accuracy(pairs)
	r.Confidence, _ = MeanConfidence(pairs)
	r.Overconfidence, _ = Overconfidence(pairs)
	r.ECE, _ = ECE(r.Width)
	r.MassECE, _ = ECE(r.Mass)
	r.MCE, _ = MCE(r.Width)
	r.RMSCE, _ = RMSCE(r.Width)
	r.Brier, _ = Murphy(pairs, bins)
	r.LogLoss, _ = LogLoss(pairs)
	r.AUROC = measure.Optional(AUROC(pairs))
	r.AURC, _ = AURC(pairs)
	r.Distinct = len(distinct(pairs))
	variance, _ := mean(pairs, func(p Pair) float64 { return (p.Confidence - r.Confidence) * (p.Confidence - r.Confidence) })
	r.Spread = math.Sqrt(variance)
	return r, nil
}
