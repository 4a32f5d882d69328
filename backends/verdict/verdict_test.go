package verdict_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/verdict"
)

func ExampleProbability() {
	drawn := []backends.Sample{
		{Text: "Yes.", Logprobs: []backends.TokenLogprob{{Token: "Yes", Logprob: math.Log(0.5)}, {Token: ".", Logprob: -0.1}}},
		{Text: "yes", Logprobs: []backends.TokenLogprob{{Token: "yes", Logprob: math.Log(0.1)}}},
		{Text: "No", Logprobs: []backends.TokenLogprob{{Token: "No", Logprob: math.Log(0.2)}}},
	}
	p, mass, ok := verdict.Probability(drawn)
	share, votes, _ := verdict.Share(drawn)
	fmt.Printf("%.2f of %.1f %v, %.2f of %d\n", p, mass, ok, share, votes)
	// Output: 0.75 of 0.8 true, 0.67 of 3
}

func TestReadTakesTheFirstWord(t *testing.T) {
	for text, want := range map[string]string{
		"yes": "yes", " No.": "no", "**YES**, because": "yes", "1. no": "no", "\n\nNo, it is not": "no",
		"": "", "yesterday": "", "not": "", "The answer is yes": "", "...": "", "是": "",
	} {
		yes, ok := verdict.Read(text)
		got := ""
		if ok {
			got = map[bool]string{true: "yes", false: "no"}[yes]
		}
		if got != want {
			t.Errorf("%q reads %q, want %q", text, got, want)
		}
	}
}

func sample(text string, tokens ...backends.TokenLogprob) backends.Sample {
	return backends.Sample{Text: text, Logprobs: tokens}
}

func token(text string, p float64) backends.TokenLogprob {
	return backends.TokenLogprob{Token: text, Logprob: math.Log(p)}
}

// said are draws such as "yes 0.9, no 0.1": each word with its probability.
func said(draws string) []backends.Sample {
	var samples []backends.Sample
	for draw := range strings.SplitSeq(draws, ", ") {
		var word string
		var p float64
		if _, err := fmt.Sscan(draw, &word, &p); err != nil {
			panic(err)
		}
		samples = append(samples, sample(word, token(word, p)))
	}
	return samples
}

func TestSharesTakeAMajority(t *testing.T) {
	for draws, want := range map[string]bool{
		"yes 1": true, "yes 1, no 1": true, "no 1, no 1, eh 1": true,
		"no 1, eh 1": false, "eh 1, no 1, eh 1": false, "eh 1": false,
	} {
		if _, _, ok := verdict.Share(said(draws)); ok != want {
			t.Errorf("%s: %v", draws, ok)
		}
	}
	if _, _, ok := verdict.Share(nil); ok {
		t.Error("no draws have a share")
	}
}

