// Package duplicate finds near-duplicates among texts, in one pass, within a run and across runs:
// problems that are worded almost alike, completions that were drawn again.
//
// Near is a Jaccard similarity of the sets of word n-grams at or above a threshold, estimated by
// MinHash with banding (Broder 1997; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets,
// chapter 3). Case, white space, punctuation and markup do not count.
//
// Numbers count fully: two texts whose numbers or signs of calculation differ, or come in another
// order, are never duplicates, however alike the rest. Word problems made from one template differ
// in nothing else. What is worded alike and has the same numbers may still be another question: "how
// many more" and "how many fewer" differ in one word. Words alone cannot tell that from a synonym;
// callers who know the answers add them to the texts, and then they count as numbers do.
//
// Verdicts depend on the texts and their order alone: the hashes are fixed, and all that decides is
// integer arithmetic.
package duplicate

import (
	"fmt"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/internal/words"
)

// Config says what a near-duplicate is.
type Config struct {
	// Words is the length of the n-grams that are compared, 1 to 8; default 2.
	Words int
	// Threshold is the Jaccard similarity from which on texts are duplicates, 0.6 to 1; default 0.8. At 1
	// only equal sketches are, which nearly always means equal sets of n-grams.
	Threshold float64
}

// Default is bigrams of words at a similarity of 0.8, chosen on 400 problems of SVAMP, 600 of GSM8K and
// 200 bundled ones, each edited and looked up among all:
//
//   - no two of them merge with each other, and no edited one merges with another's original: pairs of
//     0.7 and more exist, but all differ in a number;
//   - other case and punctuation, or three words in front, are found in 99.7 to 100 %; one word
//     dropped in 94 to 98 %; one replaced in 82 to 94 %; two replaced in 21 to 63 %. With n-grams of
//     3, 4 and 5 words one replaced word is found in 41 to 83, 24 to 60 and 16 to 44 %.
//
// What is missed is mostly below the threshold: short problems lose much by one word. Of 2,734
// completions of the embedded model, in groups by problem, 899 repeat another byte for byte and 17
// more are near-duplicates; all of these have the answer of the one that is kept.
func Default() Config { return Config{Words: 2, Threshold: 0.8} }

// Check says what is wrong with the configuration, or nil.
func (c Config) Check() error {
	var cause error
	switch {
	case c.Words < 1 || c.Words > 8:
		cause = fmt.Errorf("n-grams of %d words: they need 1 to 8", c.Words)
	case !(0.6 <= c.Threshold && c.Threshold <= 1):
		cause = fmt.Errorf("a threshold of %v: it is 0.6 to 1, because bands find nothing reliably below", c.Threshold)
	default:
		return nil
	}
	return &feedbackgen.Failure{Op: "find duplicates", Cause: cause, Kind: feedbackgen.ErrInput}
}

// Index remembers a sketch of every text that was not a duplicate: at most 200 bytes each. It is not
// safe for concurrent use: the order of texts decides.
type Index struct {
	config  Config
	hashes  [sketchSize]uint64
	matches int // as many equal minima make a duplicate
	records records
	table   *table
	words   []words.Word // reused from text to text
}

// New returns an empty index, or what is wrong with the configuration.
func New(config Config) (*Index, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	x := &Index{config: config, hashes: multipliers(), matches: sketchSize}
	for x.matches > 0 && similarity(x.matches-1) >= config.Threshold {
		x.matches--
	}
	x.table = newTable(&x.records)
	return x, nil
}

// Add looks a text up and, if no text before it is near, remembers it under the caller's key. A
// duplicate gets the key of the earliest text that it is near to, the estimated similarity, and
// true; it is not remembered, so that a chain of small changes is compared with its beginning. To
// compare with an earlier run, add that run's texts first.
//
// Where more than 64 texts share a band, only the first 64 are found by it: in a crowd of texts that are
// alike but not near, some duplicates are missed.
//
// An index holds up to 2^28 texts; from then on nothing new is remembered.
func (x *Index) Add(key uint32, text string) (first uint32, near float64, duplicate bool) {
	x.words = words.Append(x.words[:0], text)
	record := x.sketch(key, text, x.words)
	if first, near, duplicate = x.nearest(&record); duplicate {
		return first, near, true
	}
	if x.records.len() < maxRecords {
		at := x.records.add(&record)
		for band := range bands {
			x.table.add(at, band)
		}
	}
	return 0, 0, false
}

// Len is the number of texts that are remembered.
func (x *Index) Len() int { return x.records.len() }

// Find looks a text up as [Index.Add] does, and remembers nothing. While nobody adds, any number of
// goroutines may find.
func (x *Index) Find(text string) (first uint32, near float64, duplicate bool) {
	record := x.sketch(0, text, words.Append(nil, text))
	return x.nearest(&record)
}

// nearest is the earliest record that one is a duplicate of.
func (x *Index) nearest(record *record) (first uint32, near float64, duplicate bool) {
	best, matched := -1, 0
	for band := range bands {
		for candidate := range x.table.candidates(record.band(band)) {
			if best >= 0 && candidate >= best {
				continue
			}
			other := x.records.at(candidate)
			if other.numbers != record.numbers {
				continue
			}
			if m := record.matches(other); m >= x.matches {
				best, matched = candidate, m
			}
		}
	}
	if best < 0 {
		return 0, 0, false
	}
	return x.records.at(best).key, similarity(matched), true
}
