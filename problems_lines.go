package feedbackgen

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"unicode/utf8"
)

// maxLine is the longest line of a problem file, in bytes, its end not counted.
const maxLine = 16 << 20

// A lineReader reads the lines of a problem file, without a byte order mark, line ends (LF or
// CRLF) and blank lines, and digests every byte on the way.
type lineReader struct {
	name   string
	in     *bufio.Reader
	digest hash.Hash
	// number is the current line's, from 1, blank ones counted.
	number int
	long   []byte // a line that is longer than the reader's buffer
}

func newLineReader(name string, r io.Reader) *lineReader {
	digest := sha256.New()
	return &lineReader{name: name, in: bufio.NewReaderSize(io.TeeReader(r, digest), 256<<10), digest: digest}
}

// next returns the next line that is not blank, valid until the next call, and io.EOF after the last.
func (r *lineReader) next() ([]byte, error) {
	for {
		line, err := r.readLine()
		if err != nil {
			return nil, err
		}
		r.number++
		if r.number == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		if !utf8.Valid(line) {
			return nil, r.bad(fmt.Errorf("not valid UTF-8 at column %d", invalidAt(line)), "save the file as UTF-8")
		}
		if len(bytes.TrimLeft(line, " \t")) > 0 {
			return line, nil
		}
	}
}

// readLine reads up to the next line feed and cuts the line's end off.
func (r *lineReader) readLine() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		r.long = r.long[:0]
		for errors.Is(err, bufio.ErrBufferFull) && len(r.long) <= maxLine {
			r.long = append(r.long, line...)
			line, err = r.in.ReadSlice('\n')
		}
		r.long = append(r.long, line...)
		line = r.long
	}
	line = bytes.TrimSuffix(line, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	switch {
	case len(line) > maxLine:
		r.number++
		return nil, r.bad(fmt.Errorf("the line is longer than %d MiB", maxLine>>20), "every problem is one line, and ends with a line feed")
	case err == nil, errors.Is(err, io.EOF) && len(line) > 0:
		return line, nil
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	case r.number == 0:
		return nil, cannotRead(r.name, err)
	}
	return nil, &Failure{Op: "read problems", Subject: r.subject(r.number + 1), Cause: err}
}

// sum is the SHA-256 of all that was read, in hexadecimal.
func (r *lineReader) sum() string { return hex.EncodeToString(r.digest.Sum(nil)) }

// bad says what is wrong with the current line.
func (r *lineReader) bad(cause error, hint string) error {
	return BadInput(r.subject(r.number), cause, hint)
}

func (r *lineReader) subject(number int) string { return fmt.Sprintf("%s:%d", r.name, number) }

// invalidAt is the column, from 1, of the first byte that is not UTF-8.
func invalidAt(line []byte) int {
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRune(line[i:])
		if r == utf8.RuneError && size == 1 {
			return i + 1
		}
		i += size
	}
	return len(line)
}
