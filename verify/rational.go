package verify

import (
	"math/big"
	"strings"
)

// maxDigits bounds a number's digits, written out: 1e999999999 must not eat memory.
const maxDigits = 400

// normal is the one spelling that all numbers of the same value share, or empty if that takes more
// than maxDigits, or the denominator is zero.
func normal(negative bool, m magnitude) string {
	if m.den == "" {
		return decimal(negative, m.num, m.exponent)
	}
	if len(m.num) > maxDigits || len(m.den) > maxDigits {
		return ""
	}
	num, ok := new(big.Int).SetString(m.num, 10)
	if !ok {
		return ""
	}
	den, ok := new(big.Int).SetString(m.den, 10)
	if !ok || den.Sign() == 0 {
		return ""
	}
	if negative {
		num.Neg(num)
	}
	return rational(new(big.Rat).SetFrac(num, den))
}

// rational is the normal form of an exact number.
func rational(r *big.Rat) string {
	if places, finite := r.FloatPrec(); finite && places <= maxDigits {
		text := r.FloatString(places)
		if form := decimal(r.Sign() < 0, strings.TrimPrefix(text, "-"), 0); form != "" {
			return form
		}
	}
	return r.RatString()
}

// mixed is a whole number and a fraction, such as 1 1/2, whose fraction is less than one.
func mixed(whole string, part magnitude) magnitude {
	if part.bad || len(whole) > maxDigits || len(part.num) > maxDigits || len(part.den) > maxDigits {
		return magnitude{bad: true, end: part.end}
	}
	w, okW := new(big.Int).SetString(whole, 10)
	n, okN := new(big.Int).SetString(part.num, 10)
	d, okD := new(big.Int).SetString(part.den, 10)
	if !okW || !okN || !okD || n.Cmp(d) >= 0 {
		return magnitude{bad: true, end: part.end}
	}
	part.num = n.Add(n, w.Mul(w, d)).String()
	return part
}

// decimal is the normal form of digits with an optional dot, times ten to the exponent.
func decimal(negative bool, digits string, exponent int) string {
	whole, fraction, _ := strings.Cut(digits, ".")
	if len(whole)+len(fraction) > maxDigits {
		return ""
	}
	if exponent != 0 {
		all := whole + fraction
		first := strings.TrimLeft(all, "0")
		if first == "" {
			return "0"
		}
		point := len(whole) + exponent
		if point > maxDigits || point < -maxDigits {
			return ""
		}
		switch {
		case point <= 0:
			whole, fraction = "", strings.Repeat("0", -point)+all
		case point >= len(all):
			whole, fraction = all+strings.Repeat("0", point-len(all)), ""
		default:
			whole, fraction = all[:point], all[point:]
		}
	}
	whole = strings.TrimLeft(whole, "0")
	fraction = strings.TrimRight(fraction, "0")
	if len(whole)+len(fraction) > maxDigits {
		return ""
	}
	sign := ""
	if negative && whole+fraction != "" {
		sign = "-"
	}
	if whole == "" {
		whole = "0"
	}
	if fraction == "" {
		return sign + whole
	}
	return sign + whole + "." + fraction
}
