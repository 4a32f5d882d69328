package backends

import (
	"hash/fnv"
	"strconv"
)

// DrawSeed derives the seed of a draw from what identifies it, so that it depends on nothing else:
// the run's seed, the problem, the place in the module's own structure, what it is for, and its
// number there. A request for n draws has the seed of its first; the others follow. It is positive and below 2^31 - 2^16, which every server takes, also with a group's offset added.
func DrawSeed(run int64, problem, node, purpose string, draw int) int64 {
	h := fnv.New64a()
	for _, part := range []string{strconv.FormatInt(run, 10), problem, node, purpose, strconv.Itoa(draw)} {
		_, _ = h.Write([]byte(part)) // a hash never fails
		_, _ = h.Write([]byte{0})
	}
	x := h.Sum64()
	// FNV's low bits mix poorly over short inputs; this is the finaliser of splitmix64.
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	x ^= x >> 31
	return int64(x % (1<<31 - 1<<16))
}
