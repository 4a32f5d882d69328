package sparsity_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/sparsity"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors/safetensorstest"
)

// A small model by hand: which weights count as changed, and where they are counted.
func TestSharesByLayerAndKind(t *testing.T) {
	base := list(
		bf16("layers.0.q.weight", []int64{2, 2}, 1, 1, 1, 1),
		bf16("layers.0.q.bias", []int64{2}, 0, 0),
		bf16("layers.10.q.weight", []int64{2, 2}, 1, 1, 1, 1),
		bf16("layers.2.q.weight", []int64{1, 2}, 1, 1),
		bf16("embed.weight", []int64{1, 4}, 0, 0, 0, 0),
		bf16("empty.weight", []int64{0, 4}),
		exact("position_ids", safetensors.I16, []int64{3}, 0, 0, 1, 0, 2, 0),
	)
	tuned := list(
		bf16("layers.0.q.weight", []int64{2, 2}, 1, 2, 1, 1),
		bf16("layers.0.q.bias", []int64{2}, 0x1.5p-17, -0x1.52p-17), // the tolerance, and the next number
		bf16("layers.10.q.weight", []int64{2, 2}, 2, 2, 2, 2),
		bf16("layers.2.q.weight", []int64{1, 2}, 1, 1),
		bf16("embed.weight", []int64{1, 4}, 0, 1e-30, 1, 0),
		bf16("empty.weight", []int64{0, 4}),
		exact("position_ids", safetensors.I16, []int64{3}, 0, 0, 1, 1, 2, 0),
	)
	report := compare(t, base, tuned, sparsity.Options{})

	p := func(v float64) *float64 { return &v }
	want := sparsity.Report{
		Tolerance: 1.3125 / 131072, BaseFiles: []string{"model.safetensors"}, TunedFiles: []string{"model.safetensors"},
		Overall: sparsity.Share{Tensors: 6, Elements: 16, Unchanged: 9, Share: p(9. / 16), Matrices: 4, MatrixMean: p((.75 + 0 + 1 + .75) / 4)},
		Exact:   sparsity.Share{Tensors: 1, Elements: 3, Unchanged: 2, Share: p(2. / 3)},
		Layers: []sparsity.Group{
			{Name: "layers.0", Share: sparsity.Share{Tensors: 2, Elements: 6, Unchanged: 4, Share: p(4. / 6), Matrices: 1, MatrixMean: p(.75)}},
			{Name: "layers.2", Share: sparsity.Share{Tensors: 1, Elements: 2, Unchanged: 2, Share: p(1), Matrices: 1, MatrixMean: p(1)}},
			{Name: "layers.10", Share: sparsity.Share{Tensors: 1, Elements: 4, Share: p(0), Matrices: 1, MatrixMean: p(0)}},
			{Name: sparsity.Outside, Share: sparsity.Share{Tensors: 2, Elements: 4, Unchanged: 3, Share: p(.75), Matrices: 1, MatrixMean: p(.75)}},
		},
		Kinds: []sparsity.Group{
			{Name: "embed.weight", Share: sparsity.Share{Tensors: 1, Elements: 4, Unchanged: 3, Share: p(.75), Matrices: 1, MatrixMean: p(.75)}},
			{Name: "empty.weight", Share: sparsity.Share{Tensors: 1}},
			{Name: "q.bias", Share: sparsity.Share{Tensors: 1, Elements: 2, Unchanged: 1, Share: p(.5)}},
			{Name: "q.weight", Share: sparsity.Share{Tensors: 3, Elements: 10, Unchanged: 5, Share: p(.5), Matrices: 3, MatrixMean: p((.75 + 1 + 0) / 3)}},
		},
		Tensors: report.Tensors,
	}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	first := sparsity.Tensor{Name: "embed.weight", Shape: []int64{1, 4}, BaseType: "BF16", TunedType: "BF16", Elements: 4, Unchanged: 3, Share: p(.75)}
	if diff := cmp.Diff(first, report.Tensors[0]); diff != "" {
		t.Errorf("tensor (-want +got):\n%s", diff)
	}
}

