package correction_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/correction"
)

func turn(answer string, outcome feedbackgen.Outcome) correction.Turn {
	return correction.Turn{Answer: answer, Outcome: outcome}
}

func TestWhatASecondTurnChanges(t *testing.T) {
	pass, fail := feedbackgen.Pass, feedbackgen.Fail
	r := correction.Measure([]correction.Episode{
		{turn("4", pass), turn("4", pass)},
		{turn("4", pass), turn("5", fail)},
		{turn("3", fail), turn("4", pass)},
		{turn("3", fail), turn("4", pass)},
		{turn("3", fail), turn("5", fail)},
		{turn("3", fail), turn("", feedbackgen.Invalid)},
		{turn("4", pass)},
	})
	got := r.Overall
	if got.CC != 1 || got.CI != 1 || got.IC != 2 || got.II != 1 || got.Unjudged != 1 {
		t.Errorf("transitions %+v", got)
	}
	for name, v := range map[string][2]float64{
		"delta": {*got.Delta, 1. / 5}, "changed": {*got.Changed, 4. / 5}, "mended": {*got.Mended, 2. / 3}, "spoilt": {*got.Spoilt, 1. / 2},
		"first turn": {*r.Turns[0].Accuracy, 3. / 7}, "second turn": {*r.Turns[1].Accuracy, 3. / 5},
	} {
		if math.Abs(v[0]-v[1]) > 1e-12 {
			t.Errorf("%s is %v, want %v", name, v[0], v[1])
		}
	}
	if len(r.Steps) != 1 || r.Steps[0].IC != 2 || r.Turns[1].Unjudged != 1 {
		t.Errorf("%+v", r)
	}
}

// An error of infrastructure after the correction is not a spoilt answer.
func TestErrorsAreNotMistakes(t *testing.T) {
	r := correction.Measure([]correction.Episode{{turn("4", feedbackgen.Pass), turn("", feedbackgen.Error)}})
	text, err := json.Marshal(r.Overall)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"cc":0,"ci":0,"ic":0,"ii":0,"unjudged":1,"delta":null,"mended":null,"spoilt":null,"answer_changed":null}`
	if string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
}

func TestNothingToCompare(t *testing.T) {
	if r := correction.Measure(nil); r.Episodes != 0 || len(r.Turns) != 0 || r.Overall.Delta != nil {
		t.Errorf("%+v", r)
	}
	r := correction.Measure([]correction.Episode{{}, {turn("4", feedbackgen.Pass)}})
	if r.Episodes != 2 || len(r.Steps) != 0 || r.Turns[0].Judged != 1 || r.Overall.Unjudged != 0 {
		t.Errorf("%+v", r)
	}
}

func TestCountsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		episodes := rapid.SliceOf(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) correction.Turn {
			return turn(rapid.SampledFrom([]string{"1", "2"}).Draw(t, "answer"), rapid.SampledFrom(feedbackgen.Outcomes[:]).Draw(t, "outcome"))
		}), 0, 4)).Draw(t, "episodes")
		set := make([]correction.Episode, len(episodes))
		turns, several, steps := 0, 0, 0
		for i, e := range episodes {
			set[i] = e
			turns += len(e)
			if len(e) > 1 {
				several++
				steps += len(e) - 1
			}
		}
		r := correction.Measure(set)
		for _, a := range r.Turns {
			turns -= a.Judged + a.Unjudged
		}
		for _, c := range r.Steps {
			steps -= c.CC + c.CI + c.IC + c.II + c.Unjudged
		}
		o := r.Overall
		if rest := several - (o.CC + o.CI + o.IC + o.II + o.Unjudged); turns != 0 || steps != 0 || rest != 0 {
			t.Fatalf("%d turns, %d steps, %d episodes are lost", turns, steps, rest)
		}
		if o.Delta != nil && (*o.Delta < -1 || *o.Delta > 1) {
			t.Fatalf("delta %v", *o.Delta)
		}
	})
}

func ExampleMeasure() {
	pass, fail := feedbackgen.Pass, feedbackgen.Fail
	r := correction.Measure([]correction.Episode{
		{turn("12", fail), turn("15", pass)},
		{turn("7", pass), turn("7", pass)},
		{turn("3", fail), turn("3", fail)},
		{turn("9", pass), turn("8", fail)},
	})
	fmt.Printf("accuracy %v then %v, delta %v; ", *r.Turns[0].Accuracy, *r.Turns[1].Accuracy, *r.Overall.Delta)
	fmt.Printf("mended %v, spoilt %v, changed %v\n", *r.Overall.Mended, *r.Overall.Spoilt, *r.Overall.Changed)
	// Output: accuracy 0.5 then 0.5, delta 0; mended 0.5, spoilt 0.5, changed 0.5
}
