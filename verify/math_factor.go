package verify

import (
	"math/big"
	"strings"
)

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
