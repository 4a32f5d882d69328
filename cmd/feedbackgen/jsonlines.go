package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// jsonLines reads rows of one shape, such as the example; a row that is not good is an error that
// names its line.
func jsonLines[T any](name string, from io.Reader, example string, good func(T) bool) ([]T, error) {
	var rows []T
	lines := bufio.NewReader(from)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var row T
			if broken := json.Unmarshal(line, &row); broken != nil || !good(row) {
				return nil, usage("%s:%d: want a line such as %s", name, number, example)
			}
			rows = append(rows, row)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, usage("%w: want a file with lines such as %s", err, example)
		}
	}
	if len(rows) == 0 {
		return nil, usage("%s: the file is empty: want lines such as %s", name, example)
	}
	return rows, nil
}
