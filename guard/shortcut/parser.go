package shortcut

// expression is arithmetic as it stands in a text: its value, and what it is made of.
type expression struct {
	// value is unknown where a word or an unbound name takes part.
	value rational
	// ops counts the operations, numbers the numbers that are written out.
	ops, numbers int
	// strict says that it is a number, or two with one sign between them, and nothing else: no units,
	// names, brackets, percent.
	strict bool
	// solved says that a letter of no known value was taken for the answer.
	solved bool
	// stop is the token after it.
	stop int
}

// maxDepth bounds brackets in brackets, maxNames the names that have values. Text is hostile: without
// bounds, reading it could take time that grows with the square of its length.
const maxDepth, maxNames = 12, 64

// parser reads expressions from a text's tokens. Names get their values from the assignments before.
type parser struct {
	tokens  []token
	names   []binding
	unknown rational // what a letter without a value stands for
}

type binding struct {
	hash  uint32
	value rational
}

func (p *parser) bind(name uint32, value rational) {
	for i := range p.names {
		if p.names[i].hash == name {
			p.names[i].value = value
			return
		}
	}
	if len(p.names) < maxNames {
		p.names = append(p.names, binding{name, value})
	}
}

func (p *parser) lookup(name uint32) (rational, bool) {
	for _, b := range p.names {
		if b.hash == name {
			return b.value, true
		}
	}
	return rational{}, false
}

// at is a token; before the first and after the last, it is the end that every text has.
func (p *parser) at(i int) *token {
	if uint(i) >= uint(len(p.tokens)) {
		i = len(p.tokens) - 1
	}
	return &p.tokens[i]
}

// begins reports whether an expression may begin at a token. A word does if it is a name.
func (p *parser) begins(i int) bool {
	t := p.at(i)
	switch t.kind {
	case number, opening, fraction:
		return true
	case operator:
		return t.op == '-' && t.role != spoken && p.at(i+1).kind == number && p.at(i-1).kind != number
	case word:
		if _, known := p.lookup(t.hash); known || t.role == letter {
			return true
		}
		next := p.at(i + 1)
		return next.kind == operator && next.role != spoken || next.kind == relation && next.role == equals
	}
	return false
}

// sum is a term, and what is added to it or taken off.
func (p *parser) sum(i, depth int) (expression, bool) {
	e, ok := p.term(i, depth)
	for ok {
		t := p.at(e.stop)
		if t.kind != operator || t.op != '+' && t.op != '-' {
			break
		}
		next, good := p.term(e.stop+1, depth)
		if !good {
			break
		}
		e = e.with(t, next)
	}
	return e, ok
}

// term is a factor, and what it is multiplied with or divided by.
func (p *parser) term(i, depth int) (expression, bool) {
	e, ok := p.power(i, depth)
	for ok {
		t := p.at(e.stop)
		switch {
		case t.kind == operator && (t.op == '*' || t.op == '/'):
			if t.op == '/' && p.isUnit(e.stop+1) {
				e.stop, e.strict = e.stop+2, false
				continue
			}
			next, good := p.power(e.stop+1, depth)
			if !good {
				return e, true
			}
			e = e.with(t, next)
		case t.role == of && p.continues(e.stop+1), p.touches(e.stop):
			at := e.stop
			if t.role == of {
				at++
			}
			next, good := p.power(at, depth)
			if !good {
				return e, true
			}
			e = e.with(&token{op: '*'}, next)
			e.strict = false
		default:
			return e, true
		}
	}
	return e, ok
}

func (p *parser) power(i, depth int) (expression, bool) {
	e, ok := p.factor(i, depth)
	if t := p.at(e.stop); ok && t.kind == operator && t.op == '^' {
		if next, good := p.factor(e.stop+1, depth); good {
			e = e.with(t, next)
			e.strict = false
		}
	}
	return e, ok
}

