package tokenizer

import "slices"

// finder finds tokens that a text holds whole.
type finder struct {
	// byLength are the texts to find, the longest first.
	byLength []sameLength
	// begins are the bytes that any of them begins with: a quick no for most places.
	begins [256]bool
}

type sameLength struct {
	length int
	ids    map[string]int
	begins [256]bool
}

type match struct{ start, id int }

func (f *finder) add(text string, id int) {
	at, found := slices.BinarySearchFunc(f.byLength, len(text), func(s sameLength, n int) int { return n - s.length })
	if !found {
		f.byLength = slices.Insert(f.byLength, at, sameLength{length: len(text), ids: map[string]int{}})
	}
	f.byLength[at].ids[text] = id
	f.byLength[at].begins[text[0]] = true
	f.begins[text[0]] = true
}

// matches are the tokens in text, in its order. As in llama.cpp, a longer token wins over a shorter
// one that overlaps it, wherever the two begin; among those of one length the first wins.
func (f *finder) matches(text string) []match {
	places := f.places(text)
	if len(places) == 0 {
		return nil
	}
	var found []match
	taken := make([]bool, len(text))
	for i := range f.byLength {
		same := &f.byLength[i]
		for _, start := range places {
			end := start + same.length
			// What is taken is at least as long, so that it cannot lie inside: the ends tell.
			if end > len(text) || !same.begins[text[start]] || taken[start] || taken[end-1] {
				continue
			}
			if id, ok := same.ids[text[start:end]]; ok {
				found = append(found, match{start, id})
				for at := start; at < end; at++ {
					taken[at] = true
				}
			}
		}
	}
	slices.SortFunc(found, func(a, b match) int { return a.start - b.start })
	return found
}

// places is where a token may begin.
func (f *finder) places(text string) []int {
	if len(f.byLength) == 0 {
		return nil
	}
	var places []int
	for i := range len(text) {
		if f.begins[text[i]] {
			places = append(places, i)
		}
	}
	return places
}
