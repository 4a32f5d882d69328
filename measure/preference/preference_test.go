package preference_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen/measure/preference"
)

// pair has sides of these truths, lengths and positions; chosen first.
func pair(problem string, truth [2]float64, length, position [2]int) preference.Pair {
	return preference.Pair{
		Problem:  problem,
		Chosen:   preference.Side{Truth: &truth[0], Length: length[0], Position: &position[0]},
		Rejected: preference.Side{Truth: &truth[1], Length: length[1], Position: &position[1]},
	}
}

func TestWhatPairsPrefer(t *testing.T) {
	pairs := []preference.Pair{
		pair("a", [2]float64{0.9, 0.1}, [2]int{20, 10}, [2]int{0, 1}),
		pair("a", [2]float64{0.5, 0.5}, [2]int{30, 10}, [2]int{2, 1}),
		pair("b", [2]float64{0.2, 0.7}, [2]int{10, 10}, [2]int{0, 3}),
		pair("c", [2]float64{1, math.NaN()}, [2]int{10, 0}, [2]int{1, 1}),
		{Problem: "c"},
	}
	r := preference.Measure(pairs, 0.95)
	for name, tt := range map[string]struct {
		got                          preference.Share
		hits, counted, tied, unknown int
		problems                     int
		share                        float64
	}{
		"accuracy": {r.Accuracy, 1, 2, 1, 2, 2, 0.5},
		"longer":   {r.Length.Longer, 2, 2, 1, 2, 1, 1},
		"first":    {r.First, 2, 3, 1, 1, 2, 2. / 3},
	} {
		g := tt.got
		if g.Hits != tt.hits || g.Counted != tt.counted || g.Tied != tt.tied || g.Unknown != tt.unknown || g.Problems != tt.problems {
			t.Errorf("%s: %+v, want %+v", name, g, tt)
		}
		if math.Abs(*g.Share-tt.share) > 1e-12 {
			t.Errorf("%s: share %v, want %v", name, *g.Share, tt.share)
		}
		if (g.Low == nil) != (g.Problems < 2) || (g.High == nil) != (g.Problems < 2) {
			t.Errorf("%s: an interval from %d problems: %v, %v", name, g.Problems, g.Low, g.High)
		}
	}
	if want := (math.Log(2) + math.Log(3)) / 3; math.Abs(*r.Length.LogRatio-want) > 1e-12 {
		t.Errorf("mean log ratio %v, want %v", *r.Length.LogRatio, want)
	}
}

func TestNothingKnownIsNull(t *testing.T) {
	text, err := json.Marshal(preference.Measure([]preference.Pair{{Problem: "a"}}, 0.95))
	if err != nil {
		t.Fatal(err)
	}
	share := `{"hits":0,"counted":0,"tied":0,"unknown":1,"problems":0,"share":null,"low":null,"high":null}`
	for _, want := range []string{`"accuracy":` + share, `"chosen_is_first":` + share, `"mean_log_length_ratio":null`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

// Length prefers at random, but pairs of a problem go one way: an interval over pairs would see a
// bias in a third of the streams or more.
func TestNoBiasIsSeldomCalledOne(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	const streams = 1000
	alarms := 0
	for range streams {
		var pairs []preference.Pair
		for problem := range 30 {
			longer := random.IntN(2)
			for range 1 + random.IntN(6) {
				pairs = append(pairs, preference.Pair{
					Problem: fmt.Sprint(problem), Chosen: preference.Side{Length: 10 + longer}, Rejected: preference.Side{Length: 11 - longer},
				})
			}
		}
		if b := preference.LengthBias(pairs, 0.95).Longer; *b.Low > 0.5 || *b.High < 0.5 {
			alarms++
		}
	}
	if share := float64(alarms) / streams; share > 0.065 {
		t.Errorf("a bias is seen in %.3f of streams that have none", share)
	}
}

func TestSwappingSidesSwapsShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		truths, lengths := rapid.SampledFrom([]float64{0, 0.5, 1}), rapid.IntRange(0, 3)
		pairs := rapid.SliceOf(rapid.Custom(func(t *rapid.T) preference.Pair {
			return pair(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "problem"),
				[2]float64{truths.Draw(t, "chosen"), truths.Draw(t, "rejected")},
				[2]int{lengths.Draw(t, "length"), lengths.Draw(t, "other")}, [2]int{lengths.Draw(t, "at"), lengths.Draw(t, "other at")})
		})).Draw(t, "pairs")
		swapped := make([]preference.Pair, len(pairs))
		for i, p := range pairs {
			swapped[i] = preference.Pair{Problem: p.Problem, Chosen: p.Rejected, Rejected: p.Chosen}
		}
		r, s := preference.Measure(pairs, 0.95), preference.Measure(swapped, 0.95)
		for _, both := range [][2]preference.Share{{r.Accuracy, s.Accuracy}, {r.Length.Longer, s.Length.Longer}, {r.First, s.First}} {
			a, b := both[0], both[1]
			if a.Counted+a.Tied+a.Unknown != len(pairs) || a.Counted != b.Counted || a.Hits+b.Hits != a.Counted {
				t.Fatalf("%d pairs: %+v, swapped %+v", len(pairs), a, b)
			}
			if a.Low != nil && math.Abs(*a.Low+*b.High-1) > 1e-9 {
				t.Fatalf("intervals are not mirrored: %v and %v", *a.Low, *b.High)
			}
		}
		if r.Length.LogRatio != nil && math.Abs(*r.Length.LogRatio+*s.Length.LogRatio) > 1e-12 {
			t.Fatalf("log ratios %v and %v", *r.Length.LogRatio, *s.Length.LogRatio)
		}
	})
}

func ExampleLengthBias() {
	var pairs []preference.Pair
	for i := range 12 {
		pairs = append(pairs, preference.Pair{
			Problem: fmt.Sprint(i), Chosen: preference.Side{Length: 200 - 20*(i%4)}, Rejected: preference.Side{Length: 150},
		})
	}
	bias := preference.LengthBias(pairs, 0.95)
	fmt.Printf("longer in %.2f [%.2f, %.2f] of pairs, log ratio %.2f\n",
		*bias.Longer.Share, *bias.Longer.Low, *bias.Longer.High, *bias.LogRatio)
	// Output: longer in 0.75 [0.42, 0.92] of pairs, log ratio 0.12
}
