package sparsity

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors/safetensorstest"
)

// nearestBF16 rounds by looking at the neighbours, in float64.
func nearestBF16(v float64) float64 {
	down := math.Float32bits(float32(math.Abs(v))) >> 16
	if down > 0 {
		down-- // float32 itself may have rounded up
	}
	best, distance := math.Inf(1), math.Inf(1)
	for bits := down; bits <= down+2; bits++ {
		candidate := float64(math.Float32frombits(bits << 16))
		if d := math.Abs(candidate - math.Abs(v)); d < distance || d == distance && bits%2 == 0 {
			best, distance = candidate, d
		}
	}
	return math.Copysign(best, v)
}

func TestRoundingIsToNearestEven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.Uint32Range(0, 0x7f7f_7fff).Draw(t, "bits") // the rest has no finite bfloat16
		if rapid.Bool().Draw(t, "tie") {
			bits = bits&^0xffff | 0x8000
		}
		if bits > 0x7f7f_7fff {
			bits = 0x7f7e_8000
		}
		v := math.Float32frombits(bits)
		for _, v := range []float32{v, -v} {
			if got, want := float64(roundBF16(v)), nearestBF16(float64(v)); got != want {
				t.Fatalf("%v rounds to %v, want %v", v, got, want)
			}
		}
	})
}

// The tolerance is 1e-5 rounded to bfloat16, and the limit on the unrounded difference says the same
// as rounding it first: for every bfloat16 and all float32 around it that matter.
func TestLimitIsTheRoundedTolerance(t *testing.T) {
	if got := roundBF16(Tolerance); got != ToleranceBF16 {
		t.Fatalf("%v rounds to %v, not %v", Tolerance, got, ToleranceBF16)
	}
	check := func(delta float32) {
		t.Helper()
		want := int64(0)
		if math.Abs(float64(roundBF16(delta))) > ToleranceBF16 {
			want = 1
		}
		if got := changed(0, delta); got != want {
			t.Fatalf("an update of %v: changed %d, want %d", delta, got, want)
		}
		if got := changed(0, -delta); got != want {
			t.Fatalf("an update of %v: changed %d, want %d", -delta, got, want)
		}
	}
	for top := range uint32(0x7f80) {
		check(math.Float32frombits(top << 16))
	}
	for bits := uint32(leastChange - 100_000); bits < leastChange+100_000; bits++ {
		check(math.Float32frombits(bits))
	}
	if changed(-math.MaxFloat32, math.MaxFloat32) != 1 {
		t.Error("an update beyond float32 is no change")
	}
}

// halfValue is a float16's value by its definition.
func halfValue(half uint16) float64 {
	exponent, fraction := int(half>>10&31), float64(half&1023)
	value := math.Ldexp(1+fraction/1024, exponent-15)
	if exponent == 0 {
		value = math.Ldexp(fraction/1024, -14)
	}
	if half>>15 == 1 {
		value = -value
	}
	return value
}

func TestEveryFloat16(t *testing.T) {
	for half := range uint32(1 << 16) {
		if half>>10&31 == 31 {
			continue // not finite
		}
		if got, want := float64(halfToFloat(uint16(half))), halfValue(uint16(half)); got != want || math.Signbit(got) != math.Signbit(want) {
			t.Fatalf("%#04x is %v, want %v", half, got, want)
		}
	}
}

// Numbers of every type decode to the nearest bfloat16.
func TestDecode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float32Range(-1e30, 1e30).Draw(t, "v")
		half := rapid.Uint16Range(0, 31<<10-1).Draw(t, "half")
		for _, tt := range []struct {
			d    safetensors.DType
			raw  []byte
			want float64
		}{
			{safetensors.F64, binary.LittleEndian.AppendUint64(nil, math.Float64bits(float64(v))), nearestBF16(float64(v))},
			{safetensors.F32, binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)), nearestBF16(float64(v))},
			{safetensors.F16, binary.LittleEndian.AppendUint16(nil, half), nearestBF16(halfValue(half))},
			{safetensors.BF16, binary.LittleEndian.AppendUint16(nil, uint16(math.Float32bits(v)>>16)), float64(math.Float32frombits(math.Float32bits(v) >> 16 << 16))},
		} {
			var out [2]float32
			decodeBF16(out[:], append(tt.raw, tt.raw...), tt.d)
			if float64(out[0]) != tt.want || out[1] != out[0] {
				t.Fatalf("%s %x: %v, want %v", tt.d, tt.raw, out, tt.want)
			}
		}
	})
}

