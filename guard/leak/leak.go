// Package leak finds held-out test items inside prompts, contexts and skills. Whoever trains on a
// test item measures nothing with it any more.
//
// An item is in a text if the text has at least half of the item's words within common n-grams of 8
// words (the rule of Tulu 3, arXiv:2411.15124 section 3.2; PaLM, arXiv:2204.02311, takes 8 words and
// 70 %; GPT-3, arXiv:2005.14165 appendix C, any 13 words), and has all of the item's numbers within
// them. The second half of the rule is ours: word problems made from one template share most of
// their words, but differ in numbers, and are no leaks of each other. Of 200 problems of SVAMP, 34
// share half of the words of one of 200 others in this way, and none its numbers. Case, white space,
// punctuation and markup do not count; numbers count by value.
//
// What a text leaks of an answer is for [Answer] to say.
package leak

import (
	"errors"
	"fmt"
	"slices"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/internal/words"
)

const (
	// DefaultWords is the length of the n-grams.
	DefaultWords = 8
	// least is the share of an item's words that makes a leak.
	least = 0.5
	// everyday is how often an n-gram may occur among the items; above, it tells nothing: instructions that all items
	// share, mostly. GPT-3's analysis sets the same bound.
	everyday = 10
	// few is the length of an item, in words, below which it is looked for only as the whole of a text.
	few = 3
)

// Item is held out.
type Item struct {
	// ID is what a finding says; it need not be unique.
	ID string
	// Prompt is the text of the problem.
	Prompt string
	// Answer is the gold answer or solution. One of at least n words is looked for like a prompt; a
	// shorter one is not, because it occurs by chance. It may be empty.
	Answer string
}

// Parts of an item.
const (
	Prompt = "prompt"
	Gold   = "answer"
)

// Finding is the part of an item that a text has most of.
type Finding struct {
	// Item is the item's ID, and Part [Prompt] or [Gold].
	Item string `json:"item"`
	Part string `json:"part"`
	// Overlap is the share of the part's words that are in the text within common n-grams, in (0, 1].
	// N-grams that occur more than 10 times among the items, and the words that are in no others, are left out.
	Overlap float64 `json:"overlap"`
	// Numbers says that all of the part's numbers are among them.
	Numbers bool `json:"numbers"`
	// Leaked says that the part counts as being in the text.
	Leaked bool `json:"leaked"`
}

// Index finds held-out items. It takes 30 to 60 bytes for each of their words, and none of their text.
// It does not change and is safe for concurrent use.
type Index struct {
	n     int
	parts []part
	// grams are the n-grams that identify something, by hash: where they are among the places.
	grams  map[uint64]span
	places []place
	// wholes are the parts that are matched as a whole, by the hash of their words.
	wholes map[uint64]int32
	// lengths are those of the wholes, in words, ascending.
	lengths []int
}

// part is a prompt or an answer.
type part struct {
	item string
	name string
	// known counts the words that lie in an n-gram of the index; numbers are the places of those that are
	// numbers.
	known   int32
	numbers []int32
}

// place is where an n-gram begins.
type place struct{ part, at int32 }

// span is from one index up to, not including, another.
type span struct{ from, to int32 }

// New indexes items by n-grams of n words; 8 is [DefaultWords].
func New(n int, items []Item) (*Index, error) {
	if n < 2 || n > 64 {
		return nil, &feedbackgen.Failure{
			Op: "index held-out items", Subject: fmt.Sprintf("n-grams of %d words", n), Kind: feedbackgen.ErrInput,
			Cause: errors.New("they need 2 to 64"), Hint: fmt.Sprintf("%d is usual", DefaultWords),
		}
	}
	x := &Index{n: n, wholes: map[uint64]int32{}}
	b := builder{index: x, seen: map[uint64]bool{}}
	for _, item := range items {
		b.add(item.ID, Prompt, words.Append(nil, item.Prompt))
		if answer := words.Append(nil, item.Answer); len(answer) >= n {
			b.add(item.ID, Gold, answer)
		}
	}
	b.finish()
	return x, nil
}

// Check finds what a text has most of; of two parts it has equally much of, the one that was given
// first. A leak goes before what is none. Without any common n-gram, ok is false.
func (x *Index) Check(text string) (finding Finding, ok bool) {
	all := words.Append(nil, text)
	finding, ok = x.overlap(all)
	if ok && finding.Leaked {
		return finding, true
	}
	if at, found := x.whole(all); found {
		p := x.parts[at]
		return Finding{Item: p.item, Part: p.name, Overlap: 1, Numbers: true, Leaked: true}, true
	}
	return finding, ok
}

// whole looks for the parts that are matched as a whole.
func (x *Index) whole(all []words.Word) (at int32, found bool) {
	for _, length := range x.lengths {
		if length > len(all) || length < few && length != len(all) {
			continue
		}
		for i := length; i <= len(all); i++ {
			if p, ok := x.wholes[join(all[i-length:i])]; ok && (!found || p < at) {
				at, found = p, true
			}
		}
	}
	return at, found
}

// overlap looks for the parts that have n-grams.
func (x *Index) overlap(all []words.Word) (best Finding, ok bool) {
	var hits []place
	for _, gram := range grams(all, x.n) {
		s := x.grams[gram]
		hits = append(hits, x.places[s.from:s.to]...)
	}
	slices.SortFunc(hits, func(a, b place) int {
		if a.part != b.part {
			return int(a.part) - int(b.part)
		}
		return int(a.at) - int(b.at)
	})
	for len(hits) > 0 {
		same := 1
		for same < len(hits) && hits[same].part == hits[0].part {
			same++
		}
		if f := x.find(hits[:same]); !ok || f.Leaked && !best.Leaked || f.Leaked == best.Leaked && f.Overlap > best.Overlap {
			best, ok = f, true
		}
		hits = hits[same:]
	}
	return best, ok
}

// find judges one part by where its n-grams were found, in order.
func (x *Index) find(hits []place) Finding {
	p := x.parts[hits[0].part]
	covered, end, numbers := int32(0), int32(0), p.numbers
	all := true // no number before end is missing
	for _, hit := range hits {
		from, to := max(end, hit.at), hit.at+int32(x.n)
		if to <= end {
			continue
		}
		for len(numbers) > 0 && numbers[0] < to {
			all = all && numbers[0] >= from
			numbers = numbers[1:]
		}
		covered, end = covered+to-from, to
	}
	f := Finding{
		Item: p.item, Part: p.name, Overlap: float64(covered) / float64(p.known),
		Numbers: all && len(numbers) == 0,
	}
	f.Leaked = f.Overlap >= least && f.Numbers
	return f
}

func join(all []words.Word) uint64 {
	h := uint64(0)
	for _, w := range all {
		h = words.Join(h, w.Hash)
	}
	return h
}
