package embedded

import (
	"encoding/binary"
	"math"

	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
)

// matrix holds the rows of a weight tensor in one of three ways:
//
//   - plain float32;
//   - nibbles: four-bit numbers in blocks of 32, each with a scale and a lowest value
//     (Q4_0, Q4_1, Q4_K), 6 bits a weight;
//   - bytes: signed numbers in blocks of 16, each with a scale (Q8_0, Q6_K), 10 bits a weight.
//
// The latter two are expanded to float32 a row at a time, when the row is used: reading fewer bytes
// costs less than expanding them. The expanded row is bit for bit what decoding the file gives.
type matrix struct {
	rows, cols int
	floats     []float32
	nibbles    []byte
	bytes      []byte
	scale, low []float32
}

// newMatrix reads a tensor; with plain, as float32 whatever its type.
func newMatrix(t *gguf.Tensor, plain bool) (matrix, error) {
	m := matrix{rows: t.Rows(), cols: t.Cols()}
	var unpack func(*matrix, []byte)
	switch t.Type {
	case gguf.Q4_0:
		unpack = (*matrix).unpackQ40
	case gguf.Q4_1:
		unpack = (*matrix).unpackQ41
	case gguf.Q4_K:
		unpack = (*matrix).unpackQ4K
	case gguf.Q8_0:
		unpack = (*matrix).unpackQ80
	case gguf.Q6_K:
		unpack = (*matrix).unpackQ6K
	default:
		plain = true
	}
	if plain {
		var err error
		m.floats, err = t.Floats(nil)
		return m, err
	}
	raw, err := t.Bytes()
	if err != nil {
		return m, err
	}
	unpack(&m, raw)
	return m, nil
}

// row is row i; scratch, as long as a row, may be overwritten and returned.
func (m *matrix) row(i int, scratch []float32) []float32 {
	if m.floats != nil {
		return m.floats[i*m.cols : (i+1)*m.cols]
	}
	row := scratch[:m.cols]
	if m.nibbles != nil {
		from, to := i*m.cols/nibbleBlock, (i+1)*m.cols/nibbleBlock
		expandNibbles(row, m.nibbles[from*nibbleBlock/2:to*nibbleBlock/2], m.scale[from:to], m.low[from:to])
		return row
	}
	from, to := i*m.cols/byteBlock, (i+1)*m.cols/byteBlock
	expandBytes(row, m.bytes[from*byteBlock:to*byteBlock], m.scale[from:to])
	return row
}

func (m *matrix) makeNibbles() {
	blocks := m.rows * m.cols / nibbleBlock
	m.nibbles = make([]byte, 0, blocks*nibbleBlock/2)
	m.scale, m.low = make([]float32, 0, blocks), make([]float32, 0, blocks)
}

func (m *matrix) makeBytes() {
	m.bytes = make([]byte, 0, m.rows*m.cols)
	m.scale = make([]float32, 0, m.rows*m.cols/byteBlock)
}

// unpackQ40: a half scale d, 16 bytes; weights are (q-8)*d.
func (m *matrix) unpackQ40(raw []byte) {
	m.makeNibbles()
	for ; len(raw) > 0; raw = raw[18:] {
		d := half(raw)
		m.scale = append(m.scale, d)
		m.low = append(m.low, -8*d)
		m.nibbles = append(m.nibbles, raw[2:18]...)
	}
}

// unpackQ41: half scale d and lowest value m, 16 bytes; weights are q*d + m.
func (m *matrix) unpackQ41(raw []byte) {
	m.makeNibbles()
	for ; len(raw) > 0; raw = raw[20:] {
		m.scale = append(m.scale, half(raw))
		m.low = append(m.low, half(raw[2:]))
		m.nibbles = append(m.nibbles, raw[4:20]...)
	}
}

// unpackQ4K: half scales d and dmin, eight 6-bit pairs (s, m) in 12 bytes, 128 bytes of nibbles;
// weights of sub-block i are d*s[i]*q - dmin*m[i]. Sub-blocks come in pairs: the low nibbles of 32
// bytes, then the high ones.
func (m *matrix) unpackQ4K(raw []byte) {
	m.makeNibbles()
	for ; len(raw) > 0; raw = raw[144:] {
		d, dmin := half(raw), half(raw[2:])
		packed := raw[4:16]
		for i := range 8 {
			var s, low byte
			if i < 4 {
				s, low = packed[i]&63, packed[i+4]&63
			} else {
				s = packed[i+4]&15 | packed[i-4]>>6<<4
				low = packed[i+4]>>4 | packed[i]>>6<<4
			}
			m.scale = append(m.scale, d*float32(s))
			m.low = append(m.low, -(dmin * float32(low)))
			q := raw[16+i/2*32:][:32]
			for j := range 16 {
				a, b := q[j], q[j+16]
				if i%2 == 1 {
					a, b = a>>4, b>>4
				}
				m.nibbles = append(m.nibbles, a&15|b<<4)
			}
		}
	}
}

// unpackQ80: a half scale d, 32 signed bytes; weights are q*d.
func (m *matrix) unpackQ80(raw []byte) {
	m.makeBytes()
	for ; len(raw) > 0; raw = raw[34:] {
		d := half(raw)
		m.scale = append(m.scale, d, d)
		m.bytes = append(m.bytes, raw[2:34]...)
	}
}

// unpackQ6K: 128 bytes of low nibbles, 64 bytes of high pairs of bits, 16 signed scales, a half
// scale d; weights of sub-block i are d*s[i]*(q-32).
func (m *matrix) unpackQ6K(raw []byte) {
	m.makeBytes()
	var q [256]byte
	for ; len(raw) > 0; raw = raw[210:] {
		for part := range 2 {
			low, high, out := raw[64*part:], raw[128+32*part:], q[128*part:]
			for l := range 32 {
				out[l] = low[l]&15 | high[l]&3<<4
				out[l+32] = low[l+32]&15 | high[l]>>2&3<<4
				out[l+64] = low[l]>>4 | high[l]>>4&3<<4
				out[l+96] = low[l+32]>>4 | high[l]>>6<<4
			}
		}
		for i := range q {
			q[i] -= 32
		}
		m.bytes = append(m.bytes, q[:]...)
		d := half(raw[208:])
		for _, s := range raw[192:208] {
			m.scale = append(m.scale, d*float32(int8(s)))
		}
	}
}

// half reads a 16-bit floating-point number.
func half(raw []byte) float32 {
	bits := uint32(binary.LittleEndian.Uint16(raw))
	sign, exponent, fraction := bits>>15<<31, bits>>10&31, bits&1023
	switch exponent {
	case 0: // subnormal: a multiple of 2^-24
		x := float32(fraction) / (1 << 24)
		return math.Float32frombits(math.Float32bits(x) | sign)
	case 31: // infinity, or no number
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
