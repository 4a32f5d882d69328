package agreement

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/feedbackgen/feedbackgen/measure/interval"
)

// Confusion counts a judge's verdicts by the truth. What it did not judge is not in it.
type Confusion struct {
	TruePositives  int `json:"true_positives"`
	FalsePositives int `json:"false_positives"`
	TrueNegatives  int `json:"true_negatives"`
	FalseNegatives int `json:"false_negatives"`
}

// Add counts one item: what the judge said, and what is true.
func (c *Confusion) Add(said, truth bool) {
	switch {
	case said && truth:
		c.TruePositives++
	case said:
		c.FalsePositives++
	case truth:
		c.FalseNegatives++
	default:
		c.TrueNegatives++
	}
}

// Rate is a share of Total items.
type Rate struct {
	Hits  int `json:"hits"`
	Total int `json:"total"`
	// Share and its Wilson interval are null without items.
	Share *float64 `json:"share"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

func newRate(hits, total int, level float64) Rate {
	r := Rate{Hits: hits, Total: total}
	if ends, ok := interval.Wilson(hits, total, level); ok {
		share := float64(hits) / float64(total)
		r.Share, r.Low, r.High = &share, &ends.Low, &ends.High
	}
	return r
}

// Judge is how good a judge is.
type Judge struct {
	Confusion
	// TPR is the share of true items that the judge calls true (sensitivity), TNR the share of false
	// ones that it calls false (specificity).
	TPR Rate `json:"tpr"`
	TNR Rate `json:"tnr"`
	// Accuracy depends on how many items are true; TPR and TNR do not.
	Accuracy Rate `json:"accuracy"`
}

// Rates is how good the judge is, with intervals at a level such as 0.95, which take items for
// independent.
func (c Confusion) Rates(level float64) Judge {
	positives, negatives := c.TruePositives+c.FalseNegatives, c.TrueNegatives+c.FalsePositives
	return Judge{
		Confusion: c,
		TPR:       newRate(c.TruePositives, positives, level),
		TNR:       newRate(c.TrueNegatives, negatives, level),
		Accuracy:  newRate(c.TruePositives+c.TrueNegatives, positives+negatives, level),
	}
}

// Corrected is a rate that a judge measured, corrected for the judge's mistakes.
type Corrected struct {
	// Apparent is the share that the judge called true.
	Apparent float64 `json:"apparent"`
	// Raw is the corrected rate as the formula gives it; outside [0, 1], the judge errs otherwise
	// here than where it was examined. Rate is Raw cut to [0, 1].
	Raw  float64 `json:"raw"`
	Rate float64 `json:"rate"`
	// The interval is cut to [0, 1], and counts how uncertain the judge's own rates are.
	interval.Interval
}

// RoganGladen corrects the share of items, passed of n, that a judge called true: (apparent + TNR -
// 1) / (TPR + TNR - 1) (Rogan and Gladen 1978), with the interval of Lang and Reiczigel (2014). The
// confusion is of other items, whose truth is known. It is undefined without items of either
// truth, for a judge no better than a coin (TPR + TNR <= 1), without n, for passed outside 0 to n,
// and for a level outside (0, 1).
func (c Confusion) RoganGladen(passed, n int, level float64) (Corrected, bool) {
	positives, negatives := float64(c.TruePositives+c.FalseNegatives), float64(c.TrueNegatives+c.FalsePositives)
	if positives <= 0 || negatives <= 0 || n <= 0 || passed < 0 || passed > n || !(0 < level && level < 1) {
		return Corrected{}, false
	}
	apparent := float64(passed) / float64(n)
	tpr, tnr := float64(c.TruePositives)/positives, float64(c.TrueNegatives)/negatives
	if tpr+tnr <= 1 {
		return Corrected{}, false
	}
	raw := (apparent + tnr - 1) / (tpr + tnr - 1)

	// The interval works on rates with pseudo-observations added, which keeps it honest near 0 and 1.
	z := distuv.UnitNormal.Quantile((1 + level) / 2)
	adjusted := (float64(passed) + z*z/2) / (float64(n) + z*z)
	tprA, tnrA := (float64(c.TruePositives)+1)/(positives+2), (float64(c.TrueNegatives)+1)/(negatives+2)
	youden := tprA + tnrA - 1
	if youden <= 0 {
		return Corrected{}, false // after adjustment, no better than a coin
	}
	rate := (adjusted + tnrA - 1) / youden
	varA := adjusted * (1 - adjusted) / (float64(n) + z*z)
	varTPR, varTNR := tprA*(1-tprA)/(positives+2), tnrA*(1-tnrA)/(negatives+2)
	shift := 2 * z * z * (rate*varTPR - (1-rate)*varTNR)
	half := z / youden * math.Sqrt(varA+rate*rate*varTPR+(1-rate)*(1-rate)*varTNR)
	return Corrected{
		Apparent: apparent, Raw: raw, Rate: cut(raw),
		Interval: interval.Interval{Low: cut(rate + shift - half), High: cut(rate + shift + half)},
	}, true
}

func cut(p float64) float64 { return min(max(p, 0), 1) }
