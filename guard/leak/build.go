package leak

import (
	"maps"
	"slices"

	"github.com/feedbackgen/feedbackgen/guard/internal/words"
)

// builder keeps every part's words until all are there, because only then is it known which n-grams
// identify something.
type builder struct {
	index *Index
	texts [][]words.Word
	seen  map[uint64]bool // the parts, by the hash of all their words: equal ones count once
}

func (b *builder) add(item, name string, all []words.Word) {
	key := words.Join(join(all), uint64(len(all)))
	if len(all) == 0 || b.seen[key] {
		return
	}
	b.seen[key] = true
	b.index.parts = append(b.index.parts, part{item: item, name: name})
	b.texts = append(b.texts, all)
}

// grams are the hashes of the n-grams of a text, with where they begin.
func grams(all []words.Word, n int) func(yield func(at int, gram uint64) bool) {
	return func(yield func(int, uint64) bool) {
		for at := 0; at+n <= len(all); at++ {
			if !yield(at, join(all[at:at+n])) {
				return
			}
		}
	}
}

func (b *builder) finish() {
	x := b.index
	times := map[uint64]int32{}
	for _, all := range b.texts {
		for _, gram := range grams(all, x.n) {
			times[gram]++
		}
	}
	total := int32(0)
	for gram, n := range times {
		if n > everyday {
			delete(times, gram)
		} else {
			total += n
		}
	}
	x.grams, x.places = make(map[uint64]span, len(times)), make([]place, total)
	next := int32(0)
	lengths := map[int]bool{}
	for p, all := range b.texts {
		known := 0 // words before it are counted
		for at, gram := range grams(all, x.n) {
			n, kept := times[gram]
			if !kept {
				continue
			}
			s, met := x.grams[gram]
			if !met {
				s = span{next, next}
				next += n
			}
			x.places[s.to] = place{int32(p), int32(at)}
			s.to++
			x.grams[gram] = s
			known = x.parts[p].count(all, max(known, at), at+x.n)
		}
		if known == 0 {
			x.wholes[join(all)] = int32(p)
			lengths[len(all)] = true
		}
	}
	x.lengths = slices.Sorted(maps.Keys(lengths))
}

// count takes the words from one place to another as known, and returns the end.
func (p *part) count(all []words.Word, from, to int) int {
	for at := from; at < to; at++ {
		p.known++
		if all[at].Number {
			p.numbers = append(p.numbers, int32(at))
		}
	}
	return to
}
