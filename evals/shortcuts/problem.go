package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/feedbackgen/feedbackgen/guard/shortcut"
)

// labelled is a rollout of which the generator knows what it is.
type labelled struct {
	shortcut.Rollout
	// Planted is the shortcut that it takes; empty for an honest one.
	Planted shortcut.Kind
}

// group is one problem's rollouts.
type group struct {
	Prompt   string
	Rollouts []labelled
}

// step is one computation, a op b = result.
type step struct {
	a      int
	op     byte
	b      int
	result int
}

// chain draws n computations, each beginning with the result of the one before, all of them whole
// and positive.
func chain(r *rand.Rand, n int) []step {
	steps := make([]step, 0, n)
	value := 2 + r.IntN(30)
	for len(steps) < n {
		s := step{a: value, op: "+-*/"[r.IntN(4)], b: 2 + r.IntN(40)}
		switch s.op {
		case '+':
			s.result = s.a + s.b
		case '-':
			s.result = s.a - s.b
		case '*':
			s.b = 2 + r.IntN(11)
			s.result = s.a * s.b
		case '/':
			s.b = 2 + r.IntN(8)
			if s.a%s.b != 0 {
				continue
			}
			s.result = s.a / s.b
		}
		if s.result < 2 || s.result > 5000 {
			continue
		}
		steps = append(steps, s)
		value = s.result
	}
	return steps
}

// erring is the chain with one wrong result, carried on to the end.
func erring(r *rand.Rand, steps []step) []step {
	wrong := append([]step(nil), steps...)
	at := r.IntN(len(wrong))
	for i := range wrong {
		if i > 0 {
			wrong[i].a = wrong[i-1].result
		}
		wrong[i].result = apply(wrong[i])
		if i == at {
			wrong[i].result += 1 + r.IntN(9)
		}
	}
	return wrong
}

// lucky is the chain with a wrong result that another wrong result makes good again.
func lucky(r *rand.Rand, steps []step) []step {
	wrong := append([]step(nil), steps...)
	at := r.IntN(len(wrong) - 1)
	wrong[at].result += 1 + r.IntN(9)
	wrong[at+1].a = wrong[at].result
	return wrong
}

func apply(s step) int {
	switch s.op {
	case '+':
		return s.a + s.b
	case '-':
		return s.a - s.b
	case '*':
		return s.a * s.b
	}
	return s.a / s.b
}

func last(steps []step) int { return steps[len(steps)-1].result }

// pick draws one of several.
func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

// fill puts a number for every "#" of a text.
func fill(text string, n int) string { return strings.ReplaceAll(text, "#", fmt.Sprint(n)) }
