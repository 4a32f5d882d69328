package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/feedbackgen/feedbackgen"
)

const (
	lengthSize  = 8 // bytes before the header that hold its length
	metadataKey = "__metadata__"

	whole = "the file is cut short or damaged: fetch it again"
	other = "write the file again with the safetensors library"
)

// ReadHeader returns the tensors of one file of the given size in bytes, in the order of their
// bytes. The name is the file's, for messages. An error is of kind [feedbackgen.ErrInput].
func ReadHeader(name string, file io.ReaderAt, size int64) ([]Tensor, error) {
	bad := func(cause error, hint string) ([]Tensor, error) { return nil, feedbackgen.BadInput(name, cause, hint) }
	if size < lengthSize {
		return bad(fmt.Errorf("%d bytes are too few for a safetensors file", size), whole)
	}
	var prefix [lengthSize]byte
	if err := readFull(file, prefix[:], 0); err != nil {
		return bad(err, whole)
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	switch {
	case length > MaxHeader:
		return bad(fmt.Errorf("the header is said to be %d bytes long, more than %d", length, MaxHeader), "this is not a safetensors file, or a damaged one")
	case int64(length) > size-lengthSize:
		return bad(fmt.Errorf("the header is said to be %d bytes long, the file has %d after its length", length, size-lengthSize), whole)
	}
	header := make([]byte, length)
	if err := readFull(file, header, lengthSize); err != nil {
		return bad(err, whole)
	}
	tensors, err := parseHeader(header)
	if err != nil {
		return bad(fmt.Errorf("header: %w", err), other)
	}
	start := lengthSize + int64(length)
	for i := range tensors {
		t := &tensors[i]
		t.File = name
		if err := t.check(size - start); err != nil {
			return nil, err
		}
		t.data = io.NewSectionReader(file, start+t.place.begin, t.place.end-t.place.begin)
	}
	slices.SortFunc(tensors, func(a, b Tensor) int {
		return cmp.Or(cmp.Compare(a.place.begin, b.place.begin), cmp.Compare(a.place.end, b.place.end), cmp.Compare(a.Name, b.Name))
	})
	return tensors, checkOrder(name, tensors, size-start)
}

// check sets the number of elements and says what in the tensor's own line does not add up, of a
// file with that many bytes of data.
func (t *Tensor) check(data int64) error {
	if t.DType.Size() == 0 {
		return t.Bad(fmt.Errorf("type %s is unknown here", Quote(string(t.DType))), "convert the checkpoint to BF16, F16 or F32")
	}
	t.elements = 1
	for _, n := range t.Shape {
		if n < 0 {
			return t.Bad(fmt.Errorf("shape %v has a negative dimension", t.Shape), other)
		}
		if n > 0 && t.elements > math.MaxInt64/t.DType.Size()/n {
			return t.Bad(fmt.Errorf("shape %v is too large for any file", t.Shape), other)
		}
		t.elements *= n
	}
	begin, end := t.place.begin, t.place.end
	want := t.elements * t.DType.Size()
	switch {
	case begin < 0 || end < begin:
		return t.Bad(fmt.Errorf("bytes %d to %d are no range", begin, end), other)
	case end > data:
		return t.Bad(fmt.Errorf("its bytes %d to %d reach beyond the file, which holds %d", begin, end, data), whole)
	case end-begin != want:
		return t.Bad(fmt.Errorf("shape %v of %s takes %d bytes, but it has %d", t.Shape, t.DType, want, end-begin), other)
	}
	return nil
}

// checkOrder says where tensors, sorted by their bytes, overlap or leave bytes to nobody.
func checkOrder(name string, tensors []Tensor, data int64) error {
	end := int64(0)
	for i, t := range tensors {
		switch {
		case t.place.begin < end:
			return t.Bad(fmt.Errorf("its bytes %d to %d overlap those of %s", t.place.begin, t.place.end, Quote(tensors[i-1].Name)), other)
		case t.place.begin > end:
			return t.Bad(fmt.Errorf("%d bytes before it belong to no tensor", t.place.begin-end), other)
		}
		end = t.place.end
	}
	if end != data {
		return feedbackgen.BadInput(name, fmt.Errorf("%d bytes at the end belong to no tensor", data-end), other)
	}
	return nil
}

// parseHeader reads the header's JSON; whether its numbers make sense is not looked at.
func parseHeader(header []byte) ([]Tensor, error) {
	if !utf8.Valid(header) {
		return nil, errors.New("not valid UTF-8")
	}
	if !bytes.HasPrefix(header, []byte("{")) {
		return nil, errors.New("does not begin with '{'")
	}
	var tensors []Tensor
	dec := json.NewDecoder(bytes.NewReader(header))
	err := object(dec, func(name string) error {
		if name == metadataKey {
			return object(dec, func(string) error { var text string; return dec.Decode(&text) })
		}
		t, err := parseTensor(dec)
		if err != nil {
			return fmt.Errorf("tensor %s: %w", Quote(name), err)
		}
		t.Name = name
		tensors = append(tensors, t)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if rest := bytes.Trim(header[dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, fmt.Errorf("%d bytes after the JSON object", len(rest))
	}
	return tensors, nil
}

// parseTensor reads {"dtype": ..., "shape": [...], "data_offsets": [begin, end]}, in any order.
func parseTensor(dec *json.Decoder) (Tensor, error) {
	var t Tensor
	var offsets []int64
	var seen [3]bool
	err := object(dec, func(key string) (err error) {
		switch key {
		case "dtype":
			seen[0] = true
			return dec.Decode(&t.DType)
		case "shape":
			seen[1] = true
			t.Shape, err = integers(dec)
		case "data_offsets":
			seen[2] = true
			offsets, err = integers(dec)
		default:
			return fmt.Errorf("unknown key %s", Quote(key))
		}
		return err
	})
	switch {
	case err != nil:
		return Tensor{}, err
	case seen != [3]bool{true, true, true}:
		return Tensor{}, errors.New(`needs "dtype", "shape" and "data_offsets"`)
	case len(offsets) != 2:
		return Tensor{}, fmt.Errorf("data_offsets has %d numbers, not 2", len(offsets))
	}
	t.place = span{begin: offsets[0], end: offsets[1]}
	return t, nil
}

// integers reads a list of whole numbers.
func integers(dec *json.Decoder) ([]int64, error) {
	var list []*int64 // pointers, because null would pass as 0
	if err := dec.Decode(&list); err != nil {
		return nil, err
	}
	if list == nil {
		return nil, errors.New("null instead of a list")
	}
	numbers := make([]int64, len(list))
	for i, n := range list {
		if n == nil {
			return nil, errors.New("null instead of a number")
		}
		numbers[i] = *n
	}
	return numbers, nil
}

// object walks the JSON object that comes next; each reads the value of the key it is given. A key
// that comes twice is an error: which one counts would depend on the reader.
func object(dec *json.Decoder, each func(key string) error) error {
	token, err := dec.Token()
	if err != nil {
		return err
	}
	if token != json.Delim('{') {
		return fmt.Errorf("%v instead of an object", token)
	}
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string) // the decoder lets nothing else pass as a key
		if seen[key] {
			return fmt.Errorf("%s is there twice", Quote(key))
		}
		seen[key] = true
		if err := each(key); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}

// readFull fills p from the offset on.
func readFull(file io.ReaderAt, p []byte, offset int64) error {
	if n, err := file.ReadAt(p, offset); n < len(p) {
		return fmt.Errorf("cannot read %d bytes at %d: %w", len(p), offset, err)
	}
	return nil
}
