package wire

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/feedbackgen/feedbackgen/backends"
)

// network classifies a call that got no whole reply. caller is the context the call was made with,
// limited the one with our own timeout.
func (t *Transport) network(caller, limited context.Context, err error) error {
	s := t.Server
	if ended := caller.Err(); ended != nil {
		return ended
	}
	if failed, ok := errors.AsType[*backends.Error](err); ok {
		return failed
	}
	if limited.Err() != nil {
		return s.Fail(backends.ErrTransient, fmt.Sprintf("no reply within %v", t.Timeout), "a slow model needs a longer timeout")
	}
	if errors.Is(err, errTooLarge) {
		return s.fail(backends.ErrRefused, err, "ask for fewer tokens")
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return s.fail(backends.ErrUnavailable, &worded{"cannot find host " + dns.Name, err}, "is the base URL right?")
	}
	if badCertificate(err) {
		return s.fail(backends.ErrConfig, err, "is the base URL right? plain servers are http://, not https://")
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == "proxyconnect") {
		return s.fail(backends.ErrUnavailable, &worded{innermost(err), err}, s.Start)
	}
	// A reset, an end in mid-reply, a broken header: the server may do better next time.
	return s.fail(backends.ErrTransient, &worded{innermost(err), err}, "")
}

func badCertificate(err error) bool {
	_, verification := errors.AsType[*tls.CertificateVerificationError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, hostname := errors.AsType[x509.HostnameError](err)
	// net/http replaces the record error of a plain HTTP server by a text of its own.
	plain := strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
	return verification || record || authority || hostname || plain
}

// innermost is the text of the cause at the bottom: "connection refused" without the addresses
// that every layer above repeats.
func innermost(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}

// status classifies a whole reply that is not a success.
func (s Server) status(code int, header http.Header, body []byte, now time.Time) *backends.Error {
	said := Message(body)
	text := fmt.Sprintf("%d %s", code, http.StatusText(code))
	if said != "" {
		text = fmt.Sprintf("%s (%d)", said, code)
	}
	hint, kind := classify(code, said)
	failed := s.Fail(kind, text, hint)
	failed.Cause = &StatusError{Code: code, text: failed.Cause.Error()}
	if errors.Is(kind, backends.ErrThrottled) || errors.Is(kind, backends.ErrLoading) {
		failed.RetryAfter = retryAfter(header, now)
	}
	return failed
}

// StatusError is the cause of a failure that the server itself stated.
type StatusError struct {
	// Code is the HTTP status.
	Code int
	text string
}

// Error is what the server said, with its status.
func (e *StatusError) Error() string { return e.text }

func classify(code int, said string) (hint string, kind error) {
	said = strings.ToLower(said)
	loading := strings.Contains(said, "loading")
	switch {
	case code != http.StatusTooManyRequests && code >= 400 && overflows(said):
		// Some servers call a prompt that does not fit an internal error; it never fits.
		return "the prompt and the tokens asked for do not fit the model's context: raise the context length or lower the token limit", backends.ErrRefused
	case code == http.StatusTooManyRequests && strings.Contains(said, "quota"):
		return "the account has no quota left: waiting does not help", backends.ErrConfig
	case code == http.StatusTooManyRequests, code == 529:
		return "", backends.ErrThrottled
	case code == http.StatusServiceUnavailable && loading:
		return "", backends.ErrLoading
	case code == http.StatusServiceUnavailable:
		return "", backends.ErrThrottled
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return "is the API key right, and allowed to use this model?", backends.ErrConfig
	case code == http.StatusPaymentRequired:
		return "the account has to be paid for", backends.ErrConfig
	case code == http.StatusNotFound, code == http.StatusMethodNotAllowed, code == http.StatusNotImplemented:
		return "is the base URL right, and does the server have the model?", backends.ErrConfig
	case code == http.StatusRequestTimeout, code == http.StatusConflict, code == http.StatusTooEarly:
		return "", backends.ErrTransient
	case code >= 300 && code < 400:
		return "the server points elsewhere: is the base URL right?", backends.ErrConfig
	case code >= 400 && code < 500:
		return "", backends.ErrRefused
	default:
		return "", backends.ErrTransient
	}
}

// overflows recognizes the ways in which servers say that a prompt is too long.
func overflows(said string) bool {
	for _, phrase := range []string{
		"context length", "context_length", "context window", "context size", "exceeds the available context",
		"maximum context", "prompt is too long", "input is too long", "prompt too long",
	} {
		if strings.Contains(said, phrase) {
			return true
		}
	}
	return false
}

// maxMessage bounds what of a server's own words goes into an error, in bytes.
const maxMessage = 400

// Message is what a failed reply says in words, on one line, shortened; "" if it says nothing.
// It reads {"error":{"message"}}, {"error":"..."}, {"detail":...}, {"message":"..."} and plain text.
func Message(body []byte) string {
	var shape struct {
		Error   json.RawMessage `json:"error"`
		Detail  json.RawMessage `json:"detail"`
		Message json.RawMessage `json:"message"`
	}
	text := string(bytes.TrimSpace(body[:min(len(body), 64<<10)]))
	if json.Unmarshal(body, &shape) == nil {
		for _, raw := range []json.RawMessage{shape.Error, shape.Message, shape.Detail} {
			if said := words(raw); said != "" {
				text = said
				break
			}
		}
	} else if strings.HasPrefix(text, "<") {
		return "an HTML page"
	}
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "")
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "..."
	}
	return text
}

func words(raw json.RawMessage) string {
	var text string
	var nested struct {
		Message string `json:"message"`
	}
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return ""
	case json.Unmarshal(raw, &text) == nil:
		return text
	case json.Unmarshal(raw, &nested) == nil && nested.Message != "":
		return nested.Message
	default:
		return string(raw)
	}
}
