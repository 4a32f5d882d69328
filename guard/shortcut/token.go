package shortcut

// kind is what a token is in arithmetic.
type kind uint8

const (
	other    kind = iota
	number        // value holds it
	word          // letters, also a variable's name
	operator      // op is one of + - * / ^
	relation      // =, an arrow, or a word such as "makes"
	opening       // ( [ {
	closing       // ) ] }
	fraction      // \frac, before its two groups
	end           // the end of a sentence or of a line
)

// role is what a word says besides.
type role uint8

const (
	plain   role = iota
	of           // "of": multiplies what stands before it with what stands after
	cue          // names a computation: add, split, together
	hedge        // takes back or supposes: not, wait, if, mod
	letter       // one letter, which may stand for an unknown
	step         // "step", whose number is not one to compute with
	spelled      // a number in words
	tens         // such a number that may go on: twenty-five
	hundred      // multiplies the number in words before it
	spoken       // an operator or a relation in words
	equals       // the sign = itself
	approx       // a relation that says it is not exact
)

// token is a word, a number or a sign of a text.
type token struct {
	value    rational
	start    int32
	end      int32
	hash     uint32
	kind     kind
	role     role
	op       byte
	decimals int8
	percent  bool
	// glued says that a letter follows the number without a space.
	glued bool
}

// meaning is what a word in lower case is.
type meaning struct {
	kind  kind
	role  role
	op    byte
	value int64
}

// meaningOf knows the words that matter. A switch, because it needs no allocation and no lookup
// table that lives for ever.
func meaningOf(w []byte) meaning {
	switch string(w) {
	case "two":
		return meaning{number, spelled, 0, 2}
	case "three":
		return meaning{number, spelled, 0, 3}
	case "four":
		return meaning{number, spelled, 0, 4}
	case "five":
		return meaning{number, spelled, 0, 5}
	case "six":
		return meaning{number, spelled, 0, 6}
	case "seven":
		return meaning{number, spelled, 0, 7}
	case "eight":
		return meaning{number, spelled, 0, 8}
	case "nine":
		return meaning{number, spelled, 0, 9}
	case "ten":
		return meaning{number, spelled, 0, 10}
	case "eleven":
		return meaning{number, spelled, 0, 11}
	case "twelve", "dozen":
		return meaning{number, spelled, 0, 12}
	case "thirteen":
		return meaning{number, spelled, 0, 13}
	case "fourteen":
		return meaning{number, spelled, 0, 14}
	case "fifteen":
		return meaning{number, spelled, 0, 15}
	case "sixteen":
		return meaning{number, spelled, 0, 16}
	case "seventeen":
		return meaning{number, spelled, 0, 17}
	case "eighteen":
		return meaning{number, spelled, 0, 18}
	case "nineteen":
		return meaning{number, spelled, 0, 19}
	case "twenty":
		return meaning{number, tens, 0, 20}
	case "thirty":
		return meaning{number, tens, 0, 30}
	case "forty":
		return meaning{number, tens, 0, 40}
	case "fifty":
		return meaning{number, tens, 0, 50}
	case "sixty":
		return meaning{number, tens, 0, 60}
	case "seventy":
		return meaning{number, tens, 0, 70}
	case "eighty":
		return meaning{number, tens, 0, 80}
	case "ninety":
		return meaning{number, tens, 0, 90}
	case "hundred":
		return meaning{number, hundred, 0, 100}
	case "thousand":
		return meaning{number, hundred, 0, 1000}
	case "million":
		return meaning{number, hundred, 0, 1_000_000}
	case "twice", "double", "doubled", "doubles", "doubling":
		return meaning{number, plain, 0, 2}
	case "thrice", "triple", "triples", "tripled":
		return meaning{number, plain, 0, 3}
	case "half", "halves", "halve", "halved", "halving":
		return meaning{number, plain, '/', 2}
	case "third", "thirds":
		return meaning{number, plain, '/', 3}
	case "quarter", "quarters":
		return meaning{number, plain, '/', 4}
	case "plus":
		return meaning{operator, spoken, '+', 0}
	case "minus":
		return meaning{operator, spoken, '-', 0}
	case "times", "multiplied":
		return meaning{operator, spoken, '*', 0}
	case "divided":
		return meaning{operator, spoken, '/', 0}
	case "is", "are", "equals", "equal":
		return meaning{relation, spoken, 0, 0}
	case "make", "makes", "gives", "give", "leaves", "leave", "becomes":
		return meaning{relation, cue, 0, 0}
	case "approximately", "about", "roughly":
		return meaning{word, hedge, 0, 0}
	case "of":
		return meaning{word, of, 0, 0}
	case "add", "adds", "added", "adding", "sum", "sums", "subtract", "subtracts", "subtracted", "subtracting",
		"multiply", "multiplies", "multiplying", "product", "divide", "divides", "dividing", "quotient", "split", "splits",
		"splitting", "share", "shared", "shares", "sharing", "take", "takes", "taking", "difference", "total", "totals",
		"together", "combine", "combined", "combining", "calculate", "altogether":
		return meaning{word, cue, 0, 0}
	case "not", "wrong", "incorrect", "mistake", "suppose", "assume", "if", "wait", "mod", "base", "instead", "actually",
		"would", "never", "cannot", "isn't", "doesn't", "no", "false", "pmod", "remainder", "rounded":
		return meaning{word, hedge, 0, 0}
	case "step", "part", "case", "question", "problem":
		return meaning{word, step, 0, 0}
	}
	return meaning{kind: word}
}