func TestUndefinedIsNullInJSON(t *testing.T) {
	empty := list(bf16("w", []int64{0, 2}))
	text, err := json.Marshal(compare(t, empty, empty, sparsity.Options{RankLimit: 8}))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"share":null`, `"matrix_mean":null`, `"rank":null`, `"effective_rank":null`, `"mean":null`, `"why":"empty"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

// numbers draws a model's numbers: mostly of one size, so that updates are on both sides of the
// tolerance, and of both signs.
func numbers(n int) *rapid.Generator[[]float32] {
	return rapid.SliceOfN(rapid.OneOf(
		rapid.SampledFrom([]float32{0, 1e-5, -1e-5, 0x1.5p-17, 0x1.51p-17, 1, 1.00390625, 1.01}),
		rapid.Float32Range(-3e-5, 3e-5), rapid.Float32Range(-2, 2),
	), n, n)
}

// Counts are those of a plain loop, whichever the type; the order of the two sides does not matter,
// and nothing differs from itself.
func TestCountsAreThoseOfAPlainLoop(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(rt, "n")
		a, b := numbers(n).Draw(rt, "a"), numbers(n).Draw(rt, "b")
		shape := []int64{int64(n)}
		wide, other := list(safetensorstest.F32("w", shape, a...)), list(safetensorstest.F32("w", shape, b...))
		unchanged := int64(0)
		for i := range a {
			if math.Abs(float64(roundBF16(roundBF16(b[i])-roundBF16(a[i])))) <= sparsity.ToleranceBF16 {
				unchanged++
			}
		}
		if got := compare(t, wide, other, sparsity.Options{}).Overall.Unchanged; got != unchanged {
			rt.Fatalf("%d unchanged, want %d", got, unchanged)
		}
		if got := compare(t, other, wide, sparsity.Options{}).Overall.Unchanged; got != unchanged {
			rt.Fatalf("%d unchanged the other way round, want %d", got, unchanged)
		}
		narrow := make([]float32, n)
		for i := range b {
			narrow[i] = roundBF16(b[i])
		}
		if got := compare(t, wide, list(bf16("w", shape, narrow...)), sparsity.Options{}).Overall.Unchanged; got != unchanged {
			rt.Fatalf("%d unchanged against bfloat16, want %d", got, unchanged)
		}
		if got := compare(t, wide, wide, sparsity.Options{}).Overall; got.Unchanged != int64(n) || !is(got.Share, 1) {
			rt.Fatalf("against itself: %+v", got)
		}
	})
}

// roundBF16 rounds by the parts of a number: eight significant bits, ties to even.
func roundBF16(v float32) float32 {
	fraction, exponent := math.Frexp(float64(v))
	return float32(math.Ldexp(math.RoundToEven(fraction*256)/256, exponent))
}

// The same bytes are other numbers in another type.
func TestSameBytesOfOtherTypes(t *testing.T) {
	base := list(exact("w", safetensors.BF16, []int64{2}, 0, 0, 0x80, 0x3f))
	tuned := list(exact("w", safetensors.F16, []int64{2}, 0, 0, 0x80, 0x3f))
	if got := compare(t, base, tuned, sparsity.Options{}).Overall; got.Unchanged != 1 {
		t.Errorf("%d of 2 unchanged, want 1", got.Unchanged)
	}
}

func TestOverlap(t *testing.T) {
	shape := []int64{8}
	base := checkpoint(t, "base", bf16("w", shape, 0, 0, 0, 0, 0, 0, 0, 0), exact("ids", safetensors.U8, []int64{2}, 1, 2))
	a := checkpoint(t, "a", bf16("w", shape, 1, 1, 1, 1, 0, 0, 0, 0), exact("ids", safetensors.U8, []int64{2}, 9, 9))
	b := checkpoint(t, "b", bf16("w", shape, 0, 0, 0, -1, 1, 0, 1e-6, 0), exact("ids", safetensors.U8, []int64{2}, 9, 9))
	got, err := sparsity.CompareUpdates(context.Background(), base, a, b)
	if err != nil {
		t.Fatal(err)
	}
	if got.Elements != 8 || got.ChangedA != 4 || got.ChangedB != 2 || got.Both != 1 ||
		!is(got.ShareOfA, 1./4) || !is(got.ChanceOfA, 2./8) || !is(got.ShareOfB, 1./2) || !is(got.ChanceOfB, 4./8) {
		t.Errorf("%+v", got)
	}
	none, err := sparsity.CompareUpdates(context.Background(), base, base, b)
	if err != nil {
		t.Fatal(err)
	}
	if none.ShareOfA != nil || !is(none.ChanceOfA, 2./8) || !is(none.ShareOfB, 0) || !is(none.ChanceOfB, 0) {
		t.Errorf("against no update: %+v", none)
	}
}

