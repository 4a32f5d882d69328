package diversity

import (
	"compress/gzip"
	"io"
)

// Compression is the compression ratio: bytes of the texts, joined by line feeds, over their bytes
// after gzip at level 9 (arXiv:2403.00553); higher is more repetitive. The header and trailer of 18
// bytes are in, so that a short text comes out below 1: compare groups of similar size only. Go's
// gzip is not zlib: other programs differ in the third digit, and so may another version of Go. It is
// undefined without a byte of text.
func Compression(texts []string) (ratio float64, ok bool) {
	packed := &counter{}
	zip, err := gzip.NewWriterLevel(packed, gzip.BestCompression)
	if err != nil {
		return 0, false // cannot be: the level exists
	}
	plain := 0
	for i, text := range texts {
		if i > 0 {
			text = "\n" + text
		}
		n, err := io.WriteString(zip, text)
		plain += n
		if err != nil {
			return 0, false // cannot be: a counter takes everything
		}
	}
	if err := zip.Close(); err != nil || plain == 0 {
		return 0, false
	}
	return float64(plain) / float64(packed.n), true
}

// counter counts what is written.
type counter struct{ n int }

func (c *counter) Write(data []byte) (int, error) {
	c.n += len(data)
	return len(data), nil
}
