package shortcut

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// Where a result is known it is the one that big rationals have, in lowest terms; it is unknown only
// where a numerator or denominator on the way may leave 64 bits, or something is divided by zero.
func TestArithmeticIsExactOrUnknown(t *testing.T) {
	number := rapid.OneOf(rapid.Int64Range(-1000, 1000), rapid.Int64Range(math.MinInt64+1, math.MaxInt64))
	rapid.Check(t, func(t *rapid.T) {
		a := ratio(number.Draw(t, "a"), rapid.Int64Range(1, 100).Draw(t, "under a"))
		b := ratio(number.Draw(t, "b"), rapid.Int64Range(1, 100).Draw(t, "under b"))
		x, y, want := big.NewRat(a.num, a.den), big.NewRat(b.num, b.den), new(big.Rat)
		op := rapid.SampledFrom([]byte("+-*/")).Draw(t, "op")
		switch op {
		case '+':
			want.Add(x, y)
		case '-':
			want.Sub(x, y)
		case '*':
			want.Mul(x, y)
		case '/':
			if b.num == 0 {
				if got := compute(a, op, b); got.known() {
					t.Fatalf("divided by zero: %v", got)
				}
				return
			}
			want.Quo(x, y)
		}
		got := compute(a, op, b)
		small := abs(a.num) < 1<<40 && abs(b.num) < 1<<20
		switch {
		case got.known() && big.NewRat(got.num, got.den).Cmp(want) != 0, got.known() && big.NewInt(got.den).Cmp(want.Denom()) != 0:
			t.Fatalf("%v %c %v = %v, want %v", a, op, b, got, want)
		case small && !got.known():
			t.Fatalf("%v %c %v is unknown, want %v", a, op, b, want)
		}
	})
}

func TestPowersAndTheUnknown(t *testing.T) {
	if got := compute(whole(2), '^', whole(10)); got != whole(1024) {
		t.Errorf("2^10 = %v", got)
	}
	for _, unknown := range []rational{
		compute(whole(10), '^', whole(20)), compute(whole(2), '^', whole(-1)), compute(rational{}, '+', whole(1)),
		compute(whole(math.MaxInt64), '+', whole(1)), ratio(1, 0), ratio(math.MinInt64, 1), compute(whole(1), '?', whole(1)),
	} {
		if unknown.known() {
			t.Errorf("%v is taken for known", unknown)
		}
	}
}

func TestRounding(t *testing.T) {
	for _, c := range []struct {
		said, exact rational
		decimals    int
		want        bool
	}{
		{ratio(333, 100), ratio(10, 3), 2, true},
		{ratio(334, 100), ratio(10, 3), 2, true},
		{ratio(335, 100), ratio(10, 3), 2, false},
		{whole(3), ratio(17, 5), 0, true},
		{whole(5), ratio(17, 5), 0, false},
		{whole(7), whole(8), 0, false},
		{ratio(5, 2), ratio(51, 20), 1, true},
		{rational{}, whole(1), 0, false},
	} {
		if got := c.said.rounded(c.exact, c.decimals); got != c.want {
			t.Errorf("%v for %v at %d decimals: %v", c.said, c.exact, c.decimals, got)
		}
	}
}
