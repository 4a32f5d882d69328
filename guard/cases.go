package guard

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/feedbackgen/feedbackgen"
)

// longestLine bounds a line of a file, in bytes.
const longestLine = 64 << 20

// Cases reads a file of JSON Lines: each case is the lines of one problem that stand together.
// Empty lines are skipped. The first error names the line and ends it.
func Cases(name string, kind feedbackgen.Kind, r io.Reader) iter.Seq2[*Case, error] {
	return func(yield func(*Case, error) bool) {
		in := bufio.NewReaderSize(r, 1<<20)
		c := &Case{}
		for number := 1; ; number++ {
			line, err := readLine(in)
			if errors.Is(err, io.EOF) {
				break
			}
			var record *Record
			if err == nil {
				if line = bytes.TrimSpace(line); len(line) == 0 {
					continue
				}
				record, err = Read(kind, line)
			}
			if err != nil {
				yield(nil, &feedbackgen.Failure{
					Kind: feedbackgen.ErrInput, Subject: fmt.Sprintf("%s:%d", name, number), Cause: err,
					Hint: `every line is one record, such as {"prompt":"...","completion":"..."}`,
				})
				return
			}
			if len(c.Records) > 0 && record.Problem != c.Problem {
				if !yield(c, nil) {
					return
				}
				c = &Case{}
			}
			c.Problem = record.Problem
			c.Records = append(c.Records, record)
		}
		if len(c.Records) > 0 {
			yield(c, nil)
		}
	}
}

var errLong = errors.New("the line is longer than 64 MiB")

// readLine returns a line of its own, or io.EOF where nothing is left.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > longestLine:
			return nil, errLong
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, nil
		}
		return line, err
	}
}
