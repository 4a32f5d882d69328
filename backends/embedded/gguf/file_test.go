package gguf_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
)

// written parses what w writes.
func written(t rapid.TB, w *gguf.Writer) *gguf.File {
	t.Helper()
	data, err := w.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Parse("m.gguf", bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// What is written is read: every key with its value and type, every tensor with its bytes.
func TestReadsWhatItWrites(t *testing.T) {
	types := []gguf.Type{gguf.F32, gguf.F16, gguf.BF16, gguf.Q4_0, gguf.Q4_1, gguf.Q5_0, gguf.Q5_1, gguf.Q8_0, gguf.Q4_K, gguf.Q5_K, gguf.Q6_K}
	rapid.Check(t, func(t *rapid.T) {
		var w gguf.Writer
		meta := rapid.MapOfN(rapid.StringN(1, 8, -1), values(), 0, 8).Draw(t, "meta")
		alignment := rapid.SampledFrom([]int{0, 1, 8, 64}).Draw(t, "alignment")
		if alignment > 0 {
			meta["general.alignment"] = uint32(alignment)
		}
		for key, value := range meta {
			w.Set(key, value)
		}
		raw := map[string][]byte{}
		for _, name := range rapid.SliceOfNDistinct(rapid.StringN(0, 8, -1), 0, 4, rapid.ID[string]).Draw(t, "names") {
			typ := rapid.SampledFrom(types).Draw(t, "type")
			elements, size := typ.Block()
			rows, blocks := rapid.IntRange(1, 3).Draw(t, "rows"), rapid.IntRange(1, 3).Draw(t, "blocks")
			raw[name] = rapid.SliceOfN(rapid.Byte(), rows*blocks*size, rows*blocks*size).Draw(t, "raw")
			w.Add(name, typ, []int{rows, blocks * elements}, raw[name])
		}
		f := written(t, &w)
		if len(f.Keys()) != len(meta) || len(f.Tensors) != len(raw) {
			t.Fatalf("%d keys and %d tensors, want %d and %d", len(f.Keys()), len(f.Tensors), len(meta), len(raw))
		}
		for key, want := range meta {
			if got, _ := f.Value(key); !cmp.Equal(want, got) {
				t.Errorf("%q is %v, want %v", key, got, want)
			}
		}
		for name, want := range raw {
			got, err := tensor(t, f, name).Bytes()
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%q holds %x, %v; want %x", name, got, err, want)
			}
		}
	})
}

// values are of every type that a file may hold.
func values() *rapid.Generator[any] {
	scalars := []*rapid.Generator[any]{
		rapid.Uint8().AsAny(), rapid.Int8().AsAny(), rapid.Uint16().AsAny(), rapid.Int16().AsAny(),
		rapid.Uint32().AsAny(), rapid.Int32().AsAny(), rapid.Uint64().AsAny(), rapid.Int64().AsAny(),
		rapid.Float32().AsAny(), rapid.Float64().AsAny(), rapid.Bool().AsAny(), rapid.String().AsAny(),
	}
	arrays := []*rapid.Generator[any]{
		rapid.SliceOf(rapid.Uint8()).AsAny(), rapid.SliceOf(rapid.Int8()).AsAny(), rapid.SliceOf(rapid.Uint16()).AsAny(),
		rapid.SliceOf(rapid.Int16()).AsAny(), rapid.SliceOf(rapid.Uint32()).AsAny(), rapid.SliceOf(rapid.Int32()).AsAny(),
		rapid.SliceOf(rapid.Uint64()).AsAny(), rapid.SliceOf(rapid.Int64()).AsAny(), rapid.SliceOf(rapid.Float32()).AsAny(),
		rapid.SliceOf(rapid.Float64()).AsAny(), rapid.SliceOf(rapid.Bool()).AsAny(), rapid.SliceOf(rapid.String()).AsAny(),
	}
	nested := rapid.SliceOf(rapid.OneOf(arrays...)).AsAny()
	return rapid.OneOf(append(append(scalars, arrays...), nested, rapid.SliceOf(nested).AsAny())...)
}

func TestGettersNameFileAndField(t *testing.T) {
	var w gguf.Writer
	w.Set("llama.block_count", 30)
	w.Set("small", int8(-3))
	w.Set("huge", uint64(math.MaxUint64))
	w.Set("eps", float32(0.5))
	w.Set("name", strings.Repeat("x", 60))
	w.Set("flags", []uint64{1, math.MaxUint64})
	w.Set("kinds", []int{1, -2})
	w.Set("nested", []any{[]int32{1}})
	f := written(t, &w)

	if n, err := f.Int("llama.block_count"); n != 30 || err != nil {
		t.Errorf("Int: %d, %v", n, err)
	}
	if n, err := f.Int("small"); n != -3 || err != nil {
		t.Errorf("Int: %d, %v", n, err)
	}
	if x, err := f.Float("small"); x != -3 || err != nil {
		t.Errorf("Float: %v, %v", x, err)
	}
	if ns, err := f.Ints("kinds"); !cmp.Equal(ns, []int{1, -2}) || err != nil {
		t.Errorf("Ints: %v, %v", ns, err)
	}
	if x, err := gguf.Optional(7.0)(f.Float("none")); x != 7 || err != nil {
		t.Errorf("Optional: %v, %v", x, err)
	}
	for _, tt := range []struct {
		get  func() error
		want string
	}{
		{func() error { _, err := f.Int("llama.rope.dimension_count"); return err }, "m.gguf: llama.rope.dimension_count: missing"},
		{func() error { _, err := f.Int("huge"); return err }, "m.gguf: huge: is the uint64 18446744073709551615, wanted an integer"},
		{func() error { _, err := f.Int("eps"); return err }, "m.gguf: eps: is the float32 0.5, wanted an integer"},
		{func() error { _, err := f.Bool("small"); return err }, "m.gguf: small: is the int8 -3, wanted true or false"},
		{func() error { _, err := f.Float("name"); return err }, `m.gguf: name: is the string "` + strings.Repeat("x", 40) + `...", wanted a number`},
		{func() error { _, err := f.Ints("flags"); return err }, "m.gguf: flags: is an array: []uint64, wanted an array of integers"},
		{func() error { _, err := f.Floats("kinds"); return err }, "m.gguf: kinds: is an array: []int32, wanted an array of float32"},
		{func() error { _, err := f.Texts("nested"); return err }, "m.gguf: nested: is an array of arrays, wanted an array of strings"},
		{func() error { _, err := gguf.Optional("")(f.Text("eps")); return err }, "m.gguf: eps: is the float32 0.5, wanted a string"},
		{func() error { _, err := f.Tensor("output.weight"); return err }, `m.gguf: tensor "output.weight": missing`},
	} {
		err := tt.get()
		if err == nil || err.Error() != tt.want {
			t.Errorf("error is %q, want %q", err, tt.want)
		}
		if !errors.Is(err, feedbackgen.ErrInput) || errors.Is(err, gguf.ErrMissing) != strings.HasSuffix(tt.want, "missing") {
			t.Errorf("%q is of the wrong kind", err)
		}
	}
}

func TestTensorErrors(t *testing.T) {
	var w gguf.Writer
	w.Add("odd", 16, []int{1, 256}, make([]byte, 66))
	w.AddFloats("fine", []int{2, 3}, []float32{1, 2, 3, 4, 5, 6})
	f := written(t, &w)
	odd, fine := tensor(t, f, "odd"), tensor(t, f, "fine")
	if _, err := odd.Floats(nil); err == nil || !strings.Contains(err.Error(), `m.gguf: tensor "odd": type IQ2_XXS is not supported`) {
		t.Errorf("Floats of a type that cannot be decoded: %v", err)
	}
	if err := odd.Row(0, make([]float32, 256)); err == nil {
		t.Error("a row of a type that cannot be decoded was decoded")
	}
	for _, i := range []int{-1, 2} {
		if err := fine.Row(i, make([]float32, 3)); err == nil {
			t.Errorf("row %d of 2 was decoded", i)
		}
	}
	if err := fine.Row(1, make([]float32, 2)); err == nil {
		t.Error("a row of 3 was decoded into 2")
	}
	if err := gguf.Q8_0.Decode(make([]float32, 32), make([]byte, 33)); err == nil {
		t.Error("33 bytes were decoded as a block of 34")
	}
	buffer := make([]float32, 0, 100)
	if got, err := fine.Floats(buffer); err != nil || &got[0] != &buffer[:1][0] {
		t.Errorf("Floats does not use the slice that it was given: %v", err)
	}
}

// A tensor that is read in many parts is as if it were read row by row.
func TestLargeTensors(t *testing.T) {
	var w gguf.Writer
	raw := make([]byte, 3000*34*8)
	for i := range raw {
		raw[i] = byte(i * i >> 3)
	}
	w.Add("large", gguf.Q8_0, []int{30, 100, 256}, raw)
	large := tensor(t, written(t, &w), "large")
	all := floats(t, large)
	row := make([]float32, large.Cols())
	for i := range large.Rows() {
		if err := large.Row(i, row); err != nil || !sameBits(row, all[i*len(row):][:len(row)]) {
			t.Fatalf("row %d of %d differs from the same row of all, or %v", i, large.Rows(), err)
		}
	}
}

// A file that shrinks after it was parsed is an error, not zeros.
func TestFileShrinks(t *testing.T) {
	var w gguf.Writer
	w.AddFloats("x", []int{4}, make([]float32, 4))
	data, err := w.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m.gguf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(len(data)-30)); err != nil {
		t.Fatal(err)
	}
	if _, err := tensor(t, f, "x").Floats(nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("reading beyond the end: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := tensor(t, f, "x").Bytes(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("reading a closed file: %v", err)
	}
}

func TestOpenErrors(t *testing.T) {
	folder := t.TempDir()
	if _, err := gguf.Open(filepath.Join(folder, "none.gguf")); !errors.Is(err, os.ErrNotExist) || !errors.Is(err, feedbackgen.ErrInput) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := gguf.Open(folder); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder: %v", err)
	}
}

func TestWriterErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		fill func(*gguf.Writer)
		want string
	}{
		{"value of no known type", func(w *gguf.Writer) { w.Set("k", struct{}{}) }, "k: a value of type struct {}"},
		{"scalar in an array of arrays", func(w *gguf.Writer) { w.Set("k", []any{1}) }, "k: int in an array of arrays"},
		{"too large an integer", func(w *gguf.Writer) { w.Set("k", []int{math.MaxInt}) }, "k: 9223372036854775807 does not fit"},
		{"too few bytes", func(w *gguf.Writer) { w.Add("x", gguf.F32, []int{2}, make([]byte, 7)) }, `tensor "x": shape [2] of F32 takes 8 bytes, not 7`},
		{"part of a block", func(w *gguf.Writer) { w.Add("x", gguf.Q8_0, []int{33}, nil) }, "not whole blocks of 32"},
	} {
		var w gguf.Writer
		tt.fill(&w)
		if _, err := w.Bytes(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error is %v, want %q", tt.name, err, tt.want)
		}
	}
}
