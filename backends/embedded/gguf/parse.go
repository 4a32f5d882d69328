package gguf

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
)

const (
	magic = "GGUF"
	// defaultAlignment of tensors, in bytes, where general.alignment does not say.
	defaultAlignment = 32
	// maxDims is ggml's limit on dimensions.
	maxDims = 4
	// maxNesting is how deep arrays of arrays may go.
	maxNesting = 4
	// minEntry and minTensor are the fewest bytes that one of them takes.
	minEntry  = 8 + 4 + 1
	minTensor = 8 + 4 + 4 + 8
)

// Parse reads metadata and the list of tensors from a file of that many bytes. r is read again
// whenever a tensor is; name is for messages.
func Parse(name string, r io.ReaderAt, size int64) (*File, error) {
	f := &File{Name: name, r: r, meta: map[string]any{}, byName: map[string]*Tensor{}}
	d := &decoder{file: f, r: bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 64<<10), left: size}
	tensors, entries, err := d.header()
	if err != nil {
		return nil, err
	}
	for range entries {
		if err := d.entry(); err != nil {
			return nil, err
		}
	}
	for range tensors {
		if err := d.tensor(); err != nil {
			return nil, err
		}
	}
	if err := f.place(size-d.left, size); err != nil {
		return nil, err
	}
	return f, nil
}

// decoder reads forward through the part of a file before the tensors' data.
type decoder struct {
	file *File
	r    *bufio.Reader
	// left is how many bytes follow: whatever claims to need more is wrong.
	left int64
	// field is what is being read, for messages.
	field string
	text  []byte
}

func (d *decoder) errorf(format string, args ...any) error {
	return d.file.errorAt(d.field, fmt.Errorf(format, args...))
}

func (d *decoder) header() (tensors, entries uint64, err error) {
	d.field = "magic"
	start, err := d.bytes(4)
	if err != nil || string(start) != magic {
		return 0, 0, d.errorf("is %q, not %q: this is no GGUF file", start, magic)
	}
	d.field = "version"
	version, err := d.uint32()
	if err != nil {
		return 0, 0, err
	}
	switch {
	case version == 2 || version == 3:
		d.file.Version = int(version)
	case version != 0 && bits.ReverseBytes32(version) <= 3:
		return 0, 0, d.errorf("the file is big endian: convert it to little endian")
	default:
		return 0, 0, d.errorf("is %d; 2 and 3 can be read", version)
	}
	d.field = "tensor count"
	if tensors, err = d.count(minTensor); err != nil {
		return 0, 0, err
	}
	d.field = "metadata count"
	entries, err = d.count(minEntry)
	return tensors, entries, err
}

// entry reads one key with its value.
func (d *decoder) entry() error {
	d.field = fmt.Sprintf("metadata key %d", len(d.file.keys))
	key, err := d.string()
	if err != nil {
		return err
	}
	if key == "" {
		return d.errorf("is empty")
	}
	d.field = shorten(key)
	if d.file.Has(key) {
		return d.errorf("is there twice")
	}
	kind, err := d.uint32()
	if err != nil {
		return err
	}
	value, err := d.value(kind, 0)
	if err != nil {
		return err
	}
	d.file.meta[key] = value
	d.file.keys = append(d.file.keys, key)
	return nil
}

// tensor reads what describes one tensor; where it lies is checked when all are known.
func (d *decoder) tensor() error {
	d.field = fmt.Sprintf("name of tensor %d", len(d.file.Tensors))
	name, err := d.string()
	if err != nil {
		return err
	}
	d.field = fmt.Sprintf("tensor %q", shorten(name))
	if d.file.HasTensor(name) {
		return d.errorf("is there twice")
	}
	dims, err := d.uint32()
	if err != nil {
		return err
	}
	if dims > maxDims {
		return d.errorf("has %d dimensions; %d are the limit", dims, maxDims)
	}
	shape := make([]int, dims)
	for i := range shape {
		size, err := d.uint64()
		if err != nil {
			return err
		}
		if size == 0 || size > math.MaxInt {
			return d.errorf("dimension %d is %d", i, size)
		}
		shape[len(shape)-1-i] = int(size)
	}
	number, err := d.uint32()
	if err != nil {
		return err
	}
	offset, err := d.uint64()
	if err != nil {
		return err
	}
	t := &Tensor{Name: name, Type: Type(number), Shape: shape, file: d.file}
	if t.size, err = sizeOf(t.Type, shape); err != nil {
		return d.errorf("%w", err)
	}
	if offset > math.MaxInt64 {
		return d.errorf("offset %d is beyond any file", offset)
	}
	t.offset = int64(offset)
	d.file.Tensors = append(d.file.Tensors, t)
	d.file.byName[name] = t
	return nil
}

