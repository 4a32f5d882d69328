// Package wire is what the backends that speak HTTP share: a [Transport] that reads whole replies,
// bounded, and whose failures are already [backends.Error] values of the right kind, saying which
// server failed and what to do about it.
package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// Defaults that both wire backends document.
const (
	// DefaultTimeout bounds one call, generously: a slow local model may think for minutes.
	DefaultTimeout = 30 * time.Minute
	// maxBody bounds a reply, in bytes; a server is not trusted to be brief.
	maxBody = 64 << 20
	// idleConnections is how many connections to one server are kept open between calls, so that
	// hundreds of calls at once do not each shake hands anew.
	idleConnections = 1024
)

// Server is how a server is spoken of in errors.
type Server struct {
	// Name is the kind of server, such as "ollama".
	Name string
	// Host is its host and port.
	Host string
	// Start is the hint for when nobody listens there.
	Start string
	// Secret is struck out of whatever the server says.
	Secret string
}

// Subject is "ollama at 127.0.0.1:11434".
func (s Server) Subject() string { return s.Name + " at " + s.Host }

// fail is a failure of the given kind.
func (s Server) fail(kind, cause error, hint string) *backends.Error {
	return &backends.Error{
		Failure: feedbackgen.Failure{Kind: kind, Subject: s.Subject(), Cause: cause, Hint: s.scrub(hint)},
	}
}

// Fail is a failure of the given kind, with a cause in words and a hint, which may be empty.
func (s Server) Fail(kind error, cause, hint string) *backends.Error {
	return s.fail(kind, errors.New(s.scrub(cause)), hint)
}

// Broken is the failure of a reply that cannot be read: it may go better next time.
func (s Server) Broken(cause error) *backends.Error {
	return s.fail(backends.ErrTransient, &worded{text: s.scrub("broken reply: " + cause.Error()), cause: cause}, "")
}

// Final is the error to return for err, which came out of an http.Client over a [Transport]: the
// context's own error if that is why, else the [backends.Error] inside, else a broken reply.
func (s Server) Final(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	if failed, ok := errors.AsType[*backends.Error](err); ok {
		return failed
	}
	return s.Broken(err)
}

func (s Server) scrub(text string) string {
	if s.Secret == "" {
		return text
	}
	return strings.ReplaceAll(text, s.Secret, "***")
}

// ParseBase checks a base URL; a missing scheme means http.
func ParseBase(server, base string) (*url.URL, error) {
	if !strings.Contains(base, "://") {
		base = "http://" + base
	}
	u, err := url.Parse(strings.TrimRight(base, "/"))
	if err == nil && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		err = errors.New("not an http or https address")
	}
	if err != nil {
		return nil, &backends.Error{
			Failure: feedbackgen.Failure{
				Kind: backends.ErrConfig,
				// The address itself may hold a password, and url.Error repeats it.
				Subject: server + " base URL", Cause: errors.New("not a valid http or https address"),
				Hint: "give it as http://HOST:PORT",
			},
		}
	}
	return u, nil
}

// NewBase is an [http.Transport] fit for hundreds of calls at once to one server.
func NewBase() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		MaxIdleConnsPerHost: idleConnections,
		IdleConnTimeout:     90 * time.Second,
		TLSHandshakeTimeout: 15 * time.Second,
		ForceAttemptHTTP2:   true,
		DisableCompression:  true,
	}
}

// worded prints as text and unwraps to its cause.
type worded struct {
	text  string
	cause error
}

func (w *worded) Error() string { return w.text }
func (w *worded) Unwrap() error { return w.cause }

// Unknown is the failure of asking for a model that the server has not got.
func (s Server) Unknown(model string, has []string, remedy string) *backends.Error {
	const most = 12
	listed := strings.Join(has[:min(len(has), most)], ", ")
	switch {
	case len(has) == 0:
		listed = "none"
	case len(has) > most:
		listed += fmt.Sprintf(" and %d more", len(has)-most)
	}
	return &backends.Error{
		Failure: feedbackgen.Failure{
			Kind:  backends.ErrConfig,
			Cause: errors.New(s.scrub(fmt.Sprintf("%s has no model %q; it has: %s. %s", s.Subject(), model, listed, remedy))),
		},
	}
}
