package mcts

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// token is a drawn token, its surprisal, and the entropy before it.
type token struct {
	text                 string
	surprisal, undecided float64
}

func sampleOf(tokens ...token) backends.Sample {
	s := backends.Sample{Tokens: len(tokens), Logprobs: []backends.TokenLogprob{}, Entropies: []float64{}}
	for _, t := range tokens {
		s.Text += t.text
		s.Logprobs = append(s.Logprobs, backends.TokenLogprob{Token: t.text, Logprob: -t.surprisal})
		s.Entropies = append(s.Entropies, t.undecided)
	}
	return s
}

// spoken are tokens of one word each, with these entropies before them.
func spoken(entropies ...float64) []token {
	tokens := make([]token, len(entropies))
	for i, nats := range entropies {
		tokens[i] = token{text: " " + string(rune('a'+i)), surprisal: 0.1, undecided: nats}
	}
	return tokens
}

func TestStepsByEntropy(t *testing.T) {
	for name, test := range map[string]struct {
		rule   string
		sample backends.Sample
		want   []string
	}{
		"before the undecided token":        {"entropy:1", sampleOf(spoken(9, 0, 0, 0, 0, 1, 0, 0.9)...), []string{" a b c d e", " f g h"}},
		"half a nat by default":             {"entropy", sampleOf(spoken(0, 0, 0, 0, 0.49, 0.5, 0)...), []string{" a b c d e", " f g"}},
		"never less than 4 tokens":          {"entropy:1", sampleOf(spoken(2, 2, 2, 2, 2, 2, 2, 2, 2, 2)...), []string{" a b c d", " e f g h", " i j"}},
		"surprisal is not what counts":      {"entropy:1", sampleOf(append(spoken(0, 0, 0, 0), token{" e", 7, 0.2}, token{" f", 0.1, 0})...), []string{" a b c d e f"}},
		"a token that did not surprise":     {"entropy:1", sampleOf(append(spoken(0, 0, 0, 0), token{" e", 0.1, 1.2}, token{" f", 0.1, 0})...), []string{" a b c d", " e f"}},
		"a character is never split":        {"entropy:1", sampleOf(append(spoken(0, 0, 0, 0), token{"\xe2", 0, 0}, token{"\x82\xac", 0, 3}, token{" f", 0, 0})...), []string{" a b c d€ f"}},
		"the end of the text begins nought": {"entropy:1", sampleOf(append(spoken(0, 0, 0, 0), token{"", 0, 3})...), []string{" a b c d"}},
		"nothing said":                      {"entropy:1", backends.Sample{}, []string{""}},
		"tokens beyond the text": {
			"entropy:1",
			backends.Sample{Text: "a b c d e", Logprobs: sampleOf(spoken(0, 0, 0, 0, 0, 0)...).Logprobs, Entropies: []float64{0, 0, 0, 0, 3, 3}},
			[]string{"a b c d e"},
		},
		"a token that the stop string cut": {
			"entropy:1",
			backends.Sample{Text: " a b c d", Logprobs: sampleOf(append(spoken(0, 0, 0), token{" d\n", 0, 0})...).Logprobs, Entropies: []float64{0, 0, 0, 3}},
			[]string{" a b c d"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			split, err := ParseStep(test.rule)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, texts(split(test.sample))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// solution draws tokens of one character or several, blank ones among them.
func solution(t *rapid.T, label string) []token {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) token {
		return token{
			text:      rapid.StringOfN(rapid.RuneFrom([]rune("ab.\n 5€")), 0, 3, -1).Draw(t, "text"),
			surprisal: rapid.Float64Range(0, 9).Draw(t, "surprisal"),
			undecided: rapid.SampledFrom([]float64{0, 0.3, 0.5, 0.7, 2}).Draw(t, "undecided"),
		}
	}), 0, 40).Draw(t, label)
}

// ends are the offsets at which steps end, of a solution that goes on behind them.
func ends(tokens []token, nats float64) []int {
	var all []int
	at := 0
	for _, s := range splitEntropy(sampleOf(tokens...), nats) {
		at += len(s.Text)
		all = append(all, at)
	}
	return all
}

func TestStepsByEntropyConcatenateToTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sample := sampleOf(solution(t, "tokens")...)
		steps := texts(splitEntropy(sample, 0.5))
		if got := strings.Join(steps, ""); got != sample.Text {
			t.Fatalf("steps of %q make up %q", sample.Text, got)
		}
		for _, s := range steps {
			if len(steps) > 1 && strings.TrimSpace(s) == "" {
				t.Fatalf("a blank step in %q", steps)
			}
		}
		if again := texts(splitEntropy(sample, 0.5)); !slices.Equal(again, steps) {
			t.Fatalf("once %q, then %q", steps, again)
		}
	})
}

