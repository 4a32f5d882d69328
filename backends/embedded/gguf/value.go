package gguf

import (
	"encoding/binary"
	"math"
)

// The numbers that the format gives to types of metadata.
const (
	kindUint8 = iota
	kindInt8
	kindUint16
	kindInt16
	kindUint32
	kindInt32
	kindFloat32
	kindBool
	kindString
	kindArray
	kindUint64
	kindInt64
	kindFloat64
)

// value reads a value; depth is how many arrays it is in.
func (d *decoder) value(kind uint32, depth int) (any, error) {
	switch kind {
	case kindString:
		return d.string()
	case kindArray:
		return d.array(depth)
	}
	values, err := d.numbers(kind, 1)
	if err != nil {
		return nil, err
	}
	switch v := values.(type) {
	case []uint8:
		return v[0], nil
	case []int8:
		return v[0], nil
	case []uint16:
		return v[0], nil
	case []int16:
		return v[0], nil
	case []uint32:
		return v[0], nil
	case []int32:
		return v[0], nil
	case []float32:
		return v[0], nil
	case []bool:
		return v[0], nil
	case []uint64:
		return v[0], nil
	case []int64:
		return v[0], nil
	case []float64:
		return v[0], nil
	}
	return nil, d.errorf("value type %d is unknown", kind)
}

// array reads an array: []any if its elements are arrays, else a slice of their type.
func (d *decoder) array(depth int) (any, error) {
	kind, err := d.uint32()
	if err != nil {
		return nil, err
	}
	switch kind {
	case kindArray:
		if depth+1 >= maxNesting {
			return nil, d.errorf("arrays are nested more than %d deep", maxNesting)
		}
		n, err := d.count(4 + 8)
		if err != nil {
			return nil, err
		}
		arrays := make([]any, n)
		for i := range arrays {
			if arrays[i], err = d.array(depth + 1); err != nil {
				return nil, err
			}
		}
		return arrays, nil
	case kindString:
		n, err := d.count(8)
		if err != nil {
			return nil, err
		}
		texts := make([]string, n)
		for i := range texts {
			if texts[i], err = d.string(); err != nil {
				return nil, err
			}
		}
		return texts, nil
	}
	size, err := d.width(kind)
	if err != nil {
		return nil, err
	}
	n, err := d.count(int64(size))
	if err != nil {
		return nil, err
	}
	return d.numbers(kind, int(n))
}

// width is the size in bytes of a number or truth value.
func (d *decoder) width(kind uint32) (int, error) {
	switch kind {
	case kindUint8, kindInt8, kindBool:
		return 1, nil
	case kindUint16, kindInt16:
		return 2, nil
	case kindUint32, kindInt32, kindFloat32:
		return 4, nil
	case kindUint64, kindInt64, kindFloat64:
		return 8, nil
	}
	return 0, d.errorf("value type %d is unknown", kind)
}

// numbers reads n numbers or truth values.
func (d *decoder) numbers(kind uint32, n int) (any, error) {
	size, err := d.width(kind)
	if err != nil {
		return nil, err
	}
	raw, err := d.bytes(n * size)
	if err != nil {
		return nil, err
	}
	order := binary.LittleEndian
	switch kind {
	case kindUint8:
		return each(raw, 1, func(b []byte) uint8 { return b[0] }), nil
	case kindInt8:
		return each(raw, 1, func(b []byte) int8 { return int8(b[0]) }), nil
	case kindUint16:
		return each(raw, 2, order.Uint16), nil
	case kindInt16:
		return each(raw, 2, func(b []byte) int16 { return int16(order.Uint16(b)) }), nil
	case kindUint32:
		return each(raw, 4, order.Uint32), nil
	case kindInt32:
		return each(raw, 4, func(b []byte) int32 { return int32(order.Uint32(b)) }), nil
	case kindFloat32:
		return each(raw, 4, func(b []byte) float32 { return math.Float32frombits(order.Uint32(b)) }), nil
	case kindUint64:
		return each(raw, 8, order.Uint64), nil
	case kindInt64:
		return each(raw, 8, func(b []byte) int64 { return int64(order.Uint64(b)) }), nil
	case kindFloat64:
		return each(raw, 8, func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) }), nil
	}
	for _, b := range raw {
		if b > 1 {
			return nil, d.errorf("a truth value is %d, neither 0 nor 1", b)
		}
	}
	return each(raw, 1, func(b []byte) bool { return b[0] == 1 }), nil
}

func each[T any](raw []byte, size int, read func([]byte) T) []T {
	values := make([]T, len(raw)/size)
	for i := range values {
		values[i] = read(raw[i*size:])
	}
	return values
}
