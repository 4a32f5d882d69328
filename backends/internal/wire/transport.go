package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/feedbackgen/feedbackgen/backends"
)

// Exchange accompanies one call through the context (see [With]): what to change in the request
// that a client library wrote, and what came back beside what the library reads.
type Exchange struct {
	// Rewrite, if set, maps the body that the library wrote to the one that is sent.
	Rewrite func(body []byte) ([]byte, error)
	// Body and Header are the reply's, whether or not the call failed.
	Body   []byte
	Header http.Header
}

type exchangeKey struct{}

// With returns a context whose one request is described by e.
func With(ctx context.Context, e *Exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, e)
}

// Transport is an [http.RoundTripper] that returns only whole, successful replies. Everything else
// is a [backends.Error], or the error of the request's context.
type Transport struct {
	Server Server
	Base   http.RoundTripper
	// Timeout bounds a call from its first byte out to its last byte in; 0 means no bound.
	Timeout time.Duration
	// Now is the clock that dates in Retry-After are compared with.
	Now func() time.Time
}

// RoundTrip sends the request and reads the reply to its end.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	exchange, _ := ctx.Value(exchangeKey{}).(*Exchange)
	if exchange == nil {
		exchange = &Exchange{}
	}
	if t.Timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, t.Timeout)
		defer cancel()
		req = req.WithContext(limited)
	}
	if exchange.Rewrite != nil {
		rewritten, err := rewrite(req, exchange.Rewrite)
		if err != nil {
			return nil, t.Server.fail(backends.ErrRefused, err, "")
		}
		req = rewritten
	}

	resp, err := t.Base.RoundTrip(req)
	if err != nil {
		return nil, t.network(ctx, req.Context(), err)
	}
	body, err := readAll(resp)
	if err != nil {
		return nil, t.network(ctx, req.Context(), err)
	}
	exchange.Body, exchange.Header = body, resp.Header
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, t.Server.status(resp.StatusCode, resp.Header, body, t.Now())
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// rewrite returns a copy of req with another body, as a RoundTripper may not change the request.
func rewrite(req *http.Request, change func([]byte) ([]byte, error)) (*http.Request, error) {
	body, err := readRequest(req)
	if err != nil {
		return nil, err
	}
	changed, err := change(body)
	if err != nil {
		return nil, err
	}
	copied := *req
	copied.ContentLength = int64(len(changed))
	copied.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(changed)), nil }
	copied.Body = io.NopCloser(bytes.NewReader(changed))
	return &copied, nil
}

func readRequest(req *http.Request) ([]byte, error) {
	body := make([]byte, max(req.ContentLength, 0))
	_, err := io.ReadFull(req.Body, body)
	return body, errors.Join(err, req.Body.Close())
}

var errTooLarge = fmt.Errorf("the reply is larger than %d MiB", maxBody>>20)

// readAll reads and closes the reply's body.
func readAll(resp *http.Response) ([]byte, error) {
	body, err := readBounded(resp)
	// The bytes are here or they are not; how closing goes says nothing more.
	_ = resp.Body.Close()
	return body, err
}

func readBounded(resp *http.Response) ([]byte, error) {
	// What a server announces is believed only up to a size that hurts nobody.
	if announced := resp.ContentLength; announced >= 0 && announced <= 1<<20 {
		body := make([]byte, announced)
		_, err := io.ReadFull(resp.Body, body)
		return body, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errTooLarge
	}
	return body, err
}

// CloseIdleConnections closes the connections that no call uses.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.Base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
