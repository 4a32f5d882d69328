package evals

import (
	"fmt"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen/measure/interval"
)

// Estimate is a number with its 95 % interval by problem.
//
// Shares have the interval of [interval.ByProblem]. Everything else is bootstrapped by problem
// ([interval.Of]): 2,000 draws, fewer where there are more than 10,000 rows, but at least 200.
type Estimate struct {
	// Value is null where it is undefined.
	Value *float64 `json:"value"`
	// Low and High are null where Value is, with less than two problems, where the statistic is
	// undefined on most resamples, and where all resamples give the same, which says that these
	// problems agree and not that nothing is uncertain.
	Low  *float64 `json:"low"`
	High *float64 `json:"high"`
}

// bootstrap is the statistic of problems with its interval. Rows are how many the problems hold.
func bootstrap[P any](problems []P, rows int, statistic func([]P) (float64, bool)) Estimate {
	value, ok := statistic(problems)
	if !ok {
		return Estimate{}
	}
	settings := interval.Default()
	settings.Draws = min(settings.Draws, max(200, 20_000_000/max(rows, 1)))
	found, err := interval.Of(settings, problems, statistic)
	if err != nil || found.Low == found.High {
		return Estimate{Value: &value}
	}
	return Estimate{&value, &found.Low, &found.High}
}

// shareOf is the share of hits, with its interval by problem.
func shareOf(clusters []interval.Cluster) Estimate {
	hits, total := 0, 0
	for _, c := range clusters {
		hits, total = hits+c.Hits, total+c.Total
	}
	if total == 0 {
		return Estimate{}
	}
	value := float64(hits) / float64(total)
	share, ok := interval.ByProblem(clusters, interval.Level)
	if !ok {
		return Estimate{Value: &value}
	}
	return Estimate{&value, &share.Low, &share.High}
}

// number is a number in a table, or "-".
func number(value *float64) string {
	if value == nil {
		return "-"
	}
	if text := fmt.Sprintf("%.3f", *value); text != "-0.000" {
		return text
	}
	return "0.000"
}

// String is "0.420 (0.310 to 0.530)", or as much of it as there is.
func (e Estimate) String() string {
	if e.Low == nil || e.High == nil {
		return number(e.Value)
	}
	return fmt.Sprintf("%s (%s to %s)", number(e.Value), number(e.Low), number(e.High))
}

// narrow is "0.42 (0.31, 0.53)", for tables with many columns.
func (e Estimate) narrow() string {
	if e.Value == nil {
		return "-"
	}
	if e.Low == nil || e.High == nil {
		return fmt.Sprintf("%.2f", *e.Value)
	}
	return fmt.Sprintf("%.2f (%.2f, %.2f)", *e.Value, *e.Low, *e.High)
}

// byProblem groups values by problem, in the order in which problems first appear.
type byProblem[T any] struct {
	ids    []string
	groups map[string][]T
}

func (b *byProblem[T]) add(problem string, value T) {
	if b.groups == nil {
		b.groups = map[string][]T{}
	}
	if _, known := b.groups[problem]; !known {
		b.ids = append(b.ids, problem)
	}
	b.groups[problem] = append(b.groups[problem], value)
}

// all is one group a problem.
func (b *byProblem[T]) all() [][]T {
	return lo.Map(b.ids, func(id string, _ int) []T { return b.groups[id] })
}

// clusters counts, for each problem, the values that count and those of them that hit.
func clusters[T any](groups [][]T, counts, hits func(T) bool) []interval.Cluster {
	return lo.Map(groups, func(group []T, _ int) interval.Cluster {
		c := interval.Cluster{}
		for _, value := range group {
			if counts(value) {
				c.Total++
				if hits(value) {
					c.Hits++
				}
			}
		}
		return c
	})
}

// always is true of everything.
func always[T any](T) bool { return true }
