// Package gguf reads and writes GGUF, the file format of llama.cpp's models: metadata by key, and
// tensors by name, which it decodes to float32.
//
// [Parse] reads and checks what describes the file, and leaves the tensors' bytes where they are
// until [Tensor.Floats], [Tensor.Row] or [Tensor.Bytes] asks for them. A file is hostile input:
// every count, length and offset is checked against the file's size before anything is allocated
// for it, and whatever is wrong is an error that names the file and the field, never a panic.
//
// The format is described in ggml's docs/gguf.md; versions 2 and 3, little endian, are read.
package gguf

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/feedbackgen/feedbackgen"
)

// ErrMissing is the cause of an error about a metadata key or a tensor that the file does not have.
var ErrMissing = errors.New("missing")

// File is a parsed file. Its methods are safe for concurrent use.
type File struct {
	// Name is what messages call the file, such as "model.gguf".
	Name string
	// Version of the format, 2 or 3.
	Version int
	// Tensors, in the file's order.
	Tensors []*Tensor

	meta   map[string]any
	keys   []string
	byName map[string]*Tensor
	r      io.ReaderAt
	closer io.Closer
}

// Open parses the file at path, and keeps it open for reading tensors until [File.Close].
func Open(path string) (*File, error) {
	opened, err := os.Open(path)
	if err != nil {
		return nil, &feedbackgen.Failure{Op: "open model", Cause: err, Kind: feedbackgen.ErrInput}
	}
	f, err := parseOpened(filepath.Base(path), opened)
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	f.closer = opened
	return f, nil
}

func parseOpened(name string, opened *os.File) (*File, error) {
	info, err := opened.Stat()
	if err != nil {
		return nil, &feedbackgen.Failure{Subject: name, Op: "open model", Cause: err}
	}
	if !info.Mode().IsRegular() {
		return nil, feedbackgen.BadInput(name, errors.New("not a regular file"), "give the path of a GGUF file")
	}
	return Parse(name, opened, info.Size())
}

// Close releases what [Open] opened; tensors cannot be read afterwards.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Tensor returns the tensor of that name, or an error with cause [ErrMissing].
func (f *File) Tensor(name string) (*Tensor, error) {
	if t, ok := f.byName[name]; ok {
		return t, nil
	}
	return nil, f.errorAt(fmt.Sprintf("tensor %q", name), ErrMissing)
}

// HasTensor says whether there is a tensor of that name.
func (f *File) HasTensor(name string) bool {
	_, ok := f.byName[name]
	return ok
}

// errorAt is an error about one field or tensor of the file.
func (f *File) errorAt(field string, cause error) error {
	return feedbackgen.BadInput(f.Name+": "+field, cause, "")
}
