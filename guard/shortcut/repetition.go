package shortcut

import "fmt"

const (
	// loops is how often a phrase has to follow on itself, and loopTokens how many words and numbers
	// those that are said again have to make up.
	loops, loopTokens = 3, 6
	// stutters is how often a single word or number has to.
	stutters = 5
	// statements is how many sentences may say nothing but the answer, less one.
	statements = 4
	// verbatim is how long what is said again has to be, in words and numbers, to count as covering.
	verbatim = 6
)

// repetition says how the text repeats itself, or "".
func (w *work) repetition(answer target) string {
	w.order()
	if said := w.looping(answer); said != "" {
		return said
	}
	only, all := w.stating(answer)
	if only >= statements && 2*only >= all {
		return fmt.Sprintf("%d of the %d sentences with a number say the answer and no more", only, all)
	}
	return ""
}

// order lists the tokens that are words, numbers, and signs of arithmetic.
func (w *work) order() {
	w.sequence, w.codes = w.sequence[:0], w.codes[:0]
	for i := range w.tokens {
		switch t := &w.tokens[i]; t.kind {
		case word, number, operator, relation:
		case other:
			if t.hash < ideographs {
				continue
			}
		default:
			continue
		}
		w.sequence, w.codes = append(w.sequence, int32(i)), append(w.codes, w.tokens[i].hash)
	}
}

func (w *work) code(i int) uint32 { return w.codes[i] }

// looping finds a phrase that follows on itself, or text most of which was said before in the same
// words. Both are seen in where each three words in a row stood last: in a loop, that is one round
// ago for many of them in succession.
func (w *work) looping(answer target) string {
	n := len(w.sequence)
	if n < stutters {
		return ""
	}
	size := 64
	for size < 2*n {
		size *= 2
	}
	if cap(w.seen) < size {
		w.seen = make([]int32, size)
	}
	seen := w.seen[:size]
	clear(seen)

	round, run, again, covered, numbers := 0, 0, 0, 0, 0
	for i := 2; i < n; i++ {
		last := w.swap(seen, i)
		if last < 0 {
			if again+2 >= verbatim {
				covered += again + 2
				numbers += w.numbersIn(i-again-2, i)
			}
			round, run, again = 0, 0, 0
			continue
		}
		again++
		if i-last != round {
			round, run = i-last, 0
		}
		run++
		times := (run+2)/round + 1
		if !w.isLoop(round, times) {
			continue
		}
		if !w.isList(i, round, answer) {
			return w.loop(i, round)
		}
		again = 0
	}
	if again+2 >= verbatim {
		covered += again + 2
		numbers += w.numbersIn(n-again-2, n)
	}
	if 2*covered > n && 2*numbers >= w.numbersIn(0, n) { // the same phrases with new numbers are a style
		return fmt.Sprintf("%d of its %d words and numbers were said before, in runs of %d and more", covered, n, verbatim)
	}
	return ""
}

// numbersIn counts the numbers from one place up to another.
func (w *work) numbersIn(from, to int) int {
	n := 0
	for _, i := range w.sequence[from:to] {
		if w.tokens[i].kind == number {
			n++
		}
	}
	return n
}

// swap notes the three words that end at a place in the hash table, and returns where the same three
// ended last, or -1. The table holds places plus one and is at most half full.
func (w *work) swap(seen []int32, i int) int {
	a, b, c := w.code(i-2), w.code(i-1), w.code(i)
	mask := uint32(len(seen) - 1)
	for slot := ((a*31+b)*31 + c) * 2654435761 >> 7 & mask; ; slot = (slot + 1) & mask {
		last := int(seen[slot]) - 1
		if last >= 0 && (w.code(last) != c || w.code(last-1) != b || w.code(last-2) != a) {
			continue
		}
		seen[slot] = int32(i + 1)
		return last
	}
}

func (w *work) isLoop(round, times int) bool {
	if round == 1 {
		return times >= stutters
	}
	return times >= loops && (times-1)*round >= loopTokens
}

// isList reports whether a round is a term of a repeated sum or an entry of a list of data, which are
// no loops: 5 + 5 + 5 + 5, or 0, 0, 0, 0.
func (w *work) isList(at, round int, answer target) bool {
	if round > 4 {
		return false
	}
	operators, relations, foreign := 0, 0, 0
	for i := at - round + 1; i <= at; i++ {
		switch t := &w.tokens[w.sequence[i]]; t.kind {
		case operator:
			operators++
		case relation:
			relations++
		case number:
			if !answer.isExactly(t.value) {
				foreign++
			}
		}
	}
	return relations == 0 && operators+foreign > 0
}

// loop describes the loop that runs through a place: its phrase, from where a sentence begins if one
// does, and how often it is said from the first time to the last.
func (w *work) loop(at, round int) string {
	first, last := at, at
	for first-round >= 0 && w.code(first) == w.code(first-round) {
		first--
	}
	for last+1 < len(w.sequence) && w.code(last+1) == w.code(last+1-round) {
		last++
	}
	from := first - round + 1
	for i := from; i < from+round; i++ {
		if i == 0 || w.sequence[i]-w.sequence[i-1] > 1 && w.tokens[w.sequence[i]-1].kind == end {
			from = i
			break
		}
	}
	return fmt.Sprintf("%q is said %d times in a row", w.phrase(from, from+round-1), (last-from+1)/round)
}

// phrase is the text from one place to another, cut where it is long.
func (w *work) phrase(from, to int) string {
	text := w.text[w.tokens[w.sequence[from]].start:w.tokens[w.sequence[to]].end]
	if len(text) > 60 {
		cut := 57
		for cut > 0 && text[cut]&0xC0 == 0x80 {
			cut--
		}
		text = text[:cut] + "..."
	}
	return text
}

// stating counts the sentences that have no number but the answer and compute nothing, and all
// sentences with a number.
func (w *work) stating(answer target) (only, all int) {
	if !answer.value.known() {
		return 0, 0
	}
	mine, others := 0, 0
	for i := range w.tokens {
		switch t := &w.tokens[i]; {
		case t.kind == number && answer.isExactly(t.value):
			mine++
		case t.kind == number, t.kind == operator:
			others++
		case t.kind == end:
			if mine+others > 0 {
				all++
			}
			if mine > 0 && others == 0 {
				only++
			}
			mine, others = 0, 0
		}
	}
	return only, all
}
