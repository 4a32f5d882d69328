package interval_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen/measure/interval"
)

func near(t testing.TB, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9) {
		t.Errorf("%s is %.12g, want %.12g", what, got, want)
	}
}

type method func(k, n int, level float64) (interval.Interval, bool)

// The values are statsmodels 0.15.0's (proportion_confint), whose Jeffreys interval is left open at
// 0 of n and n of n.
func TestProportionsAgreeWithStatsmodels(t *testing.T) {
	for _, tt := range []struct {
		name      string
		method    method
		k, n      int
		low, high float64
	}{
		{"wilson", interval.Wilson, 0, 10, 0, 0.27753279986288926},
		{"wilson", interval.Wilson, 3, 20, 0.052368745896216595, 0.36041886474075696},
		{"wilson", interval.Wilson, 7, 7, 0.6456695649333125, 1},
		{"jeffreys", interval.Jeffreys, 0, 10, 0, 0.2171962675092106},
		{"jeffreys", interval.Jeffreys, 3, 20, 0.04413134197515587, 0.348577710858454},
		{"jeffreys", interval.Jeffreys, 7, 7, 0.7075638263376901, 1},
		{"exact", interval.ClopperPearson, 0, 10, 0, 0.30849710781876083},
		{"exact", interval.ClopperPearson, 3, 20, 0.0320709371854637, 0.37892682654531396},
		{"exact", interval.ClopperPearson, 7, 7, 0.5903836027749966, 1},
	} {
		got, ok := tt.method(tt.k, tt.n, 0.95)
		if !ok {
			t.Errorf("%s of %d of %d is undefined", tt.name, tt.k, tt.n)
		}
		near(t, tt.name+" low", got.Low, tt.low)
		near(t, tt.name+" high", got.High, tt.high)
	}
}

func TestProportionsHoldTheShareAndWidenWithTheLevel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5000).Draw(t, "n")
		k := rapid.IntRange(0, n).Draw(t, "k")
		level := rapid.Float64Range(0.5, 0.99).Draw(t, "level")
		for _, of := range []method{interval.Wilson, interval.Jeffreys, interval.ClopperPearson} {
			narrow, ok := of(k, n, level)
			wide, ok2 := of(k, n, (1+level)/2)
			share := float64(k) / float64(n)
			if !ok || !ok2 || !(0 <= wide.Low && wide.Low <= narrow.Low && narrow.Low <= share+1e-12 &&
				share <= narrow.High+1e-12 && narrow.High <= wide.High && wide.High <= 1) {
				t.Fatalf("%d of %d: %v at %v, %v at %v", k, n, narrow, level, wide, (1+level)/2)
			}
		}
	})
}

func TestProportionsAreUndefinedWithoutTrials(t *testing.T) {
	for _, of := range []method{interval.Wilson, interval.Jeffreys, interval.ClopperPearson} {
		for _, tt := range []struct {
			k, n  int
			level float64
		}{{0, 0, 0.95}, {-1, 3, 0.95}, {4, 3, 0.95}, {1, 3, 0}, {1, 3, 1}, {1, 3, math.NaN()}} {
			if got, ok := of(tt.k, tt.n, tt.level); ok {
				t.Errorf("%d of %d at %v gives %v", tt.k, tt.n, tt.level, got)
			}
		}
	}
}

// correlated draws problems of 8 observations each, whose rates differ widely around 1/2.
func correlated(random *rand.Rand, problems int) []interval.Cluster {
	clusters := make([]interval.Cluster, problems)
	for i := range clusters {
		s := math.Sin(math.Pi / 2 * random.Float64())
		rate := s * s // Beta(1/2, 1/2), with mean 1/2
		clusters[i].Total = 8
		for range 8 {
			if random.Float64() < rate {
				clusters[i].Hits++
			}
		}
	}
	return clusters
}

func TestByProblemCoversWhereIndependenceDoesNot(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, problems := range []int{5, 20, 100} {
		const streams = 2000
		covered, naive := 0, 0
		for range streams {
			share, ok := interval.ByProblem(correlated(random, problems), 0.95)
			if ok && share.Low <= 0.5 && 0.5 <= share.High {
				covered++
			}
			if w, _ := interval.Wilson(share.Hits, share.Total, 0.95); w.Low <= 0.5 && 0.5 <= w.High {
				naive++
			}
		}
		rate, naiveRate := float64(covered)/streams, float64(naive)/streams
		t.Logf("%d problems: covers %.3f, as if independent %.3f", problems, rate, naiveRate)
		if rate < 0.935 || naiveRate > 0.75 {
			t.Errorf("%d problems: the interval covers %.3f (want .95), the naive one %.3f (want far less)", problems, rate, naiveRate)
		}
	}
}

func TestByProblemClaimsNoCertainty(t *testing.T) {
	all := []interval.Cluster{{Hits: 50, Total: 50}, {Hits: 50, Total: 50}, {}, {Hits: 50, Total: 50}}
	share, ok := interval.ByProblem(all, 0.95)
	if !ok || share.Value != 1 || share.Problems != 3 || share.Effective != 3 {
		t.Fatalf("three problems, all right: %+v, %v", share, ok)
	}
	if want, _ := interval.Wilson(3, 3, 0.95); share.Interval != want {
		t.Errorf("150 equal observations of three problems give %v, want that of three, %v", share.Interval, want)
	}
	for name, clusters := range map[string][]interval.Cluster{
		"none": nil, "one problem": {{Hits: 3, Total: 8}}, "one with observations": {{Hits: 3, Total: 8}, {}},
		"impossible": {{Hits: 3, Total: 2}, {Hits: 1, Total: 2}},
	} {
		if got, ok := interval.ByProblem(clusters, 0.95); ok {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestByProblemStaysInBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clusters := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) interval.Cluster {
			total := rapid.IntRange(0, 20).Draw(t, "total")
			return interval.Cluster{Hits: rapid.IntRange(0, total).Draw(t, "hits"), Total: total}
		}), 0, 12).Draw(t, "clusters")
		share, ok := interval.ByProblem(clusters, 0.9)
		if !ok {
			return
		}
		if !(0 <= share.Low && share.Low <= share.Value && share.Value <= share.High && share.High <= 1) ||
			!(0 < share.Effective && share.Effective <= float64(share.Total)) {
			t.Fatalf("%+v", share)
		}
	})
}
