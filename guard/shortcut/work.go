package shortcut

import (
	"fmt"
	"slices"
)

// work is what can be read in one text: its tokens, what its equations compute, and which of them
// are false.
type work struct {
	parser
	text    string
	dynamic bool
	// produced says that an equation has the answer for its result.
	produced bool
	// operations counts what was computed in all expressions.
	operations int
	falsities  []equation
	truths     []equation

	// memory that the search for repetitions uses anew for each text
	seen     []int32
	sequence []int32
	codes    []uint32
}

// maxEquations bounds how many true and how many false ones are looked at.
const maxEquations = 64

// sentenceTokens bounds how far back a sentence is looked at.
const sentenceTokens = 200

// equation is a op b = c between numbers; at is the token of a.
type equation struct {
	a, b, c rational
	op      byte
	at      int
	stop    int
}

// target is the answer as a number, and with how many decimals it is stated.
type target struct {
	value    rational
	decimals int
	// hundredfold and hundredth are it as a percentage and back.
	hundredfold, hundredth rational
}

func newTarget(value rational, decimals int) target {
	return target{value, decimals, compute(value, '*', whole(100)), compute(value, '/', whole(100))}
}

// isExactly reports whether a number in the text is the answer, with either sign or as a percentage.
func (a target) isExactly(v rational) bool {
	return v.known() && (a.value == v || a.value.den == v.den && a.value.num == -v.num || a.hundredfold == v || a.hundredth == v)
}

// is reports whether a computed value is the answer: exactly, or rounded to the answer's decimals.
func (a target) is(v rational) bool {
	return a.value.known() && (a.isExactly(v) || a.value.rounded(v, a.decimals))
}

// follow reads all expressions and equations of the text, for one answer.
func (w *work) follow(answer target) {
	w.unknown = answer.value
	for i := 0; i < len(w.tokens); {
		if !w.begins(i) {
			i++
			continue
		}
		e, ok := w.sum(i, 0)
		if !ok {
			i++
			continue
		}
		i = w.chain(i, e, answer)
	}
}

// chain reads what follows an expression after signs of equality, and returns the token after it.
func (w *work) chain(start int, left expression, answer target) int {
	first, from := left, start
	w.note(left, answer)
	for w.at(left.stop).kind == relation {
		at := left.stop
		right, ok := w.sum(at+1, 0)
		if !ok {
			break
		}
		w.note(right, answer)
		w.compare(left, right, answer)
		w.equate(left, right, from, at)
		left, from = right, at+1
	}
	if t := w.at(start); t.kind == word && first.stop == start+1 && left.stop > first.stop {
		value := left.value
		if left.solved {
			value = rational{}
		}
		w.bind(t.hash, value)
	}
	return left.stop
}

// note takes in what an expression computes.
func (w *work) note(e expression, answer target) {
	w.operations += e.ops
	if e.ops > 0 && !e.solved && answer.is(e.value) {
		w.produced = true
	}
}

// compare looks whether an equation leads to the answer without a value of its own: one with words in
// it whose other side is the answer, or one that the answer solves.
func (w *work) compare(left, right expression, answer target) {
	switch {
	case left.ops+right.ops == 0:
	case left.solved || right.solved:
		if left.value.known() && left.value == right.value {
			w.produced = true
		}
	case left.ops > 0 && left.numbers > 0 && !left.value.known() && right.ops == 0 && answer.is(right.value):
		w.produced = true
	}
}

// equate keeps a op b = c where nothing else takes part, with whether it is true.
func (w *work) equate(left, right expression, from, at int) {
	if left.ops != 1 || right.ops != 0 || !left.strict || !right.strict || !left.value.known() || !right.value.known() {
		return
	}
	operator, ok := w.between(from, at)
	if !ok || w.at(at).role == approx || !w.bounded(from, right.stop) {
		return
	}
	a, b := w.numbersOf(from, at)
	eq := equation{a: a, b: b, c: right.value, op: operator, at: from, stop: right.stop}
	c := w.at(right.stop - 1)
	kept := &w.falsities
	if right.value.rounded(left.value, int(c.decimals)) {
		kept = &w.truths
	}
	if len(*kept) < maxEquations {
		*kept = append(*kept, eq)
	}
}

// between is the one operation of a strict expression.
func (w *work) between(from, to int) (byte, bool) {
	for i := from; i < to; i++ {
		switch t := w.at(i); t.kind {
		case operator:
			return t.op, true
		case fraction:
			return '/', true
		}
	}
	return 0, false
}

func (w *work) numbersOf(from, to int) (a, b rational) {
	found := 0
	for i := from; i < to; i++ {
		if t := w.at(i); t.kind == number {
			if found == 0 {
				a = t.value
			} else {
				b = t.value
			}
			found++
		}
	}
	return a, b
}

// bounded reports whether an equation stands for itself: no number, sign or word before it that would
// bind its first number, none after it that would go on from its last.
func (w *work) bounded(from, stop int) bool {
	before, after := w.at(from-1), w.at(stop)
	switch before.kind {
	case number, operator, fraction:
		return false
	case closing:
		return false
	case word:
		if before.role == of || before.role == letter || w.at(from-1).end == w.at(from).start {
			return false
		}
	}
	switch after.kind {
	case number, operator, opening, fraction:
		return false
	case word:
		return after.role != letter && after.role != of
	}
	return true
}

// wrongStep says which equation is false, or "".
func (w *work) wrongStep() string {
	f, ok := w.falsity()
	if !ok {
		return ""
	}
	if f.op == '-' && compute(f.b, '-', f.a) == f.c {
		return fmt.Sprintf("not as it says: %s - %s = %s holds the other way round", f.a, f.b, f.c)
	}
	return fmt.Sprintf("right by luck: it says %s %c %s = %s, which is %s", f.a, f.op, f.b, f.c, compute(f.a, f.op, f.b))
}

// falsity is the last false equation that the text does not take back, by saying that it is not so or
// by doing the same computation again and right.
func (w *work) falsity() (equation, bool) {
	for _, f := range slices.Backward(w.falsities) {
		if !w.hedged(f) && !w.corrected(f) {
			return f, true
		}
	}
	return equation{}, false
}

func (w *work) corrected(f equation) bool {
	for _, t := range w.truths {
		if t.at > f.at && t.op == f.op && t.a == f.a && t.b == f.b {
			return true
		}
	}
	return false
}

// hedged reports whether the sentence, or the beginning of the next, supposes or takes back.
func (w *work) hedged(f equation) bool {
	for i := f.at - 1; i >= max(0, f.at-sentenceTokens) && w.tokens[i].kind != end; i-- {
		if w.tokens[i].role == hedge {
			return true
		}
	}
	ends := 0
	for i := f.stop; i < len(w.tokens) && i < f.stop+12 && ends < 2; i++ {
		if w.tokens[i].role == hedge {
			return true
		}
		if w.tokens[i].kind == end {
			ends++
		}
	}
	return false
}
