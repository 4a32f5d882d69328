package gguf

import (
	"encoding/binary"
	"math"
)

// The formulas are those of dequantize_row_* in llama.cpp's ggml-quants.c. Each product is rounded
// to float32 before anything is added to it (the conversions below forbid fusing the two), so that
// every architecture decodes the same numbers.

func decodeF32(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
	}
}

func decodeF16(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = half(src[2*i:])
	}
}

func decodeBF16(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16)
	}
}

// half reads an IEEE 754 binary16.
func half(b []byte) float32 {
	h := uint32(binary.LittleEndian.Uint16(b))
	sign, exponent, fraction := h>>15<<31, h>>10&31, h&1023
	switch exponent {
	case 0: // zero, or a subnormal: fraction * 2^-24, exact
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	case 31: // infinity, or not a number
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// Q8_0: x = d * q, 32 signed bytes a block.
func decodeQ8_0(dst []float32, src []byte) {
	for ; len(dst) >= 32; dst, src = dst[32:], src[34:] {
		d, q, out := half(src), src[2:34:34], dst[:32:32]
		for i := range out {
			out[i] = float32(int8(q[i])) * d
		}
	}
}

// Q4_0: x = d * (q - 8); a block's low nibbles are its first 16 elements, the high ones the rest.
func decodeQ4_0(dst []float32, src []byte) {
	for ; len(dst) >= 32; dst, src = dst[32:], src[18:] {
		d, q := half(src), src[2:18:18]
		low, high := dst[:16:16], dst[16:32:32]
		for i := range low {
			low[i] = float32(int(q[i]&15)-8) * d
			high[i] = float32(int(q[i]>>4)-8) * d
		}
	}
}

// Q4_1: x = d * q + m.
func decodeQ4_1(dst []float32, src []byte) {
	for ; len(dst) >= 32; dst, src = dst[32:], src[20:] {
		d, m, q := half(src), half(src[2:]), src[4:20:20]
		low, high := dst[:16:16], dst[16:32:32]
		for i := range low {
			low[i] = float32(float32(q[i]&15)*d) + m
			high[i] = float32(float32(q[i]>>4)*d) + m
		}
	}
}

// Q5_0: x = d * (q - 16); the fifth bits of the 32 elements lie apart, in one word.
func decodeQ5_0(dst []float32, src []byte) {
	for ; len(dst) >= 32; dst, src = dst[32:], src[22:] {
		d, fifth, q := half(src), binary.LittleEndian.Uint32(src[2:]), src[6:22:22]
		low, high := dst[:16:16], dst[16:32:32]
		for i := range low {
			low[i] = float32(int(uint32(q[i]&15)|fifth>>i&1<<4)-16) * d
			high[i] = float32(int(uint32(q[i]>>4)|fifth>>(i+16)&1<<4)-16) * d
		}
	}
}

// Q5_1: x = d * q + m.
func decodeQ5_1(dst []float32, src []byte) {
	for ; len(dst) >= 32; dst, src = dst[32:], src[24:] {
		d, m := half(src), half(src[2:])
		fifth, q := binary.LittleEndian.Uint32(src[4:]), src[8:24:24]
		low, high := dst[:16:16], dst[16:32:32]
		for i := range low {
			low[i] = float32(float32(uint32(q[i]&15)|fifth>>i&1<<4)*d) + m
			high[i] = float32(float32(uint32(q[i]>>4)|fifth>>(i+16)&1<<4)*d) + m
		}
	}
}

// Q4_K: 256 elements in 8 groups of 32, each with its own 6-bit scale and minimum:
// x = (d * scale) * q - (dmin * minimum). Two groups share 32 bytes, a nibble each.
func decodeQ4_K(dst []float32, src []byte) {
	for ; len(dst) >= 256; dst, src = dst[256:], src[144:] {
		d, dmin, scales, q := half(src), half(src[2:]), src[4:16], src[16:144]
		for pair := range 4 {
			scale, minimum := group(scales, 2*pair)
			d1, m1 := d*float32(scale), dmin*float32(minimum)
			scale, minimum = group(scales, 2*pair+1)
			d2, m2 := d*float32(scale), dmin*float32(minimum)
			nibbles := q[32*pair:][:32:32]
			low, high := dst[64*pair:][:32:32], dst[64*pair+32:][:32:32]
			for i := range low {
				low[i] = float32(d1*float32(nibbles[i]&15)) - m1
				high[i] = float32(d2*float32(nibbles[i]>>4)) - m2
			}
		}
	}
}

// Q5_K: as Q4_K, with the fifth bits apart: bit g of byte i belongs to element i of group g.
func decodeQ5_K(dst []float32, src []byte) {
	for ; len(dst) >= 256; dst, src = dst[256:], src[176:] {
		d, dmin, scales := half(src), half(src[2:]), src[4:16]
		fifth, q := src[16:48:48], src[48:176]
		for pair := range 4 {
			scale, minimum := group(scales, 2*pair)
			d1, m1 := d*float32(scale), dmin*float32(minimum)
			scale, minimum = group(scales, 2*pair+1)
			d2, m2 := d*float32(scale), dmin*float32(minimum)
			nibbles := q[32*pair:][:32:32]
			low, high := dst[64*pair:][:32:32], dst[64*pair+32:][:32:32]
			for i := range low {
				low[i] = float32(d1*float32(nibbles[i]&15|fifth[i]>>(2*pair)&1<<4)) - m1
				high[i] = float32(d2*float32(nibbles[i]>>4|fifth[i]>>(2*pair+1)&1<<4)) - m2
			}
		}
	}
}

// group unpacks the 6-bit scale and minimum of group g of 8 from 12 bytes: the first four groups
// keep theirs in the low six bits of bytes g and g+4; those of the last four are split between
// byte g+4 and the two bits that the first four left over.
func group(packed []byte, g int) (scale, minimum byte) {
	if g < 4 {
		return packed[g] & 63, packed[g+4] & 63
	}
	return packed[g+4]&15 | packed[g-4]>>6<<4, packed[g+4]>>4 | packed[g]>>6<<4
}

// Q6_K: 256 elements in 16 groups of 16 with a signed byte for scale: x = (d * scale) * (q - 32).
// Four low bits of each element are in the first 128 bytes, the two high ones in the next 64.
func decodeQ6_K(dst []float32, src []byte) {
	for ; len(dst) >= 256; dst, src = dst[256:], src[210:] {
		d := half(src[208:])
		for h := range 2 {
			low, high := src[64*h:][:64:64], src[128+32*h:][:32:32]
			scales, out := src[192+8*h:][:8:8], dst[128*h:][:128:128]
			var ds [8]float32
			for g := range ds {
				ds[g] = d * float32(int8(scales[g]))
			}
			for i := range high {
				g := i / 16
				out[i] = ds[g] * float32(int(low[i]&15|high[i]&3<<4)-32)
				out[i+32] = ds[g+2] * float32(int(low[i+32]&15|high[i]>>2&3<<4)-32)
				out[i+64] = ds[g+4] * float32(int(low[i]>>4|high[i]>>4&3<<4)-32)
				out[i+96] = ds[g+6] * float32(int(low[i+32]>>4|high[i]>>6<<4)-32)
			}
		}
	}
}
