package sparsity_test

import (
	"context"
	"encoding/binary"
	"math"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"github.com/feedbackgen/feedbackgen/measure/sparsity"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors/safetensorstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// checkpoint opens tensors as if they were in a file of that name.
func checkpoint(t testing.TB, name string, tensors ...safetensorstest.Tensor) *safetensors.Checkpoint {
	t.Helper()
	folder := fstest.MapFS{"model.safetensors": {Data: safetensorstest.File(tensors...)}}
	c, err := safetensors.OpenFS(name, folder)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func compare(t testing.TB, base, tuned []safetensorstest.Tensor, options sparsity.Options) sparsity.Report {
	t.Helper()
	report, err := sparsity.Compare(context.Background(), checkpoint(t, "base", base...), checkpoint(t, "tuned", tuned...), options)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// exact is a tensor of raw elements.
func exact(name string, d safetensors.DType, shape []int64, data ...byte) safetensorstest.Tensor {
	return safetensorstest.Tensor{Name: name, DType: d, Shape: shape, Data: data}
}

// bf16 is a tensor of numbers that bfloat16 holds exactly.
func bf16(name string, shape []int64, values ...float32) safetensorstest.Tensor {
	var data []byte
	for _, v := range values {
		data = binary.LittleEndian.AppendUint16(data, uint16(math.Float32bits(v)>>16))
	}
	return safetensorstest.Tensor{Name: name, DType: safetensors.BF16, Shape: shape, Data: data}
}

func list(tensors ...safetensorstest.Tensor) []safetensorstest.Tensor { return tensors }

// is reports whether a figure is there and close to want.
func is(got *float64, want float64) bool { return got != nil && math.Abs(*got-want) < 1e-12 }
