package mock

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/feedbackgen/feedbackgen/backends"
)

// maxBody bounds a request's body, in bytes.
const maxBody = 16 << 20

// Handler serves a backend as OpenAI-compatible servers do:
//
//	GET  /v1/models            the policy's model
//	POST /v1/chat/completions  n, seed, stop, logprobs; a trailing assistant message is continued
//	POST /v1/completions       prompts in the format of Template, an open assistant turn included
//	GET  /props                slots and chat template, as llama.cpp's server tells them
//	GET  /health
//
// It counts the POSTs by content, so that a test sees what was asked twice.
type Handler struct {
	backend backends.Backend
	faults  Faults
	mux     *http.ServeMux

	mu      sync.Mutex
	first   time.Time
	total   int
	asked   map[string]int
	paid    map[string]int
	current int
	highest int
}

// NewHandler serves b with faults. The backend's calls are as concurrent as the requests.
func NewHandler(b backends.Backend, faults Faults) *Handler {
	h := &Handler{backend: b, faults: faults, mux: http.NewServeMux(), asked: map[string]int{}, paid: map[string]int{}}
	h.mux.HandleFunc("GET /v1/models", h.models)
	h.mux.HandleFunc("POST /v1/chat/completions", h.counted(chatRequest))
	h.mux.HandleFunc("POST /v1/completions", h.counted(textRequest))
	h.mux.HandleFunc("GET /props", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"total_slots": 4, "chat_template": Template})
	})
	h.mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"status": "ok"})
	})
	return h
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// Requests returns how often each content was asked for, by a hash of path and body.
func (h *Handler) Requests() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.asked)
}

// Paid returns how often each content was answered in full, by the same hash: more than once is a
// reply that was paid for again.
func (h *Handler) Paid() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.paid)
}

// Total is how many requests for completions have come, failed ones included.
func (h *Handler) Total() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.total
}

// MaxInFlight is the highest number of requests that were worked on at once.
func (h *Handler) MaxInFlight() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.highest
}

func (h *Handler) models(w http.ResponseWriter, r *http.Request) {
	policy, err := h.backend.Policy(r.Context())
	if err != nil {
		writeFailure(w, err)
		return
	}
	writeJSON(w, http.StatusOK, modelList{Object: "list", Data: []model{{ID: policy.Model, Object: "model", OwnedBy: "mock"}}})
}

// counted answers requests for completions, which parse makes of a body, and counts them.
func (h *Handler) counted(parse parser) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			writeError(w, http.StatusBadRequest, "invalid_request_error", err.Error())
			return
		}
		sum := sha256.Sum256(append([]byte(r.URL.Path+"\n"), body...))
		content := hex.EncodeToString(sum[:8])
		times, struck := h.arrive(content)
		defer h.leave()

		switch struck {
		case throttle:
			h.writeRetryAfter(w)
			writeError(w, http.StatusTooManyRequests, "rate_limit_exceeded", "too many requests")
		case unavailable:
			h.writeRetryAfter(w)
			writeError(w, http.StatusServiceUnavailable, "unavailable_error", "loading model")
		case internal:
			writeError(w, http.StatusInternalServerError, "server_error", "something broke")
		case reset:
			hangUp(w, nil)
		default:
			h.answer(w, r, parse, body, content, times, struck)
		}
	}
}

// answer writes a reply, except for what has struck it.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, parse parser, body []byte, content string, times int, struck fault) {
	ask, err := parse(body)
	if err != nil {
		writeError(w, http.StatusBadRequest, "invalid_request_error", err.Error())
		return
	}
	if err := h.checkModel(r.Context(), ask.model); err != nil {
		writeError(w, http.StatusNotFound, "model_not_found", err.Error())
		return
	}
	prefix := h.bend(ask, content, times)
	h.faults.wait(r.Context(), content, times)
	reply, err := h.backend.Generate(r.Context(), ask.request)
	if err != nil {
		writeFailure(w, err)
		return
	}
	if struck == empty {
		reply.Samples = nil
	}
	if h.faults.NullLogprobs || h.faults.chance("logprobs", content, times) < h.faults.PNullLogprobs {
		for i := range reply.Samples {
			reply.Samples[i].Logprobs = nil
		}
	}
	text, err := json.Marshal(ask.render(ask, prefix, reply))
	if err != nil {
		writeFailure(w, err)
		return
	}
	switch {
	case struck == truncate && h.faults.chance("hang up", content, times) < 0.5:
		hangUp(w, text)
	case struck == truncate:
		writeBody(w, http.StatusOK, text[:len(text)/2])
	case struck == empty:
		writeBody(w, http.StatusOK, text)
	default:
		h.pay(content)
		writeBody(w, http.StatusOK, text)
	}
}

// bend changes a request as servers do that ignore some of it, and returns what to repeat of its
// prefix in the reply.
func (h *Handler) bend(ask *asked, content string, times int) (prefix string) {
	ask.request.N = h.faults.choices(ask.request.N, content, times)
	if h.faults.IgnoreSeed || ask.noSeed {
		ask.request.Sampling.Seed += 1_000_003 * int64(h.Total())
	}
	switch {
	case h.faults.NoPrefill && !ask.raw:
		ask.request.Prefix = ""
	case h.faults.EchoPrefill && !ask.raw:
		return ask.request.Prefix
	}
	return ""
}

// checkModel refuses models that are not the backend's.
func (h *Handler) checkModel(ctx context.Context, name string) error {
	policy, err := h.backend.Policy(ctx)
	if err != nil || name == policy.Model {
		return err
	}
	return fmt.Errorf("the model %q does not exist; there is %q", name, policy.Model)
}

// arrive counts a request and decides what befalls it; times is how often its content came before.
func (h *Handler) arrive(content string) (times int, struck fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if h.total++; h.total == 1 {
		h.first = now
	}
	times = h.asked[content]
	h.asked[content]++
	h.current++
	h.highest = max(h.highest, h.current)
	return times, h.faults.strike(content, times, h.total, now.Sub(h.first))
}

func (h *Handler) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.current--
}

func (h *Handler) pay(content string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.paid[content]++
}

func (h *Handler) writeRetryAfter(w http.ResponseWriter) {
	switch after := h.faults.RetryAfter; {
	case after == 0:
	case h.faults.RetryAfterDate:
		// Dates have whole seconds: round up, or the client would come back too early.
		at := time.Now().Add(after + time.Second - time.Nanosecond).Truncate(time.Second)
		w.Header().Set("Retry-After", at.UTC().Format(http.TimeFormat))
	default:
		w.Header().Set("Retry-After", strconv.Itoa(int((after+time.Second-1)/time.Second)))
	}
}

// hangUp closes the connection: at once, or in the middle of a body.
func hangUp(w http.ResponseWriter, body []byte) {
	if body != nil {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
	}
	panic(http.ErrAbortHandler) // net/http's own way to drop a connection without a word in its log
}

// writeFailure answers with a backend's failure, under the status that servers use for its kind.
func writeFailure(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, backends.ErrRefused):
		status = http.StatusBadRequest
	case errors.Is(err, backends.ErrThrottled):
		status = http.StatusTooManyRequests
	case errors.Is(err, backends.ErrLoading):
		status = http.StatusServiceUnavailable
	}
	writeError(w, status, "backend_error", err.Error())
}