// Overlap counts what Compare counts, and what both changed is in both.
func TestOverlapAddsUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(rt, "n")
		var c [3]*safetensors.Checkpoint
		for i, name := range []string{"base", "a", "b"} {
			c[i] = checkpoint(t, name, safetensorstest.F32("w", []int64{int64(n)}, numbers(n).Draw(rt, name)...))
		}
		both, err := sparsity.CompareUpdates(context.Background(), c[0], c[1], c[2])
		if err != nil {
			rt.Fatal(err)
		}
		for i, changed := range []int64{both.ChangedA, both.ChangedB} {
			one, err := sparsity.Compare(context.Background(), c[0], c[i+1], sparsity.Options{})
			if err != nil {
				rt.Fatal(err)
			}
			if one.Overall.Elements-one.Overall.Unchanged != changed {
				rt.Fatalf("%d changed, by Compare %d unchanged of %d", changed, one.Overall.Unchanged, one.Overall.Elements)
			}
			if both.Both > changed {
				rt.Fatalf("%d in both, %d in one", both.Both, changed)
			}
		}
		if union := both.ChangedA + both.ChangedB - both.Both; union > both.Elements {
			rt.Fatalf("%d of %d weights changed", union, both.Elements)
		}
	})
}

func TestCheckpointsThatCannotBeCompared(t *testing.T) {
	w := bf16("w", []int64{2}, 1, 2)
	nan := float32(math.NaN())
	for name, tt := range map[string]struct {
		base, tuned []safetensorstest.Tensor
		want        []string
	}{
		"one lacks tensors": {
			list(w, bf16("x1", nil, 1), bf16("x2", nil, 1), bf16("x3", nil, 1), bf16("x4", nil, 1)), list(w),
			[]string{"tuned: ", `lacks "x1", "x2", "x3" and 1 more, which base has`},
		},
		"one has more":      {list(w), list(w, bf16("x", nil, 1)), []string{"tuned: ", `has "x", which base lacks`}},
		"shapes":            {list(w), list(bf16("w", []int64{1, 2}, 1, 2)), []string{`tuned/model.safetensors, tensor "w"`, "shape [1 2], but [2]"}},
		"integer and float": {list(w), list(exact("w", safetensors.I16, []int64{2}, 1, 0, 2, 0)), []string{`tensor "w"`, "type I16, but BF16"}},
		"integers":          {list(exact("w", safetensors.U8, nil, 1)), list(exact("w", safetensors.I8, nil, 1)), []string{"type I8, but U8"}},
		"float8":            {list(exact("w", safetensors.F8E4M3, nil, 1)), list(exact("w", safetensors.F8E4M3, nil, 1)), []string{"type F8_E4M3 cannot be compared"}},
		"complex":           {list(exact("w", safetensors.C64, nil, 1, 2, 3, 4, 5, 6, 7, 8)), list(exact("w", safetensors.C64, nil, 1, 2, 3, 4, 5, 6, 7, 8)), []string{"type C64 cannot be compared"}},
		"NaN in base":       {list(bf16("w", []int64{2}, 1, nan)), list(w), []string{`base/model.safetensors, tensor "w": element 1 is NaN`}},
		"infinite in tuned": {list(w), list(bf16("w", []int64{2}, float32(math.Inf(-1)), 2)), []string{`tuned/model.safetensors, tensor "w": element 0 is NaN, infinite`}},
		"NaN in both alike": {list(bf16("w", []int64{2}, nan, 2)), list(bf16("w", []int64{2}, nan, 2)), []string{`tensor "w": element 0`}},
		"beyond bfloat16":   {list(safetensorstest.F32("w", nil, math.MaxFloat32)), list(safetensorstest.F32("w", nil, 0)), []string{"too large for bfloat16"}},
	} {
		t.Run(name, func(t *testing.T) {
			base, tuned := checkpoint(t, "base", tt.base...), checkpoint(t, "tuned", tt.tuned...)
			_, err := sparsity.Compare(context.Background(), base, tuned, sparsity.Options{})
			_, overlap := sparsity.CompareUpdates(context.Background(), base, base, tuned)
			for _, err := range []error{err, overlap} {
				if !errors.Is(err, feedbackgen.ErrInput) {
					t.Fatalf("error %v, want bad input", err)
				}
				for _, want := range tt.want {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%q does not say %q", err, want)
					}
				}
			}
		})
	}
}

