package safetensors_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors/safetensorstest"
)

func readHeader(file []byte) ([]safetensors.Tensor, error) {
	return safetensors.ReadHeader("a.safetensors", bytes.NewReader(file), int64(len(file)))
}

// Whatever tensors a file holds, they are found, and any stretch of them reads back.
func TestReadsWhatWasWritten(t *testing.T) {
	types := []safetensors.DType{safetensors.F64, safetensors.F32, safetensors.BF16, safetensors.F16, safetensors.I64, safetensors.U8}
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z.0-9]{1,12}`), 0, 6, rapid.ID).Draw(t, "names")
		var written []safetensorstest.Tensor
		for _, name := range names {
			w := safetensorstest.Tensor{
				Name:  name,
				DType: rapid.SampledFrom(types).Draw(t, "type"),
				Shape: rapid.SliceOfN(rapid.Int64Range(0, 5), 0, 3).Draw(t, "shape"),
			}
			size := int(w.DType.Size())
			for _, n := range w.Shape {
				size *= int(n)
			}
			w.Data = rapid.SliceOfN(rapid.Byte(), size, size).Draw(t, "data")
			written = append(written, w)
		}
		got, err := readHeader(safetensorstest.File(written...))
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(written) {
			t.Fatalf("%d tensors, want %d", len(got), len(written))
		}
		for _, w := range written {
			i := slices.IndexFunc(got, func(g safetensors.Tensor) bool { return g.Name == w.Name })
			if i < 0 {
				t.Fatalf("%q is lost", w.Name)
			}
			g := got[i]
			if g.DType != w.DType || !slices.Equal(g.Shape, w.Shape) || g.Elements()*g.DType.Size() != int64(len(w.Data)) {
				t.Fatalf("%q: %+v, want %+v", w.Name, g, w)
			}
			from := rapid.Int64Range(0, g.Elements()).Draw(t, "from")
			p := make([]byte, rapid.Int64Range(0, g.Elements()-from).Draw(t, "n")*g.DType.Size())
			if err := g.ReadElements(p, from); err != nil {
				t.Fatal(err)
			}
			if at := from * g.DType.Size(); !bytes.Equal(p, w.Data[at:at+int64(len(p))]) {
				t.Fatalf("%q: read %x at %d of %x", w.Name, p, from, w.Data)
			}
		}
	})
}

func TestHostileHeaders(t *testing.T) {
	length := func(n uint64, rest string) []byte { return append(binary.LittleEndian.AppendUint64(nil, n), rest...) }
	with := func(header string, data int) []byte {
		return append(safetensorstest.Raw(header), make([]byte, data)...)
	}
	one := func(dtype, shape, offsets string, data int) []byte {
		return with(fmt.Sprintf(`{"w":{"dtype":%s,"shape":%s,"data_offsets":%s}}`, dtype, shape, offsets), data)
	}
	for name, tt := range map[string]struct {
		file []byte
		want string
	}{
		"empty":                   {nil, "too few"},
		"seven bytes":             {make([]byte, 7), "too few"},
		"length beyond the file":  {length(17, `{}`), "said to be 17 bytes long, the file has 2"},
		"length 2^60":             {length(1<<60, `{}`), "1152921504606846976"},
		"length 2^64-1":           {length(1<<64-1, `{}`), "18446744073709551615"},
		"length over the bound":   {length(safetensors.MaxHeader+1, `{}`), "more than 100000000"},
		"length 0":                {length(0, ``), "does not begin with '{'"},
		"not JSON":                {with(`{"w":`, 0), "header: "},
		"not an object":           {with(`[]`, 0), "does not begin with '{'"},
		"leading space":           {with(` {}`, 0), "does not begin with '{'"},
		"not UTF-8":               {with("{\"\xff\":1}", 0), "UTF-8"},
		"more after the object":   {with(`{}{}`, 0), "2 bytes after the JSON object"},
		"not a tensor":            {with(`{"w":3}`, 0), `tensor "w": 3 instead of an object`},
		"metadata not of strings": {with(`{"__metadata__":{"a":1}}`, 0), "cannot unmarshal number"},
		"duplicate name": {
			with(`{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2),
			`"w" is there twice`,
		},
		"duplicate name, escaped": {
			with(`{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0077":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2),
			`"w" is there twice`,
		},
		"duplicate key":    {with(`{"w":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}`, 1), `"dtype" is there twice`},
		"unknown key":      {with(`{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}`, 1), `unknown key "x"`},
		"missing key":      {with(`{"w":{"dtype":"U8","shape":[1]}}`, 1), `needs "dtype"`},
		"three offsets":    {one(`"U8"`, `[1]`, `[0,1,2]`, 1), "3 numbers"},
		"null shape":       {one(`"U8"`, `null`, `[0,1]`, 1), "null instead of a list"},
		"null offset":      {one(`"U8"`, `[1]`, `[null,1]`, 1), "null instead of a number"},
		"fraction":         {one(`"U8"`, `[1.5]`, `[0,1]`, 1), "cannot unmarshal number 1.5"},
		"2^64 in a shape":  {one(`"U8"`, `[18446744073709551616]`, `[0,1]`, 1), "cannot unmarshal number"},
		"unknown type":     {one(`"F5"`, `[1]`, `[0,1]`, 1), `type "F5" is unknown`},
		"null type":        {one(`null`, `[1]`, `[0,1]`, 1), `type "" is unknown`},
		"negative shape":   {one(`"U8"`, `[-1]`, `[0,1]`, 1), "negative dimension"},
		"overflow":         {one(`"F32"`, `[4611686018427387904,2]`, `[0,0]`, 0), "too large"},
		"overflow to 0":    {one(`"F32"`, `[4294967296,4294967296]`, `[0,0]`, 0), "too large"},
		"overflow by size": {one(`"F64"`, `[1152921504606846976]`, `[0,0]`, 0), "too large"},
		"too few bytes":    {one(`"F32"`, `[2]`, `[0,4]`, 4), "takes 8 bytes, but it has 4"},
		"too many bytes":   {one(`"F32"`, `[2]`, `[0,12]`, 12), "takes 8 bytes, but it has 12"},
		"backwards":        {one(`"U8"`, `[1]`, `[1,0]`, 1), "no range"},
		"negative offset":  {one(`"U8"`, `[2]`, `[-1,1]`, 1), "no range"},
		"beyond the file":  {one(`"F32"`, `[2]`, `[0,8]`, 7), "reach beyond the file, which holds 7"},
		"offsets of 2^60":  {one(`"U8"`, `[1152921504606846976]`, `[0,1152921504606846976]`, 7), "reach beyond the file"},
		"bytes at the end": {one(`"U8"`, `[1]`, `[0,1]`, 3), "2 bytes at the end"},
		"gap at the start": {one(`"U8"`, `[1]`, `[1,2]`, 2), "1 bytes before it"},
		"gap": {
			with(`{"v":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 3),
			`tensor "w": 1 bytes before it`,
		},
		"overlap": {
			with(`{"v":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"w":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3),
			`tensor "w": its bytes 1 to 3 overlap those of "v"`,
		},
		"twice the same bytes": {
			with(`{"v":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 2),
			"overlap",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readHeader(tt.file)
			if !errors.Is(err, feedbackgen.ErrInput) {
				t.Fatalf("error %v, want bad input", err)
			}
			text := err.Error()
			if !strings.HasPrefix(text, "a.safetensors") {
				t.Errorf("%q does not name the file", text)
			}
			if !strings.Contains(text, tt.want) {
				t.Errorf("%q does not say %q", text, tt.want)
			}
		})
	}
}

