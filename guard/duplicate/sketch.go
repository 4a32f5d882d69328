package duplicate

import (
	"encoding/binary"
	"math/bits"
	"strings"

	"github.com/feedbackgen/feedbackgen/guard/internal/words"
)

const (
	// sketchSize is the number of minima in a sketch; the standard deviation of an estimate of J is
	// sqrt(J (1-J) / sketchSize): .039 at .8.
	sketchSize = 104
	// A band is bandSize minima that have to be equal for two texts to be compared. At similarity J
	// that happens in 1 - (1 - J^3)^8 of the cases: .997 at .8, .965 at .7, .86 at .6.
	bands, bandSize = 8, 3
)

// record is what an index keeps of a text.
type record struct {
	minima  [sketchSize / 8]uint64 // the low byte of each minimum
	numbers uint32                 // a digest of the numbers
	key     uint32
}

// multipliers are the hash functions: odd numbers from a fixed stream (splitmix64). The i-th hash of a
// shingle is the upper half of its product with the i-th.
func multipliers() (all [sketchSize]uint64) {
	for i := range all {
		all[i] = words.Join(0x66656564, uint64(i)) | 1
	}
	return all
}

func (x *Index) sketch(key uint32, text string, all []words.Word) record {
	numbers := words.Numbers(all)
	r := record{key: key, numbers: uint32(numbers ^ numbers>>32)}
	var minima [sketchSize]uint32
	for i := range minima {
		minima[i] = ^uint32(0)
	}
	for shingle := range shingles(all, x.config.Words, text) {
		for i, a := range x.hashes {
			minima[i] = min(minima[i], uint32(shingle*a>>32))
		}
	}
	var low [sketchSize]byte
	for i, m := range minima {
		low[i] = byte(m ^ m>>8 ^ m>>16 ^ m>>24)
	}
	for i := range r.minima {
		r.minima[i] = binary.LittleEndian.Uint64(low[8*i:])
	}
	return r
}

// shingles are the hashes of the n-grams of a text, in order, with repetitions. A text that is
// shorter is one shingle; one without any word is its bytes, without white space around them.
func shingles(all []words.Word, n int, text string) func(yield func(uint64) bool) {
	return func(yield func(uint64) bool) {
		if len(all) == 0 {
			h := uint64(0)
			for _, c := range []byte(strings.TrimSpace(text)) {
				h = words.Join(h, uint64(c))
			}
			yield(words.Join(h, 0))
			return
		}
		n = min(n, len(all))
		for i := n; i <= len(all); i++ {
			h := uint64(0)
			for _, w := range all[i-n : i] {
				h = words.Join(h, w.Hash)
			}
			if !yield(h) {
				return
			}
		}
	}
}

// matches counts the minima that two sketches share.
func (r *record) matches(other *record) int {
	const low = 0x7f7f7f7f7f7f7f7f
	equal := 0
	for i, minima := range r.minima {
		differ := minima ^ other.minima[i]
		zero := ^((differ&low + low) | differ | low) // the top bit of each byte that does not differ
		equal += bits.OnesCount64(zero)
	}
	return equal
}

// similarity estimates J from the share of equal bytes: of the minima that differ, 1 in 256 has the
// same byte.
func similarity(matches int) float64 {
	const chance = 1.0 / 256
	return max(0, (float64(matches)/sketchSize-chance)/(1-chance))
}

// band is where a band of a sketch is filed. The numbers are in it, so that the problems of one
// template, which differ in nothing else, never meet.
func (r *record) band(band int) uint64 {
	var minima uint64
	for i := band * bandSize; i < (band+1)*bandSize; i++ {
		minima = minima<<8 | r.minima[i/8]>>(i%8*8)&0xff
	}
	return words.Join(uint64(r.numbers), minima<<8|uint64(band))
}
