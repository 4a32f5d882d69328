// Package openai is a [backends.Backend] over any server that speaks OpenAI's chat API: vLLM,
// SGLang, llama.cpp, LM Studio, hosted ones, and OpenAI itself.
//
// Requests are written by go-openai. What it cannot say (temperature 0, top_k, min_p, continuing a
// message, a model named like a reasoning model) its HTTP transport splices into the body; what it
// drops from replies (reasoning) is read from the bytes beside it.
//
// A partial solution is continued natively, by a trailing assistant message, or raw, by /completions
// and our own chat template. Under [backends.Raw] every prompt is rendered here, with a prefix or
// without, so that whole completions and continuations come from one policy.
package openai

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	api "github.com/sashabaranov/go-openai"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/internal/wire"
	"github.com/feedbackgen/feedbackgen/backends/template"
)

// Config says which server and model. Its zero values are useful but for BaseURL and Model.
type Config struct {
	// BaseURL is where the API begins, such as "http://127.0.0.1:8000/v1".
	BaseURL string
	// Model is the name that the server knows the model by.
	Model string
	// APIKey is sent as a bearer token, if not empty. It appears in no error.
	APIKey string
	// PolicyID is the user's own name for the weights, as such servers tell no digest.
	PolicyID string
	// Template renders prompts for /completions; without one, [backends.Raw] cannot be had.
	Template *template.Template
	// Vendor says whose extra fields to send; the default, [Auto], finds out.
	Vendor Vendor
	// Extra holds further fields for the body of every request, such as
	// {"chat_template_kwargs": {"enable_thinking": false}}. Fields that feedbackgen sets itself
	// are refused, because records state their values.
	Extra map[string]any
	// Timeout bounds one call; default [wire.DefaultTimeout], 30 minutes.
	Timeout time.Duration
	// Transport carries the requests; default one that keeps many connections open.
	Transport http.RoundTripper
}

// Backend is one model on one server.
type Backend struct {
	config    Config
	base      *url.URL
	model     []byte // as JSON
	extra     []byte // Config.Extra as JSON members, or nil
	server    wire.Server
	transport *wire.Transport
	client    *api.Client
	dialect   atomic.Pointer[dialect]
	// single says that the server refuses to draw several samples in one call.
	single atomic.Bool
	// few says that the server refuses to tell as many alternatives to a token as others do.
	few atomic.Bool

	policy *wire.Once[feedbackgen.Policy]
}

var (
	_ backends.Backend   = (*Backend)(nil)
	_ backends.Slotter   = (*Backend)(nil)
	_ backends.Continuer = (*Backend)(nil)
)

// New makes a backend. It asks the server nothing yet; its errors are [backends.ErrConfig].
func New(config Config) (*Backend, error) {
	base, err := wire.ParseBase("openai", config.BaseURL)
	if err != nil {
		return nil, err
	}
	b := &Backend{config: config, base: base, policy: wire.NewOnce[feedbackgen.Policy]()}
	b.server = wire.Server{
		Name: "openai server", Host: base.Host, Secret: config.APIKey,
		Start: "is it running, and is the base URL right?",
	}
	if b.extra, err = members(config.Extra); err != nil {
		return nil, b.server.Fail(backends.ErrConfig, err.Error(), "")
	}
	chosen, err := config.Vendor.dialect(base)
	if err != nil {
		return nil, b.server.Fail(backends.ErrConfig, err.Error(), "")
	}
	b.dialect.Store(chosen)
	if b.model, err = json.Marshal(config.Model); err != nil {
		return nil, b.server.Fail(backends.ErrConfig, err.Error(), "")
	}

	b.transport = &wire.Transport{Server: b.server, Base: config.Transport, Timeout: config.Timeout, Now: time.Now}
	if b.transport.Base == nil {
		b.transport.Base = wire.NewBase()
	}
	if b.transport.Timeout == 0 {
		b.transport.Timeout = wire.DefaultTimeout
	}
	settings := api.DefaultConfig(config.APIKey)
	settings.BaseURL = base.String()
	settings.HTTPClient = &http.Client{Transport: b.transport}
	b.client = api.NewClientWithConfig(settings)
	return b, nil
}