// What the format allows and looks odd: padding, no tensors, empty tensors, tensors in any order.
func TestOddButValidHeaders(t *testing.T) {
	for _, header := range []string{
		`{}   `,
		`{"__metadata__":{"format":"pt"}}`,
		`{"b":{"shape":[],"dtype":"U8","data_offsets":[0,1]},"a":{"dtype":"F64","shape":[3,0],"data_offsets":[0,0]}}`,
	} {
		data := strings.Count(header, `"U8"`)
		if _, err := readHeader(append(safetensorstest.Raw(header), make([]byte, data)...)); err != nil {
			t.Errorf("%s: %v", header, err)
		}
	}
}

// A header that the file cannot hold costs nothing.
func TestHeaderIsNotAllocatedBeforeItIsThere(t *testing.T) {
	file := append(binary.LittleEndian.AppendUint64(nil, safetensors.MaxHeader), "{}"...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := readHeader(file); err == nil {
		t.Fatal("no error")
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("%d bytes were allocated", got)
	}
}

// A name as long as the header allows does not fill the screen.
func TestLongNamesAreCut(t *testing.T) {
	_, err := readHeader(safetensorstest.Raw(`{"` + strings.Repeat("x", 10_000) + `":0}`))
	if err == nil || len(err.Error()) > 500 {
		t.Errorf("message of %d bytes", len(fmt.Sprint(err)))
	}
}
