package gguf_test

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
)

// bytesOf joins what a file is made of: numbers little endian, strings with their length.
func bytesOf(parts ...any) []byte {
	var b []byte
	for _, part := range parts {
		switch v := part.(type) {
		case []byte:
			b = append(b, v...)
		case string:
			b = append(binary.LittleEndian.AppendUint64(b, uint64(len(v))), v...)
		case uint8:
			b = append(b, v)
		case uint32:
			b = binary.LittleEndian.AppendUint32(b, v)
		case uint64:
			b = binary.LittleEndian.AppendUint64(b, v)
		case int:
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		}
	}
	return b
}

// head is a file's beginning, with that many tensors and entries to follow.
func head(tensors, entries int) []byte { return bytesOf([]byte("GGUF"), uint32(3), tensors, entries) }

// fill is for files that lie about their content: enough bytes for the counts to be believed.
func fill(n int) []byte { return make([]byte, n) }

const (
	asUint8, asUint32, asBool, asString, asArray uint32 = 0, 4, 7, 8, 9

	f32, q8 = uint32(gguf.F32), uint32(gguf.Q8_0)
)

type hostile struct {
	name string
	file []byte
	want string
}

func hostiles() []hostile {
	key := func(kind uint32, rest ...any) []byte {
		return append(bytesOf(head(0, 1), "a.key", kind), bytesOf(rest...)...)
	}
	one := func(name string, rest ...any) []byte { return append(bytesOf(head(1, 0), name), bytesOf(rest...)...) }
	twice := bytesOf("w", uint32(1), 8, f32, 0)
	return []hostile{
		{"empty", nil, `magic: is "", not "GGUF"`},
		{"another format", []byte("PK\x03\x04xxxxxxxxxxxxxxxxxxxxxxxx"), `magic: is "PK\x03\x04", not "GGUF": this is no GGUF file`},
		{"no version", []byte("GGUF"), "version: unexpected EOF: is the file complete?"},
		{"version 1", bytesOf([]byte("GGUF"), uint32(1), 0, 0), "version: is 1; 2 and 3 can be read"},
		{"version 0", bytesOf([]byte("GGUF"), uint32(0), 0, 0), "version: is 0"},
		{"big endian", bytesOf([]byte("GGUF"), uint32(3<<24), 0, 0), "version: the file is big endian"},
		{"absurd tensor count", bytesOf([]byte("GGUF"), uint32(3), uint64(1<<60), 0), "tensor count: says 1152921504606846976"},
		{"absurd metadata count", bytesOf([]byte("GGUF"), uint32(3), 0, uint64(1<<60)), "metadata count: says 1152921504606846976"},
		{"absurd key", bytesOf(head(0, 1), uint64(1<<60), fill(20)), "metadata key 0: says 1152921504606846976"},
		{"empty key", bytesOf(head(0, 1), "", asUint8, uint8(1)), "metadata key 0: is empty"},
		{"absurd string", key(asString, uint64(1<<60)), "a.key: says 1152921504606846976"},
		{"absurd array", key(asArray, asUint32, uint64(1<<60)), "a.key: says 1152921504606846976"},
		{"absurd array of strings", key(asArray, asString, uint64(1<<60)), "a.key: says 1152921504606846976"},
		{"absurd array of arrays", key(asArray, asArray, uint64(1<<60)), "a.key: says 1152921504606846976"},
		{"negative array", key(asArray, asUint8, uint64(1<<64-1)), "a.key: says 18446744073709551615"},
		{"unknown type", key(13, fill(20)), "a.key: value type 13 is unknown"},
		{"array of unknown type", key(asArray, uint32(99), 1, fill(20)), "a.key: value type 99 is unknown"},
		{"deep nesting", key(asArray, asArray, 1, asArray, 1, asArray, 1, asArray, 1, fill(20)), "a.key: arrays are nested more than 4 deep"},
		{"neither true nor false", key(asBool, uint8(2)), "a.key: a truth value is 2"},
		{"key twice", bytesOf(head(0, 2), "k", asUint8, uint8(1), "k", asUint8, uint8(1)), "k: is there twice"},
		{"tensor twice", bytesOf(head(2, 0), twice, twice, fill(64)), `tensor "w": is there twice`},
		{"five dimensions", one("w", uint32(5), 1, 1, 1, 1, 1, f32, 0), `tensor "w": has 5 dimensions`},
		{"dimension 0", one("w", uint32(1), 0, f32, 0), `tensor "w": dimension 0 is 0`},
		{"dimension beyond int64", one("w", uint32(1), uint64(1<<63), f32, 0), `tensor "w": dimension 0 is 9223372036854775808`},
		{"product overflows", one("w", uint32(2), uint64(1<<40), uint64(1<<40), f32, 0), `tensor "w": shape [1099511627776 1099511627776] has too many elements`},
		{"size overflows", one("w", uint32(1), uint64(1<<62), f32, 0), "has too many elements"},
		{"part of a block", one("w", uint32(2), 33, 2, q8, 0), `tensor "w": rows of 33 elements are not whole blocks of 32, as Q8_0 needs`},
		{"unknown tensor type", one("w", uint32(1), 1, uint32(77), 0), `tensor "w": type 77 is unknown`},
		{"offset out of line", one("w", uint32(1), 1, f32, 4, fill(200)), `tensor "w": offset 4 is not a multiple of the alignment, 32`},
		{"offset beyond the end", one("w", uint32(1), 1, f32, uint64(1<<40)), `tensor "w": needs 4 bytes at offset 1099511627776`},
		{"offset beyond int64", one("w", uint32(1), 1, f32, uint64(1<<63)), `tensor "w": offset 9223372036854775808 is beyond any file`},
		{"data cut short", one("w", uint32(1), 8, f32, 0, fill(38)), `tensor "w": needs 32 bytes at offset 0 of the data, but the file has 31 there: is it complete?`},
		{"no data", one("w", uint32(1), 8, f32, 0), "but the file has 0 there"},
		{"one on the other", bytesOf(head(2, 0), "a", uint32(1), 16, f32, 0, "b", uint32(1), 8, f32, 32, fill(200)), `tensor "b": lies on tensor "a"`},
		{"odd alignment", bytesOf(head(0, 1), "general.alignment", asUint32, uint32(3)), "general.alignment: is 3, not a power of two"},
		{"alignment 0", bytesOf(head(0, 1), "general.alignment", asUint32, uint32(0)), "general.alignment: is 0"},
		{"alignment of text", bytesOf(head(0, 1), "general.alignment", asString, "32"), `general.alignment: is the string "32"`},
	}
}

