package backends

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"

	"github.com/feedbackgen/feedbackgen"
)

// Logged answers from a job's call log what the log knows, and commits every new reply before
// anything above sees it. A call's key covers the policy and the request in full. Refusals
// ([ErrRefused]) are logged and replay as equal errors; other failures are not logged.
//
// An entry that cannot be read is an error and never a silent repeat: the call has been paid for.
// That error names the job if log is a [fmt.Stringer].
func Logged(b Backend, log CallLog, policyKey [32]byte) Backend {
	return &logged{b, log, policyKey}
}

// PolicyKey is a policy's part in the keys of its calls.
func PolicyKey(p feedbackgen.Policy) [32]byte {
	return sha256.Sum256(appendPolicy([]byte("feedbackgen policy 1\n"), &p))
}

type logged struct {
	Backend
	log    CallLog
	policy [32]byte
}

// Unwrap returns the backend below.
func (l *logged) Unwrap() Backend { return l.Backend }

// Generate replays the reply to an equal request, or asks for one and commits it.
func (l *logged) Generate(ctx context.Context, req Request) (Response, error) {
	if ctx.Err() != nil {
		return Response{}, context.Cause(ctx)
	}
	key := callKey(l.policy, &req)
	if entry, ok := l.log.Lookup(key); ok {
		return l.replay(key, entry)
	}
	reply, err := l.Backend.Generate(ctx, req)
	if err == nil && len(reply.Samples) == 0 {
		err = noSamples() // must not be logged: it would replay forever
	}
	if err != nil && kindOf(err) != kindRefused {
		return Response{}, err
	}
	// A reply that came after the run was stopped is paid for all the same.
	if failed := l.log.Commit(inFlight(ctx), key, entryOf(&reply, err)); failed != nil {
		return Response{}, l.failure("log a reply", key, failed, "")
	}
	return reply, err
}

// replay returns what the log holds.
func (l *logged) replay(key Key, entry Entry) (Response, error) {
	reply, refusal, err := decodeReply(entry.Reply)
	switch {
	case err != nil:
		return Response{}, l.failure("replay", key, fmt.Errorf("the entry is damaged: %w", err),
			"restore the run directory from a copy, or begin a new one")
	case refusal != nil:
		return Response{}, refusal
	default:
		return reply, nil
	}
}

// failure is an error about one entry of the log.
func (l *logged) failure(op string, key Key, cause error, hint string) error {
	subject := "call " + hex.EncodeToString(key[:8])
	if job, ok := l.log.(fmt.Stringer); ok {
		subject = job.String() + ", " + subject
	}
	return &feedbackgen.Failure{Op: op, Subject: subject, Cause: cause, Hint: hint}
}

// entryOf is the log entry for a reply, or for the refusal err.
func entryOf(reply *Response, err error) Entry {
	if err != nil {
		return Entry{Reply: encodeRefusal(err)}
	}
	return Entry{Reply: encodeResponse(reply), PromptTokens: reply.PromptTokens, Tokens: reply.tokens()}
}

// tokens counts the sampled tokens.
func (r *Response) tokens() int {
	n := 0
	for i := range r.Samples {
		n += r.Samples[i].Tokens
	}
	return n
}

// keyBuffers hold encoded requests while they are hashed; prompts are long and calls many.
var keyBuffers = sync.Pool{New: func() any { return new([]byte) }}

// callKey hashes the policy's key and the request.
func callKey(policy [32]byte, req *Request) Key {
	buffer := keyBuffers.Get().(*[]byte)
	defer keyBuffers.Put(buffer)
	*buffer = append((*buffer)[:0], "feedbackgen call 1\n"...)
	*buffer = append(*buffer, policy[:]...)
	*buffer = appendRequest(*buffer, req)
	return sha256.Sum256(*buffer)
}
