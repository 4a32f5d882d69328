package backendtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// Tape is an [http.RoundTripper] that plays recorded exchanges. A request gets the reply that was
// recorded for the same method, path and body; the n-th such request the n-th such reply, and the
// last one from then on. A request that was not recorded is an error.
type Tape struct {
	t    *testing.T
	file string
	// record is the server to record, nil to play; scrub edits replies before they are kept.
	record *url.URL
	base   *http.Transport
	scrub  func(path string, body []byte) []byte

	mu        sync.Mutex
	exchanges []exchange
	played    map[string]int
}

// exchange is one request with its reply, as it stands in the file.
type exchange struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Body   json.RawMessage `json:"body,omitempty"`
	Status int             `json:"status,omitempty"`
	Type   string          `json:"content_type,omitempty"`
	// Reply holds the reply if it is JSON, and Text if it is not.
	Reply json.RawMessage `json:"reply,omitempty"`
	Text  string          `json:"text,omitempty"`
	// Unanswered: the caller gave up before a reply came.
	Unanswered bool `json:"unanswered,omitempty"`
}

// NewTape opens the recording in file. If serverURL is not empty, it is recorded anew from that
// server when the test ends, unless the test failed; scrub, which may be nil, edits each reply first.
// Request headers, and with them keys, are never recorded.
func NewTape(t *testing.T, file, serverURL string, scrub func(path string, body []byte) []byte) *Tape {
	t.Helper()
	tape := &Tape{t: t, file: file, scrub: scrub, played: map[string]int{}}
	if serverURL == "" {
		tape.load()
		return tape
	}
	server, err := url.Parse(serverURL)
	if err != nil {
		t.Fatal(err)
	}
	tape.record = server
	// Without connections kept open, nothing is left behind when the test ends.
	tape.base = &http.Transport{DisableKeepAlives: true}
	t.Cleanup(tape.save)
	return tape
}

// RoundTrip plays or records one exchange.
func (tape *Tape) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	body, err := requestBody(req)
	if err != nil {
		return nil, err
	}
	asked := exchange{Method: req.Method, Path: req.URL.Path, Body: body}
	if tape.record != nil {
		return tape.ask(req, asked)
	}
	answered, ok := tape.find(asked)
	if !ok {
		tape.t.Errorf("%s holds no %s %s %s: record it anew", tape.file, asked.Method, asked.Path, asked.Body)
		return nil, errors.New("not recorded")
	}
	if answered.Unanswered {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	return answered.response(req), nil
}

func requestBody(req *http.Request) (json.RawMessage, error) {
	if req.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if json.Valid(body) {
		body = compact(body) // as it stands in the file
	}
	return body, req.Body.Close()
}

func (tape *Tape) find(asked exchange) (exchange, bool) {
	tape.mu.Lock()
	defer tape.mu.Unlock()
	key := asked.Method + " " + asked.Path + " " + string(asked.Body)
	var found exchange
	seen := 0
	for _, e := range tape.exchanges {
		if e.Method != asked.Method || e.Path != asked.Path || !bytes.Equal(e.Body, asked.Body) {
			continue
		}
		found = e
		if seen++; seen > tape.played[key] {
			break
		}
	}
	tape.played[key]++
	return found, seen > 0
}

func (e exchange) response(req *http.Request) *http.Response {
	body := []byte(e.Reply)
	if e.Text != "" {
		body = []byte(e.Text)
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)), StatusCode: e.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {e.Type}}, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)), Request: req,
	}
}

// ask sends the request to the server and keeps what it says.
func (tape *Tape) ask(req *http.Request, asked exchange) (*http.Response, error) {
	sent := req.Clone(req.Context())
	sent.URL.Scheme, sent.URL.Host, sent.Host = tape.record.Scheme, tape.record.Host, tape.record.Host
	sent.Body = io.NopCloser(bytes.NewReader(asked.Body))
	resp, err := tape.base.RoundTrip(sent)
	if req.Context().Err() != nil {
		asked.Unanswered = true
		tape.keep(asked)
	}
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	asked.Status, asked.Type = resp.StatusCode, resp.Header.Get("Content-Type")
	if tape.scrub != nil {
		body = tape.scrub(asked.Path, body)
	}
	switch {
	case json.Valid(body):
		asked.Reply = compact(body)
	case utf8.Valid(body):
		asked.Text = string(body)
	default:
		return nil, errors.New("the reply is neither JSON nor text")
	}
	tape.keep(asked)
	return asked.response(req), nil
}

func (tape *Tape) keep(e exchange) {
	tape.mu.Lock()
	defer tape.mu.Unlock()
	tape.exchanges = append(tape.exchanges, e)
}

func (tape *Tape) load() {
	tape.t.Helper()
	file, err := os.ReadFile(tape.file)
	if err != nil {
		tape.t.Fatal(err)
	}
	for line := range strings.Lines(string(file)) {
		var e exchange
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			tape.t.Fatalf("%s: %v", tape.file, err)
		}
		tape.exchanges = append(tape.exchanges, e)
	}
}

// save writes the recording, an exchange a line.
func (tape *Tape) save() {
	if tape.t.Failed() {
		tape.t.Logf("%s is left as it was, because the test failed", tape.file)
		return
	}
	var file bytes.Buffer
	lines := json.NewEncoder(&file)
	lines.SetEscapeHTML(false)
	for _, e := range tape.exchanges {
		if err := lines.Encode(e); err != nil {
			tape.t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(tape.file), 0o755); err != nil {
		tape.t.Fatal(err)
	}
	if err := os.WriteFile(tape.file, file.Bytes(), 0o644); err != nil {
		tape.t.Fatal(err)
	}
}

func compact(body []byte) json.RawMessage {
	var small bytes.Buffer
	// It is valid; Compact cannot fail.
	if err := json.Compact(&small, body); err != nil {
		return body
	}
	return small.Bytes()
}
