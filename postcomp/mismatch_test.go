package postcomp

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// draw makes the wrong answers of problems: a model errs in ways of its own.
func draw(rng *rand.Rand, problems, each int, habit func(rng *rand.Rand) wrongAnswer) map[string][]wrongAnswer {
	all := map[string][]wrongAnswer{}
	for p := range problems {
		for range each {
			all[fmt.Sprint(p)] = append(all[fmt.Sprint(p)], habit(rng))
		}
	}
	return all
}

func order(problems int) (names []string) {
	for p := range problems {
		names = append(names, fmt.Sprint(p))
	}
	return names
}

func own(rng *rand.Rand) wrongAnswer {
	return wrongAnswer{answer: fmt.Sprint(rng.IntN(4)), step: rng.IntN(3), length: 4 + rng.NormFloat64()*.3}
}

func others(rng *rand.Rand) wrongAnswer {
	return wrongAnswer{answer: fmt.Sprint(2 + rng.IntN(6)), step: 2 + rng.IntN(2), length: 5 + rng.NormFloat64()*.3}
}

// Mistakes unlike the model's own show, in every figure; its own, drawn again, do not.
func TestMismatchTellsForeignMistakesFromOwn(t *testing.T) {
	const problems, each = 60, 6
	rng := rand.New(rand.NewPCG(5, 0))
	mine := draw(rng, problems, each, own)
	foreign := compareErrors(mine, draw(rng, problems, each, others), order(problems))
	for name, e := range map[string]float64{"answers": foreign.Answers.Low, "steps": foreign.Steps.Low, "length": foreign.Length.Low} {
		if e <= 0 {
			t.Errorf("%s of foreign mistakes: the interval begins at %.3f, not above 0", name, e)
		}
	}
	// 95 % intervals of what is 0 hold 0 in about 95 of 100 draws.
	misses := 0
	for range 100 {
		again := compareErrors(draw(rng, problems, each, own), draw(rng, problems, each, own), order(problems))
		if again.Answers.Low > 0 || again.Answers.High < 0 {
			misses++
		}
	}
	if misses > 14 {
		t.Errorf("own mistakes, drawn again, look foreign in %d of 100 draws, want about 5", misses)
	}
}

// Problems with too few mistakes to compare say nothing, and no problem at all is no figure.
func TestMismatchNeedsMistakes(t *testing.T) {
	got := compareErrors(map[string][]wrongAnswer{"1": {{}, {}}}, map[string][]wrongAnswer{"1": {{}}}, []string{"1"})
	if got.Problems != 0 || got.Answers != nil {
		t.Errorf("%+v", got)
	}
}
