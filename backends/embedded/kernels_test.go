package embedded

import (
	"math/rand/v2"
	"testing"

	"github.com/viterin/vek/vek32"
	"pgregory.net/rapid"
)

func floats(random *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(random.NormFloat64())
	}
	return x
}

func source(t *rapid.T) *rand.Rand {
	return rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
}

// However many vectors are multiplied at once, and wherever they lie in memory, each product has
// the bits that it has alone.
func TestDotsDoNotDependOnCompany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := source(t)
		n := rapid.IntRange(1, 200).Draw(t, "length")
		if rapid.Bool().Draw(t, "even") {
			n = (n + 31) / 32 * 32
		}
		row := floats(random, n)
		xs := make([][]float32, rapid.IntRange(1, 9).Draw(t, "vectors"))
		for i := range xs {
			shift := random.IntN(8)
			xs[i] = floats(random, n+shift)[shift:]
		}
		seen := 0
		dots(row, xs, func(i int, dot float32) {
			seen++
			if want := vek32.Dot(row, append([]float32(nil), xs[i]...)); dot != want {
				t.Errorf("vector %d of %d: %x, alone %x", i, len(xs), dot, want)
			}
		})
		if seen != len(xs) {
			t.Errorf("%d products of %d", seen, len(xs))
		}
	})
}

// The vector kernels compute the very formulas of the plain ones.
func TestExpansionFollowsItsFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := source(t)
		blocks := rapid.IntRange(1, 5).Draw(t, "blocks")
		scale, low := halves(random, blocks), halves(random, blocks)
		q := make([]byte, blocks*16)
		for i := range q {
			q[i] = byte(random.Uint32())
		}
		nibbles, bytes := make([]float32, blocks*32), make([]float32, blocks*16)
		expandNibbles(nibbles, q, scale, low)
		expandBytes(bytes, q, scale)
		for i, b := range q {
			at, s, l := i/16*32+i%16, scale[i/16], low[i/16]
			if got, want := nibbles[at], float32(s*float32(b&15))+l; got != want {
				t.Fatalf("low nibble %d: %g, want %g", i, got, want)
			}
			if got, want := nibbles[at+16], float32(s*float32(b>>4))+l; got != want {
				t.Fatalf("high nibble %d: %g, want %g", i, got, want)
			}
			if got, want := bytes[i], s*float32(int8(b)); got != want {
				t.Fatalf("byte %d: %g, want %g", i, got, want)
			}
		}
	})
}

// halves are numbers with 11 significant bits, as scales in files are.
func halves(random *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(random.IntN(4096)-2048) / 4096
	}
	return x
}

func TestAddScaledAddsTheProduct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := source(t)
		n := rapid.IntRange(0, 70).Draw(t, "length")
		dst, x, a := floats(random, n), floats(random, n), float32(random.NormFloat64())
		want := append([]float32(nil), dst...)
		for i := range want {
			want[i] += float32(a * x[i])
		}
		addScaled(dst, a, x)
		for i := range want {
			if dst[i] != want[i] {
				t.Fatalf("element %d of %d: %g, want %g", i, n, dst[i], want[i])
			}
		}
	})
}

func BenchmarkDots(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 0))
	for _, n := range []int{1, 3, 15} {
		b.Run(map[int]string{1: "1 vector", 3: "3 vectors", 15: "15 vectors"}[n], func(b *testing.B) {
			row := floats(random, 576)
			xs := make([][]float32, n)
			for i := range xs {
				xs[i] = floats(random, 576)
			}
			sum := float32(0)
			for b.Loop() {
				dots(row, xs, func(_ int, dot float32) { sum += dot })
			}
			b.ReportMetric(float64(2*576*n*b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

func BenchmarkExpand(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 0))
	dst, q, scale, low := make([]float32, 1536), make([]byte, 1536), floats(random, 96), floats(random, 96)
	b.Run("nibbles", func(b *testing.B) {
		for b.Loop() {
			expandNibbles(dst, q, scale[:48], low[:48])
		}
		b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/1536, "ns/weight")
	})
	b.Run("bytes", func(b *testing.B) {
		for b.Loop() {
			expandBytes(dst, q, scale)
		}
		b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/1536, "ns/weight")
	})
}
