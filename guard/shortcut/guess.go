package shortcut

import (
	"fmt"
	"slices"
	"strings"
)

const (
	// compared is how many others of its class a rollout's length has to be compared with.
	compared = 4
	// bareWords is how many words may stand around a number that is all there is.
	bareWords = 25
	// bareTextWords is how many words more than an answer in words a bare one may have.
	bareTextWords = 8
)

// guess says why a rollout is an answer without reasoning, or "", and whether it is nothing but the
// answer.
func (s *screen) guess(i int, w *work, answer target) (reason string, bare bool) {
	r := s.rollouts[i]
	if r.GuessPasses != nil && *r.GuessPasses {
		return "asked for the answer alone, without reasoning, the policy passes too", false
	}
	n := length(r.Text)
	if w.bare(r.Answer, answer) && (answer.value.known() && s.inPrompt >= 2 || s.othersReason(n)) {
		return fmt.Sprintf("nothing but the answer: %d bytes that compute nothing", n), true
	}
	of := s.lengths[r.Class]
	if r.Class == "" || len(of)-1 < compared {
		return "", false
	}
	median := medianWithout(of, n)
	if 2*float64(n) >= median || w.produced && 2*w.operations >= s.inPrompt {
		return "", false // brief, but it does the work: half as many operations as the problem has numbers
	}
	mine := w.numbers()
	if theirs, short := s.fewNumbers(i, mine); short {
		return fmt.Sprintf("%d bytes and %d numbers, where the median of the other %d in its class is %.0f bytes and %g numbers",
			n, mine, len(of)-1, median, theirs), false
	}
	return "", false
}

// bare reports whether nothing stands there but the answer.
func (w *work) bare(text string, answer target) bool {
	words := 0
	for i := range w.tokens {
		switch t := &w.tokens[i]; {
		case t.kind == word, t.role == spoken, t.role == cue:
			words++
		case t.kind == number && answer.value.known() && !answer.isExactly(t.value):
			return false
		}
	}
	if w.operations > 0 || w.dynamic {
		return false
	}
	if answer.value.known() {
		return words <= bareWords
	}
	return words <= len(strings.Fields(text))+bareTextWords
}

// othersReason reports whether the group's other rollouts are of another length altogether. Where an
// answer needs no computation, it tells a bare one from a problem that all answer in a word.
func (s *screen) othersReason(n int) bool {
	all := s.lengths[""]
	return len(all)-1 >= compared && medianWithout(all, n) >= 4*float64(n)
}

// fewNumbers compares a short rollout with the median of its class by how many numbers it has: who
// writes less, but computes as much, is only brief. Where the others hardly have numbers, length
// alone decides.
func (s *screen) fewNumbers(i, mine int) (theirs float64, few bool) {
	if s.counts == nil {
		s.counts = make([]int, len(s.rollouts))
		reader := screen{}
		for j, r := range s.rollouts {
			s.counts[j] = reader.read(r.Text).numbers()
		}
	}
	var others []int
	for j, r := range s.rollouts {
		if j != i && r.Class == s.rollouts[i].Class && r.Outcome.IsLabel() {
			others = append(others, s.counts[j])
		}
	}
	slices.Sort(others)
	theirs = float64(others[(len(others)-1)/2]+others[len(others)/2]) / 2
	return theirs, theirs < 2 || 2*float64(mine) < theirs
}