// What two solutions share is cut at the same places, however they go on, and whatever surprised.
func TestASharedBeginningIsCutEqually(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shared := solution(t, "shared")
		size := len(sampleOf(shared...).Text)
		inShared := func(tail []token) []int {
			whole := slices.Clone(shared)
			for i := range whole {
				whole[i].surprisal = rapid.Float64Range(0, 9).Draw(t, "surprisal")
			}
			// Words at the end, because what is nothing but blank up to the end is no step of its own.
			whole = append(append(whole, tail...), token{text: "end"})
			return slices.DeleteFunc(ends(whole, 0.5), func(at int) bool { return at >= size })
		}
		one, other := inShared(solution(t, "one")), inShared(solution(t, "other"))
		if !slices.Equal(one, other) {
			t.Fatalf("%+v is cut at %v or at %v", shared, one, other)
		}
	})
}

// Two draws that part at an undecided token are both cut there, as siblings have to be.
func TestBothSidesOfAForkAreCutThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stem := spoken(0, 0, 0, 0)
		p := rapid.Float64Range(0.01, 0.99).Draw(t, "p")
		for _, surprisal := range []float64{p, 1 - p} {
			whole := append(slices.Clone(stem), token{rapid.SampledFrom([]string{" yes", " no"}).Draw(t, "drawn"), surprisal, 0.6}, token{text: "."})
			if got := ends(whole, 0.5); got[0] != len(sampleOf(stem...).Text) || len(got) != 2 {
				t.Fatalf("%+v is cut at %v", whole, got)
			}
		}
	})
}

// Going on from the end of a step gives the steps that the whole solution has from there.
func TestAContinuationIsCutAsTheWholeIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tokens := append(solution(t, "tokens"), token{text: "end"})
		// Nobody draws the tokens without text again that the step before ended with.
		tokens = slices.DeleteFunc(tokens, func(drawn token) bool { return drawn.text == "" })
		whole := splitEntropy(sampleOf(tokens...), 0.5)
		cut := rapid.IntRange(0, len(whole)-1).Draw(t, "step")
		at := len(strings.Join(texts(whole[:cut]), ""))
		rest := tokens
		for at > 0 {
			at -= len(rest[0].text)
			rest = rest[1:]
		}
		if diff := cmp.Diff(texts(whole[cut:]), texts(splitEntropy(sampleOf(rest...), 0.5))); diff != "" {
			t.Fatalf("from step %d of %+v: %s", cut, tokens, diff)
		}
	})
}

func TestSearchesByEntropyNeedEntropies(t *testing.T) {
	_, err := New(Config{Step: "entropy", Logprobs: true})
	if !errors.Is(err, feedbackgen.ErrInput) || !strings.Contains(err.Error(), "choose another rule, such as line") {
		t.Errorf("error %v", err)
	}
	s, err := New(Config{Step: "entropy", Logprobs: true, Entropies: true})
	if err != nil {
		t.Fatal(err)
	}
	if s.Config().Step != "entropy:0.5" {
		t.Errorf("the rule is kept as %q", s.Config().Step)
	}
	req, err := s.FirstRequest(feedbackgen.Problem{ID: "p", Prompt: []feedbackgen.Message{feedbackgen.User("2+2?")}, Answer: "4"})
	if err != nil {
		t.Fatal(err)
	}
	if !req.Logprobs || !req.Entropies {
		t.Errorf("asks for %+v", req)
	}
}

func TestRepliesThatCannotBeCutByEntropyAreRefused(t *testing.T) {
	good := sampleOf(spoken(0, 1)...)
	none, short, foreign, cut := good, good, good, good
	none.Entropies = nil
	short.Entropies = short.Entropies[:1]
	foreign.Text = "▁a ▁b"
	cut.Text = " " // a stop string
	for name, test := range map[string]struct {
		sample backends.Sample
		says   string
	}{
		"fine": {good, ""}, "empty": {backends.Sample{}, ""}, "cut short": {cut, ""},
		"no entropies": {none, "likeliest tokens"}, "too few": {short, "likeliest tokens"}, "other tokens": {foreign, "not those of its text"},
	} {
		err := checkEntropies([]backends.Sample{good, test.sample})
		switch {
		case test.says == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case test.says != "" && (!errors.Is(err, feedbackgen.ErrInput) || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "--step line")):
			t.Errorf("%s: error %v", name, err)
		}
	}
}
