package mock

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"time"
)

// Faults says what goes wrong between the client and the model. The zero value is a server that
// works. Every P is a probability in [0, 1]; whether it strikes is decided by Seed, the request's
// content and how often that content has come before, so that neither timing nor order matters.
type Faults struct {
	Seed int64

	// Latency precedes every reply; Jitter is the most that is added to it.
	Latency, Jitter time.Duration

	// ThrottleFor answers 429 for that long after the first request; ThrottleRequests does so to
	// the requests of these numbers, counted from 1 in order of arrival.
	ThrottleFor      time.Duration
	ThrottleRequests []int
	// LoadFor answers 503 "loading model" for that long after the first request.
	LoadFor time.Duration
	// RetryAfter goes with every 429 and 503 if it is not 0: in whole seconds, rounded up, or as a
	// date if RetryAfterDate.
	RetryAfter     time.Duration
	RetryAfterDate bool

	// PThrottle answers 429, PUnavailable 503, PInternal 500, PReset closes the connection without
	// a reply, PTruncate sends half of the body (as if it were all, or then closes the connection),
	// PEmpty sends a reply without choices. At most one of these strikes a request, and at most
	// MaxInARow times in a row one content (3 if 0), so that retrying helps.
	PThrottle, PUnavailable, PInternal, PReset, PTruncate, PEmpty float64
	MaxInARow                                                     int

	// IgnoreN returns one choice whatever n is; PShortN returns a random number from 1 to n.
	IgnoreN bool
	PShortN float64
	// NullLogprobs sends null where log-probabilities were asked for; PNullLogprobs sometimes.
	NullLogprobs  bool
	PNullLogprobs float64
	// IgnoreSeed draws anew each time.
	IgnoreSeed bool
	// NoPrefill answers a trailing assistant message with a new one instead of continuing it;
	// EchoPrefill continues it, and repeats it in the reply.
	NoPrefill, EchoPrefill bool
}

// fault is one thing that goes wrong.
type fault int

const (
	noFault fault = iota
	throttle
	unavailable
	internal
	reset
	truncate
	empty
)

// strike decides what befalls a request: the times-th one with this content (from 0), the
// ordinal-th of all (from 1), elapsed after the first.
func (f *Faults) strike(content string, times, ordinal int, elapsed time.Duration) fault {
	switch {
	case elapsed < f.ThrottleFor, slices.Contains(f.ThrottleRequests, ordinal):
		return throttle
	case elapsed < f.LoadFor:
		return unavailable
	}
	most := f.MaxInARow
	if most == 0 {
		most = 3
	}
	if times%(most+1) == most {
		return noFault
	}
	left := f.chance("fault", content, times)
	for i, p := range [...]float64{f.PThrottle, f.PUnavailable, f.PInternal, f.PReset, f.PTruncate, f.PEmpty} {
		if left < p {
			return throttle + fault(i)
		}
		left -= p
	}
	return noFault
}

// chance is a number in [0, 1) that is the same for the same question.
func (f *Faults) chance(question, content string, times int) float64 {
	h := fnv.New64a()
	var number [16]byte
	binary.LittleEndian.PutUint64(number[:], uint64(f.Seed))
	binary.LittleEndian.PutUint64(number[8:], uint64(times))
	for _, part := range [...][]byte{number[:], []byte(question), []byte(content)} {
		_, _ = h.Write(part) // a hash never fails
	}
	mixed := h.Sum64()
	mixed = (mixed ^ mixed>>31) * 0x9e3779b97f4a7c15 // the low bits of FNV reach the high ones
	return float64((mixed^mixed>>29)>>11) / (1 << 53)
}

// choices is how many choices a request for n gets.
func (f *Faults) choices(n int, content string, times int) int {
	switch {
	case n <= 1 || f.IgnoreN:
		return 1
	case f.chance("short", content, times) < f.PShortN:
		return 1 + int(f.chance("choices", content, times)*float64(n))
	default:
		return n
	}
}

// wait takes the reply's latency, or less if the client leaves.
func (f *Faults) wait(ctx context.Context, content string, times int) {
	delay := f.Latency
	if f.Jitter > 0 {
		delay += time.Duration(f.chance("latency", content, times) * float64(f.Jitter))
	}
	if delay <= 0 {
		return
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
