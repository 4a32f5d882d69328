package verify

import (
	"math"
	"math/big"
	"sync"
)

// workBits is the precision inside the functions below; their results are good to scalarBits.
const workBits = 384

func work() *big.Float { return new(big.Float).SetPrec(workBits) }

func workInt(n int64) *big.Float { return work().SetInt64(n) }

// circle is pi, by Machin's formula; euler is e; two is the natural logarithm of 2.
var (
	circle = sync.OnceValue(func() *big.Float {
		fifth, last := inverseTangentOf(5), inverseTangentOf(239)
		return work().Sub(fifth.Mul(fifth, workInt(16)), last.Mul(last, workInt(4)))
	})
	euler = sync.OnceValue(func() *big.Float { return exponentialSeries(workInt(1)) })
	two   = sync.OnceValue(func() *big.Float {
		// 2 atanh(1/3)
		sum, power := work(), work().Quo(workInt(2), workInt(3))
		for k := int64(1); ; k += 2 {
			term := work().Quo(power, workInt(k))
			if tiny(term, 0) {
				return sum
			}
			sum.Add(sum, term)
			power.Quo(power, workInt(9))
		}
	})
)

// tiny reports whether a series' term no longer counts beside a sum of the given exponent.
func tiny(term *big.Float, exponent int) bool {
	return term.Sign() == 0 || term.MantExp(nil) < exponent-workBits
}

// inverseTangentOf is atan(1/n).
func inverseTangentOf(n int64) *big.Float {
	sum, power := work(), work().Quo(workInt(1), workInt(n))
	square := workInt(-n * n)
	for k := int64(1); ; k += 2 {
		term := work().Quo(power, workInt(k))
		if tiny(term, 0) {
			return sum
		}
		sum.Add(sum, term)
		power.Quo(power, square)
	}
}

// exponentialSeries is e^x for a small x, by Taylor's series.
func exponentialSeries(x *big.Float) *big.Float {
	sum, term := workInt(1), workInt(1)
	for k := int64(1); ; k++ {
		term = work().Quo(work().Mul(term, x), workInt(k))
		if tiny(term, 0) {
			return sum
		}
		sum.Add(sum, term)
	}
}

// exponential is e^x, unless that is beyond all measure.
func exponential(x *big.Float) (*big.Float, bool) {
	approximate, _ := x.Float64()
	if math.Abs(approximate) > 1e5 {
		return nil, false
	}
	twos := math.Round(approximate / math.Ln2)
	rest := work().Sub(x, work().Mul(two(), work().SetFloat64(twos)))
	const halvings = 12
	rest.SetMantExp(rest, -halvings)
	power := exponentialSeries(rest)
	for range halvings {
		power = work().Mul(power, power)
	}
	return power.SetMantExp(power, int(twos)), true
}

// logarithm is the natural logarithm of a positive number.
func logarithm(x *big.Float) (*big.Float, bool) {
	if x.Sign() <= 0 || x.IsInf() {
		return nil, false
	}
	mantissa := work()
	exponent := x.MantExp(mantissa)
	mantissa.SetPrec(workBits)
	start, _ := mantissa.Float64()
	y := work().SetFloat64(math.Log(start))
	for range 3 { // Halley's method triples the digits each time
		power, ok := exponential(y)
		if !ok {
			return nil, false
		}
		step := work().Quo(work().Sub(mantissa, power), work().Add(mantissa, power))
		y.Add(y, step.Mul(step, workInt(2)))
	}
	return y.Add(y, work().Mul(two(), workInt(int64(exponent)))), true
}

// sineCosine returns both, unless the angle is too wide to be reduced.
func sineCosine(x *big.Float) (sine, cosine *big.Float, ok bool) {
	if x.MantExp(nil) > 64 {
		return nil, nil, false
	}
	quarter := work().Quo(circle(), workInt(2))
	turns := work().Quo(x, quarter)
	turns.Add(turns, work().SetFloat64(math.Copysign(0.5, float64(turns.Sign()))))
	whole, _ := turns.Int(nil)
	rest := work().Sub(x, work().Mul(quarter, work().SetInt(whole)))
	square := work().Mul(rest, rest)
	square.Neg(square)
	sine, cosine = alternating(rest, square, 1), alternating(workInt(1), square, 0)
	switch new(big.Int).And(whole, big.NewInt(3)).Int64() {
	case 1:
		sine, cosine = cosine, sine.Neg(sine)
	case 2:
		sine.Neg(sine)
		cosine.Neg(cosine)
	case 3:
		sine, cosine = cosine.Neg(cosine), sine
	}
	return sine, cosine, true
}

// alternating sums term, term*ratio/((k+1)(k+2)), and so on.
func alternating(term, ratio *big.Float, k int64) *big.Float {
	sum := work()
	for ; !tiny(term, 0); k += 2 {
		sum.Add(sum, term)
		term = work().Quo(work().Mul(term, ratio), workInt((k+1)*(k+2)))
	}
	return sum
}

// inverseTangent is atan(x).
func inverseTangent(x *big.Float) *big.Float {
	one := workInt(1)
	if work().Abs(x).Cmp(one) > 0 {
		quarter := work().Quo(circle(), workInt(int64(2*x.Sign())))
		return quarter.Sub(quarter, inverseTangent(work().Quo(one, x)))
	}
	const halvings = 8
	y := work().Set(x)
	for range halvings {
		root := work().Sqrt(work().Add(one, work().Mul(y, y)))
		y.Quo(y, root.Add(root, one))
	}
	sum, power := work(), work().Set(y)
	square := work().Mul(y, y)
	square.Neg(square)
	for k := int64(1); ; k += 2 {
		term := work().Quo(power, workInt(k))
		if tiny(term, 0) {
			break
		}
		sum.Add(sum, term)
		power.Mul(power, square)
	}
	return sum.SetMantExp(sum, halvings)
}
