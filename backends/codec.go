package backends

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"time"

	"github.com/feedbackgen/feedbackgen"
)

// The call log holds what this file writes, and finds it by what this file hashes. A field that is
// missing here would make two different requests share one reply, so a test changes each field of
// every type that is encoded, and looks for the difference. Numbers are
// varints, strings and lists have their length in front.

// appendRequest appends every field of a request.
func appendRequest(b []byte, r *Request) []byte {
	b = binary.AppendUvarint(b, uint64(len(r.Messages)))
	for i := range r.Messages {
		m := &r.Messages[i]
		b = appendString(b, m.Role)
		b = appendString(b, m.Content)
		b = appendString(b, m.Thinking)
	}
	b = appendString(b, r.Prefix)
	b = appendString(b, string(r.Continue))
	b = binary.AppendVarint(b, int64(r.N))
	b = appendSampling(b, &r.Sampling)
	b = appendBool(b, r.Logprobs)
	b = appendString(b, string(r.Schema))
	if r.Role == "" && !r.Entropies { // as before there were either
		return b
	}
	b = appendString(b, string(r.Role))
	if r.Entropies {
		b = appendBool(b, true)
	}
	return b
}

func appendSampling(b []byte, s *feedbackgen.Sampling) []byte {
	b = appendFloat(b, float64(s.Temperature))
	b = appendFloat(b, float64(s.TopP))
	b = binary.AppendVarint(b, int64(s.TopK))
	b = appendFloat(b, float64(s.MinP))
	b = binary.AppendVarint(b, int64(s.MaxTokens))
	b = binary.AppendUvarint(b, uint64(len(s.Stop)))
	for _, stop := range s.Stop {
		b = appendString(b, stop)
	}
	return binary.AppendVarint(b, s.Seed)
}

func appendPolicy(b []byte, p *feedbackgen.Policy) []byte {
	for _, field := range [...]string{p.Backend, p.Model, p.Digest, p.ID, p.Template} {
		b = appendString(b, field)
	}
	return b
}

// What a logged reply begins with: the version of this encoding, then what it holds. Replies with
// entropies are of the later version; all others stay readable to programs that do not know of them.
const (
	replyVersion   = 1
	entropyVersion = 2

	holdsResponse = 'r'
	holdsRefusal  = 'x'
)

// castagnoli is the polynomial that processors compute in hardware.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encodeResponse is the version, what it is, the fields, and a checksum of all that.
func encodeResponse(r *Response) []byte {
	size := 64
	for i := range r.Samples {
		size += len(r.Samples[i].Text) + len(r.Samples[i].Thinking) + 16 + 16*len(r.Samples[i].Logprobs) + 8*len(r.Samples[i].Entropies)
	}
	version := byte(replyVersion)
	if slices.ContainsFunc(r.Samples, func(s Sample) bool { return s.Entropies != nil }) {
		version = entropyVersion
	}
	b := append(make([]byte, 0, size), version, holdsResponse)
	b = binary.AppendVarint(b, int64(r.PromptTokens))
	b = binary.AppendUvarint(b, uint64(len(r.Samples)))
	for i := range r.Samples {
		b = appendSample(b, &r.Samples[i])
		if version == entropyVersion {
			b = appendEntropies(b, r.Samples[i].Entropies)
		}
	}
	return appendChecksum(b)
}

