package backendtest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/backendtest"
	"github.com/feedbackgen/feedbackgen/backends/mock"
)

func Example() {
	// In a test of one's own backend:
	_ = func(t *testing.T) {
		backendtest.Run(t, func(*testing.T) backends.Backend { return &mock.Model{} }, backendtest.Options{
			Continuations: []backends.Continuation{backends.Native},
			Seeds:         true,
		})
	}
}

func TestTheToyModelConforms(t *testing.T) {
	backendtest.Run(t, func(*testing.T) backends.Backend { return &capable{} }, backendtest.Options{
		Continuations: []backends.Continuation{backends.Native}, Seeds: true, Logprobs: true,
		Capabilities: &backends.Capabilities{N: true, Seed: true, Logprobs: true, Continuation: backends.Native},
	})
}

// capable is the toy model with the optional capabilities, so that the suite's tests of them run.
type capable struct{ mock.Model }

func (*capable) Hold(context.Context, []feedbackgen.Message, string) (func(), error) {
	return func() {}, nil
}

// Score finds numbers likelier than words.
func (*capable) Score(_ context.Context, _ []feedbackgen.Message, _, continuation string) ([]backends.TokenLogprob, error) {
	var tokens []backends.TokenLogprob
	for _, token := range strings.SplitAfter(continuation, " ") {
		logprob := -5.0
		if strings.ContainsAny(token, "0123456789") {
			logprob = -0.5
		}
		tokens = append(tokens, backends.TokenLogprob{Token: token, Logprob: logprob})
	}
	return tokens, nil
}

func TestATapePlaysWhatItRecorded(t *testing.T) {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/slow":
			<-r.Context().Done()
		case "/gone":
			w.WriteHeader(http.StatusGone)
			_, _ = io.WriteString(w, "no longer here")
		default:
			_, _ = fmt.Fprintf(w, `{"call": %d, "asked": %q, "key": "secret"}`, calls, body)
		}
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "testdata", "tape.jsonl")
	scrub := func(_ string, body []byte) []byte { return []byte(strings.ReplaceAll(string(body), "secret", "***")) }

	var recorded, played []string
	t.Run("record", func(t *testing.T) { recorded = session(t, backendtest.NewTape(t, file, server.URL, scrub)) })
	server.Close()
	t.Run("play", func(t *testing.T) { played = session(t, backendtest.NewTape(t, file, "", nil)) })
	if got, want := strings.Join(played, "\n"), strings.Join(recorded, "\n"); got != want {
		t.Errorf("played\n%s\nrecorded\n%s", got, want)
	}
	if all := strings.Join(recorded, "\n"); !strings.Contains(all, "***") || strings.Contains(all, "secret") || !strings.Contains(all, "410 no longer here") {
		t.Errorf("recorded\n%s", all)
	}
}

// session asks for the same twice, then for other things, and returns what came.
func session(t *testing.T, tape http.RoundTripper) []string {
	t.Helper()
	var came []string
	for _, ask := range []string{"/a one", "/a one", "/a two", "/gone x", "/slow x"} {
		path, body, _ := strings.Cut(ask, " ")
		came = append(came, post(t, tape, path, body))
	}
	return came
}

func post(t *testing.T, tape http.RoundTripper, path, body string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://127.0.0.1:1"+path, strings.NewReader(`"`+body+`"`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer secret")
	resp, err := tape.RoundTrip(req)
	if err != nil {
		return "ended: " + ctx.Err().Error()
	}
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(resp.StatusCode, " ", strings.ReplaceAll(string(answer), ": ", ":"))
}
