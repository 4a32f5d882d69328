package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/feedbackgen/feedbackgen/backends"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func TestEveryStatusHasItsKind(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		header http.Header
		kind   error
		says   string
		after  time.Duration
	}{
		{status: 400, body: `{"error":{"message":"bad temperature"}}`, kind: backends.ErrRefused, says: "bad temperature (400)"},
		{status: 413, body: ``, kind: backends.ErrRefused, says: "413 Request Entity Too Large"},
		{status: 422, body: `{"detail":[{"loc":["body","top_k"],"msg":"extra"}]}`, kind: backends.ErrRefused, says: "top_k"},
		{status: 400, body: `{"error":{"message":"This model's maximum context length is 2048 tokens."}}`, kind: backends.ErrRefused, says: "raise the context length"},
		{status: 500, body: `{"error":{"message":"the request exceeds the available context size"}}`, kind: backends.ErrRefused, says: "raise the context length"},
		{status: 401, body: `{"error":{"message":"Incorrect API key provided: sk-secret"}}`, kind: backends.ErrConfig, says: "Incorrect API key provided: ***"},
		{status: 403, body: `no`, kind: backends.ErrConfig, says: "no (403): is the API key right"},
		{status: 404, body: `<html>nginx</html>`, kind: backends.ErrConfig, says: "an HTML page (404): is the base URL right"},
		{status: 302, body: ``, kind: backends.ErrConfig, says: "302 Found"},
		{status: 408, body: ``, kind: backends.ErrTransient, says: "408"},
		{status: 429, body: `{"error":"slow down"}`, kind: backends.ErrThrottled, says: "slow down"},
		{status: 429, header: http.Header{"Retry-After": {"7"}}, kind: backends.ErrThrottled, after: 7 * time.Second},
		{status: 429, header: http.Header{"Retry-After": {"Mon, 04 May 2026 12:00:09 GMT"}}, kind: backends.ErrThrottled, after: 9 * time.Second},
		{status: 429, header: http.Header{"X-Ratelimit-Remaining-Tokens": {"0"}, "X-Ratelimit-Reset-Tokens": {"6m0s"}, "X-Ratelimit-Reset-Requests": {"9h"}, "X-Ratelimit-Remaining-Requests": {"3"}}, kind: backends.ErrThrottled, after: 6 * time.Minute},
		{status: 429, header: http.Header{"Retry-After-Ms": {"250"}, "Retry-After": {"1"}}, kind: backends.ErrThrottled, after: 250 * time.Millisecond},
		{status: 429, body: `{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}`, kind: backends.ErrConfig, says: "no quota left"},
		{status: 503, body: `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, kind: backends.ErrLoading, says: "Loading model"},
		{status: 503, body: `{"error":"server busy, please try again.  maximum pending requests exceeded"}`, header: http.Header{"Retry-After": {"2"}}, kind: backends.ErrThrottled, says: "server busy", after: 2 * time.Second},
		{status: 529, body: ``, kind: backends.ErrThrottled},
		{status: 500, body: `{"error":"llama runner process has terminated"}`, kind: backends.ErrTransient, says: "terminated (500)"},
		{status: 502, body: `<html>`, kind: backends.ErrTransient, says: "502"},
		{status: 504, body: ``, kind: backends.ErrTransient, says: "504 Gateway Timeout"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for name, values := range c.header {
				w.Header()[name] = values
			}
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}))
		err := get(t, server.URL, 0)
		server.Close()
		failed, ok := errors.AsType[*backends.Error](err)
		if !ok {
			t.Errorf("%d %s: got %v", c.status, c.body, err)
			continue
		}
		if !errors.Is(err, c.kind) {
			t.Errorf("%d %s is %q, want %q", c.status, c.body, failed.Kind, c.kind)
		}
		if !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "ollama at 127.0.0.1:") {
			t.Errorf("%d %s says %q, want %q", c.status, c.body, err, c.says)
		}
		if failed.RetryAfter != c.after {
			t.Errorf("%d %v is to be retried after %v, want %v", c.status, c.header, failed.RetryAfter, c.after)
		}
	}
}

// get asks url through a transport as the backends use it.
func get(t *testing.T, url string, timeout time.Duration) error {
	t.Helper()
	base := NewBase()
	defer base.CloseIdleConnections()
	return getOver(t, base, url, timeout)
}

func getOver(t *testing.T, base http.RoundTripper, url string, timeout time.Duration) error {
	t.Helper()
	host := strings.TrimPrefix(strings.TrimPrefix(url, "http://"), "https://")
	server := Server{Name: "ollama", Host: host, Start: "is it running? start it with: ollama serve", Secret: "sk-secret"}
	transport := &Transport{Server: server, Base: base, Timeout: timeout, Now: func() time.Time { return now }}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return server.Final(t.Context(), err)
	}
	return resp.Body.Close()
}

func TestNobodyListening(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	err = get(t, "http://"+address, 0)
	if want := "ollama at " + address + ": connection refused: is it running? start it with: ollama serve"; !errors.Is(err, backends.ErrUnavailable) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestUnknownHost(t *testing.T) {
	lookup := &net.DNSError{Err: "no such host", Name: "nowhere.invalid", IsNotFound: true}
	err := getOver(t, failing{&net.OpError{Op: "dial", Err: lookup}}, "http://nowhere.invalid", 0)
	if !errors.Is(err, backends.ErrUnavailable) || !strings.Contains(err.Error(), "cannot find host nowhere.invalid") {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestHTTPSToAPlainServer(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	err := get(t, strings.Replace(server.URL, "http://", "https://", 1), 0)
	if !errors.Is(err, backends.ErrConfig) || !strings.Contains(err.Error(), "http://, not https://") {
		t.Errorf("got %v", err)
	}
}

func TestBrokenConnectionsAreTransient(t *testing.T) {
	for name, say := range map[string]string{
		"closed at once":   "",
		"closed in a head": "HTTP/1.1 200 OK\r\nContent-Le",
		"closed in a body": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":",
		"closed in chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"half\":\r\n",
		"not HTTP":         "SSH-2.0-OpenSSH_9.6\r\n",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, buffered, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = buffered.WriteString(say)
			_ = buffered.Flush()
			_ = conn.Close()
		}))
		if err := get(t, server.URL, 0); !errors.Is(err, backends.ErrTransient) {
			t.Errorf("%s: got %v", name, err)
		}
		server.Close()
	}
}

func TestAnEndlessReplyIsRefused(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		block := make([]byte, 1<<20)
		for range maxBody>>20 + 8 {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	if err := get(t, server.URL, 0); !errors.Is(err, backends.ErrRefused) || !strings.Contains(err.Error(), "64 MiB") {
		t.Errorf("got %v", err)
	}
}

func TestATimeoutIsTransientAndAnEndedContextIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := Server{Name: "ollama", Host: "h"}
		transport := &Transport{Server: server, Base: silent{}, Timeout: 5 * time.Minute, Now: time.Now}
		ask := func(ctx context.Context) error {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://h", nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = (&http.Client{Transport: transport}).Do(req)
			return server.Final(ctx, err)
		}
		start := time.Now()
		err := ask(t.Context())
		if !errors.Is(err, backends.ErrTransient) || !strings.Contains(err.Error(), "no reply within 5m0s") {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took != 5*time.Minute {
			t.Errorf("gave up after %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := ask(ctx); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, backends.ErrTransient) {
			t.Errorf("got %v", err)
		}
	})
}

// silent never answers.
type silent struct{}

func (silent) RoundTrip(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func TestBaseURLs(t *testing.T) {
	for base, want := range map[string]string{
		"http://127.0.0.1:11434/": "http://127.0.0.1:11434",
		"localhost:8000/v1":       "http://localhost:8000/v1",
		"https://a.example/v1":    "https://a.example/v1",
	} {
		if got, err := ParseBase("ollama", base); err != nil || got.String() != want {
			t.Errorf("%s: got %v, %v", base, got, err)
		}
	}
	for _, base := range []string{"", "ftp://x", "http://", "http://user:pass word@x:y"} {
		_, err := ParseBase("ollama", base)
		if !errors.Is(err, backends.ErrConfig) {
			t.Errorf("%s: got %v", base, err)
		} else if strings.Contains(err.Error(), "pass") {
			t.Errorf("the error repeats the password: %v", err)
		}
	}
}

func FuzzParseRetryAfter(f *testing.F) {
	for _, value := range []string{"7", "1.5", "-3", "1e400", "NaN", "99999999999999999999", "Mon, 04 May 2026 12:00:09 GMT", "Monday, 04-May-26 12:00:09 GMT", "", "soon"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if got := ParseRetryAfter(value, now); got < 0 || got > maxRetryAfter {
			t.Fatalf("%q gives %v", value, got)
		}
	})
}

func FuzzMessage(f *testing.F) {
	for _, body := range []string{`{"error":"x"}`, `{"error":{"message":"x"}}`, `{"detail":[1]}`, `<html>`, "\xff\xfe", `{"error":null,"message":"m"}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if got := Message(body); len(got) > maxMessage+3 || strings.ContainsAny(got, "\n\r") {
			t.Fatalf("%q gives %q", body, got)
		}
	})
}