func TestHostileFiles(t *testing.T) {
	for _, tt := range hostiles() {
		_, err := gguf.Parse("bad.gguf", bytes.NewReader(tt.file), int64(len(tt.file)))
		if err == nil || !strings.HasPrefix(err.Error(), "bad.gguf: ") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error is %v, want %q", tt.name, err, tt.want)
		}
	}
}

// However much a file claims to hold, memory stays within a small multiple of its size.
func TestHostileFilesCostLittle(t *testing.T) {
	for _, tt := range hostiles() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := gguf.Parse("bad.gguf", bytes.NewReader(tt.file), int64(len(tt.file)))
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: no error", tt.name)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > 256<<10 {
			t.Errorf("%s: %d bytes were allocated for a file of %d", tt.name, got, len(tt.file))
		}
	}
}

// A file that is cut anywhere is an error, unless only padding is gone.
func TestTruncatedFiles(t *testing.T) {
	var w gguf.Writer
	w.Set("general.architecture", "llama")
	w.Set("tokens", []string{"a", "b"})
	w.AddFloats("x", []int{2, 4}, make([]float32, 8))
	w.Add("y", gguf.Q8_0, []int{32}, make([]byte, 34))
	data, err := w.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	complete := len(data) - 30 // 34 bytes of y are padded to 64
	for n := range len(data) {
		_, err := gguf.Parse("cut.gguf", bytes.NewReader(data[:n]), int64(n))
		if (err == nil) != (n >= complete) {
			t.Errorf("cut to %d bytes of %d: %v", n, len(data), err)
		}
	}
}

// Whatever the bytes, Parse returns an error or a file that can be read whole.
func FuzzParse(f *testing.F) {
	var w gguf.Writer
	w.Set("general.architecture", "llama")
	w.Set("nested", []any{[]int32{1, 2}, []string{"x"}})
	w.AddFloats("x", []int{2, 4}, make([]float32, 8))
	w.Add("y", gguf.Q6_K, []int{256}, make([]byte, 210))
	small, err := w.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(small)
	for _, h := range hostiles() {
		f.Add(h.file)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := gguf.Parse("fuzz.gguf", bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		for _, key := range file.Keys() {
			if _, ok := file.Value(key); !ok {
				t.Errorf("key %q has no value", key)
			}
		}
		for _, tensor := range file.Tensors {
			raw, err := tensor.Bytes()
			if err != nil || int64(len(raw)) != tensor.Size() {
				t.Fatalf("%q: %d bytes of %d, %v", tensor.Name, len(raw), tensor.Size(), err)
			}
			values, err := tensor.Floats(nil)
			if (err == nil) != tensor.Type.Supported() {
				t.Fatalf("%q of type %s: %v", tensor.Name, tensor.Type, err)
			}
			if err == nil && (len(values) != tensor.Len() || len(values) != tensor.Rows()*tensor.Cols()) {
				t.Fatalf("%q of shape %v has %d elements", tensor.Name, tensor.Shape, len(values))
			}
		}
	})
}
