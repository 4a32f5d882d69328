package gguf

import (
	"fmt"
	"io"
)

// Tensor is a named array of numbers in a file. Its methods are safe for concurrent use.
type Tensor struct {
	// Name, such as "blk.0.attn_q.weight".
	Name string
	// Type is how its elements are stored.
	Type Type
	// Shape is the size of each dimension, the slowest first: a matrix is [rows, columns], and its
	// rows are contiguous. (The file has it the other way round.) Every size is at least 1.
	Shape []int

	file *File
	// offset and size are in bytes, from the file's beginning.
	offset, size int64
}

// Cols is the length of a row: the last dimension.
func (t *Tensor) Cols() int {
	if len(t.Shape) == 0 {
		return 1
	}
	return t.Shape[len(t.Shape)-1]
}

// Rows is the number of rows: the product of all dimensions but the last.
func (t *Tensor) Rows() int { return t.Len() / t.Cols() }

// Len is the number of elements.
func (t *Tensor) Len() int {
	n := 1
	for _, size := range t.Shape {
		n *= size
	}
	return n
}

// Size is the number of bytes in the file.
func (t *Tensor) Size() int64 { return t.size }

// RowSize is the number of bytes of one row in the file: a whole number of blocks.
func (t *Tensor) RowSize() int {
	elements, bytes := t.Type.Block()
	return t.Cols() / elements * bytes
}

// Bytes reads the raw bytes, row after row, as [Type.Decode] takes them.
func (t *Tensor) Bytes() ([]byte, error) {
	raw := make([]byte, t.size)
	return raw, t.read(raw, 0)
}

// chunk is about how many bytes are read at a time: little beside a tensor, much beside a call.
const chunk = 256 << 10

// Floats decodes all elements, row after row, into dst if its capacity suffices, else into a new
// slice. Memory for the raw bytes is bounded, however large the tensor.
func (t *Tensor) Floats(dst []float32) ([]float32, error) {
	if err := t.supported(); err != nil {
		return nil, err
	}
	if cap(dst) < t.Len() {
		dst = make([]float32, t.Len())
	}
	dst = dst[:t.Len()]
	elements, bytes := t.Type.Block()
	raw := make([]byte, min(t.size, int64(chunk/bytes*bytes)))
	for rest, offset := dst, int64(0); offset < t.size; offset += int64(len(raw)) {
		raw = raw[:min(int64(len(raw)), t.size-offset)]
		if err := t.read(raw, offset); err != nil {
			return nil, err
		}
		n := len(raw) / bytes * elements
		if err := t.Type.Decode(rest[:n], raw); err != nil {
			return nil, t.errorf("%w", err)
		}
		rest = rest[n:]
	}
	return dst, nil
}

// Row decodes row i, from 0, into dst, which has [Tensor.Cols] elements.
func (t *Tensor) Row(i int, dst []float32) error {
	if err := t.supported(); err != nil {
		return err
	}
	if i < 0 || i >= t.Rows() || len(dst) != t.Cols() {
		return t.errorf("row %d of %d elements was asked for: there are %d of %d", i, len(dst), t.Rows(), t.Cols())
	}
	raw := make([]byte, t.RowSize())
	if err := t.read(raw, int64(i)*int64(len(raw))); err != nil {
		return err
	}
	if err := t.Type.Decode(dst, raw); err != nil {
		return t.errorf("%w", err)
	}
	return nil
}

func (t *Tensor) supported() error {
	if !t.Type.Supported() {
		return t.errorf("type %s is not supported: convert the model to Q8_0 or F16", t.Type)
	}
	return nil
}

// read fills raw from an offset within the tensor.
func (t *Tensor) read(raw []byte, offset int64) error {
	n, err := t.file.r.ReadAt(raw, t.offset+offset)
	if n == len(raw) {
		return nil
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF // the file was longer when it was parsed
	}
	return t.errorf("%w", err)
}

func (t *Tensor) errorf(format string, args ...any) error {
	return t.file.errorAt(fmt.Sprintf("tensor %q", t.Name), fmt.Errorf(format, args...))
}