func appendSample(b []byte, s *Sample) []byte {
	b = appendString(b, s.Text)
	b = appendString(b, s.Thinking)
	b = appendString(b, string(s.Finish))
	b = binary.AppendVarint(b, int64(s.Tokens))
	b = binary.AppendVarint(b, s.Seed)
	if s.Logprobs == nil { // unavailable, which is not the same as none
		return binary.AppendUvarint(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(len(s.Logprobs))+1)
	for i := range s.Logprobs {
		b = appendString(b, s.Logprobs[i].Token)
		b = appendFloat(b, s.Logprobs[i].Logprob)
	}
	return b
}

// appendEntropies tells nil, which is unavailable, from none, as appendSample does.
func appendEntropies(b []byte, entropies []float64) []byte {
	if entropies == nil {
		return binary.AppendUvarint(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(len(entropies))+1)
	for _, nats := range entropies {
		b = appendFloat(b, nats)
	}
	return b
}

// encodeRefusal keeps what a person is told of a refusal. An error that is not itself an [Error]
// is kept as the cause of one, so that it replays with the same message.
func encodeRefusal(err error) []byte {
	refusal, ok := err.(*Error) //nolint:errorlint // a wrapper's own words would be lost
	if !ok {
		refusal = &Error{Failure: feedbackgen.Failure{Cause: err}}
	}
	b := []byte{replyVersion, holdsRefusal}
	b = appendString(b, refusal.Op)
	b = appendString(b, refusal.Subject)
	b = appendBool(b, refusal.Cause != nil)
	if refusal.Cause != nil {
		b = appendString(b, refusal.Cause.Error())
	}
	b = appendString(b, refusal.Hint)
	b = binary.AppendVarint(b, int64(refusal.RetryAfter))
	return appendChecksum(b)
}

// decodeReply reads what encodeResponse or encodeRefusal wrote: a response, or a refusal, or an
// error that says why the entry cannot be read.
func decodeReply(data []byte) (Response, *Error, error) {
	if len(data) < 6 {
		return Response{}, nil, fmt.Errorf("it is cut off after %d bytes", len(data))
	}
	if data[0] != replyVersion && data[0] != entropyVersion {
		return Response{}, nil, fmt.Errorf("version %d of its encoding is not known to this program", data[0])
	}
	body, sum := data[:len(data)-4], binary.LittleEndian.Uint32(data[len(data)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return Response{}, nil, errors.New("its checksum is wrong")
	}
	in := decoder{version: body[0], rest: body[2:]}
	var reply Response
	var refusal *Error
	switch body[1] {
	case holdsResponse:
		reply = in.response()
	case holdsRefusal:
		refusal = in.refusal()
	default:
		return Response{}, nil, fmt.Errorf("it holds a %q, which is not known to this program", body[1])
	}
	if in.bad || len(in.rest) > 0 {
		return Response{}, nil, errors.New("its fields do not fit its length")
	}
	return reply, refusal, nil
}

// decoder takes fields from the front of rest. After the first that is not there, bad is set and
// all that follow are zero.
type decoder struct {
	version byte
	rest    []byte
	bad     bool
}

func (d *decoder) response() Response {
	reply := Response{PromptTokens: int(d.varint())}
	if n := d.length(); n > 0 {
		reply.Samples = make([]Sample, 0, n)
		for range n {
			reply.Samples = append(reply.Samples, d.sample())
		}
	}
	return reply
}

func (d *decoder) sample() Sample {
	s := Sample{
		Text: d.string(), Thinking: d.string(), Finish: Finish(d.string()),
		Tokens: int(d.varint()), Seed: d.varint(),
	}
	if n := d.length(); n > 0 {
		s.Logprobs = make([]TokenLogprob, 0, n-1)
		for range n - 1 {
			s.Logprobs = append(s.Logprobs, TokenLogprob{Token: d.string(), Logprob: d.float()})
		}
	}
	if d.version < entropyVersion {
		return s
	}
	if n := d.length(); n > 0 {
		s.Entropies = make([]float64, 0, n-1)
		for range n - 1 {
			s.Entropies = append(s.Entropies, d.float())
		}
	}
	return s
}

func (d *decoder) refusal() *Error {
	e := &Error{Failure: feedbackgen.Failure{Kind: ErrRefused}}
	e.Op = d.string()
	e.Subject = d.string()
	if d.bool() {
		e.Cause = errors.New(d.string())
	}
	e.Hint = d.string()
	e.RetryAfter = time.Duration(d.varint())
	return e
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	return v * uint64(d.advance(n))
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.rest)
	return v * int64(d.advance(n))
}

// length reads the length of a list or string. Nothing has more parts than bytes, which keeps a
// corrupt length from asking for all memory.
func (d *decoder) length() int {
	n := d.uvarint()
	if n > uint64(len(d.rest))+1 {
		d.bad = true
		return 0
	}
	return int(n)
}

func (d *decoder) string() string {
	n := d.length()
	if d.bad || n > len(d.rest) {
		d.bad = true
		return ""
	}
	s := string(d.rest[:n])
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) float() float64 {
	if d.bad || len(d.rest) < 8 {
		d.bad = true
		return 0
	}
	bits := binary.LittleEndian.Uint64(d.rest)
	d.rest = d.rest[8:]
	return math.Float64frombits(bits)
}

func (d *decoder) bool() bool { return d.uvarint() == 1 }

// advance drops n bytes and returns 1, or if there is nothing to read sets bad and returns 0.
func (d *decoder) advance(n int) int {
	if d.bad || n <= 0 {
		d.bad = true
		return 0
	}
	d.rest = d.rest[n:]
	return 1
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendFloat(b []byte, f float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendChecksum(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}
