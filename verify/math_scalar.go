package verify

import (
	"math/big"
)

const (
	// scalarBits is the precision of numbers that are not exact, about 77 decimal digits.
	scalarBits = 256
	// maxRatBits bounds an exact number; a longer one goes on as an approximation.
	maxRatBits = 8192
	// zeroBits is how far below its terms a sum of approximations has to fall to be zero.
	zeroBits = 160
)

// scalar is a real number: exact if rat is set, else an approximation.
type scalar struct {
	rat *big.Rat
	app *big.Float
}

func exactly(r *big.Rat) scalar {
	if r.Num().BitLen()+r.Denom().BitLen() > maxRatBits {
		return scalar{app: new(big.Float).SetPrec(scalarBits).SetRat(r)}
	}
	return scalar{rat: r}
}

func integer(n int64) scalar { return scalar{rat: big.NewRat(n, 1)} }

func about(f *big.Float) scalar { return scalar{app: new(big.Float).SetPrec(scalarBits).Set(f)} }

func (a scalar) float() *big.Float {
	if a.rat != nil {
		return new(big.Float).SetPrec(scalarBits).SetRat(a.rat)
	}
	return a.app
}

func (a scalar) sign() int {
	if a.rat != nil {
		return a.rat.Sign()
	}
	return a.app.Sign()
}

func (a scalar) neg() scalar {
	if a.rat != nil {
		return scalar{rat: new(big.Rat).Neg(a.rat)}
	}
	return scalar{app: new(big.Float).Neg(a.app)}
}

func (a scalar) abs() scalar {
	if a.sign() < 0 {
		return a.neg()
	}
	return a
}

func (a scalar) add(b scalar) scalar {
	if a.rat != nil && b.rat != nil {
		return exactly(new(big.Rat).Add(a.rat, b.rat))
	}
	x, y := a.float(), b.float()
	sum := new(big.Float).SetPrec(scalarBits).Add(x, y)
	if sum.Sign() == 0 || sum.MantExp(nil) < max(x.MantExp(nil), y.MantExp(nil))-zeroBits {
		return integer(0)
	}
	return scalar{app: sum}
}

func (a scalar) mul(b scalar) scalar {
	switch {
	case a.rat != nil && b.rat != nil:
		return exactly(new(big.Rat).Mul(a.rat, b.rat))
	case a.sign() == 0 || b.sign() == 0:
		return integer(0)
	}
	return scalar{app: new(big.Float).SetPrec(scalarBits).Mul(a.float(), b.float())}
}

// quo divides; not by zero.
func (a scalar) quo(b scalar) (scalar, bool) {
	switch {
	case b.sign() == 0:
		return scalar{}, false
	case a.rat != nil && b.rat != nil:
		return exactly(new(big.Rat).Quo(a.rat, b.rat)), true
	case a.sign() == 0:
		return integer(0), true
	}
	return scalar{app: new(big.Float).SetPrec(scalarBits).Quo(a.float(), b.float())}, true
}

// small returns an exact integer of at most a million.
func (a scalar) small() (int, bool) {
	if a.rat == nil || !a.rat.IsInt() || !a.rat.Num().IsInt64() {
		return 0, false
	}
	n := a.rat.Num().Int64()
	return int(n), -1_000_000 <= n && n <= 1_000_000
}

// pow is a real power. A negative number has one if the exponent is an integer or a fraction with
// an odd denominator, zero if the exponent is positive.
func (a scalar) pow(b scalar) (scalar, bool) {
	if a.sign() == 0 {
		return integer(0), b.sign() > 0
	}
	if n, ok := b.small(); ok && a.rat != nil && max(n, -n)*max(a.rat.Num().BitLen(), a.rat.Denom().BitLen()) <= maxRatBits {
		return ratPower(a.rat, n), true
	}
	negative := false
	if a.sign() < 0 {
		if b.rat == nil || b.rat.Denom().Bit(0) == 0 {
			return scalar{}, false
		}
		negative = b.rat.Num().Bit(0) == 1
		a = a.neg()
	}
	result, ok := positivePower(a, b)
	if ok && negative {
		result = result.neg()
	}
	return result, ok
}

func ratPower(base *big.Rat, n int) scalar {
	size := big.NewInt(int64(max(n, -n)))
	result := new(big.Rat).SetFrac(new(big.Int).Exp(base.Num(), size, nil), new(big.Int).Exp(base.Denom(), size, nil))
	if n < 0 {
		result.Inv(result)
	}
	return exactly(result)
}

