package guard

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/interval"
)

// ByBias measures whether preferences prefer something that is easy to see: the longer side, the side
// that was drawn first, or one format. It refuses nothing; what to do about a bias is for a person to
// say. classify names a text's format, "" where it can tell none; nil leaves formats out.
func ByBias(classify func(text string) string) Guard {
	return &byBias{formats: formatBias{classify: classify, sides: map[string]*formatSides{}}}
}

type byBias struct {
	length, position share
	formats          formatBias
	ratio            float64
	pairs            int
}

// share is the share of pairs that have a property, over problems as clusters: pairs of one problem
// resemble each other, so they are no independent evidence.
type share struct {
	problems []interval.Cluster
	current  interval.Cluster
}

func (s *share) add(has bool) {
	s.current.Total++
	if has {
		s.current.Hits++
	}
}

func (s *share) endCase() {
	if s.current.Total > 0 {
		s.problems = append(s.problems, s.current)
	}
	s.current = interval.Cluster{}
}

// estimate is the share with its 95 % interval; nil where it is undefined.
func (s *share) estimate() *interval.Share {
	share, ok := interval.ByProblem(s.problems, interval.Level)
	if !ok {
		return nil
	}
	return &share
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
		g.formats.add(chosen, rejected)
	}
	g.length.endCase()
	g.position.endCase()
	g.formats.endCase()
}

// BiasDetail is what the guard measured. Shares and intervals are null without pairs.
type BiasDetail struct {
	Pairs int `json:"pairs"`
	// Longer is the share of pairs of unequal length whose chosen side is the longer, with its 95 %
	// interval by problem; LogLengthRatio the mean of ln(length of chosen / of rejected).
	Longer         *interval.Share  `json:"chosen_is_longer"`
	LogLengthRatio feedbackgen.Real `json:"mean_log_length_ratio"`
	// First is the share of pairs whose chosen side comes first in the tree: it was drawn first.
	First *interval.Share `json:"chosen_is_first"`
	// Formats are of the FormatPairs pairs of two whole answers whose formats can be told, the most
	// frequent first.
	FormatPairs int          `json:"format_pairs"`
	Formats     []FormatBias `json:"formats"`
}

func (g *byBias) Report() Report {
	if g.pairs == 0 {
		return Report{}
	}
	detail := BiasDetail{
		Pairs: g.pairs, Longer: g.length.estimate(), First: g.position.estimate(),
		LogLengthRatio: feedbackgen.Real(g.ratio / float64(g.pairs)),
		FormatPairs:    g.formats.pairs, Formats: g.formats.all(),
	}
	var notes []string
	notes = append(notes, biasNote("is longer", detail.Longer)...)
	notes = append(notes, biasNote("was drawn first", detail.First)...)
	notes = append(notes, g.formats.note(detail.Formats)...)
	return Report{Detail: detail, Notes: notes}
}

// pickedUp is what is wrong with a bias.
const pickedUp = ": a bias that training may pick up"

func biasNote(what string, s *interval.Share) []string {
	if s == nil {
		return nil
	}
	note := fmt.Sprintf("the chosen side %s in %.0f %% of the pairs (95 %% interval %.0f to %.0f)", what, 100*s.Value, 100*s.Low, 100*s.High)
	if s.Low > 0.5 || s.High < 0.5 {
		note += pickedUp
	}
	return []string{note}
}
