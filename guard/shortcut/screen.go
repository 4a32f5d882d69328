package shortcut

import (
	"slices"
	"strings"
)

// screen is what is known of a group before its successes are judged one by one, and the memory
// that their reading shares.
type screen struct {
	rollouts []Rollout
	// inPrompt counts the numbers of the problem.
	inPrompt int
	// lengths of the judged rollouts, sorted, by class; under "" those of all.
	lengths map[string][]int
	// counts of numbers, in the order of the rollouts; nil until a short one asks.
	counts []int

	work work
}

func newScreen(prompt string, rollouts []Rollout) *screen {
	s := &screen{rollouts: rollouts, lengths: map[string][]int{}}
	longest := len(prompt)
	for _, r := range rollouts {
		longest = max(longest, len(r.Text))
	}
	most := min(longest/3+8, 4096) // a token for three bytes is the most in ordinary text
	s.work.tokens, s.work.sequence, s.work.codes = make([]token, 0, most), make([]int32, 0, most), make([]uint32, 0, most)
	s.inPrompt = s.read(prompt).numbers()
	for _, r := range rollouts {
		if !r.Outcome.IsLabel() {
			continue
		}
		n := length(r.Text)
		s.lengths[""] = append(s.lengths[""], n)
		if r.Class != "" {
			s.lengths[r.Class] = append(s.lengths[r.Class], n)
		}
	}
	for _, of := range s.lengths {
		slices.Sort(of)
	}
	return s
}

// length is in bytes, without space at the ends.
func length(text string) int { return len(strings.TrimSpace(text)) }

// read cuts a text into tokens. What it returns is valid until the next call.
func (s *screen) read(text string) *work {
	l := lexer{text: text, tokens: s.work.tokens[:0]}
	l.run()
	s.work = work{
		parser: parser{tokens: l.tokens, names: s.work.names[:0]},
		text:   text, dynamic: l.dynamic, falsities: s.work.falsities[:0], truths: s.work.truths[:0],
		seen: s.work.seen, sequence: s.work.sequence, codes: s.work.codes,
	}
	return &s.work
}

// target reads an answer that is one number, or a fraction; its value is unknown otherwise.
func (s *screen) target(answer string) target {
	w := s.read(answer)
	for i := range w.tokens {
		if !w.begins(i) || w.tokens[i].kind == word {
			continue
		}
		e, ok := w.sum(i, 0)
		if !ok {
			continue
		}
		if e.numbers == w.numbers() && e.ops <= 1 && (e.ops == 0 || e.strict) {
			return newTarget(e.value, int(w.at(e.stop-1).decimals))
		}
		break
	}
	return target{}
}

// numbers counts the numbers in a text.
func (w *work) numbers() int {
	n := 0
	for i := range w.tokens {
		if w.tokens[i].kind == number {
			n++
		}
	}
	return n
}

// medianWithout is the median of sorted numbers with one of them, x, left out.
func medianWithout(sorted []int, x int) float64 {
	at, found := slices.BinarySearch(sorted, x)
	if !found {
		at = len(sorted)
	}
	other := func(i int) float64 {
		if i >= at {
			i++
		}
		return float64(sorted[i])
	}
	n := len(sorted) - 1
	return (other((n-1)/2) + other(n/2)) / 2
}
