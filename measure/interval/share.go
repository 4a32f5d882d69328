package interval

import "gonum.org/v1/gonum/stat/distuv"

// Cluster is one problem's observations: Hits of Total have the property that is counted.
type Cluster struct{ Hits, Total int }

// Share is a proportion of observations that come in problems.
type Share struct {
	Value float64 `json:"share"`
	Interval
	// Hits of Total observations, in Problems problems that have any.
	Hits     int `json:"hits"`
	Total    int `json:"total"`
	Problems int `json:"problems"`
	// Effective is the number of independent observations that these are worth, at most Total.
	Effective float64 `json:"effective"`
}

// ByProblem is the share of all observations that are hits, with an interval that takes problems,
// not observations, for independent: Wilson's, at the effective number of observations (Korn and
// Graubard 1998; Dean and Pagano 2015). That is the number of independent ones which would make the
// share as uncertain as it is, by the ratio estimator's variance over problems, less for few
// problems by the ratio of the squared quantiles of Student's t. Where all observations are equal,
// nothing tells how alike those of one problem are, and each problem counts as one observation.
//
// It is undefined with less than two problems that have observations, for hits outside 0 to Total,
// and for a level outside (0, 1).
func ByProblem(clusters []Cluster, level float64) (Share, bool) {
	s := Share{}
	for _, c := range clusters {
		if c.Hits < 0 || c.Hits > c.Total {
			return Share{}, false
		}
		if c.Total > 0 {
			s.Problems++
			s.Hits += c.Hits
			s.Total += c.Total
		}
	}
	if s.Problems < 2 || !valid(s.Hits, s.Total, level) {
		return Share{}, false
	}
	s.Value = float64(s.Hits) / float64(s.Total)
	s.Effective = s.effective(clusters, level)
	s.Interval = wilson(s.Value, s.Effective, level)
	return s, true
}

func (s Share) effective(clusters []Cluster, level float64) float64 {
	total, problems := float64(s.Total), float64(s.Problems)
	if s.Hits == 0 || s.Hits == s.Total {
		return problems
	}
	squares := 0.0
	for _, c := range clusters {
		off := float64(c.Hits) - s.Value*float64(c.Total)
		squares += off * off
	}
	if squares == 0 {
		return total // every problem has exactly the share
	}
	variance := squares * problems / (problems - 1) / (total * total)
	quantile := (1 + level) / 2
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: problems - 1}.Quantile(quantile)
	z := distuv.UnitNormal.Quantile(quantile)
	return min(total, s.Value*(1-s.Value)/variance*(z*z)/(t*t))
}