// sizeOf is how many bytes a tensor takes, which is more than 0.
func sizeOf(t Type, shape []int) (int64, error) {
	elements, bytes := t.Block()
	if elements == 0 {
		return 0, fmt.Errorf("%s is unknown", t)
	}
	count := uint64(1)
	for _, n := range shape {
		high, low := bits.Mul64(count, uint64(n))
		if high != 0 || low > math.MaxInt {
			return 0, fmt.Errorf("shape %v has too many elements", shape)
		}
		count = low
	}
	cols := 1
	if len(shape) > 0 {
		cols = shape[len(shape)-1]
	}
	if cols%elements != 0 {
		return 0, fmt.Errorf("rows of %d elements are not whole blocks of %d, as %s needs", cols, elements, t)
	}
	high, size := bits.Mul64(count/uint64(elements), uint64(bytes))
	if high != 0 || size > math.MaxInt {
		return 0, fmt.Errorf("shape %v has too many elements", shape)
	}
	return int64(size), nil
}

// place turns the tensors' offsets, which count from the aligned end of what describes them, into
// offsets from the file's beginning, and checks that each lies in the file and none on another.
func (f *File) place(end, size int64) error {
	alignment, err := Optional(defaultAlignment)(f.Int("general.alignment"))
	if err != nil {
		return err
	}
	if alignment <= 0 || bits.OnesCount(uint(alignment)) != 1 || alignment > 1<<30 {
		return f.errorAt("general.alignment", fmt.Errorf("is %d, not a power of two", alignment))
	}
	start := (end + int64(alignment) - 1) / int64(alignment) * int64(alignment)
	for _, t := range f.Tensors {
		if t.offset%int64(alignment) != 0 {
			return t.errorf("offset %d is not a multiple of the alignment, %d", t.offset, alignment)
		}
		if t.size > size-start || t.offset > size-start-t.size {
			return t.errorf("needs %d bytes at offset %d of the data, but the file has %d there: is it complete?",
				t.size, t.offset, max(0, size-start))
		}
		t.offset += start
	}
	byOffset := slices.SortedFunc(slices.Values(f.Tensors), func(a, b *Tensor) int {
		return int(min(1, max(-1, a.offset-b.offset)))
	})
	for i := 1; i < len(byOffset); i++ {
		if a, b := byOffset[i-1], byOffset[i]; a.offset+a.size > b.offset {
			return b.errorf("lies on tensor %q", a.Name)
		}
	}
	return nil
}

// count reads how many of something follow, each of at least that many bytes.
func (d *decoder) count(least int64) (uint64, error) {
	n, err := d.uint64()
	if err != nil {
		return 0, err
	}
	if n > uint64(d.left/least) {
		return 0, d.errorf("says %d, more than the %d bytes that follow can hold: is the file complete?", n, d.left)
	}
	return n, nil
}

func (d *decoder) uint32() (uint32, error) {
	b, err := d.bytes(4)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b), nil
}

func (d *decoder) uint64() (uint64, error) {
	b, err := d.bytes(8)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(b), nil
}

func (d *decoder) string() (string, error) {
	n, err := d.count(1)
	if err != nil {
		return "", err
	}
	b, err := d.bytes(int(n))
	return string(b), err
}

// bytes reads n bytes, which are valid until the next call.
func (d *decoder) bytes(n int) ([]byte, error) {
	if int64(n) > d.left {
		return nil, d.errorf("%w: is the file complete?", io.ErrUnexpectedEOF)
	}
	d.text = slices.Grow(d.text[:0], n)[:n]
	if _, err := io.ReadFull(d.r, d.text); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, d.errorf("%w", err)
	}
	d.left -= int64(n)
	return d.text, nil
}

// shorten keeps names in messages readable.
func shorten(name string) string {
	if len(name) > 80 {
		return name[:80] + "..."
	}
	return name
}
