// Package safetensorstest writes small checkpoints for tests and benchmarks.
package safetensorstest

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
)

// Tensor is a tensor to write.
type Tensor struct {
	Name  string
	DType safetensors.DType
	Shape []int64
	Data  []byte
}

// F32 is a tensor of float32 numbers.
func F32(name string, shape []int64, values ...float32) Tensor {
	var data []byte
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return Tensor{Name: name, DType: safetensors.F32, Shape: shape, Data: data}
}

// Header is the beginning of the file that holds the tensors' data in their order, up to the first
// byte of it. Only their shapes count, not Data.
func Header(tensors ...Tensor) []byte {
	var entries []string
	offset := int64(0)
	for _, t := range tensors {
		size := t.DType.Size()
		dims := make([]string, len(t.Shape))
		for i, n := range t.Shape {
			size *= n
			dims[i] = fmt.Sprint(n)
		}
		entries = append(entries, fmt.Sprintf(`%q:{"dtype":%q,"shape":[%s],"data_offsets":[%d,%d]}`,
			t.Name, t.DType, strings.Join(dims, ","), offset, offset+size))
		offset += size
	}
	return Raw("{" + strings.Join(entries, ",") + "}")
}

// Raw is the beginning of a file with that header, whatever it says.
func Raw(header string) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
}

// File is a whole file.
func File(tensors ...Tensor) []byte {
	file := Header(tensors...)
	for _, t := range tensors {
		file = append(file, t.Data...)
	}
	return file
}
