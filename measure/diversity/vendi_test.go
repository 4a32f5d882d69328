package diversity_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/diversity"
)

func TestVendiCountsWhatIsDifferent(t *testing.T) {
	const n = 6
	for name, tt := range map[string]struct {
		similarity func(i, j int) float64
		want       float64
	}{
		"nothing in common": {func(i, j int) float64 { return oneIf(i == j) }, 6},
		"all the same":      {func(int, int) float64 { return 1 }, 1},
		"three pairs":       {func(i, j int) float64 { return oneIf(i/2 == j/2) }, 3},
	} {
		got, err := diversity.Vendi(n, tt.similarity)
		if err != nil || math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: %v, %v, want %v", name, got, err, tt.want)
		}
	}
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func TestVendiRefusesWhatHasNoScore(t *testing.T) {
	wide := make([][]float64, diversity.VendiCap+1)
	for i := range wide {
		wide[i] = make([]float64, diversity.VendiCap+1)
		wide[i][i] = 1
	}
	kernel := func(n int, k func(i, j int) float64) func() (float64, error) {
		return func() (float64, error) { return diversity.Vendi(n, k) }
	}
	vectors := func(v [][]float64) func() (float64, error) {
		return func() (float64, error) { return diversity.VendiVectors(v) }
	}
	one := func(int, int) float64 { return 1 }
	for name, score := range map[string]func() (float64, error){
		"no items":         kernel(0, one),
		"above the cap":    kernel(diversity.VendiCap+1, one),
		"NaN":              kernel(2, func(int, int) float64 { return math.NaN() }),
		"a diagonal of 2":  kernel(2, func(int, int) float64 { return 2 }),
		"no vectors":       vectors(nil),
		"no coordinates":   vectors([][]float64{{}}),
		"ragged vectors":   vectors([][]float64{{1}, {1, 2}}),
		"a vector of 0":    vectors([][]float64{{1, 0}, {0, 0}}),
		"infinite vector":  vectors([][]float64{{math.Inf(1), 0}}),
		"too many of them": vectors(wide),
	} {
		if got, err := score(); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// Fewer coordinates than vectors take the smaller matrix, with the same score.
func TestVendiOfManyVectors(t *testing.T) {
	vectors := make([][]float64, 3*diversity.VendiCap)
	for i := range vectors {
		vectors[i] = []float64{oneIf(i%3 == 0), oneIf(i%3 == 1), 2 * oneIf(i%3 == 2)}
	}
	if got, err := diversity.VendiVectors(vectors); err != nil || math.Abs(got-3) > 1e-9 {
		t.Errorf("three directions: %v, %v", got, err)
	}
}

// Above the cap some texts are drawn, which the result tells; copies do not count towards it.
func TestVendiOfManyTexts(t *testing.T) {
	copies := make([]string, 5*diversity.VendiCap)
	for i := range copies {
		copies[i] = []string{"one two three four", "five six seven eight"}[i%2]
	}
	r := diversity.Measure(copies, 1)
	if math.Abs(*r.Vendi-2) > 1e-9 || r.VendiTexts != len(copies) {
		t.Errorf("two texts, often: Vendi %v over %d texts", *r.Vendi, r.VendiTexts)
	}
	different := make([]string, diversity.VendiCap+1)
	for i := range different {
		different[i] = fmt.Sprintf("a%d b%d c%d d%d", i, i, i, i)
	}
	r = diversity.Measure(different, 1)
	if math.Abs(*r.Vendi-diversity.VendiCap) > 1e-6 || r.VendiTexts != diversity.VendiCap {
		t.Errorf("all different: Vendi %v over %d texts", *r.Vendi, r.VendiTexts)
	}
}

func BenchmarkMeasure(b *testing.B) {
	texts := make([]string, 256)
	for i := range texts {
		texts[i] = fmt.Sprintf("He has %d apples and buys %d more, so he has %d. Then %d are eaten; %d remain.", i, i*7%11, i+i*7%11, i%5, i)
	}
	for b.Loop() {
		diversity.Measure(texts, 1)
	}
}
