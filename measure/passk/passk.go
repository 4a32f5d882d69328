// Package passk measures how many problems a model solves when it may draw k times: pass@k, its
// curve, and which of two models reaches which problems.
//
// pass@1 says how good a model is, pass@k for a large k what it can reach at all. Training that
// only reweights what a model already can raises the first and not the second (arXiv:2504.13837),
// so both are reported, with the problems that only one of two models reaches.
package passk

// Counts is one problem's draws: C of N judged ones passed. Draws that are invalid or failed for
// reasons of infrastructure belong in neither number.
type Counts struct {
	N int `json:"n"`
	C int `json:"c"`
}

// Estimate is the unbiased estimate of pass@k, the chance that at least one of k draws passes, from
// c passes of n draws: 1 - C(n-c,k)/C(n,k) (arXiv:2107.03374, equation 1), as a product that neither
// overflows nor cancels. It is undefined for k < 1, k > n, and c outside 0 to n.
func Estimate(n, c, k int) (float64, bool) {
	if k < 1 || k > n || c < 0 || c > n {
		return 0, false
	}
	if n-c < k {
		return 1, true // k draws cannot all be failures
	}
	failures := 1.0
	if c <= k { // one factor for each pass or for each draw, whichever are fewer; they are equal
		for i := n - c + 1; i <= n; i++ {
			failures *= 1 - float64(k)/float64(i)
		}
	} else {
		for i := range k {
			failures *= float64(n-c-i) / float64(n-i)
		}
	}
	return 1 - failures, true
}

// Mean is pass@k averaged over the problems that have at least k draws, and the number of those. It
// is undefined if there are none, or if any problem's counts are impossible.
func Mean(problems []Counts, k int) (mean float64, used int, ok bool) {
	sum := 0.0
	for _, p := range problems {
		if p.C < 0 || p.C > p.N {
			return 0, 0, false
		}
		if v, ok := Estimate(p.N, p.C, k); ok {
			sum += v
			used++
		}
	}
	if used == 0 {
		return 0, 0, false
	}
	return sum / float64(used), used, true
}

// Point is pass@k at one k.
type Point struct {
	K int `json:"k"`
	// Pass is null where no problem has k draws.
	Pass *float64 `json:"pass"`
	// Problems have at least k draws and are averaged; Short have fewer, and are left out. Points
	// with different numbers of problems do not compare.
	Problems int `json:"problems"`
	Short    int `json:"short"`
}

// Curve is pass@k at several k, in the order given.
func Curve(problems []Counts, ks ...int) []Point {
	points := make([]Point, len(ks))
	for i, k := range ks {
		mean, used, ok := Mean(problems, k)
		points[i] = Point{K: k, Problems: used, Short: len(problems) - used}
		if ok {
			points[i].Pass = &mean
		}
	}
	return points
}
