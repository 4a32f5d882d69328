package mock

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/feedbackgen/feedbackgen"
)

// sum is a problem as the toy model understands it: a number, and what to do to it.
type sum struct {
	start int
	ops   []operation
}

// operation is one step of a sum.
type operation struct {
	sign    byte // '+', '-' or '*'
	operand int
}

// verbs are how operations are worded.
var verbs = [...]struct {
	words string
	sign  byte
}{{"Add ", '+'}, {"Subtract ", '-'}, {"Multiply by ", '*'}}

func (o operation) apply(value int) int {
	switch o.sign {
	case '+':
		return value + o.operand
	case '-':
		return value - o.operand
	default:
		return value * o.operand
	}
}

// String is the operation in words, such as "Add 4.".
func (o operation) String() string {
	for _, verb := range verbs {
		if verb.sign == o.sign {
			return verb.words + strconv.Itoa(o.operand) + "."
		}
	}
	return ""
}

func (s sum) answer() int {
	value := s.start
	for _, op := range s.ops {
		value = op.apply(value)
	}
	return value
}

// String is the problem in words, such as "Start with 3. Add 4. What is the result?".
func (s sum) String() string {
	words := []string{fmt.Sprintf("Start with %d.", s.start)}
	for _, op := range s.ops {
		words = append(words, op.String())
	}
	return strings.Join(append(words, "What is the result?"), " ")
}

// findSum finds the last problem in the last message of the user, whatever is written around it.
func findSum(messages []feedbackgen.Message) (sum, bool) {
	for i := len(messages) - 1; i >= 0; i-- {
		if messages[i].Role == feedbackgen.RoleUser {
			return parseSum(messages[i].Content)
		}
	}
	return sum{}, false
}

func parseSum(text string) (sum, bool) {
	const opening = "Start with "
	at := strings.LastIndex(text, opening)
	if at < 0 {
		return sum{}, false
	}
	var s sum
	var ok bool
	if s.start, text, ok = leadingInt(text[at+len(opening):]); !ok {
		return sum{}, false
	}
next:
	for {
		text = strings.TrimLeft(text, ". \n")
		for _, verb := range verbs {
			rest, found := strings.CutPrefix(text, verb.words)
			if !found {
				continue
			}
			op := operation{sign: verb.sign}
			if op.operand, text, ok = leadingInt(rest); !ok {
				return sum{}, false
			}
			s.ops = append(s.ops, op)
			continue next
		}
		return s, len(s.ops) > 0
	}
}

// leadingInt splits a number from the front of text. Numbers have at most 12 digits here.
func leadingInt(text string) (value int, rest string, ok bool) {
	end := 0
	for end < len(text) && end < 13 && (text[end] >= '0' && text[end] <= '9' || end == 0 && text[end] == '-') {
		end++
	}
	value, err := strconv.Atoi(text[:end])
	return value, text[end:], err == nil
}
