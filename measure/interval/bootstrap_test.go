package interval_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/interval"
)

// rate is the share of hits over problems; undefined without observations.
func rate(problems []interval.Cluster) (float64, bool) {
	hits, total := 0, 0
	for _, p := range problems {
		hits += p.Hits
		total += p.Total
	}
	return float64(hits) / float64(total), total > 0
}

func TestBootstrapCovers(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	settings := interval.Default()
	settings.Draws = 300
	const streams = 500
	covered := 0
	for stream := range streams {
		settings.Seed = uint64(stream)
		got, err := interval.Of(settings, correlated(random, 40), rate)
		if err != nil {
			t.Fatal(err)
		}
		if got.Low <= 0.5 && 0.5 <= got.High {
			covered++
		}
	}
	share := float64(covered) / streams
	t.Logf("covers %.3f", share)
	if share < 0.91 || share > 0.98 {
		t.Errorf("40 problems: the interval covers %.3f, want about .95", share)
	}
}

func TestBootstrapRepeats(t *testing.T) {
	problems := correlated(rand.New(rand.NewPCG(5, 6)), 30)
	first, err := interval.Of(interval.Default(), problems, rate)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := interval.Of(interval.Default(), problems, rate)
	if first != again {
		t.Errorf("equal settings give %+v and %+v", first, again)
	}
	other := interval.Default()
	other.Seed++
	if different, _ := interval.Of(other, problems, rate); different == first {
		t.Error("another seed gives the same draws")
	}
}

// The same problems make a paired difference far surer than two separate intervals are.
func TestDifferencePairsProblems(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	base := correlated(random, 60)
	better := make([]interval.Cluster, len(base))
	for i, p := range base {
		better[i] = p
		if i%3 == 0 && p.Hits < p.Total {
			better[i].Hits++
		}
	}
	d, err := interval.OfDifference(interval.Default(), better, base, rate)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := interval.Of(interval.Default(), better, rate)
	b, _ := interval.Of(interval.Default(), base, rate)
	if d.A != a.Value || d.B != b.Value || d.Value != a.Value-b.Value {
		t.Errorf("difference %+v of %v and %v", d, a.Value, b.Value)
	}
	if !(d.Low > 0) || d.Above != 1 {
		t.Errorf("an improvement that spoils nothing is not sure: %+v", d)
	}
	if b.High < a.Low {
		t.Errorf("the separate intervals %v and %v do not overlap: the test shows nothing", a, b)
	}
	same, err := interval.OfDifference(interval.Default(), base, base, rate)
	if err != nil || same.Value != 0 || same.Low != 0 || same.High != 0 || same.Above != 0.5 {
		t.Errorf("a system against itself: %+v, %v", same, err)
	}
}

func TestBootstrapTellsWhatIsUndefined(t *testing.T) {
	half := interval.Cluster{Hits: 1, Total: 2}
	settings := interval.Default()
	// Only one of five problems has observations: a third of the draws misses it.
	got, err := interval.Of(settings, []interval.Cluster{half, {}, {}, {}, {}}, rate)
	if err != nil || got.Undefined < 500 || got.Undefined > 800 || got.Draws != 2000 {
		t.Errorf("%+v, %v: want .8^5 of 2000 draws undefined", got, err)
	}
	never := func([]interval.Cluster) (float64, bool) { return 0, false }
	onlyWhole := func(p []interval.Cluster) (float64, bool) { return 0, p[0] == half && p[1].Total == 0 }
	for _, tt := range []struct {
		name      string
		problems  []interval.Cluster
		statistic func([]interval.Cluster) (float64, bool)
		want      error
	}{
		{"one problem", []interval.Cluster{half}, rate, interval.ErrFew},
		{"undefined", []interval.Cluster{half, half}, never, interval.ErrUndefined},
		{"mostly undefined", []interval.Cluster{half, {}}, onlyWhole, interval.ErrUndefined},
	} {
		if got, err := interval.Of(settings, tt.problems, tt.statistic); !errors.Is(err, tt.want) {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
		}
	}
	if _, err := interval.OfDifference(settings, []interval.Cluster{half, half}, nil, rate); !errors.Is(err, feedbackgen.ErrInput) {
		t.Errorf("different problems: %v", err)
	}
	for _, bad := range []interval.Bootstrap{{Draws: 0, Level: 0.9}, {Draws: 10, Level: 1}} {
		if _, err := interval.Of(bad, []interval.Cluster{half, half}, rate); err == nil {
			t.Errorf("%+v works", bad)
		}
	}
}
