package embedded

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
)

// However a matrix is held, its rows are bit for bit what decoding the file gives.
func TestRowsAreWhatTheFileSays(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 0))
	for _, typ := range []gguf.Type{gguf.F32, gguf.F16, gguf.BF16, gguf.Q8_0, gguf.Q4_0, gguf.Q4_1, gguf.Q4_K, gguf.Q6_K} {
		t.Run(typ.String(), func(t *testing.T) {
			const rows, cols = 5, 512
			elements, size := typ.Block()
			raw := make([]byte, rows*cols/elements*size)
			for i := range raw {
				raw[i] = byte(random.Uint32())
			}
			// Scales are halves: with these high bytes, none of them is infinite or no number.
			for at := 0; at < len(raw); at += size {
				for _, high := range scaleBytes(typ) {
					raw[at+high] = raw[at+high]&0x83 | 0x28
				}
			}
			var w gguf.Writer
			w.Add("m", typ, []int{rows, cols}, raw)
			file, err := w.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			f, err := gguf.Parse("m.gguf", bytes.NewReader(file), int64(len(file)))
			if err != nil {
				t.Fatal(err)
			}
			tensor := f.Tensors[0]
			want, err := tensor.Floats(nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, plain := range []bool{true, false} {
				m, err := newMatrix(tensor, plain)
				if err != nil {
					t.Fatal(err)
				}
				for i := range rows {
					for j, got := range m.row(i, make([]float32, cols)) {
						if w := want[i*cols+j]; got != w && (got == got || w == w) {
							t.Fatalf("plain %v: element %d of row %d is %g, want %g", plain, j, i, got, w)
						}
					}
				}
			}
		})
	}
}

// scaleBytes are where in a block the high bytes of its halves are.
func scaleBytes(typ gguf.Type) []int {
	switch typ {
	case gguf.Q8_0, gguf.Q4_0:
		return []int{1}
	case gguf.Q4_1, gguf.Q4_K:
		return []int{1, 3}
	case gguf.Q6_K:
		return []int{209}
	}
	return nil
}
