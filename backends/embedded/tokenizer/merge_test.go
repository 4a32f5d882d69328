package tokenizer

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// mergeSlowly does what merger does, one pass over all symbols for each merge.
func mergeSlowly(text string, rankOf func(string) (uint32, bool)) []string {
	symbols := strings.Split(text, "")
	for {
		best, at := uint32(0), -1
		for i := range len(symbols) - 1 {
			if rank, ok := rankOf(symbols[i] + symbols[i+1]); ok && (at < 0 || rank < best) {
				best, at = rank, i
			}
		}
		if at < 0 {
			return symbols
		}
		symbols[at] += symbols[at+1]
		symbols = slices.Delete(symbols, at+1, at+2)
	}
}

func TestMergesTheBestPairFirstThenTheLeftmost(t *testing.T) {
	var m merger
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab")), 1, 40, -1).Draw(t, "text")
		seed := rapid.Uint64().Draw(t, "seed")
		// Two of three strings are tokens, of few ranks, so that ties are common.
		rankOf := func(s string) (uint32, bool) {
			hash := fnv.New64a()
			_, _ = fmt.Fprint(hash, seed, s)
			sum := hash.Sum64() >> 8
			return uint32(sum / 3 % 5), sum%3 > 0
		}
		m.reset(len(text))
		for i := range len(text) {
			m.push(i+1, 0)
		}
		looks := 0
		m.merge(func(left, right *symbol) pair {
			looks++
			rank, ok := rankOf(text[left.start:right.end])
			return pair{rank: rank, ok: ok}
		})
		var got []string
		for i := int32(0); i >= 0; i = m.symbols[i].next {
			got = append(got, text[m.symbols[i].start:m.symbols[i].end])
		}
		if want := mergeSlowly(text, rankOf); !slices.Equal(got, want) {
			t.Errorf("merged to %q, want %q", got, want)
		}
		if looks > 3*len(text) {
			t.Errorf("looked at %d pairs of %d symbols: each merge may look at two", looks, len(text))
		}
	})
}

// The finder is as if each token, the longest first, took its places in what is left of the text.
func TestFinderLetsLongerTokensWin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab")), 0, 30, -1).Draw(t, "text")
		tokens := rapid.SliceOfNDistinct(rapid.StringOfN(rapid.RuneFrom([]rune("ab")), 1, 5, -1), 0, 5, func(s string) int { return len(s) }).Draw(t, "tokens")
		var f finder
		for id, token := range tokens {
			f.add(token, id)
		}
		longestFirst := slices.SortedFunc(slices.Values(tokens), func(a, b string) int { return cmp.Compare(len(b), len(a)) })
		rest, want := text, []match(nil)
		for _, token := range longestFirst {
			for at := strings.Index(rest, token); at >= 0; at = strings.Index(rest, token) {
				rest = rest[:at] + strings.Repeat("-", len(token)) + rest[at+len(token):]
				want = append(want, match{at, slices.Index(tokens, token)})
			}
		}
		slices.SortFunc(want, func(a, b match) int { return a.start - b.start })
		if got := f.matches(text); !slices.Equal(got, want) {
			t.Errorf("found %v, want %v", got, want)
		}
	})
}

func TestFinderOverlaps(t *testing.T) {
	var f finder
	for id, token := range []string{"aab", "ba", "b"} {
		f.add(token, id)
	}
	for text, want := range map[string][]match{
		"baab":   {{0, 2}, {1, 0}},                 // "ba" would take the longer token's first byte
		"aabab":  {{0, 0}, {4, 2}},                 // or its last one
		"baaba":  {{0, 2}, {1, 0}},                 // or both
		"bababb": {{0, 1}, {2, 1}, {4, 2}, {5, 2}}, // the first wins among equals
		"":       nil,
	} {
		if got := f.matches(text); !slices.Equal(got, want) {
			t.Errorf("%q: found %v, want %v", text, got, want)
		}
	}
}

// Ranks order scores from the highest to the lowest.
func TestRankOrdersScores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Float32().Draw(t, "a"), rapid.Float32().Draw(t, "b")
		if got, want := cmp.Compare(rankOf(a), rankOf(b)), cmp.Compare(b, a); got != want {
			t.Errorf("ranks of %v and %v compare as %d, want %d", a, b, got, want)
		}
	})
}