// tensorOf reads raw numbers back as a tensor, for its name in messages.
func tensorOf(t *testing.T, d safetensors.DType, raw []byte) safetensors.Tensor {
	t.Helper()
	file := safetensorstest.File(safetensorstest.Tensor{Name: "w", DType: d, Shape: []int64{int64(len(raw)) / d.Size()}, Data: raw})
	tensors, err := safetensors.ReadHeader("a.safetensors", bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return tensors[0]
}

// Exactly the numbers without a finite bfloat16 are found, wherever they stand in a chunk.
func TestCheckFinite(t *testing.T) {
	for _, tt := range []struct {
		d    safetensors.DType
		bits uint64
		bad  bool
	}{
		{safetensors.BF16, 0x7f7f, false},
		{safetensors.BF16, 0x7f80, true}, // infinite
		{safetensors.BF16, 0xffc0, true}, // NaN
		{safetensors.F16, 0x7bff, false},
		{safetensors.F16, 0xfc00, true},
		{safetensors.F16, 0x7c01, true},
		{safetensors.F32, 0x7f7f_7fff, false},
		{safetensors.F32, 0xff7f_7fff, false},
		{safetensors.F32, 0x7f7f_8000, true}, // finite, rounds up to infinity
		{safetensors.F32, 0xff80_0000, true},
		{safetensors.F32, 0xffff_ffff, true},
		{safetensors.F64, math.Float64bits(3e38), false},
		{safetensors.F64, math.Float64bits(-3.4e38), true},
		{safetensors.F64, math.Float64bits(float64(math.Float32frombits(0x7f7f_7fff))), false},
		{safetensors.F64, math.Float64bits(float64(math.Float32frombits(0x7f7f_8000))), true},
		{safetensors.F64, math.Float64bits(1e300), true},
		{safetensors.F64, math.Float64bits(math.NaN()), true},
	} {
		size := int(tt.d.Size())
		for n := 1; n <= 11; n++ {
			for at := range n {
				raw := make([]byte, n*size)
				var one [8]byte
				binary.LittleEndian.PutUint64(one[:], tt.bits)
				copy(raw[at*size:], one[:size])
				err := checkFinite(tensorOf(t, tt.d, raw), raw, 100)
				if errors.Is(err, errNotFinite) != tt.bad {
					t.Fatalf("%s %#x at %d of %d: %v", tt.d, tt.bits, at, n, err)
				}
				if tt.bad && (!errors.Is(err, feedbackgen.ErrInput) || !bytes.Contains([]byte(err.Error()), []byte(fmt.Sprintf("element %d is NaN", 100+at)))) {
					t.Fatalf("message %q", err)
				}
			}
		}
	}
}

// What checkFinite lets pass decodes to something finite; what it does not pass has no finite bfloat16.
func TestCheckFiniteAgreesWithDecoding(t *testing.T) {
	limit := float64(math.Float32frombits(0x7f7f_7fff)) // the largest float32 that rounds to a finite bfloat16
	for _, d := range []safetensors.DType{safetensors.BF16, safetensors.F16, safetensors.F32, safetensors.F64} {
		rapid.Check(t, func(rt *rapid.T) {
			var raw [8]byte
			binary.LittleEndian.PutUint64(raw[:], rapid.Uint64().Draw(rt, "bits"))
			one := raw[:d.Size()]
			if err := checkFinite(tensorOf(t, d, one), one, 0); err == nil {
				var out [1]float32
				decodeBF16(out[:], one, d)
				if math.IsInf(float64(out[0]), 0) || math.IsNaN(float64(out[0])) {
					rt.Fatalf("%s %x passes, but is %v", d, one, out[0])
				}
				return
			}
			if v := value(d, raw); math.Abs(float64(float32(v))) <= limit {
				rt.Fatalf("%s %x does not pass, but is %v", d, one, v)
			}
		})
	}
}

// value is a number as its type's definition has it; halves that are not finite are NaN.
func value(d safetensors.DType, raw [8]byte) float64 {
	bits := binary.LittleEndian.Uint64(raw[:])
	switch d {
	case safetensors.F64:
		return math.Float64frombits(bits)
	case safetensors.F32:
		return float64(math.Float32frombits(uint32(bits)))
	case safetensors.BF16:
		return float64(math.Float32frombits(uint32(bits) << 16))
	}
	if bits>>10&31 == 31 {
		return math.NaN()
	}
	return halfValue(uint16(bits))
}
