package mock

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/feedbackgen/feedbackgen/backends"
)

// maxCanned is the largest n for which a [Canned] reply is kept ready.
const maxCanned = 16

// CannedHandler answers every request with one reply; see [Canned].
type CannedHandler struct {
	chat    [maxCanned][]byte
	models  []byte
	lengths [maxCanned][]string
	total   atomic.Int64
	buffers sync.Pool
}

// Canned answers every chat at once with the same text, as often as "n" asks for (at most 16
// times), and lists one model. It does nothing else: it is there to measure what talks to it.
func Canned(modelName, text string) *CannedHandler {
	h := &CannedHandler{buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }}}
	_, tokens := tokensEnd(text, len(text))
	var reply backends.Response
	for n := range maxCanned {
		reply.PromptTokens = 32
		reply.Samples = append(reply.Samples, backends.Sample{Text: text, Finish: backends.FinishStop, Tokens: tokens})
		h.chat[n] = mustMarshal(renderChat(&asked{model: modelName}, "", reply))
		h.lengths[n] = []string{strconv.Itoa(len(h.chat[n]))}
	}
	h.models = mustMarshal(modelList{Object: "list", Data: []model{{ID: modelName, Object: "model", OwnedBy: "mock"}}})
	return h
}

// mustMarshal is for values of this package's own types, which always marshal.
func mustMarshal(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}

// Total is how many chats were answered.
func (h *CannedHandler) Total() int64 { return h.total.Load() }

var jsonType = []string{"application/json"}

// ServeHTTP answers a request.
func (h *CannedHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/models") {
		writeBody(w, http.StatusOK, h.models)
		return
	}
	if !strings.HasSuffix(r.URL.Path, "/chat/completions") {
		writeError(w, http.StatusNotFound, "not_found", "only chats are answered here")
		return
	}
	buffer := h.buffers.Get().(*bytes.Buffer)
	defer h.buffers.Put(buffer)
	buffer.Reset()
	if _, err := io.Copy(buffer, r.Body); err != nil {
		return // the client is gone
	}
	h.total.Add(1)
	n := cannedN(buffer.Bytes()) - 1
	header := w.Header()
	header["Content-Type"] = jsonType
	header["Content-Length"] = h.lengths[n]
	_, _ = w.Write(h.chat[n])
}

// cannedN finds n in a request without parsing it, which would take most of the time. Inside a
// JSON string the quotes around the key would be escaped, so this finds only the key.
func cannedN(body []byte) int {
	at := bytes.LastIndex(body, []byte(`"n":`))
	if at < 0 {
		return 1
	}
	n := 0
	for _, c := range body[at+len(`"n":`):] {
		if c < '0' || c > '9' || n > maxCanned {
			break
		}
		n = 10*n + int(c-'0')
	}
	return max(1, min(n, maxCanned))
}
