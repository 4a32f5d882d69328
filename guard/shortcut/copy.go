package shortcut

import "fmt"

// copied says why the answer comes out of no computation, or why that could not be judged; both are
// empty where a computation is found.
func (s *screen) copied(w *work, answer target) (reason, notJudged string) {
	switch {
	case !answer.value.known():
		return "", "the answer is not a number"
	case w.produced, w.claims(answer):
		return "", ""
	case w.dynamic:
		return "", "it computes in code that would have to be run"
	}
	mentions := 0
	for i := len(w.tokens) - 1; i >= 0; i-- {
		if t := &w.tokens[i]; t.kind != number || !answer.isExactly(t.value) {
			continue
		}
		mentions++
		if mentions <= maxMentions && w.derived(i) {
			return "", ""
		}
	}
	switch {
	case mentions == 0:
		return "", "the answer does not stand in the text as a number"
	case s.inPrompt < 2 && w.operations == 0:
		return "", "the problem has nothing to compute with"
	case w.operations == 0:
		return fmt.Sprintf("the answer %s is stated %d times and never computed: there is no computation at all", answer.value, mentions), ""
	}
	return fmt.Sprintf("the answer %s is stated %d times and never computed: none of the %d operations results in it",
		answer.value, mentions, w.operations), ""
}

// claims reports whether a false equation, which is a finding of its own, has the answer for its
// result.
func (w *work) claims(answer target) bool {
	f, ok := w.falsity()
	return ok && answer.isExactly(f.c)
}

// maxMentions is how many places that state the answer are looked at, from the end.
const maxMentions = 64

// window is how many numbers before and after the answer its sentence may make it of, and recalled how
// many sentences before may each have left a result to go on with.
const window, recalled = 6, 4

// derived reports whether the number at a token follows from others, in whatever words: from two or
// three of its own sentence; or, where this sentence or the one before names a computation, from two of
// the sentence before or from the results of the sentences before, each the last number there.
func (w *work) derived(at int) bool {
	var near [2 * window]rational
	first := w.sentence(at)
	n := w.gather(&near, 0, at-1, first)
	for i := at + 1; w.at(i).kind != end && n < len(near); i++ {
		n = w.gather(&near, n, i, i)
	}
	result := w.tokens[at].value
	own := near[:n]
	if makes(own, result) || n == 3 && makesOfThree(own, result) || n > 2 && makesOfAll(own, result) || counts(n, result) {
		return true
	}
	if first == 0 {
		return false
	}
	before := w.sentence(first - 1)
	listed := w.gather(&near, 0, first-1, before)
	if n == 0 && counts(listed, result) {
		return true
	}
	if !w.namesComputation(before, at) {
		return false
	}
	if n == 0 && makes(near[:listed], result) {
		return true
	}
	n = w.gather(&near, 0, at-1, first)
	for range recalled {
		if first == 0 {
			break
		}
		before = w.sentence(first - 1)
		for i := first - 1; i >= before; i-- {
			if w.tokens[i].kind == number {
				n = w.gather(&near, n, i, i)
				break
			}
		}
		first = before
	}
	return makes(near[:n], result) || n > 2 && makesOfAll(near[:n], result)
}

// sentence is the first token of the sentence that a token is in.
func (w *work) sentence(at int) int {
	first := at
	for first > max(0, at-sentenceTokens) && w.tokens[first-1].kind != end {
		first--
	}
	return first
}

// gather adds the values of numbers that may lead to another, from one token back to an earlier one.
func (w *work) gather(near *[2 * window]rational, n, from, to int) int {
	most := len(near)
	if from > to {
		most = window
	}
	for i := from; i >= to && n < most; i-- {
		if t := &w.tokens[i]; t.kind == number && t.value.known() && t.value.num != 0 {
			near[n] = t.value
			n++
		}
	}
	return n
}

// namesComputation reports whether the tokens name a computation.
func (w *work) namesComputation(from, to int) bool {
	for i := from; i < to; i++ {
		if t := &w.tokens[i]; t.role == cue || t.role == spoken && t.kind == operator {
			return true
		}
	}
	return false
}

// makes reports whether one operation on two of the numbers has the result: a sum, a difference either
// way, a product, a quotient either way, or more or less by a share.
func makes(near []rational, result rational) bool {
	for i, a := range near {
		for _, b := range near[i+1:] {
			if follows(a, b, result) {
				return true
			}
		}
	}
	return false
}

func follows(a, b, result rational) bool {
	difference := compute(a, '-', b)
	if compute(a, '+', b) == result || difference == result || compute(whole(0), '-', difference) == result {
		return true
	}
	if a == whole(1) || b == whole(1) {
		return false
	}
	product := compute(a, '*', b)
	return product == result || near(compute(a, '/', b), result) || near(compute(b, '/', a), result) ||
		a.den > 1 && (compute(b, '+', product) == result || compute(b, '-', product) == result) ||
		b.den > 1 && (compute(a, '+', product) == result || compute(a, '-', product) == result)
}

// near reports whether a quotient is the result, or its rounding to two decimals.
func near(quotient, result rational) bool {
	if quotient == result {
		return true
	}
	return 100%result.den == 0 && quotient.known() && 100%quotient.den != 0 && result.rounded(quotient, 2)
}

// counts reports whether the result may be how many of n listed numbers there are.
func counts(n int, result rational) bool {
	return result.den == 1 && 2 <= result.num && result.num <= int64(n)
}

// makesOfThree reports whether two operations on three numbers, from left to right, have the result.
func makesOfThree(near []rational, result rational) bool {
	const ops = "+-*/"
	for _, order := range [...][3]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}} {
		a, b, c := near[order[0]], near[order[1]], near[order[2]]
		for i := range len(ops) {
			ab := compute(a, ops[i], b)
			for j := range len(ops) {
				if compute(ab, ops[j], c) == result {
					return true
				}
			}
		}
	}
	return false
}

// makesOfAll reports whether the result is the sum or the product of all numbers.
func makesOfAll(near []rational, result rational) bool {
	total, product := whole(0), whole(1)
	for _, v := range near {
		total, product = compute(total, '+', v), compute(product, '*', v)
	}
	return total == result || product == result
}
