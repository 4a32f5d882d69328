package safetensors_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing/fstest"

	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors/safetensorstest"
)

// Tensors are found without reading them; any stretch of one is read when it is wanted.
func ExampleOpenFS() {
	folder := fstest.MapFS{"model.safetensors": {Data: safetensorstest.File(
		safetensorstest.F32("head.weight", []int64{2, 3}, 1, 2, 3, 4, 5, 6),
	)}}
	checkpoint, err := safetensors.OpenFS("ckpt", folder)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range checkpoint.Tensors {
		second := make([]byte, 4)
		if err := t.ReadElements(second, 1); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(t.Name, t.DType, t.Shape, t.Elements(), math.Float32frombits(binary.LittleEndian.Uint32(second)))
	}
	if err := checkpoint.Close(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// head.weight F32 [2 3] 6 2
}
