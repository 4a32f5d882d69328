// Package safetensors finds the tensors of a checkpoint in the safetensors format, in one file or
// in shards, and reads any stretch of their bytes. It never holds a tensor in memory.
//
// A file is eight bytes, the length of the header (little endian); the header, a JSON object from a
// tensor's name to its type, shape and place; and the tensors' bytes, little endian, row by row,
// without a gap (https://github.com/huggingface/safetensors, "Format"). Files come from strangers:
// a header that is longer than [MaxHeader] or than its file is never read, and whatever in it does
// not add up is an error that names the file and the tensor.
package safetensors

import (
	"fmt"
	"io"

	"github.com/feedbackgen/feedbackgen"
)

// MaxHeader is the longest header, in bytes, as in the reference implementation. The index of a
// sharded checkpoint may be as long.
const MaxHeader = 100_000_000

// Tensor is one tensor: its shape, and where its bytes lie.
type Tensor struct {
	Name  string
	DType DType
	// Shape is empty for a single number. A dimension may be 0.
	Shape []int64
	// File is the name of the file that holds the tensor, for messages.
	File string

	elements int64
	place    span
	data     *io.SectionReader
}

// span is a stretch of a file's bytes, counted from the end of the header.
type span struct{ begin, end int64 }

// Elements is how many numbers the tensor has: the product of its shape.
func (t Tensor) Elements() int64 { return t.elements }

// ReadElements fills p with the elements from the given one on, counted from 0. The length of p is a
// multiple of the element's size and reaches no further than the tensor; less than that many bytes
// come with an error. It may be called from several goroutines at once.
func (t Tensor) ReadElements(p []byte, first int64) error {
	n, err := t.data.ReadAt(p, first*t.DType.Size())
	if n == len(p) {
		return nil // a full read that meets the end of the file may say io.EOF
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return t.Bad(fmt.Errorf("cannot read element %d and on: %w", first, err), "the file has changed or the disk failed: fetch it again")
}

// Bad is bad input in this tensor: the message names the file and the tensor.
func (t Tensor) Bad(cause error, hint string) error {
	return feedbackgen.BadInput(fmt.Sprintf("%s, tensor %s", t.File, Quote(t.Name)), cause, hint)
}

// Quote shows a name out of a file, which may be long and hold anything, in a message.
func Quote(name string) string {
	const most = 200
	if len(name) > most {
		return fmt.Sprintf("%q...", name[:most])
	}
	return fmt.Sprintf("%q", name)
}
