package selfplay

import (
	"errors"
	"math/big"
)

// Bounds of an expression. Within them every value is a fraction of some 200 digits at most.
const (
	longestExpression = 200 // bytes
	longestNumber     = 9   // digits
	mostOperations    = 20
	mostDepth         = 20 // brackets in brackets
)

// Expression is an arithmetic expression that was read.
type Expression struct {
	// Value is exact.
	Value *big.Rat
	// Numbers are the numbers in it, as they are written, in order.
	Numbers []string
	// Operations counts + - * and /.
	Operations int
}

var (
	errLong     = errors.New("the expression is too long")
	errDeep     = errors.New("the brackets are too deep")
	errDivision = errors.New("division by zero")
	errEmpty    = errors.New("there is no expression")
	errNumber   = errors.New("a number is malformed or too long")
	errEnd      = errors.New("the expression goes on where it should end")
	errOperand  = errors.New("a number or an opening bracket is missing")
	errBracket  = errors.New("a closing bracket is missing")
)

// Evaluate reads numbers (digits, with one decimal point or none), + - * / and round brackets, with
// the usual precedence and spaces anywhere between them, and computes exactly. Nothing else is read:
// no signs before a number, no exponents, no names, no "2(3)". An expression has up to 200 bytes, 20
// operations and 20 brackets in brackets; a number has up to 9 digits.
func Evaluate(text string) (Expression, error) {
	if len(text) > longestExpression {
		return Expression{}, errLong
	}
	r := reader{text: text}
	r.space()
	if r.at == len(text) {
		return Expression{}, errEmpty
	}
	value, err := r.sum(0)
	if err != nil {
		return Expression{}, err
	}
	if r.at != len(text) {
		return Expression{}, errEnd
	}
	r.out.Value = value
	return r.out, nil
}

// Whole is the value as a whole number that is not negative; not ok if it is none.
func (e Expression) Whole() (answer string, ok bool) {
	if !e.Value.IsInt() || e.Value.Sign() < 0 {
		return "", false
	}
	return e.Value.Num().String(), true
}

type reader struct {
	text string
	at   int
	out  Expression
}

func (r *reader) space() {
	for r.at < len(r.text) && (r.text[r.at] == ' ' || r.text[r.at] == '\t') {
		r.at++
	}
}

// next takes one of the signs, if one comes next, and the space after it.
func (r *reader) next(signs string) (sign byte, ok bool) {
	if r.at == len(r.text) {
		return 0, false
	}
	for i := range len(signs) {
		if r.text[r.at] == signs[i] {
			r.at++
			r.space()
			return signs[i], true
		}
	}
	return 0, false
}

// sum reads products between + and -.
func (r *reader) sum(depth int) (*big.Rat, error) {
	return r.chain("+-", func() (*big.Rat, error) {
		return r.chain("*/", func() (*big.Rat, error) { return r.operand(depth) })
	})
}

// chain reads operands with any of the signs between them, and computes from the left.
func (r *reader) chain(signs string, operand func() (*big.Rat, error)) (*big.Rat, error) {
	value, err := operand()
	for err == nil {
		sign, more := r.next(signs)
		if !more {
			return value, nil
		}
		if r.out.Operations++; r.out.Operations > mostOperations {
			return nil, errLong
		}
		var right *big.Rat
		if right, err = operand(); err == nil {
			value, err = compute(value, sign, right)
		}
	}
	return nil, err
}

func compute(a *big.Rat, sign byte, b *big.Rat) (*big.Rat, error) {
	switch sign {
	case '+':
		return new(big.Rat).Add(a, b), nil
	case '-':
		return new(big.Rat).Sub(a, b), nil
	case '*':
		return new(big.Rat).Mul(a, b), nil
	}
	if b.Sign() == 0 {
		return nil, errDivision
	}
	return new(big.Rat).Quo(a, b), nil
}

// operand reads a number, or a sum in brackets.
func (r *reader) operand(depth int) (*big.Rat, error) {
	if _, ok := r.next("("); !ok {
		return r.number()
	}
	if depth == mostDepth {
		return nil, errDeep
	}
	value, err := r.sum(depth + 1)
	if err != nil {
		return nil, err
	}
	if _, ok := r.next(")"); !ok {
		return nil, errBracket
	}
	return value, nil
}

func (r *reader) number() (*big.Rat, error) {
	start, digits, point := r.at, 0, false
	for ; r.at < len(r.text); r.at++ {
		c := r.text[r.at]
		if c == '.' && !point && digits > 0 {
			point = true
			continue
		}
		if c < '0' || '9' < c {
			break
		}
		digits++
	}
	text := r.text[start:r.at]
	if text == "" {
		return nil, errOperand
	}
	if digits > longestNumber || text[len(text)-1] == '.' {
		return nil, errNumber
	}
	value, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, errNumber
	}
	r.out.Numbers = append(r.out.Numbers, text)
	r.space()
	return value, nil
}
