package backends

import "context"

// Key identifies a call: a hash of the policy and the rendered request.
type Key [32]byte

// CallLog keeps the replies of one job, durably, so that no reply is paid for twice.
// Implementations are safe for concurrent use.
type CallLog interface {
	// Lookup returns what Commit was given for the key, or false.
	Lookup(key Key) (Entry, bool)
	// Commit returns when the entry would survive the process being killed.
	Commit(ctx context.Context, key Key, entry Entry) error
}

// Entry is a logged call.
type Entry struct {
	// Reply is the encoded response or refusal; opaque to the log.
	Reply []byte
	// PromptTokens and Tokens are what the call cost.
	PromptTokens, Tokens int
}
