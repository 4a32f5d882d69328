package gguf

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Keys are the metadata keys, in the file's order.
func (f *File) Keys() []string { return slices.Clone(f.keys) }

// Has says whether the file has a value for key.
func (f *File) Has(key string) bool {
	_, ok := f.meta[key]
	return ok
}

// Value is the value for key as the file holds it: uint8, int8, uint16, int16, uint32, int32,
// float32, bool, string, uint64, int64, float64, a slice of one of these, or []any for an array of
// arrays. Do not modify it. False if there is none.
func (f *File) Value(key string) (any, bool) {
	v, ok := f.meta[key]
	return v, ok
}

// Text returns the string for key. Like the other getters, it returns an error that names the file
// and the key if there is none, with cause [ErrMissing], or if it is of another type.
func (f *File) Text(key string) (string, error) { return get(f, key, "a string", asText) }

// Int returns the integer for key, whatever its width.
func (f *File) Int(key string) (int, error) { return get(f, key, "an integer", asInt) }

// Float returns the number for key.
func (f *File) Float(key string) (float64, error) { return get(f, key, "a number", asFloat) }

// Bool returns the truth value for key.
func (f *File) Bool(key string) (bool, error) { return get(f, key, "true or false", asBool) }

// Texts returns the strings for key. Do not modify them.
func (f *File) Texts(key string) ([]string, error) {
	return get(f, key, "an array of strings", asTexts)
}

// Ints returns the integers for key, whatever their width.
func (f *File) Ints(key string) ([]int, error) { return get(f, key, "an array of integers", asInts) }

// Floats returns the float32 numbers for key. Do not modify them.
func (f *File) Floats(key string) ([]float32, error) {
	return get(f, key, "an array of float32", asFloats)
}

// Optional replaces a missing value by a default; a value of the wrong type stays an error. It goes
// around a getter's call:
//
//	base, err := gguf.Optional(10000.0)(f.Float("llama.rope.freq_base"))
func Optional[T any](fallback T) func(T, error) (T, error) {
	return func(value T, err error) (T, error) {
		if errors.Is(err, ErrMissing) {
			return fallback, nil
		}
		return value, err
	}
}

func get[T any](f *File, key, wanted string, as func(any) (T, bool)) (T, error) {
	value, ok := f.meta[key]
	if !ok {
		var none T
		return none, f.errorAt(key, ErrMissing)
	}
	t, ok := as(value)
	if !ok {
		return t, f.errorAt(key, fmt.Errorf("is %s, wanted %s", describe(value), wanted))
	}
	return t, nil
}

// describe says what a value is, in few words however long it is.
func describe(value any) string {
	switch v := value.(type) {
	case string:
		if len(v) > 40 {
			v = v[:40] + "..."
		}
		return fmt.Sprintf("the string %q", v)
	case uint8, int8, uint16, int16, uint32, int32, uint64, int64, float32, float64, bool:
		return fmt.Sprintf("the %T %v", v, v)
	case []any:
		return "an array of arrays"
	}
	return "an array: " + fmt.Sprintf("%T", value)
}

func asText(value any) (string, bool) { s, ok := value.(string); return s, ok }

func asBool(value any) (bool, bool) { b, ok := value.(bool); return b, ok }

func asTexts(value any) ([]string, bool) { s, ok := value.([]string); return s, ok }

func asFloats(value any) ([]float32, bool) { s, ok := value.([]float32); return s, ok }

func asInt(value any) (int, bool) {
	switch v := value.(type) {
	case uint8:
		return int(v), true
	case int8:
		return int(v), true
	case uint16:
		return int(v), true
	case int16:
		return int(v), true
	case uint32:
		return int(v), uint64(v) <= math.MaxInt
	case int32:
		return int(v), true
	case uint64:
		return int(v), v <= math.MaxInt
	case int64:
		return int(v), int64(int(v)) == v
	}
	return 0, false
}

func asFloat(value any) (float64, bool) {
	switch v := value.(type) {
	case float32:
		return float64(v), true
	case float64:
		return v, true
	}
	n, ok := asInt(value)
	return float64(n), ok
}

func asInts(value any) ([]int, bool) {
	switch v := value.(type) {
	case []uint8:
		return widen(v)
	case []int8:
		return widen(v)
	case []uint16:
		return widen(v)
	case []int16:
		return widen(v)
	case []uint32:
		return widen(v)
	case []int32:
		return widen(v)
	case []uint64:
		return widen(v)
	case []int64:
		return widen(v)
	}
	return nil, false
}

func widen[T uint8 | int8 | uint16 | int16 | uint32 | int32 | uint64 | int64](values []T) ([]int, bool) {
	ints := make([]int, len(values))
	for i, v := range values {
		ints[i] = int(v)
		if T(ints[i]) != v || (ints[i] < 0) != (v < 0) {
			return nil, false
		}
	}
	return ints, true
}
