package gguf_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
)

func openGolden(t testing.TB) *gguf.File {
	t.Helper()
	f, err := gguf.Open(filepath.Join("testdata", "golden.gguf"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// Every type decodes to the very bits that the reference implementation decodes to.
func TestDecodesLikeTheReference(t *testing.T) {
	f := openGolden(t)
	compared := 0
	for _, raw := range f.Tensors {
		name, ok := strings.CutPrefix(raw.Name, "raw.")
		if !ok {
			continue
		}
		compared++
		if raw.Type.String() != name {
			t.Errorf("%s is of type %s", raw.Name, raw.Type)
		}
		want := floats(t, tensor(t, f, "want."+name))
		if got := floats(t, raw); !sameBits(got, want) {
			t.Errorf("%s: decoded to %v, want %v", name, got[:8], want[:8])
		}
		row := make([]float32, raw.Cols())
		for i := range raw.Rows() {
			if err := raw.Row(i, row); err != nil || !sameBits(row, want[i*len(row):][:len(row)]) {
				t.Errorf("%s: row %d differs from the same row of all, or %v", name, i, err)
			}
		}
	}
	if compared != 11 {
		t.Errorf("%d types were compared, want 11", compared)
	}
}

func TestReadsMetadataOfTheReference(t *testing.T) {
	f := openGolden(t)
	want := map[string]any{
		"general.architecture": "llama",
		"u8":                   uint8(255), "i8": int8(-128), "u16": uint16(65535), "i16": int16(-32768),
		"u32": uint32(math.MaxUint32), "i32": int32(math.MinInt32),
		"u64": uint64(math.MaxUint64), "i64": int64(math.MinInt64),
		"f32": float32(1.5), "f64": 0.1, "yes": true, "no": false, "text": "naïve ▁ text",
		"texts": []string{"a", "", "ü"}, "ints": []int32{1, -2, 3}, "floats": []float32{0.5, -0.25},
		"bools": []bool{true, false, true}, "bytes": []uint8{1, 2, 255},
	}
	got := map[string]any{}
	for _, key := range f.Keys() {
		got[key], _ = f.Value(key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	if f.Version != 3 || f.Name != "golden.gguf" {
		t.Errorf("version %d of %s", f.Version, f.Name)
	}
	if shape := f.Tensors[0].Shape; !cmp.Equal(shape, []int{2, 256}) {
		t.Errorf("shape is %v, want 2 rows of 256", shape)
	}
}

func tensor(t rapid.TB, f *gguf.File, name string) *gguf.Tensor {
	t.Helper()
	found, err := f.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func floats(t testing.TB, from *gguf.Tensor) []float32 {
	t.Helper()
	values, err := from.Floats(nil)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func sameBits(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return true
}