// zeros is a folder with one file that holds a header and zeros, without the memory for them.
type zeros struct {
	header []byte
	size   int64
	read   func()
}

func (z zeros) Open(name string) (fs.File, error) {
	if name == "." {
		return fstest.MapFS{"model.safetensors": {}}.Open(name)
	}
	if name != "model.safetensors" {
		return nil, fs.ErrNotExist
	}
	return zeroFile{z}, nil
}

type zeroFile struct{ zeros }

func (z zeroFile) Stat() (fs.FileInfo, error) { return z, nil }
func (z zeroFile) Read([]byte) (int, error)   { return 0, io.EOF }
func (z zeroFile) Close() error               { return nil }
func (z zeroFile) Name() string               { return "model.safetensors" }
func (z zeroFile) Size() int64                { return z.size }
func (z zeroFile) Mode() fs.FileMode          { return 0 }
func (z zeroFile) ModTime() time.Time         { return time.Time{} }
func (z zeroFile) IsDir() bool                { return false }
func (z zeroFile) Sys() any                   { return nil }

func (z zeroFile) ReadAt(p []byte, at int64) (int, error) {
	if at >= int64(len(z.header)) && z.read != nil {
		z.read()
	}
	clear(p)
	if at < int64(len(z.header)) {
		copy(p, z.header[at:])
	}
	return len(p), nil
}

func zeroCheckpoint(t *testing.T, name string, read func(), tensors ...safetensorstest.Tensor) *safetensors.Checkpoint {
	t.Helper()
	header := safetensorstest.Header(tensors...)
	size := int64(len(header))
	for _, tensor := range tensors {
		bytes := tensor.DType.Size()
		for _, n := range tensor.Shape {
			bytes *= n
		}
		size += bytes
	}
	c, err := safetensors.OpenFS(name, zeros{header, size, read})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Two checkpoints of 64 MiB take a few megabytes.
func TestMemoryDoesNotGrowWithTheTensors(t *testing.T) {
	tensor := func(d safetensors.DType) safetensorstest.Tensor {
		return safetensorstest.Tensor{Name: "w", DType: d, Shape: []int64{1 << 13, 1 << 12}}
	}
	base, tuned := zeroCheckpoint(t, "base", nil, tensor(safetensors.BF16)), zeroCheckpoint(t, "tuned", nil, tensor(safetensors.F16))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	report, err := sparsity.Compare(context.Background(), base, tuned, sparsity.Options{})
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if report.Overall.Elements != 1<<25 || !is(report.Overall.Share, 1) {
		t.Errorf("%+v", report.Overall)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 8<<20 {
		t.Errorf("%d bytes were allocated", got)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := zeroCheckpoint(t, "base", cancel, safetensorstest.Tensor{Name: "w", DType: safetensors.BF16, Shape: []int64{1 << 40}})
	if _, err := sparsity.Compare(ctx, c, c, sparsity.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := sparsity.CompareUpdates(ctx, c, c, c); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// Of several broken numbers the first is named, whichever worker is faster.
func TestTheFirstErrorIsReported(t *testing.T) {
	var tensors []safetensorstest.Tensor
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		values := make([]float32, 70_000)
		if name != "a" {
			values[len(values)-1] = float32(math.NaN())
		}
		tensors = append(tensors, bf16(name, []int64{70_000}, values...))
	}
	c := checkpoint(t, "base", tensors...)
	for range 50 {
		_, err := sparsity.Compare(context.Background(), c, c, sparsity.Options{})
		if err == nil || !strings.Contains(err.Error(), `tensor "b": element 69999`) {
			t.Fatalf("error %v", err)
		}
	}
}
