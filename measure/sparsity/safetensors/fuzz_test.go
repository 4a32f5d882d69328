package safetensors_test

import (
	"errors"
	"testing"
	"testing/fstest"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors/safetensorstest"
)

// Whatever the file is: tensors that share its bytes out among them, or an error about the input.
func FuzzReadHeader(f *testing.F) {
	f.Add(shard("a", "b").Data)
	f.Add(safetensorstest.Raw(`{"__metadata__":{"a":"b"},"w":{"dtype":"BF16","shape":[0,7],"data_offsets":[0,0]}}  `))
	f.Add(safetensorstest.Raw(`{"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`))
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00\x10{}"))
	f.Fuzz(func(t *testing.T, file []byte) {
		tensors, err := readHeader(file)
		if err != nil {
			if !errors.Is(err, feedbackgen.ErrInput) {
				t.Fatalf("not called bad input: %v", err)
			}
			return
		}
		checkTensors(t, tensors, int64(len(file)))
	})
}

// The same for a folder of an index and two shards.
func FuzzOpenFS(f *testing.F) {
	f.Add([]byte(`{"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}`), shard("a").Data, shard("b").Data)
	f.Add([]byte(`{"weight_map":{"a":"1.safetensors"}}`), shard("a").Data, []byte("x"))
	f.Add([]byte(`{"weight_map":{"a":"../1.safetensors"}}`), shard("a").Data, []byte(nil))
	f.Add([]byte(nil), shard("a").Data, shard("a").Data)
	f.Fuzz(func(t *testing.T, indexText, one, two []byte) {
		folder := fstest.MapFS{"1.safetensors": {Data: one}, "2.safetensors": {Data: two}}
		if len(indexText) > 0 {
			folder[index] = &fstest.MapFile{Data: indexText}
		}
		c, err := safetensors.OpenFS("ckpt", folder)
		if err != nil {
			if !errors.Is(err, feedbackgen.ErrInput) {
				t.Fatalf("not called bad input: %v", err)
			}
			return
		}
		if len(c.Tensors) == 0 {
			t.Fatal("a checkpoint without a tensor")
		}
		for i, tensor := range c.Tensors[1:] {
			if c.Tensors[i].Name >= tensor.Name {
				t.Fatalf("%q comes before %q", c.Tensors[i].Name, tensor.Name)
			}
		}
		checkTensors(t, c.Tensors, int64(len(one)+len(two)))
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// checkTensors reads every tensor, and sees that together they are no larger than their files.
func checkTensors(t *testing.T, tensors []safetensors.Tensor, size int64) {
	t.Helper()
	total := int64(0)
	for _, tensor := range tensors {
		bytes := tensor.Elements() * tensor.DType.Size()
		total += bytes
		if bytes < 0 || total > size {
			t.Fatalf("tensors of more than the file's %d bytes", size)
		}
		if err := tensor.ReadElements(make([]byte, bytes), 0); err != nil {
			t.Fatal(err)
		}
	}
}
