package shortcut

import (
	"math"
	"math/bits"
	"strconv"
)

// rational is an exact fraction in lowest terms; den is positive, and 0 says that the value is not
// known: never read, out of range, or divided by zero. Whatever is computed from it is not known
// either.
type rational struct{ num, den int64 }

func whole(n int64) rational { return rational{n, 1} }

func (a rational) known() bool { return a.den != 0 }

// ratio is num/den in lowest terms.
func ratio(num, den int64) rational {
	if den == 0 || num == math.MinInt64 || den == math.MinInt64 {
		return rational{}
	}
	if den < 0 {
		num, den = -num, -den
	}
	if den == 1 {
		return rational{num, 1}
	}
	x, y := abs(num), den
	for y != 0 {
		x, y = y, x%y
	}
	return rational{num / x, den / x}
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// times64 multiplies, unless the product leaves the range.
func times64(a, b int64) (int64, bool) {
	high, low := bits.Mul64(uint64(abs(a)), uint64(abs(b)))
	if high != 0 || low > math.MaxInt64 {
		return 0, false
	}
	return a * b, true
}

// compute is a op b, for op one of + - * / ^.
func compute(a rational, op byte, b rational) rational {
	if !a.known() || !b.known() {
		return rational{}
	}
	switch op {
	case '-':
		return sum(a, rational{-b.num, b.den})
	case '+':
		return sum(a, b)
	case '*':
		return product(a, b)
	case '/':
		if b.num < 0 {
			return product(a, rational{-b.den, -b.num})
		}
		return product(a, rational{b.den, b.num})
	case '^':
		return power(a, b)
	}
	return rational{}
}

func sum(a, b rational) rational {
	if a.den == 1 && b.den == 1 {
		n := a.num + b.num
		if (n > a.num) != (b.num > 0) && b.num != 0 {
			return rational{}
		}
		return rational{n, 1}
	}
	x, ok1 := times64(a.num, b.den)
	y, ok2 := times64(b.num, a.den)
	d, ok3 := times64(a.den, b.den)
	if !ok1 || !ok2 || !ok3 || abs(x) > math.MaxInt64/2 || abs(y) > math.MaxInt64/2 {
		return rational{}
	}
	return ratio(x+y, d)
}

func product(a, b rational) rational {
	n, ok1 := times64(a.num, b.num)
	d, ok2 := times64(a.den, b.den)
	if !ok1 || !ok2 {
		return rational{}
	}
	return ratio(n, d)
}

// power raises to whole exponents from 0 to 20.
func power(a, b rational) rational {
	if b.den != 1 || b.num < 0 || b.num > 20 {
		return rational{}
	}
	p := whole(1)
	for range b.num {
		p = product(p, a)
	}
	return p
}

func (a rational) float() float64 {
	if !a.known() {
		return math.NaN()
	}
	return float64(a.num) / float64(a.den)
}

// rounded reports whether a is b, or stands for a b that has more decimals than so many: rounded up,
// down or to the nearest.
func (a rational) rounded(b rational, decimals int) bool {
	if !a.known() || !b.known() || a == b {
		return a.known() && b.known()
	}
	if decimals < 18 && int64(math.Pow10(decimals))%b.den == 0 {
		return false
	}
	return math.Abs(a.float()-b.float()) < math.Pow10(-decimals)
}

// String spells whole numbers and short decimals as such, others as fractions.
func (a rational) String() string {
	switch {
	case !a.known():
		return "unknown"
	case a.den == 1:
		return strconv.FormatInt(a.num, 10)
	case 10000%a.den == 0: // exact in so many digits
		return strconv.FormatFloat(a.float(), 'f', -1, 64)
	}
	return strconv.FormatInt(a.num, 10) + "/" + strconv.FormatInt(a.den, 10)
}
