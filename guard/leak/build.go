package leak

import (
	"maps"
	"slices"

	"github.com/feedbackgen/feedbackgen/guard/internal/words"
)

// builder fills an index. It keeps every part's words until all are there, because only then is it
// known which n-grams identify something.
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
	b.index.parts = append(b.index.parts, part{item: item, name: name, length: int32(len(all))})
	b.texts = append(b.texts, all)
}

func (b *builder) finish() {
	x := b.index
	for p, all := range b.texts {
		for i := x.n; i <= len(all); i++ {
			gram := join(all[i-x.n : i])
			if places := x.grams[gram]; len(places) <= everyday {
				x.grams[gram] = append(places, place{int32(p), int32(i - x.n)})
			}
		}
	}
	maps.DeleteFunc(x.grams, func(_ uint64, places []place) bool { return len(places) > everyday })
	lengths := map[int]bool{}
	for p, all := range b.texts {
		b.measure(&x.parts[p], all)
		if x.parts[p].known == 0 {
			x.wholes[join(all)] = int32(p)
			lengths[len(all)] = true
		}
	}
	x.lengths = slices.Sorted(maps.Keys(lengths))
}

// measure finds which words of a part lie in an n-gram that identifies something.
func (b *builder) measure(p *part, all []words.Word) {
	end := 0
	for i := b.index.n; i <= len(all); i++ {
		if _, kept := b.index.grams[join(all[i-b.index.n:i])]; !kept {
			continue
		}
		for at := max(end, i-b.index.n); at < i; at++ {
			p.known++
			if all[at].Number {
				p.numbers = append(p.numbers, int32(at))
			}
		}
		end = i
	}
}
