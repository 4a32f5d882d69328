package gguf

import "fmt"

// Type is how a tensor's elements are stored: ggml's number for it.
type Type uint32

// The types that this package can decode, by the names that users know from file names.
const (
	F32  Type = 0
	F16  Type = 1
	Q4_0 Type = 2
	Q4_1 Type = 3
	Q5_0 Type = 6
	Q5_1 Type = 7
	Q8_0 Type = 8
	Q4_K Type = 12
	Q5_K Type = 13
	Q6_K Type = 14
	BF16 Type = 30
)

// layout says how a type packs elements into blocks of bytes.
type layout struct {
	name string
	// elements and bytes are those of one block.
	elements, bytes int
	// decode turns whole blocks into as many elements as dst holds; nil where we cannot.
	decode func(dst []float32, src []byte)
}

// layout returns the type's layout, or false for a number that ggml has not given out. Types that
// cannot be decoded are here too: their size is needed to check where tensors lie.
func (t Type) layout() (layout, bool) {
	switch t {
	case F32:
		return layout{"F32", 1, 4, decodeF32}, true
	case F16:
		return layout{"F16", 1, 2, decodeF16}, true
	case BF16:
		return layout{"BF16", 1, 2, decodeBF16}, true
	case Q4_0:
		return layout{"Q4_0", 32, 18, decodeQ4_0}, true
	case Q4_1:
		return layout{"Q4_1", 32, 20, decodeQ4_1}, true
	case Q5_0:
		return layout{"Q5_0", 32, 22, decodeQ5_0}, true
	case Q5_1:
		return layout{"Q5_1", 32, 24, decodeQ5_1}, true
	case Q8_0:
		return layout{"Q8_0", 32, 34, decodeQ8_0}, true
	case Q4_K:
		return layout{"Q4_K", 256, 144, decodeQ4_K}, true
	case Q5_K:
		return layout{"Q5_K", 256, 176, decodeQ5_K}, true
	case Q6_K:
		return layout{"Q6_K", 256, 210, decodeQ6_K}, true
	case 9:
		return layout{"Q8_1", 32, 40, nil}, true
	case 10:
		return layout{"Q2_K", 256, 84, nil}, true
	case 11:
		return layout{"Q3_K", 256, 110, nil}, true
	case 15:
		return layout{"Q8_K", 256, 292, nil}, true
	case 16:
		return layout{"IQ2_XXS", 256, 66, nil}, true
	case 17:
		return layout{"IQ2_XS", 256, 74, nil}, true
	case 18:
		return layout{"IQ3_XXS", 256, 98, nil}, true
	case 19:
		return layout{"IQ1_S", 256, 50, nil}, true
	case 20:
		return layout{"IQ4_NL", 32, 18, nil}, true
	case 21:
		return layout{"IQ3_S", 256, 110, nil}, true
	case 22:
		return layout{"IQ2_S", 256, 82, nil}, true
	case 23:
		return layout{"IQ4_XS", 256, 136, nil}, true
	case 24:
		return layout{"I8", 1, 1, nil}, true
	case 25:
		return layout{"I16", 1, 2, nil}, true
	case 26:
		return layout{"I32", 1, 4, nil}, true
	case 27:
		return layout{"I64", 1, 8, nil}, true
	case 28:
		return layout{"F64", 1, 8, nil}, true
	case 29:
		return layout{"IQ1_M", 256, 56, nil}, true
	case 34:
		return layout{"TQ1_0", 256, 54, nil}, true
	case 35:
		return layout{"TQ2_0", 256, 66, nil}, true
	case 39:
		return layout{"MXFP4", 32, 17, nil}, true
	}
	return layout{}, false
}

// String is ggml's name for the type, such as "Q4_1".
func (t Type) String() string {
	if l, ok := t.layout(); ok {
		return l.name
	}
	return fmt.Sprintf("type %d", uint32(t))
}

// Supported says whether tensors of this type can be decoded to float32.
func (t Type) Supported() bool {
	l, ok := t.layout()
	return ok && l.decode != nil
}

// Block is how many elements one block holds, and in how many bytes; 0, 0 for an unknown type.
// A row is a whole number of blocks.
func (t Type) Block() (elements, bytes int) {
	l, _ := t.layout()
	return l.elements, l.bytes
}

// Decode turns the raw bytes of whole blocks into float32, by llama.cpp's formulas in float32
// arithmetic. len(dst) is the number of elements in src; Decode returns an error if it is not, or
// if the type is not [Type.Supported].
func (t Type) Decode(dst []float32, src []byte) error {
	l, ok := t.layout()
	if !ok || l.decode == nil {
		return fmt.Errorf("tensors of type %s cannot be decoded", t)
	}
	if len(src)%l.bytes != 0 || len(src)/l.bytes*l.elements != len(dst) {
		return fmt.Errorf("%d bytes of %s are not %d elements", len(src), t, len(dst))
	}
	l.decode(dst, src)
	return nil
}
