package embedded

import "github.com/viterin/vek/vek32"

// The arithmetic that takes the time. Whatever the processor, each function's result for given
// arguments is always the same, bit for bit, because its additions have one fixed order.

const (
	// nibbleBlock and byteBlock are how many weights share a scale, see [matrix].
	nibbleBlock = 32
	byteBlock   = 16
)

// expandNibbles writes the weights q*scale + low of blocks of 32 four-bit numbers, in GGUF's order:
// the low halves of 16 bytes, then the high ones. The product is exact in 32 bits (a scale has at
// most 17 significant ones), so that there is one rounding, as in llama.cpp.
func expandNibbles(dst []float32, q []byte, scale, low []float32) {
	if len(scale) == 0 {
		return
	}
	if vectors() {
		_, _, _ = dst[nibbleBlock*len(scale)-1], q[nibbleBlock/2*len(scale)-1], low[len(scale)-1]
		expandNibblesAVX2(&dst[0], &q[0], &scale[0], &low[0], len(scale))
		return
	}
	for i, s := range scale {
		block, packed, l := dst[nibbleBlock*i:][:nibbleBlock], q[nibbleBlock/2*i:][:nibbleBlock/2], low[i]
		for j, b := range packed {
			block[j] = float32(s*float32(b&15)) + l
			block[j+nibbleBlock/2] = float32(s*float32(b>>4)) + l
		}
	}
}

// expandBytes writes the weights q*scale of blocks of 16 signed bytes.
func expandBytes(dst []float32, q []byte, scale []float32) {
	if len(scale) == 0 {
		return
	}
	if vectors() {
		_, _ = dst[byteBlock*len(scale)-1], q[byteBlock*len(scale)-1]
		expandBytesAVX2(&dst[0], &q[0], &scale[0], len(scale))
		return
	}
	for i, s := range scale {
		block := dst[byteBlock*i:][:byteBlock]
		for j, b := range q[byteBlock*i:][:byteBlock] {
			block[j] = s * float32(int8(b))
		}
	}
}

// addScaled adds a*x to dst.
func addScaled(dst []float32, a float32, x []float32) {
	x = x[:len(dst)]
	done := 0
	if vectors() && len(dst) >= 8 {
		done = len(dst) &^ 7
		addScaledAVX2(&dst[0], &x[0], a, done/8)
	}
	for i := done; i < len(dst); i++ {
		dst[i] += float32(a * x[i])
	}
}

// dots hands each vector's dot product with the row to emit. How many vectors there are does not
// change any product: three at a time add in the order in which one alone does.
func dots(row []float32, xs [][]float32, emit func(i int, dot float32)) {
	i := 0
	if n := len(row); vectors() && n%32 == 0 && n > 0 {
		var sums [3]float32
		for ; i+3 <= len(xs); i += 3 {
			_, _, _ = xs[i][n-1], xs[i+1][n-1], xs[i+2][n-1]
			dot3AVX2(&row[0], &xs[i][0], &xs[i+1][0], &xs[i+2][0], n/32, &sums)
			emit(i, sums[0])
			emit(i+1, sums[1])
			emit(i+2, sums[2])
		}
	}
	for ; i < len(xs); i++ {
		emit(i, vek32.Dot(row, xs[i]))
	}
}
