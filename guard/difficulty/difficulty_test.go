package difficulty_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen/guard/difficulty"
)

func Example() {
	gate := difficulty.Default()
	for _, seen := range [][2]int{{0, 4}, {4, 8}, {5, 10}, {1, 8}, {8, 8}} {
		fmt.Println(seen[0], "of", seen[1], gate.Decide(seen[0], seen[1]))
	}
	// Output:
	// 0 of 4 deferred
	// 4 of 8 undecided
	// 5 of 10 active
	// 1 of 8 undecided
	// 8 of 8 retired
}

// The exact characteristic, with the bounds that the gate was chosen for.
func TestCharacteristic(t *testing.T) {
	gate := difficulty.Default()
	for _, c := range []struct{ p, least, most float64 }{
		{.01, 0, .0001},
		{.05, 0, .002},
		{.1, 0, .01},
		{.2, .10, .16},
		{.3, .45, 1},
		{.5, .84, 1},
		{.9, 0, .01},
		{.95, 0, .002},
	} {
		admitted, samples := gate.Characteristic(c.p, 1)
		t.Logf("p = %.2f: admitted %.4f, mean samples %.1f", c.p, admitted, samples)
		if admitted < c.least || admitted > c.most {
			t.Errorf("p = %g is admitted in %.4f, want %g to %g", c.p, admitted, c.least, c.most)
		}
	}
}

func TestSamplesOnAverage(t *testing.T) {
	gate := difficulty.Default()
	// p = sin^2(x) turns an integral over Beta(1/2, 1/2) into a plain one over x.
	for name, average := range map[string]func(batch int) float64{
		"uniform": func(batch int) float64 {
			return quad.Fixed(func(p float64) float64 { _, n := gate.Characteristic(p, batch); return n }, 0, 1, 64, nil, 0)
		},
		"Beta(1/2, 1/2)": func(batch int) float64 {
			return quad.Fixed(func(x float64) float64 {
				_, n := gate.Characteristic(math.Pow(math.Sin(x), 2), batch)
				return n * 2 / math.Pi
			}, 0, math.Pi/2, 64, nil, 0)
		},
	} {
		alone, fours := average(1), average(4)
		t.Logf("%s: %.2f samples one by one, %.2f in batches of 4", name, alone, fours)
		if alone > 11 {
			t.Errorf("%s: %.2f samples on average, want at most 11", name, alone)
		}
		if fours > 13.2 {
			t.Errorf("%s: %.2f samples in batches of 4, want at most 13.2", name, fours)
		}
	}
}

// The sum over all outcomes agrees with a count of simulated problems.
func TestCharacteristicAgreesWithDraws(t *testing.T) {
	gate := difficulty.Default()
	const p, streams = 0.35, 20_000
	want, _ := gate.Characteristic(p, 4)
	draw := distuv.Bernoulli{P: p, Src: rand.NewPCG(7, 0)}
	admitted := 0
	for range streams {
		passes, n, state := 0, 0, difficulty.Undecided
		for state == difficulty.Undecided {
			for range 4 {
				passes += int(draw.Rand())
				n++
			}
			state = gate.Decide(passes, n)
		}
		if state == difficulty.Active {
			admitted++
		}
	}
	if got := float64(admitted) / streams; math.Abs(got-want) > 0.015 {
		t.Errorf("%.4f of the simulated problems are admitted, computed %.4f", got, want)
	}
}

func TestDecisionsAreFinalAtTheLastSample(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gate := difficulty.Default()
		n := rapid.IntRange(0, 200).Draw(t, "n")
		passes := rapid.IntRange(0, n).Draw(t, "passes")
		state := gate.Decide(passes, n)
		if (n >= gate.Last) == (state == difficulty.Undecided) && n >= gate.Last {
			t.Fatalf("%d of %d is undecided after the last sample", passes, n)
		}
		if n < gate.First && state != difficulty.Undecided {
			t.Fatalf("%d of %d is decided before the first look: %s", passes, n, state)
		}
		if passes == 0 && state == difficulty.Hard {
			t.Fatal("a problem that was never solved is called hard")
		}
		if n > 0 && passes == n && (state == difficulty.Hard || state == difficulty.Deferred && n > 8) {
			t.Fatalf("always solved (%d of %d), but %s", passes, n, state)
		}
		// The mirror image of a problem is in the band exactly if it is.
		if mirror := gate.Decide(n-passes, n); (mirror == difficulty.Active) != (state == difficulty.Active) {
			t.Fatalf("%d of %d is %s, its mirror image %s", passes, n, state, mirror)
		}
	})
}

func TestReportedNumbers(t *testing.T) {
	for _, c := range []struct{ p, want float64 }{{.01, .077}, {.05, .337}, {.2, .832}, {.5, .992}} {
		if got := difficulty.ExpectedGradient(c.p, 8); math.Abs(got-c.want) > .0006 {
			t.Errorf("expected gradient at p = %g, n = 8: %.4f, want %g", c.p, got, c.want)
		}
	}
	for n, want := range map[int]float64{4: 1.73, 8: 2.65, 16: 3.87, 32: 5.57} {
		if got := difficulty.LoneSuccess(n); math.Abs(got-want) > .006 {
			t.Errorf("lone success among %d: %.3f, want %g", n, got, want)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*difficulty.Gate){
		"band":    func(g *difficulty.Gate) { g.Low = .9 },
		"masses":  func(g *difficulty.Gate) { g.Reject = .99 },
		"samples": func(g *difficulty.Gate) { g.Last = 2 },
		"NaN":     func(g *difficulty.Gate) { g.High = math.NaN() },
	} {
		gate := difficulty.Default()
		change(&gate)
		if gate.Check() == nil {
			t.Errorf("%s: accepted %+v", name, gate)
		}
	}
	if err := difficulty.Default().Check(); err != nil {
		t.Error(err)
	}
}
