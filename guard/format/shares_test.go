package format_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/format"
)

// threeFormats is a model of equations, prose and bullets, ten texts each.
func threeFormats(t *testing.T) format.Model {
	t.Helper()
	var texts []string
	for range 10 {
		texts = append(texts, "2+3=5\n5*2=10", "She adds five.\nThen she stops.", "- two apples\n- three pears")
	}
	model := fitted(t, measured(texts))
	if len(model.Classes) != 3 {
		t.Fatalf("%q", model.Names())
	}
	return model
}

func TestSummary(t *testing.T) {
	model := threeFormats(t)
	var seen []format.Observation
	for class, n := range []int{6, 3, 0, 1} {
		for i := range n {
			outcome := []feedbackgen.Outcome{feedbackgen.Pass, feedbackgen.Fail, feedbackgen.Invalid}[i%3]
			seen = append(seen, format.Observation{Prompt: "p", Class: class, Outcome: outcome})
		}
	}
	s, err := format.Summarise(model, seen)
	if err != nil {
		t.Fatal(err)
	}
	if s.N != 10 || s.Top != 0 || s.TopShare != 0.6 {
		t.Errorf("%+v", s)
	}
	if c := s.Classes[0]; c.Count != 6 || c.Right != 2 || c.Judged != 4 || c.Share != 0.6 || math.Abs(c.BaseShare-1./3) > 1e-12 {
		t.Errorf("%+v", c)
	}
	if c := s.Classes[3]; c.Name != "other" || c.Count != 1 || c.BaseShare != 0 {
		t.Errorf("%+v", c)
	}
	entropy := -(0.6*math.Log(0.6) + 0.3*math.Log(0.3) + 0.1*math.Log(0.1))
	if math.Abs(s.Entropy-entropy) > 1e-12 || math.Abs(s.Effective-math.Exp(entropy)) > 1e-12 {
		t.Errorf("H = %v, exp(H) = %v", s.Entropy, s.Effective)
	}
	// Of the three formats, two thirds are the first and one third the second.
	if want := -(2./3*math.Log(2./3) + 1./3*math.Log(1./3)) / math.Log(3); math.Abs(*s.Evenness-want) > 1e-12 {
		t.Errorf("H/log K = %v, not %v", *s.Evenness, want)
	}
}

func TestSummaryTellsWhatIsUndefined(t *testing.T) {
	if _, err := format.Summarise(threeFormats(t), nil); err == nil {
		t.Error("no completions are summarised")
	}
	if _, err := format.Summarise(threeFormats(t), []format.Observation{{Class: 4}}); err == nil {
		t.Error("a class that the model lacks is counted")
	}
	s, err := format.Summarise(threeFormats(t), []format.Observation{{Class: 3}})
	if err != nil || s.Evenness != nil {
		t.Errorf("completions that are all other are even: %+v, %v", s, err)
	}
	one := fitted(t, measured([]string{"2+3=5", "2+4=6"}))
	s, err = format.Summarise(one, []format.Observation{{Class: 0}})
	if err != nil || s.Evenness != nil || s.Effective != 1 {
		t.Errorf("one class has an evenness: %+v, %v", s, err)
	}
}

// Drift is symmetric, within 0 and 1 bit, 0 for equal shares and 1 for disjoint ones.
func TestDrift(t *testing.T) {
	shares := rapid.Custom(func(t *rapid.T) []float64 {
		counts := rapid.SliceOfN(rapid.IntRange(0, 50), 4, 4).Draw(t, "counts")
		counts[rapid.IntRange(0, 3).Draw(t, "some")]++
		s, _ := format.Shares(counts)
		return s
	})
	rapid.Check(t, func(t *rapid.T) {
		p, q := shares.Draw(t, "p"), shares.Draw(t, "q")
		d := format.Drift(p, q)
		if d < 0 || d > 1+1e-12 || math.Abs(d-format.Drift(q, p)) > 1e-12 {
			t.Fatalf("%v one way, %v the other", d, format.Drift(q, p))
		}
		if d := format.Drift(p, p); d > 1e-12 {
			t.Fatalf("no drift is %v", d)
		}
	})
	if d := format.Drift([]float64{1, 0}, []float64{0, 1}); math.Abs(d-1) > 1e-12 {
		t.Errorf("nothing in common is %v bits", d)
	}
	// By hand: middle .75 and .25; (log2(1/.75) + .5 log2(.5/.75) + .5 log2(.5/.25)) / 2.
	if d := format.Drift([]float64{1, 0}, []float64{0.5, 0.5}); math.Abs(d-0.311278124459133) > 1e-12 {
		t.Errorf("%v", d)
	}
}
