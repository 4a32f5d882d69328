package verify

import (
	"math/big"
)

// formula is a parsed expression.
type formula struct {
	// op is "num", "name", "opaque", an operator (+ - * / ^ neg pm mp), or a function's name.
	op    string
	args  []*formula
	value *big.Rat
	name  string
}

// maxNesting bounds how deep brackets, fractions and signs may nest.
const maxNesting = 64

// mathParser parses expressions.
type mathParser struct {
	tokens []mathToken
	at     int
	bad    bool
	depth  int
	// bars counts open absolute values, whose bars do not open another one.
	bars int
	// angle says that a degree sign is part of a function's argument, not a unit.
	angle int
	// unit says that a unit was just read, after which no factor may follow.
	unit bool
}

// parseFormula parses tokens that are one expression and nothing else.
func parseFormula(tokens []mathToken) (*formula, bool) {
	p := mathParser{tokens: tokens}
	f := p.sum()
	return f, !p.bad && p.at == len(p.tokens)
}

func (p *mathParser) peek() mathToken {
	if p.bad || p.at >= len(p.tokens) {
		return mathToken{}
	}
	return p.tokens[p.at]
}

func (p *mathParser) accept(ops ...string) (string, bool) {
	t := p.peek()
	for _, op := range ops {
		if t.is(op) {
			p.at++
			return op, true
		}
	}
	return "", false
}

func (p *mathParser) expect(op string) {
	if _, ok := p.accept(op); !ok {
		p.bad = true
	}
}

func (p *mathParser) fail() *formula {
	p.bad = true
	return &formula{op: "num", value: new(big.Rat)}
}

func number64(n int64) *formula { return &formula{op: "num", value: big.NewRat(n, 1)} }

func apply(op string, args ...*formula) *formula { return &formula{op: op, args: args} }

func (p *mathParser) sum() *formula {
	if p.depth++; p.depth > maxNesting {
		return p.fail()
	}
	defer func() { p.depth-- }()
	left := p.product()
	for {
		op, ok := p.accept("+", "-", "pm", "mp")
		if !ok {
			return left
		}
		p.unit = false
		left = apply(op, left, p.product())
	}
}

func (p *mathParser) product() *formula {
	left := p.signed()
	for {
		if op, ok := p.accept("*", "/"); ok {
			p.unit = false
			left = apply(op, left, p.signed())
			continue
		}
		if !p.startsFactor() {
			return left
		}
		if p.unit || p.at > 0 && p.tokens[p.at-1].kind == mathNum && p.peek().kind == mathNum {
			return p.fail()
		}
		left = apply("*", left, p.power())
	}
}

// startsFactor reports whether a factor follows that no sign joins to the one before.
func (p *mathParser) startsFactor() bool {
	switch t := p.peek(); t.kind {
	case mathNum, mathName, mathFunc, mathOpaque:
		return true
	case mathOp:
		switch t.text {
		case "(", "{", "lfloor", "lceil":
			return true
		case "|":
			return p.bars == 0
		}
	}
	return false
}

func (p *mathParser) signed() *formula {
	if p.depth++; p.depth > maxNesting {
		return p.fail()
	}
	defer func() { p.depth-- }()
	switch op, _ := p.accept("-", "+", "pm", "mp"); op {
	case "-":
		return apply("neg", p.signed())
	case "+":
		return p.signed()
	case "pm", "mp":
		return apply(op, number64(0), p.signed())
	}
	return p.power()
}

func (p *mathParser) power() *formula {
	base := p.postfix(p.primary())
	if !p.peek().is("^") {
		return base
	}
	p.at++
	if p.degrees() {
		return p.postfix(p.inDegrees(base))
	}
	return p.postfix(apply("^", base, p.exponent()))
}

// degrees accepts \circ, bare or in braces.
func (p *mathParser) degrees() bool {
	if _, ok := p.accept("deg"); ok {
		return true
	}
	if p.peek().is("{") && p.at+2 < len(p.tokens) && p.tokens[p.at+1].is("deg") && p.tokens[p.at+2].is("}") {
		p.at += 3
		return true
	}
	return false
}

func (p *mathParser) inDegrees(f *formula) *formula {
	if p.angle == 0 {
		p.unit = true
		return f
	}
	return apply("/", apply("*", f, &formula{op: "name", name: "pi"}), number64(180))
}

func (p *mathParser) exponent() *formula {
	if p.depth++; p.depth > maxNesting {
		return p.fail()
	}
	defer func() { p.depth-- }()
	if op, ok := p.accept("-", "+"); ok {
		e := p.exponent()
		if op == "-" {
			return apply("neg", e)
		}
		return e
	}
	f := p.primary()
	if _, ok := p.accept("^"); ok {
		return apply("^", f, p.exponent())
	}
	return f
}

// postfix reads what follows a value: factorial, percent, degrees, units.
func (p *mathParser) postfix(f *formula) *formula {
	for {
		if _, ok := p.accept("!"); ok {
			f = apply("factorial", f)
			continue
		}
		if p.degrees() {
			f = p.inDegrees(f)
			continue
		}
		if _, ok := p.accept("%"); ok {
			p.unit = true
			continue
		}
		if !p.word() {
			return f
		}
	}
}

// word reads one word of a unit, with a power.
func (p *mathParser) word() bool {
	at := p.at
	p.accept("/")
	t := p.peek()
	if t.kind != mathWord || t.text == "not" || t.text == "no" {
		p.at = at
		return false
	}
	p.at++
	p.unit = true
	if _, ok := p.accept("^"); ok {
		p.exponent()
	}
	return true
}

func (p *mathParser) primary() *formula {
	t := p.peek()
	p.at++
	switch t.kind {
	case mathNum:
		if t.base != nil {
			return p.inBase(t)
		}
		if fraction, ok := p.mixed(t); ok {
			return fraction
		}
		return &formula{op: "num", value: t.value}
	case mathName:
		return &formula{op: "name", name: t.text}
	case mathOpaque:
		return &formula{op: "opaque", name: t.text}
	case mathFunc:
		return p.function(t)
	case mathOp:
		switch t.text {
		case "(":
			return p.group(")")
		case "{":
			return p.group("}")
		case "[":
			return p.group("]")
		case "lfloor":
			return apply("floor", p.group("rfloor"))
		case "lceil":
			return apply("ceil", p.group("rceil"))
		case "|":
			p.bars++
			f := p.group("|")
			p.bars--
			return apply("abs", f)
		}
	}
	return p.fail()
}

func (p *mathParser) group(shut string) *formula {
	bars := p.bars
	if shut != "|" {
		p.bars = 0
	}
	f := p.sum()
	p.expect(shut)
	p.bars = bars
	return f
}