func positivePower(a, b scalar) (scalar, bool) {
	if b.rat != nil && b.rat.Cmp(big.NewRat(1, 2)) == 0 {
		return snap(new(big.Float).SetPrec(scalarBits).Sqrt(a.float())), true
	}
	logarithm, ok := logarithm(a.float())
	if !ok {
		return scalar{}, false
	}
	power, ok := exponential(new(big.Float).SetPrec(workBits).Mul(logarithm, b.float()))
	if !ok {
		return scalar{}, false
	}
	return snap(power), true
}

// snap makes an approximation exact if a fraction with a short denominator is that close to it.
func snap(f *big.Float) scalar {
	if r, ok := nearFraction(f, 1<<20); ok {
		return scalar{rat: r}
	}
	return about(f)
}

// nearFraction finds the fraction with a denominator of at most maxDenominator that an
// approximation stands for, by its continued fraction: that it comes as close as zeroBits by chance
// is out of the question.
func nearFraction(f *big.Float, maxDenominator int64) (*big.Rat, bool) {
	if f.IsInf() || f.MantExp(nil) > zeroBits/2 {
		return nil, false
	}
	if f.Sign() == 0 || f.MantExp(nil) < -zeroBits {
		return new(big.Rat), true
	}
	limit := big.NewInt(maxDenominator)
	rest := new(big.Float).SetPrec(workBits).Set(f)
	oldNum, num := big.NewInt(0), big.NewInt(1)
	oldDen, den := big.NewInt(1), big.NewInt(0)
	for {
		whole, _ := rest.Int(nil)
		if rest.Sign() < 0 && !rest.IsInt() {
			whole.Sub(whole, big.NewInt(1))
		}
		oldNum, num = num, new(big.Int).Add(new(big.Int).Mul(whole, num), oldNum)
		oldDen, den = den, new(big.Int).Add(new(big.Int).Mul(whole, den), oldDen)
		if den.Cmp(limit) > 0 {
			return nil, false
		}
		found := new(big.Rat).SetFrac(num, den)
		gap := new(big.Float).SetPrec(workBits).SetRat(found)
		gap.Sub(gap, f)
		if gap.Sign() == 0 || gap.MantExp(nil) < max(f.MantExp(nil), 0)-zeroBits {
			return found, true
		}
		rest.Sub(rest, new(big.Float).SetInt(whole))
		if rest.Sign() == 0 {
			return nil, false
		}
		rest.Quo(new(big.Float).SetPrec(workBits).SetInt64(1), rest)
	}
}

// form names a number: exactly if it is rational, a rational multiple of pi, pi^2 or e, or the root
// of a rational; else by 36 digits, in brackets that make it a name of its own.
func (a scalar) form() (text string, named bool) {
	if a.rat != nil {
		if len(a.rat.Num().String())+len(a.rat.Denom().String()) <= maxDigits {
			return rational(a.rat), true
		}
		return opaqueNumber(a.float()), false
	}
	const longest = 1_000_000_000_000
	if r, ok := nearFraction(a.app, longest); ok {
		return rational(r), true
	}
	pi, e := circle(), euler()
	for _, known := range []struct {
		value *big.Float
		name  string
	}{{pi, "pi"}, {new(big.Float).SetPrec(workBits).Mul(pi, pi), "pi^2"}, {e, "e"}} {
		ratio := new(big.Float).SetPrec(scalarBits).Quo(a.app, known.value)
		if r, ok := nearFraction(ratio, longest); ok && r.Sign() != 0 {
			return multiple(r, known.name), true
		}
	}
	square := new(big.Float).SetPrec(scalarBits).Mul(a.app, a.app)
	if r, ok := nearFraction(square, longest); ok && r.Sign() != 0 && r.Num().BitLen() < 64 {
		return surd(r, a.app.Sign()), true
	}
	return opaqueNumber(a.app), false
}

func opaqueNumber(f *big.Float) string { return "‹" + f.Text('e', 35) + "›" }

// multiple is a rational times something with a name.
func multiple(r *big.Rat, name string) string {
	switch text := rational(r); text {
	case "1":
		return name
	case "-1":
		return "-" + name
	default:
		return text + "*" + name
	}
}

// surd is the root of a rational, with the squares taken out that small primes make.
func surd(square *big.Rat, sign int) string {
	outer := new(big.Rat).SetFrac(big.NewInt(int64(sign)), square.Denom())
	inner := new(big.Int).Mul(square.Num(), square.Denom())
	quotient, rest := new(big.Int), new(big.Int)
	for d := int64(2); d < 2000; d++ {
		divisor := big.NewInt(d * d)
		if divisor.Cmp(inner) > 0 {
			break
		}
		for quotient.QuoRem(inner, divisor, rest); rest.Sign() == 0; quotient.QuoRem(inner, divisor, rest) {
			inner.Set(quotient)
			outer.Mul(outer, big.NewRat(d, 1))
		}
	}
	return multiple(outer, "sqrt("+inner.String()+")")
}
