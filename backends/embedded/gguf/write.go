package gguf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// Writer collects metadata and tensors, and writes them as a file of version 3. Its zero value is
// an empty file. It holds everything in memory: it is for small models.
type Writer struct {
	entries []entry
	tensors []writtenTensor
	errs    []error
}

type entry struct {
	key   string
	value any
}

type writtenTensor struct {
	name  string
	typ   Type
	shape []int
	data  []byte
}

// Set adds a value: of one of the types that [File.Value] returns, or an int, which is written as
// uint32, int32 or int64, the first that holds it, or a []int, as []int32. Keys are not checked for
// being there already. What is wrong, [Writer.WriteTo] returns.
func (w *Writer) Set(key string, value any) {
	switch v := value.(type) {
	case int:
		switch {
		case v >= 0 && uint64(v) <= math.MaxUint32:
			value = uint32(v)
		case v >= math.MinInt32 && v < 0:
			value = int32(v)
		default:
			value = int64(v)
		}
	case []int:
		narrow := make([]int32, len(v))
		for i, n := range v {
			narrow[i] = int32(n)
			if int(narrow[i]) != n {
				w.errs = append(w.errs, fmt.Errorf("%s: %d does not fit an int32", key, n))
			}
		}
		value = narrow
	}
	w.entries = append(w.entries, entry{key, value})
}

// Add adds a tensor from its raw bytes, as [Tensor.Bytes] returns them. shape is as in [Tensor].
func (w *Writer) Add(name string, typ Type, shape []int, data []byte) {
	size, err := sizeOf(typ, shape)
	if err == nil && size != int64(len(data)) {
		err = fmt.Errorf("shape %v of %s takes %d bytes, not %d", shape, typ, size, len(data))
	}
	if err != nil {
		w.errs = append(w.errs, fmt.Errorf("tensor %q: %w", name, err))
	}
	w.tensors = append(w.tensors, writtenTensor{name, typ, slices.Clone(shape), data})
}

// AddFloats adds a tensor of type F32.
func (w *Writer) AddFloats(name string, shape []int, values []float32) {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	w.Add(name, F32, shape, data)
}

// WriteTo writes the file.
func (w *Writer) WriteTo(out io.Writer) (int64, error) {
	if err := errors.Join(w.errs...); err != nil {
		return 0, fmt.Errorf("write GGUF: %w", err)
	}
	b := []byte(magic)
	b = binary.LittleEndian.AppendUint32(b, 3)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(w.tensors)))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(w.entries)))
	alignment := defaultAlignment
	for _, e := range w.entries {
		if n, ok := asInt(e.value); ok && e.key == "general.alignment" && n > 0 {
			alignment = n
		}
		b = appendString(b, e.key)
		kind, err := kindOf(e.value)
		if err != nil {
			return 0, fmt.Errorf("write GGUF: %s: %w", e.key, err)
		}
		b = binary.LittleEndian.AppendUint32(b, kind)
		if b, err = appendValue(b, e.value); err != nil {
			return 0, fmt.Errorf("write GGUF: %s: %w", e.key, err)
		}
	}
	var data []byte
	for _, t := range w.tensors {
		data = pad(data, alignment)
		b = appendString(b, t.name)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(t.shape)))
		for _, size := range slices.Backward(t.shape) {
			b = binary.LittleEndian.AppendUint64(b, uint64(size))
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(t.typ))
		b = binary.LittleEndian.AppendUint64(b, uint64(len(data)))
		data = append(data, t.data...)
	}
	n, err := out.Write(append(pad(b, alignment), pad(data, alignment)...))
	return int64(n), err
}

// Bytes returns the file.
func (w *Writer) Bytes() ([]byte, error) {
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func pad(b []byte, alignment int) []byte {
	return append(b, make([]byte, (alignment-len(b)%alignment)%alignment)...)
}

func appendString(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint64(b, uint64(len(s))), s...)
}

// appendValue appends a value without its kind.
func appendValue(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case string:
		return appendString(b, v), nil
	case []string:
		b = appendHead(b, kindString, len(v))
		for _, s := range v {
			b = appendString(b, s)
		}
		return b, nil
	case []any:
		b = appendHead(b, kindArray, len(v))
		for _, array := range v {
			if kind, err := kindOf(array); err != nil || kind != kindArray {
				return nil, fmt.Errorf("%T in an array of arrays", array)
			}
			var err error
			if b, err = appendValue(b, array); err != nil {
				return nil, err
			}
		}
		return b, nil
	case uint8, int8, uint16, int16, uint32, int32, uint64, int64, float32, float64, bool:
		return binary.Append(b, binary.LittleEndian, v)
	}
	kind, n, err := elements(value)
	if err != nil {
		return nil, err
	}
	return binary.Append(appendHead(b, kind, n), binary.LittleEndian, value)
}

func appendHead(b []byte, kind uint32, n int) []byte {
	b = binary.LittleEndian.AppendUint32(b, kind)
	return binary.LittleEndian.AppendUint64(b, uint64(n))
}

func kindOf(value any) (uint32, error) {
	switch value.(type) {
	case uint8:
		return kindUint8, nil
	case int8:
		return kindInt8, nil
	case uint16:
		return kindUint16, nil
	case int16:
		return kindInt16, nil
	case uint32:
		return kindUint32, nil
	case int32:
		return kindInt32, nil
	case float32:
		return kindFloat32, nil
	case bool:
		return kindBool, nil
	case string:
		return kindString, nil
	case uint64:
		return kindUint64, nil
	case int64:
		return kindInt64, nil
	case float64:
		return kindFloat64, nil
	case []string, []any:
		return kindArray, nil
	}
	_, _, err := elements(value)
	return kindArray, err
}

// elements says what a slice of numbers or truth values holds, and how many.
func elements(value any) (kind uint32, n int, err error) {
	switch v := value.(type) {
	case []uint8:
		return kindUint8, len(v), nil
	case []int8:
		return kindInt8, len(v), nil
	case []uint16:
		return kindUint16, len(v), nil
	case []int16:
		return kindInt16, len(v), nil
	case []uint32:
		return kindUint32, len(v), nil
	case []int32:
		return kindInt32, len(v), nil
	case []float32:
		return kindFloat32, len(v), nil
	case []bool:
		return kindBool, len(v), nil
	case []uint64:
		return kindUint64, len(v), nil
	case []int64:
		return kindInt64, len(v), nil
	case []float64:
		return kindFloat64, len(v), nil
	}
	return 0, 0, fmt.Errorf("a value of type %T cannot be written", value)
}
