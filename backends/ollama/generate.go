package ollama

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"

	"github.com/ollama/ollama/api"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/internal/wire"
)

// Generate draws one sample, whatever req.N. Under [backends.Raw] the prompt is rendered here, with
// a prefix or without, so that whole completions and continuations come from one policy.
func (b *Backend) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	m, err := b.model.Get(ctx, b.ask)
	if err != nil {
		return backends.Response{}, err
	}
	if req.Continue == backends.Raw {
		prompt, err := b.Render(ctx, req.Messages, req.Prefix)
		if err != nil {
			return backends.Response{}, err
		}
		return b.raw(ctx, m, req, prompt)
	}
	return b.chat(ctx, m, req)
}

func (b *Backend) chat(ctx context.Context, m *model, req backends.Request) (backends.Response, error) {
	messages := conversation(req.Messages)
	if req.Prefix != "" {
		messages = append(messages, api.Message{Role: feedbackgen.RoleAssistant, Content: req.Prefix})
	}
	no := false
	var reply api.ChatResponse
	err := b.post(ctx, "/api/chat", api.ChatRequest{
		Model: b.config.Model, Messages: messages, Stream: &no, Format: req.Schema, Options: b.options(m, req.Sampling),
		// Better refused than cut in silence. Servers that do not know these fields are found out below.
		Truncate: &no, Shift: &no, Logprobs: req.Logprobs, TopLogprobs: alternatives(req),
	}, &reply)
	if err != nil {
		return backends.Response{}, err
	}
	return b.response(req, outcome{
		text: reply.Message.Content, thinking: reply.Message.Thinking, done: reply.Done, reason: reply.DoneReason,
		logprobs: reply.Logprobs, metrics: reply.Metrics,
	})
}

func (b *Backend) raw(ctx context.Context, m *model, req backends.Request, prompt string) (backends.Response, error) {
	no := false
	var reply api.GenerateResponse
	err := b.post(ctx, "/api/generate", api.GenerateRequest{
		Model: b.config.Model, Prompt: prompt, Raw: true, Stream: &no, Format: req.Schema, Options: b.options(m, req.Sampling),
		Truncate: &no, Shift: &no, Logprobs: req.Logprobs, TopLogprobs: alternatives(req),
	}, &reply)
	if err != nil {
		return backends.Response{}, err
	}
	return b.response(req, outcome{
		text: reply.Response, thinking: reply.Thinking, done: reply.Done, reason: reply.DoneReason,
		logprobs: reply.Logprobs, metrics: reply.Metrics,
	})
}

// conversation copies the messages, because rendering merges neighbours in place.
func conversation(messages []feedbackgen.Message) []api.Message {
	copied := make([]api.Message, 0, len(messages)+1)
	for _, m := range messages {
		copied = append(copied, api.Message{Role: m.Role, Content: m.Content, Thinking: m.Thinking})
	}
	return copied
}

// options states everything that shapes the distribution, because models bring defaults of their
// own, among them a repetition penalty, which would be another policy.
func (b *Backend) options(m *model, s feedbackgen.Sampling) map[string]any {
	options := map[string]any{
		"num_ctx":           b.config.NumCtx,
		"temperature":       float64(s.Temperature),
		"top_p":             float64(s.TopP),
		"top_k":             max(s.TopK, 0),
		"min_p":             float64(s.MinP),
		"typical_p":         1.0,
		"repeat_penalty":    1.0,
		"presence_penalty":  0.0,
		"frequency_penalty": 0.0,
		// Ollama reads 32 bits, and takes -1 for "any".
		"seed": s.Seed & math.MaxInt32,
	}
	if s.MaxTokens > 0 {
		options["num_predict"] = s.MaxTokens
	}
	if len(s.Stop) > 0 {
		// Ours replace the model's own, without which it would not end its turn.
		options["stop"] = slices.Concat(s.Stop, m.stop)
	}
	return options
}

// post sends one request and reads its one reply. It is not api.Client's, which allocates 8 MB for
// each call, and takes a reply that broke off, or a failure without a body, for no reply at all.
func (b *Backend) post(ctx context.Context, path string, request, reply any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return b.server.Fail(backends.ErrRefused, err.Error(), "")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.base.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		return b.server.Fail(backends.ErrConfig, err.Error(), "")
	}
	req.Header.Set("Content-Type", "application/json")
	exchange := &wire.Exchange{}
	resp, err := b.http.Do(req.WithContext(wire.With(ctx, exchange)))
	if err != nil {
		return b.notFound(ctx, b.server.Final(ctx, err))
	}
	if err := resp.Body.Close(); err != nil {
		return b.server.Broken(err)
	}
	var failed struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal(exchange.Body, reply); err != nil {
		return b.server.Broken(err)
	}
	if bytes.HasPrefix(exchange.Body, []byte(`{"error"`)) && json.Unmarshal(exchange.Body, &failed) == nil {
		return b.server.Fail(backends.ErrTransient, failed.Error, "")
	}
	return nil
}

// notFound adds to a 404 which models there are; a model may be removed while a run goes on.
func (b *Backend) notFound(ctx context.Context, err error) error {
	status, ok := errors.AsType[*wire.StatusError](err)
	if !ok || status.Code != http.StatusNotFound {
		return err
	}
	list, listErr := b.client.List(ctx)
	if listErr != nil {
		return err
	}
	if _, unknown := b.find(list.Models); unknown != nil {
		return unknown
	}
	return err
}

// outcome is what chat and generate tell alike.
type outcome struct {
	text, thinking string
	done           bool
	reason         string
	logprobs       []api.Logprob
	metrics        api.Metrics
}

func (b *Backend) response(req backends.Request, o outcome) (backends.Response, error) {
	if !o.done {
		return backends.Response{}, b.server.Fail(backends.ErrTransient, "the reply broke off", "")
	}
	prompt, sampled := o.metrics.PromptEvalCount, o.metrics.EvalCount
	if prompt >= b.config.NumCtx {
		// Servers before 0.12 cut a long prompt to fit, and say so only by its count.
		return backends.Response{}, b.server.Fail(backends.ErrRefused,
			fmt.Sprintf("the prompt does not fit the context of %d tokens", b.config.NumCtx), "raise it with --context-length")
	}
	sample := backends.Sample{
		Text: o.text, Thinking: o.thinking, Finish: backends.FinishStop, Tokens: sampled, Seed: req.Sampling.Seed,
	}
	// Those servers also go on past the context's end, on a prompt with a hole in it.
	if o.reason == "length" || prompt+sampled > b.config.NumCtx {
		sample.Finish = backends.FinishLength
	}
	for _, t := range o.logprobs {
		sample.Logprobs = append(sample.Logprobs, backends.TokenLogprob{Token: t.Token, Logprob: t.Logprob})
	}
	if alternatives(req) > 0 {
		sample.Entropies = entropies(o.logprobs)
	}
	return backends.Response{Samples: []backends.Sample{sample}, PromptTokens: prompt}, nil
}

// alternatives is how many of the likeliest tokens to ask for at each position.
func alternatives(req backends.Request) int {
	if req.Logprobs && req.Entropies {
		return wire.Alternatives
	}
	return 0
}

// entropies are those of all positions, or none.
func entropies(tokens []api.Logprob) []float64 {
	var all []float64
	for _, t := range tokens {
		likeliest := make([]float64, len(t.TopLogprobs))
		for i, other := range t.TopLogprobs {
			likeliest[i] = other.Logprob
		}
		nats, ok := wire.Entropy(likeliest, wire.Alternatives)
		if !ok {
			return nil
		}
		all = append(all, nats)
	}
	return all
}
