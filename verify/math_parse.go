package verify

import (
	"math/big"
	"strings"
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

// inBase is a number written in another base, such as 1010_2.
func (p *mathParser) inBase(t mathToken) *formula {
	if len(t.base) != 1 || t.digits == "" {
		return p.fail()
	}
	var base int
	switch t.base[0].digits {
	case "2", "3", "4", "5", "6", "7", "8", "9", "10":
		base = int(t.base[0].value.Num().Int64())
	default:
		return p.fail()
	}
	n, ok := new(big.Int).SetString(t.digits, base)
	if !ok {
		return p.fail()
	}
	return &formula{op: "num", value: new(big.Rat).SetInt(n)}
}

// mixed reads the fraction of a mixed number: 1 1/2, 1\frac{1}{2}.
func (p *mathParser) mixed(whole mathToken) (*formula, bool) {
	if whole.digits == "" {
		return nil, false
	}
	var num, den *big.Rat
	end := p.at
	first := p.peek()
	switch {
	case first.kind == mathFunc && first.text == "frac":
		num, den, end = p.plainFraction(p.at + 1)
	case first.kind == mathNum && first.spaced && first.digits != "" && p.at+2 < len(p.tokens) && p.tokens[p.at+1].is("/") && p.tokens[p.at+2].digits != "":
		num, den, end = first.value, p.tokens[p.at+2].value, p.at+3
	}
	if num == nil || num.Sign() <= 0 || num.Cmp(den) >= 0 {
		return nil, false
	}
	p.at = end
	value := new(big.Rat).Quo(num, den)
	return &formula{op: "num", value: value.Add(value, whole.value)}, true
}

// plainFraction looks ahead for two integers as the arguments of \frac; num is nil if there are none.
func (p *mathParser) plainFraction(at int) (num, den *big.Rat, end int) {
	if at < len(p.tokens) && len(p.tokens[at].digits) == 2 {
		digits := p.tokens[at].digits
		return big.NewRat(int64(digits[0]-'0'), 1), big.NewRat(int64(digits[1]-'0'), 1), at + 1
	}
	var values [2]*big.Rat
	for i := range values {
		inner := at
		braced := at < len(p.tokens) && p.tokens[at].is("{")
		if braced {
			inner++
		}
		if inner >= len(p.tokens) || p.tokens[inner].digits == "" || !braced && len(p.tokens[inner].digits) > 1 {
			return nil, nil, 0
		}
		values[i], at = p.tokens[inner].value, inner+1
		if braced {
			if at >= len(p.tokens) || !p.tokens[at].is("}") {
				return nil, nil, 0
			}
			at++
		}
	}
	return values[0], values[1], at
}

// argument reads an argument of \frac or \sqrt: a group, one token, or one digit of a number.
func (p *mathParser) argument() *formula {
	t := p.peek()
	if t.kind != mathNum || len(t.digits) < 2 || t.base != nil {
		return p.primary()
	}
	digit, _ := new(big.Rat).SetString(t.digits[:1])
	rest := t
	rest.digits = t.digits[1:]
	rest.text = rest.digits
	rest.value, _ = new(big.Rat).SetString(rest.digits)
	// The tokens may be parsed again: the number is cut in a copy.
	p.tokens = append(append(append([]mathToken{}, p.tokens[:p.at]...), mathToken{kind: mathNum, text: t.digits[:1], digits: t.digits[:1], value: digit}, rest), p.tokens[p.at+1:]...)
	p.at++
	return &formula{op: "num", value: digit}
}

func (p *mathParser) function(t mathToken) *formula {
	switch t.text {
	case "frac":
		above := p.argument()
		return apply("/", above, p.argument())
	case "binom":
		above := p.argument()
		return apply("binom", above, p.argument())
	case "sqrt":
		degree := number64(2)
		if _, ok := p.accept("["); ok {
			degree = p.group("]")
		}
		// \sqrt16 is meant as sqrt(16), whatever TeX makes of it.
		return apply("sqrt", p.primary(), degree)
	}
	inverse := false
	var exponent *formula
	if _, ok := p.accept("^"); ok {
		exponent = p.exponent()
		inverse = exponent.op == "neg" && exponent.args[0].op == "num" && exponent.args[0].value.Cmp(big.NewRat(1, 1)) == 0 || exponent.op == "num" && exponent.value.Cmp(big.NewRat(-1, 1)) == 0
	}
	name := t.text
	if inverse {
		if len(name) != 3 || !strings.Contains("sin cos tan", name) {
			return p.fail()
		}
		name, exponent = "a"+name, nil
	}
	args := []*formula{p.applied(isAngular(name))}
	if t.base != nil {
		base, ok := parseFormula(t.base)
		if !ok {
			return p.fail()
		}
		args = append(args, base)
	}
	f := apply(name, args...)
	if exponent != nil {
		f = apply("^", f, exponent)
	}
	return f
}

func isAngular(function string) bool {
	switch function {
	case "sin", "cos", "tan", "cot", "sec", "csc":
		return true
	}
	return false
}

// applied reads a function's argument: a bracket, or all factors up to the next sign or function.
func (p *mathParser) applied(angular bool) *formula {
	if angular {
		p.angle++
		defer func() { p.angle-- }()
	}
	if p.peek().is("(") || p.peek().is("{") || p.peek().is("[") {
		return p.primary()
	}
	if _, ok := p.accept("-"); ok {
		return apply("neg", p.applied(false))
	}
	f := p.power()
	for p.startsFactor() && p.peek().kind != mathFunc && !p.unit {
		f = apply("*", f, p.power())
	}
	return f
}
