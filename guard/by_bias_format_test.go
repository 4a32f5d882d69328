package guard

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// firstWord tells formats apart by their first word; of texts without any it can tell none.
func firstWord(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return word
}

// pairOf is a preference between two texts.
func pairOf(chosen, rejected string, whole bool) *Record {
	return &Record{Texts: []Text{{Column: "chosen", Text: chosen, Whole: whole}, {Column: "rejected", Text: rejected, Whole: whole}}}
}

// biasOf is what the guard says of pairs of two formats, of which each comes from a problem of its own.
func biasOf(classify func(string) string, pairs ...*Record) Report {
	g := ByBias(classify)
	for i, r := range pairs {
		g.Judge(&Case{Problem: fmt.Sprint(i), Records: []*Record{r}})
	}
	return g.Report()
}

func TestAPreferredFormatIsTold(t *testing.T) {
	var pairs []*Record
	for i := range 100 {
		switch {
		case i < 30:
			pairs = append(pairs, pairOf("equations x", "prose y", true))
		case i < 40:
			pairs = append(pairs, pairOf("prose x", "equations y", true))
		default:
			pairs = append(pairs, pairOf("equations x", "equations y", true))
		}
	}
	told := biasOf(firstWord, pairs...)
	want := `the chosen side is "equations" in 90 % of the pairs, the rejected one in 70 %; where one alone is, it is the chosen one in 75 % (95 % interval `
	notes := strings.Join(told.Notes, "\n")
	if strings.Count(notes, want) != 1 || !strings.HasSuffix(notes, pickedUp) || strings.Contains(notes, "prose") {
		t.Errorf("notes %q, want one that begins %q", told.Notes, want)
	}
	detail := told.Detail.(BiasDetail)
	if f := detail.Formats; detail.FormatPairs != 100 || len(f) != 2 || f[0].Format != "equations" || f[0].Chosen != 90 || f[0].Rejected != 70 || f[0].Preferred.Total != 40 {
		t.Errorf("%d pairs, formats %+v", detail.FormatPairs, f)
	}
}

// Steps have no format, a text may have none, and without the format guard nobody has: none is counted, and the
// other biases are still told.
func TestWhatHasNoFormatIsNotCounted(t *testing.T) {
	for name, told := range map[string]Report{
		"steps":     biasOf(firstWord, pairOf("equations", "prose xx", false), pairOf("equations", "prose xx", false)),
		"untold":    biasOf(firstWord, pairOf("", "prose xx", true), pairOf("", "prose xx", true)),
		"guard off": biasOf(nil, pairOf("equations", "prose xx", true), pairOf("equations", "prose xx", true)),
	} {
		detail := told.Detail.(BiasDetail)
		if detail.Pairs != 2 || detail.FormatPairs != 0 || detail.Formats == nil || len(detail.Formats) > 0 || detail.Longer == nil {
			t.Errorf("%s: %+v", name, detail)
		}
	}
}

// Chosen and rejected sides add up to the pairs, and when all pairs are turned round so is what is said of each
// format.
func TestFormatBiasTurnsRoundWithThePairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 2, 60).Draw(t, "texts")
		var pairs, turned []*Record
		for i := 0; i+1 < len(texts); i += 2 {
			pairs, turned = append(pairs, pairOf(texts[i], texts[i+1], true)), append(turned, pairOf(texts[i+1], texts[i], true))
		}
		there, back := biasOf(firstWord, pairs...).Detail.(BiasDetail), biasOf(firstWord, turned...).Detail.(BiasDetail)
		chosen, rejected := 0, 0
		for i, f := range there.Formats {
			chosen, rejected = chosen+f.Chosen, rejected+f.Rejected
			g := back.Formats[i]
			if f.Format != g.Format || f.Chosen != g.Rejected || f.Rejected != g.Chosen || (f.Preferred == nil) != (g.Preferred == nil) {
				t.Fatalf("%+v turned round is %+v", f, g)
			}
			if f.Preferred != nil && math.Abs(f.Preferred.Value+g.Preferred.Value-1) > 1e-9 {
				t.Fatalf("%v turned round is %v", f.Preferred.Value, g.Preferred.Value)
			}
		}
		if chosen != len(pairs) || rejected != len(pairs) {
			t.Fatalf("%d chosen and %d rejected sides of %d pairs", chosen, rejected, len(pairs))
		}
	})
}

// Where sides have nothing to do with formats, a bias is told in about 1 of 20 cases at most, however many formats
// there are.
func TestChanceIsNoFormatBias(t *testing.T) {
	const trials = 400
	rng := rand.New(rand.NewPCG(1, 2))
	for _, formats := range []int{2, 8} {
		rang := 0
		for range trials {
			var pairs []*Record
			for range 200 {
				pairs = append(pairs, pairOf(fmt.Sprint(rng.IntN(formats)), fmt.Sprint(rng.IntN(formats)), true))
			}
			if strings.Contains(strings.Join(biasOf(firstWord, pairs...).Notes, ""), "where one alone is") {
				rang++
			}
		}
		if share := float64(rang) / trials; share > 0.08 {
			t.Errorf("%d formats: a bias in %.3f of the cases, want at most .05 and some chance", formats, share)
		}
	}
}