func TestProbability(t *testing.T) {
	for name, c := range map[string]struct {
		samples []backends.Sample
		want    float64 // below 0: undefined
	}{
		"one yes":                        {[]backends.Sample{sample("yes", token("yes", 0.7))}, 0.7},
		"one no":                         {[]backends.Sample{sample("No", token("No", 0.7))}, 0.3},
		"a way that is drawn twice":      {[]backends.Sample{sample("yes", token("yes", 0.3)), sample("yes", token("yes", 0.3)), sample("no", token("no", 0.3))}, 0.5},
		"a word of two tokens":           {[]backends.Sample{sample(" yes", token(" y", 0.9), token("es", 0.9))}, 0.81},
		"what follows does not count":    {[]backends.Sample{sample("yes, sure", token("yes", 0.7), token(", sure", 0.1))}, 0.7},
		"a confident yes":                {said("yes 0.99, yes 0.99, yes 0.99"), 0.99},
		"a confident no":                 {said("no 0.97, No 0.02, no 0.97"), 0.01},
		"no, three times by chance":      {said("no 0.3, no 0.3, no 0.3"), 0.5},
		"yes, three times by chance":     {said("yes 0.3, yes 0.3, yes 0.3"), 0.5},
		"a rare no once":                 {said("no 0.15"), 0.5},
		"a split":                        {said("no 0.5, yes 0.25, no 0.5"), 1. / 3},
		"a split among babble":           {said("no 0.3, eh 0.5, yes 0.1"), 0.25},
		"most say no, the others babble": {said("no 0.3, eh 0.5, no 0.3"), 0.5},
		"likely no, and some babble":     {said("no 0.6, eh 0.3, no 0.6"), 0.25},
		"likely yes, and some babble":    {said("yes 0.6, eh 0.3, yes 0.6"), 0.75},
		"babble with a rare no":          {said("eh 0.9, no 0.02, eh 0.9"), -1},
		"babble with a no half the time": {said("eh 0.5, no 0.5"), -1},
		"luck with a rare no":            {said("no 0.02, no 0.02, no 0.02"), -1},
		"luck with both of them":         {said("no 0.02, yes 0.04, yes 0.04"), -1},
		"a yes that nothing is known of": {append(said("no 0.5, no 0.5"), sample("yes")), -1},
		"one of two ways that is known":  {append(said("no 0.5, yes 0.5"), sample("YES")), 0.5},
		"nothing readable":               {[]backends.Sample{sample("maybe", token("maybe", 0.9))}, -1},
		"no log-probabilities":           {[]backends.Sample{sample("yes")}, -1},
		"tokens that do not spell it":    {[]backends.Sample{sample("yes", token("Yes", 0.9))}, -1},
		"tokens that end too early":      {[]backends.Sample{sample("yes", token("ye", 0.9))}, -1},
		"not a number":                   {[]backends.Sample{sample("yes", backends.TokenLogprob{Token: "yes", Logprob: math.NaN()})}, -1},
		"no samples":                     {nil, -1},
	} {
		got, _, ok := verdict.Probability(c.samples)
		if ok != (c.want >= 0) || ok && math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v, %v; want %v", name, got, ok, c.want)
		}
	}
}

// Whatever the draws are, a probability is one, turning every yes into no turns it round, and what alone
// was drawn is as likely at least.
func TestProbabilityIsOne(t *testing.T) {
	turn := strings.NewReplacer("yes", "no", "no", "yes")
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.SampledFrom([]string{"yes", "no", "*yes", " no", "eh"})).Draw(t, "words")
		chance := map[string]float64{}
		var drawn, turned []backends.Sample
		for _, word := range words {
			if _, known := chance[word]; !known {
				chance[word] = rapid.Float64Range(0.01, 0.2).Draw(t, word)
			}
			drawn = append(drawn, sample(word, token(word, chance[word])))
			turned = append(turned, sample(turn.Replace(word), token(turn.Replace(word), chance[word])))
		}
		p, mass, ok := verdict.Probability(drawn)
		q, same, also := verdict.Probability(turned)
		if ok != also || mass != same || mass < 0 || mass > 1 || ok && (p < 0 || p > 1 || mass < verdict.Least || math.Abs(p+q-1) > 1e-9) {
			t.Fatalf("%v: %v, %v, %v; turned round %v, %v, %v", words, p, mass, ok, q, same, also)
		}
		if share, readable, _ := verdict.Share(drawn); ok && share == 0 && p > 0.5 {
			t.Fatalf("%v: %v after %d draws of nothing but no", words, p, readable)
		}
	})
}

func FuzzProbability(f *testing.F) {
	f.Add(" yes.", 2, -0.5)
	f.Add("ＹＥＳ", 1, 3.0)
	f.Fuzz(func(t *testing.T, text string, cut int, logprob float64) {
		cut = max(0, min(cut, len(text)))
		s := sample(text, backends.TokenLogprob{Token: text[:cut], Logprob: logprob}, backends.TokenLogprob{Token: text[cut:], Logprob: logprob})
		p, _, ok := verdict.Probability([]backends.Sample{s})
		_, readable := verdict.Read(text)
		if ok && (!readable || !(p >= 0 && p <= 1)) {
			t.Errorf("%q: %v, readable %v", text, p, readable)
		}
	})
}
