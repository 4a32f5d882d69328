package sparsity

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
)

// rounds reports whether numbers of the type can be rounded to bfloat16 here.
func rounds(d safetensors.DType) bool {
	return d == safetensors.F64 || d == safetensors.F32 || d == safetensors.F16 || d == safetensors.BF16
}

// roundBF16 rounds a finite number to the nearest bfloat16, ties to even.
func roundBF16(v float32) float32 { return math.Float32frombits(roundBits(math.Float32bits(v))) }

func roundBits(bits uint32) uint32 { return (bits + 0x7fff + bits>>16&1) &^ 0xffff }

// decodeBF16 decodes raw numbers and rounds each to bfloat16. They are finite, see [checkFinite].
func decodeBF16(out []float32, raw []byte, d safetensors.DType) {
	switch d {
	case safetensors.BF16:
		for i := range out {
			out[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(raw[2*i:])) << 16)
		}
	case safetensors.F32:
		for i := range out {
			out[i] = math.Float32frombits(roundBits(binary.LittleEndian.Uint32(raw[4*i:])))
		}
	case safetensors.F16:
		for i := range out {
			out[i] = roundBF16(halfToFloat(binary.LittleEndian.Uint16(raw[2*i:])))
		}
	case safetensors.F64:
		for i := range out {
			out[i] = roundBF16(float32(math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))))
		}
	}
}

// halfToFloat widens a finite float16: its bits, moved to a float32's place, are the number times
// 2^-112, subnormals included, because the exponents' offsets are 15 and 127.
func halfToFloat(half uint16) float32 {
	size := math.Float32frombits(uint32(half&0x7fff)<<13) * 0x1p112
	return math.Float32frombits(math.Float32bits(size) | uint32(half&0x8000)<<16)
}

// checkFinite says which of a tensor's numbers, the first being the given one, has no finite
// bfloat16. It looks at eight bytes at a time: of each number in them, the sign is cut off, and what
// is added carries into the sign's place if the rest is at least the least number that fails.
func checkFinite(t safetensors.Tensor, raw []byte, first int64) error {
	var low uint64 // a 1 in each number's lowest bit
	var sign, least uint64
	switch t.DType {
	case safetensors.BF16:
		low, sign, least = 0x0001_0001_0001_0001, 0x8000, 0x7f80
	case safetensors.F16:
		low, sign, least = 0x0001_0001_0001_0001, 0x8000, 0x7c00
	case safetensors.F32:
		low, sign, least = 1<<32|1, 0x8000_0000, 0x7f7f_8000 // half-way beyond the largest bfloat16
	case safetensors.F64:
		// The same, when the float32 in between is rounded up to it.
		halfway := (float64(math.Float32frombits(0x7f7f_7fff)) + float64(math.Float32frombits(0x7f7f_8000))) / 2
		low, sign, least = 1, 1<<63, math.Float64bits(halfway)
	}
	signs, add := low*sign, low*(sign-least)
	var found uint64
	whole := len(raw) &^ 7
	for i := 0; i < whole; i += 8 {
		found |= binary.LittleEndian.Uint64(raw[i:])&^signs + add
	}
	var tail [8]byte
	copy(tail[:], raw[whole:])
	found |= binary.LittleEndian.Uint64(tail[:])&^signs + add
	if found&signs == 0 {
		return nil
	}
	size := int(t.DType.Size())
	for i := 0; i < len(raw); i += size {
		var one [8]byte
		copy(one[:], raw[i:i+size])
		if (binary.LittleEndian.Uint64(one[:])&^signs+add)&sign != 0 {
			return t.Bad(fmt.Errorf("element %d is %w", first+int64(i/size), errNotFinite), "the model is broken: fetch or train it again")
		}
	}
	return nil
}

var errNotFinite = errors.New("NaN, infinite, or too large for bfloat16")

// leastChange is the largest difference of two bfloat16 numbers, as the bits of a float32, that
// bfloat16 rounds to no more than [ToleranceBF16]: half its last place above it, because the tie
// goes to even and its last bit is 0.
const leastChange = 0x3728_0000 + 0x8000

// changed is 1 if an update is more than [ToleranceBF16] in size, else 0. It has no branch, because
// none could be foreseen.
func changed(base, tuned float32) int64 {
	return int64((leastChange - math.Float32bits(tuned-base)&^(1<<31)) >> 31)
}