// Close closes the idle connections. The backend can still be used.
func (b *Backend) Close() { b.transport.CloseIdleConnections() }

// Policy asks the server once which models it has, and fails with [backends.ErrConfig] if the model
// is not among them. A server that cannot list its models is believed to have it.
func (b *Backend) Policy(ctx context.Context) (feedbackgen.Policy, error) {
	return b.policy.Get(ctx, b.ask)
}

func (b *Backend) ask(ctx context.Context) (feedbackgen.Policy, error) {
	models, err := b.models(ctx)
	if err != nil {
		return feedbackgen.Policy{}, err
	}
	if err := b.find(models); err != nil {
		return feedbackgen.Policy{}, err
	}
	policy := feedbackgen.Policy{Backend: "openai", Model: b.config.Model, ID: b.config.PolicyID}
	if b.config.Template != nil {
		policy.Template = b.config.Template.Digest()
	}
	return policy, nil
}

// models lists the server's models; none if it cannot tell.
func (b *Backend) models(ctx context.Context) ([]api.Model, error) {
	list, err := b.client.ListModels(ctx)
	if err == nil {
		return list.Models, nil
	}
	return nil, unlessUntold(b.server.Final(ctx, err))
}

// find looks for the model, and learns from who owns it which server this is.
func (b *Backend) find(models []api.Model) error {
	if len(models) == 0 {
		return nil
	}
	names := make([]string, len(models))
	for i, m := range models {
		names[i] = m.ID
		if m.ID == b.config.Model {
			if b.config.Vendor == Auto {
				b.learn(m.OwnedBy)
			}
			return nil
		}
	}
	return b.server.Unknown(b.config.Model, names, "choose one of them with --model")
}

// Continuations are native always, and raw with a template.
func (b *Backend) Continuations(context.Context) ([]backends.Continuation, error) {
	if b.config.Template == nil {
		return []backends.Continuation{backends.Native}, nil
	}
	return []backends.Continuation{backends.Native, backends.Raw}, nil
}

// Slots asks llama.cpp's server how many requests it works on at once; 0 for other servers.
func (b *Backend) Slots(ctx context.Context) (int, error) {
	props := *b.base
	props.Path = strings.TrimSuffix(props.Path, "/v1") + "/props"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, props.String(), nil)
	if err != nil {
		return 0, b.server.Fail(backends.ErrConfig, err.Error(), "")
	}
	if b.config.APIKey != "" {
		req.Header.Set("Authorization", "Bearer "+b.config.APIKey)
	}
	exchange := &wire.Exchange{}
	resp, err := b.transport.RoundTrip(req.WithContext(wire.With(ctx, exchange)))
	if err != nil {
		return 0, unlessUntold(b.server.Final(ctx, err))
	}
	if err := resp.Body.Close(); err != nil {
		return 0, b.server.Broken(err)
	}
	var told struct {
		Slots int `json:"total_slots"`
	}
	if err := json.Unmarshal(exchange.Body, &told); err != nil {
		return 0, unlessUntold(b.server.Broken(err))
	}
	return max(told.Slots, 0), nil
}

// members marshals extra fields as the inside of a JSON object, in alphabetical order.
func members(extra map[string]any) ([]byte, error) {
	if len(extra) == 0 {
		return nil, nil
	}
	for name := range extra {
		if slices.Contains(reserved, name) {
			return nil, fmt.Errorf("extra field %q is one that feedbackgen sets itself", name)
		}
	}
	object, err := json.Marshal(extra)
	if err != nil {
		return nil, fmt.Errorf("extra fields: %w", err)
	}
	return object[1 : len(object)-1], nil
}
