// Package interval says how sure a number is: intervals of proportions, of proportions whose
// observations come in problems, and of any statistic by resampling problems.
//
// The unit is the problem. Samples of one problem resemble each other, so an interval that takes
// them for independent is too narrow, often by half.
package interval

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is a two-sided interval; both ends belong to it.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Level is the usual level of an interval.
const Level = 0.95

// Wilson is the score interval (Wilson 1927) of a proportion, k of n independent trials, at a level
// such as 0.95. It is undefined without trials, for k outside 0 to n, and for a level outside (0, 1).
func Wilson(k, n int, level float64) (Interval, bool) {
	if !valid(k, n, level) {
		return Interval{}, false
	}
	return wilson(float64(k)/float64(n), float64(n), level), true
}

// wilson takes any number of trials, whole or not.
func wilson(p, n, level float64) Interval {
	z := distuv.UnitNormal.Quantile((1 + level) / 2)
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	low, high := max(0, centre-half), min(1, centre+half)
	// At the ends the formula gives 0 and 1 but for rounding.
	if p == 0 {
		low = 0
	}
	if p == 1 {
		high = 1
	}
	return Interval{low, high}
}

// Jeffreys is the equal-tailed interval of the posterior Beta(k+1/2, n-k+1/2), with the low end at 0
// for k = 0 and the high end at 1 for k = n (Brown, Cai and DasGupta 2001). It is undefined where
// [Wilson] is.
func Jeffreys(k, n int, level float64) (Interval, bool) {
	if !valid(k, n, level) {
		return Interval{}, false
	}
	a, b := float64(k)+0.5, float64(n-k)+0.5
	return tails(k, n, a, b, a, b, level), true
}

// ClopperPearson is the exact interval: it covers the true proportion at least as often as its level
// says, whatever that proportion is, and is wider for it. It is undefined where [Wilson] is.
func ClopperPearson(k, n int, level float64) (Interval, bool) {
	if !valid(k, n, level) {
		return Interval{}, false
	}
	x, m := float64(k), float64(n)
	return tails(k, n, x, m-x+1, x+1, m-x, level), true
}

// tails is the interval between the lower quantile of Beta(a, b) and the upper one of Beta(c, d).
func tails(k, n int, a, b, c, d, level float64) Interval {
	tail := (1 - level) / 2
	ends := Interval{0, 1}
	if k > 0 {
		ends.Low = mathext.InvRegIncBeta(a, b, tail)
	}
	if k < n {
		ends.High = mathext.InvRegIncBeta(c, d, 1-tail)
	}
	return ends
}

func valid(k, n int, level float64) bool {
	return n > 0 && 0 <= k && k <= n && 0 < level && level < 1
}
