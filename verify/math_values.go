package verify

import (
	"math/big"
)

// functionValue applies a function to numbers; not ok where it is undefined or too large.
func functionValue(name string, args []scalar) (scalar, bool) {
	x := args[0]
	switch name {
	case "sqrt":
		inverse, ok := integer(1).quo(args[1])
		if !ok || x.sign() < 0 && args[1].rat == nil {
			return scalar{}, false
		}
		if x.sign() == 0 {
			return x, inverse.sign() > 0
		}
		return x.pow(inverse)
	case "abs":
		return x.abs(), true
	case "floor", "ceil":
		return rounded(x, name == "ceil")
	case "factorial":
		n, ok := x.small()
		if !ok || n < 0 || n > 500 {
			return scalar{}, false
		}
		return exactly(new(big.Rat).SetInt(new(big.Int).MulRange(1, int64(n)))), true
	case "binom":
		n, okN := x.small()
		k, okK := args[1].small()
		if !okN || !okK || n < 0 || k < 0 || n > 1000 {
			return scalar{}, false
		}
		return exactly(new(big.Rat).SetInt(new(big.Int).Binomial(int64(n), int64(k)))), true
	case "ln", "log":
		return logarithmOf(x, name, args[1:])
	}
	return transcendental(name, x)
}

func rounded(x scalar, up bool) (scalar, bool) {
	if x.rat == nil && x.app.MantExp(nil) > scalarBits/2 {
		return scalar{}, false
	}
	whole, accuracy := x.float().Int(nil)
	switch {
	case accuracy == big.Exact:
	case up && x.sign() > 0:
		whole.Add(whole, big.NewInt(1))
	case !up && x.sign() < 0:
		whole.Sub(whole, big.NewInt(1))
	}
	return exactly(new(big.Rat).SetInt(whole)), true
}

// logarithmOf takes base e for ln, and for log the one given, else 10.
func logarithmOf(x scalar, name string, base []scalar) (scalar, bool) {
	top, ok := logarithm(x.float())
	if !ok {
		return scalar{}, false
	}
	if name == "ln" {
		return snap(top), true
	}
	of := integer(10)
	if len(base) > 0 {
		of = base[0]
	}
	bottom, ok := logarithm(of.float())
	if !ok || bottom.Sign() == 0 {
		return scalar{}, false
	}
	return snap(work().Quo(top, bottom)), true
}

func transcendental(name string, x scalar) (scalar, bool) {
	value := work().Set(x.float())
	one := workInt(1)
	switch name {
	case "exp":
		power, ok := exponential(value)
		if !ok {
			return scalar{}, false
		}
		return snap(power), true
	case "atan":
		return snap(inverseTangent(value)), true
	case "asin", "acos":
		rest := work().Sub(one, work().Mul(value, value))
		if rest.Sign() < 0 {
			return scalar{}, false
		}
		quarter := work().Quo(circle(), workInt(2))
		angle := work().Mul(quarter, workInt(int64(value.Sign())))
		if rest.Sign() > 0 {
			angle = inverseTangent(work().Quo(value, work().Sqrt(rest)))
		}
		if name == "acos" {
			angle = work().Sub(quarter, angle)
		}
		return snap(angle), true
	}
	sine, cosine, ok := sineCosine(value)
	if !ok {
		return scalar{}, false
	}
	s, c := snap(sine), snap(cosine)
	switch name {
	case "sin":
		return s, true
	case "cos":
		return c, true
	case "tan":
		return resnapped(s.quo(c))
	case "cot":
		return resnapped(c.quo(s))
	case "sec":
		return integer(1).quo(c)
	case "csc":
		return integer(1).quo(s)
	}
	return scalar{}, false
}

func resnapped(x scalar, ok bool) (scalar, bool) {
	if !ok || x.rat != nil {
		return x, ok
	}
	return snap(x.app), true
}
