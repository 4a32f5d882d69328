package openai

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"

	api "github.com/sashabaranov/go-openai"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/internal/wire"
)

// Generate asks for all samples in one call; a server may return fewer. Where it tells only the sum
// of the sampled tokens, that is shared out among the samples by their length.
func (b *Backend) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	if b.single.Load() {
		req.N = 1
	}
	used, asked := b.dialect.Load(), b.alternatives(req)
	response, err := b.generate(ctx, used, req)
	if req.Logprobs && refusesMany(asked, err) {
		b.few.Store(true)
		return b.Generate(ctx, req)
	}
	if status, ok := errors.AsType[*wire.StatusError](err); ok && errors.Is(err, backends.ErrRefused) && status.Code != http.StatusRequestEntityTooLarge {
		return b.concede(ctx, used, req, err)
	}
	return response, err
}

// concede asks again without what the server may have refused, where that leaves the samples the
// same, and remembers what helped. Otherwise the refusal stands.
func (b *Backend) concede(ctx context.Context, used *dialect, req backends.Request, refusal error) (backends.Response, error) {
	unchanged := req.Sampling.TopK <= 0 && req.Sampling.MinP == 0
	if b.config.Vendor == Auto && used.extended && unchanged && refusesOptional(refusal.Error()) {
		response, err := b.generate(ctx, plain, req)
		if err == nil {
			b.dialect.CompareAndSwap(used, plain)
		}
		if err == nil || !errors.Is(err, backends.ErrRefused) {
			return response, err
		}
		used, refusal = plain, err
	}
	if req.N > 1 {
		req.N = 1
		response, err := b.generate(ctx, used, req)
		if err == nil {
			b.single.Store(true)
		}
		return response, err
	}
	return backends.Response{}, refusal
}

func (b *Backend) generate(ctx context.Context, d *dialect, req backends.Request) (backends.Response, error) {
	raw := req.Continue == backends.Raw
	extra, err := b.extras(d, req, raw)
	if err != nil {
		return backends.Response{}, b.server.Fail(backends.ErrRefused, err.Error(), "")
	}
	exchange := &wire.Exchange{Rewrite: func(body []byte) ([]byte, error) { return splice(body, b.model, extra) }}
	ctx = wire.With(ctx, exchange)
	if raw {
		return b.complete(ctx, exchange, req)
	}
	return b.chat(ctx, exchange, d, req)
}

func (b *Backend) chat(ctx context.Context, exchange *wire.Exchange, d *dialect, req backends.Request) (backends.Response, error) {
	seed := foldSeed(req.Sampling.Seed)
	request := api.ChatCompletionRequest{
		Model: standIn, Messages: conversation(d, req), N: req.N, Stop: req.Sampling.Stop, Seed: &seed, LogProbs: req.Logprobs,
	}
	alternatives := b.alternatives(req)
	if req.Logprobs {
		request.TopLogProbs = alternatives
	}
	reply, err := b.client.CreateChatCompletion(ctx, request)
	if err != nil {
		return backends.Response{}, b.server.Final(ctx, err)
	}
	return b.readChat(req, alternatives, reply, exchange.Body)
}

// complete sends the rendered prompt to /completions.
func (b *Backend) complete(ctx context.Context, exchange *wire.Exchange, req backends.Request) (backends.Response, error) {
	chat := b.config.Template
	if chat == nil {
		return backends.Response{}, b.server.Fail(backends.ErrConfig, "raw completion needs a chat template", "name one with --template")
	}
	prompt, err := chat.Render(req.Messages, req.Prefix)
	if err != nil {
		return backends.Response{}, b.server.Fail(backends.ErrConfig, err.Error(), "")
	}
	seed := foldSeed(req.Sampling.Seed)
	request := api.CompletionRequest{
		Model: standIn, Prompt: prompt, N: req.N, Seed: &seed,
		Stop: slices.Concat(req.Sampling.Stop, chat.Stop()),
	}
	alternatives := b.alternatives(req)
	if req.Logprobs {
		request.LogProbs = alternatives
	}
	reply, err := b.client.CreateCompletion(ctx, request)
	if err != nil {
		return backends.Response{}, b.server.Final(ctx, err)
	}
	return b.readCompletion(req, alternatives, reply, exchange.Body)
}

func conversation(d *dialect, req backends.Request) []api.ChatCompletionMessage {
	messages := make([]api.ChatCompletionMessage, 0, len(req.Messages)+1)
	for _, m := range req.Messages {
		turn := api.ChatCompletionMessage{Role: m.Role, Content: m.Content}
		if d.thinking {
			turn.ReasoningContent = m.Thinking
		}
		messages = append(messages, turn)
	}
	if req.Prefix != "" {
		messages = append(messages, api.ChatCompletionMessage{Role: feedbackgen.RoleAssistant, Content: req.Prefix})
	}
	return messages
}

// foldSeed brings a seed into the range that every server takes: several read 32 bits, and some
// take negative ones for "any". Neighbouring seeds stay apart.
func foldSeed(seed int64) int { return int(seed & math.MaxInt32) }
