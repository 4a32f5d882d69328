package guard

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"github.com/feedbackgen/feedbackgen"
)

// ByBias measures whether preferences prefer something that is easy to see: the longer side, or the
// side that was drawn first. It refuses nothing; what to do about a bias is for a person to say.
func ByBias() Guard { return &byBias{} }

type byBias struct {
	length, position share
	ratio            float64
	pairs            int
}

// share is the share of pairs that have a property, over problems as clusters: pairs of one problem
// resemble each other, so they are no independent evidence. Only sums are kept.
type share struct {
	problems         float64
	n, x, nn, nx, xx float64
	caseN, caseX     float64
}

func (s *share) add(has bool) {
	s.caseN++
	if has {
		s.caseX++
	}
}

func (s *share) endCase() {
	n, x := s.caseN, s.caseX
	s.caseN, s.caseX = 0, 0
	if n == 0 {
		return
	}
	s.problems++
	s.n, s.x = s.n+n, s.x+x
	s.nn, s.nx, s.xx = s.nn+n*n, s.nx+n*x, s.xx+x*x
}

// interval is the share with its 95 % interval, by the ratio estimator's variance over clusters.
// Below two problems it is undefined.
func (s *share) interval() (mean, low, high float64, ok bool) {
	if s.problems < 2 {
		return 0, 0, 0, false
	}
	mean = s.x / s.n
	squares := s.xx - 2*mean*s.nx + mean*mean*s.nn // the sum of (x - mean n)^2 over problems
	deviation := math.Sqrt(max(0, squares)*s.problems/(s.problems-1)) / s.n
	return mean, max(0, mean-1.96*deviation), min(1, mean+1.96*deviation), true
}

// compareNodes orders two paths such as "0.2.1"; an unknown one is equal to all.
func compareNodes(a, b string) int {
	for a != "" && b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if order := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); order != 0 {
			return order // numbers without leading zeros: the longer is the larger
		}
	}
	return 0
}

func (*byBias) Name() string { return "bias" }

func (g *byBias) Judge(c *Case) {
	for r := range c.Live() {
		if len(r.Texts) != 2 || r.Texts[0].Column != "chosen" {
			continue
		}
		r.Pass(g.Name())
		chosen, rejected := r.Texts[0], r.Texts[1]
		g.pairs++
		if a, b := len(chosen.Text), len(rejected.Text); a != b {
			g.length.add(a > b)
		}
		if a, b := float64(len(chosen.Text)), float64(len(rejected.Text)); a > 0 && b > 0 {
			g.ratio += math.Log(a / b)
		}
		if order := compareNodes(chosen.Node, rejected.Node); order != 0 {
			g.position.add(order < 0)
		}
	}
	g.length.endCase()
	g.position.endCase()
}

// BiasDetail is what the guard measured. Shares and intervals are null below two problems.
type BiasDetail struct {
	Pairs int `json:"pairs"`
	// Longer is the share of pairs of unequal length whose chosen side is the longer, with its 95 %
	// interval by problem; LogLengthRatio the mean of ln(length of chosen / of rejected).
	Longer         *Interval        `json:"chosen_is_longer"`
	LogLengthRatio feedbackgen.Real `json:"mean_log_length_ratio"`
	// First is the share of pairs whose chosen side comes first in the tree: it was drawn first.
	First *Interval `json:"chosen_is_first"`
}

// Interval is a share with its 95 % interval.
type Interval struct {
	Share feedbackgen.Real `json:"share"`
	Low   feedbackgen.Real `json:"low"`
	High  feedbackgen.Real `json:"high"`
}

func (s *share) detail() *Interval {
	mean, low, high, ok := s.interval()
	if !ok {
		return nil
	}
	return &Interval{feedbackgen.Real(mean), feedbackgen.Real(low), feedbackgen.Real(high)}
}

func (g *byBias) Report() Report {
	if g.pairs == 0 {
		return Report{}
	}
	detail := BiasDetail{
		Pairs: g.pairs, Longer: g.length.detail(), First: g.position.detail(),
		LogLengthRatio: feedbackgen.Real(g.ratio / float64(g.pairs)),
	}
	var notes []string
	notes = append(notes, detail.Longer.note("is longer")...)
	notes = append(notes, detail.First.note("was drawn first")...)
	return Report{Detail: detail, Notes: notes}
}

func (i *Interval) note(what string) []string {
	if i == nil {
		return nil
	}
	note := fmt.Sprintf("the chosen side %s in %.0f %% of the pairs (95 %% interval %.0f to %.0f)", what, 100*i.Share, 100*i.Low, 100*i.High)
	if i.Low > 0.5 || i.High < 0.5 {
		note += ": a bias that training may pick up"
	}
	return []string{note}
}