// with is the operation of a token on two expressions.
func (e expression) with(t *token, next expression) expression {
	return expression{
		value: compute(e.value, t.op, next.value),
		ops:   e.ops + next.ops + 1, numbers: e.numbers + next.numbers,
		strict: e.strict && next.strict && e.ops == 0 && next.ops == 0,
		solved: e.solved || next.solved,
		stop:   next.stop,
	}
}

// factor is a number with its unit, a name, a fraction, something in brackets, or one of these with a
// sign before it.
func (p *parser) factor(i, depth int) (expression, bool) {
	if depth > maxDepth {
		return expression{}, false
	}
	t := p.at(i)
	switch t.kind {
	case number:
		e := expression{value: t.value, numbers: 1, strict: !t.percent && !t.glued && t.role == plain, stop: i + 1}
		return p.withUnit(e), true
	case operator:
		if t.op != '-' && t.op != '+' || t.role == spoken {
			return expression{}, false
		}
		e, ok := p.factor(i+1, depth+1)
		if ok && t.op == '-' {
			e.value, e.strict = compute(whole(0), '-', e.value), false
		}
		return e, ok
	case opening:
		return p.brackets(i, depth)
	case fraction:
		over, ok := p.brackets(i+1, depth)
		if !ok {
			return over, false
		}
		under, ok := p.brackets(over.stop, depth)
		if !ok {
			return under, false
		}
		strict := over.strict && under.strict && over.ops == 0 && under.ops == 0
		e := over.with(&token{op: '/'}, under)
		e.strict = strict
		return p.withUnit(e), true
	case word:
		return p.name(i)
	}
	return expression{}, false
}

// brackets is a sum in brackets; alone in them, a number is strict as it is in \frac's groups.
func (p *parser) brackets(i, depth int) (expression, bool) {
	if p.at(i).kind != opening {
		return expression{}, false
	}
	e, ok := p.sum(i+1, depth+1)
	if !ok || p.at(e.stop).kind != closing {
		return expression{}, false
	}
	e.stop++
	e.strict = e.strict && e.ops == 0
	return p.withUnit(e), true
}

// name is a variable, or words that stand for something unknown, at most three.
func (p *parser) name(i int) (expression, bool) {
	t := p.at(i)
	if value, known := p.lookup(t.hash); known {
		return expression{value: value, stop: i + 1}, true
	}
	if t.role == letter {
		return expression{value: p.unknown, solved: true, stop: i + 1}, true
	}
	for j := i; j < i+3 && p.at(j).kind == word; j++ {
		if next := p.at(j + 1); next.kind == operator || next.kind == relation || next.kind == closing {
			return expression{stop: j + 1}, true
		}
	}
	return expression{}, false
}

// withUnit passes at most two words between a number and the sign that goes on from it: 3 red bags * 12.
func (p *parser) withUnit(e expression) expression {
	for j := e.stop; j < e.stop+3; j++ {
		t := p.at(j)
		if _, known := p.lookup(t.hash); t.kind == word && t.role == plain && !known {
			continue
		}
		if j > e.stop && (t.kind == operator || t.kind == relation || t.role == of && p.continues(j+1)) {
			e.stop, e.strict = j, false
		}
		break
	}
	return e
}

// isUnit reports whether what stands after a slash is what the number is counted by: $12/hour.
func (p *parser) isUnit(i int) bool {
	t := p.at(i)
	_, known := p.lookup(t.hash)
	return t.kind == word && t.role != letter && !known && p.at(i-2).kind == number
}

// continues reports whether "of" goes on to what is multiplied.
func (p *parser) continues(i int) bool {
	t := p.at(i)
	_, known := p.lookup(t.hash)
	return t.kind == number || t.kind == opening || t.kind == fraction || t.kind == word && known
}

// touches reports whether a factor follows without a space, or in brackets: 3x, 2(5), (1/2)p.
func (p *parser) touches(i int) bool {
	before, t := p.at(i-1), p.at(i)
	if before.end != t.start || before.kind != number && before.kind != closing {
		return false
	}
	_, known := p.lookup(t.hash)
	return t.kind == opening || t.kind == word && (t.role == letter || known)
}
