// Package ollama is a [backends.Backend] over a model that an Ollama server runs.
//
// Ollama draws one sample a call, so Generate returns one; fan-out above it asks for the others. A
// partial solution is continued natively, by a trailing assistant message, if the model's template
// allows it; or raw, with the prompt rendered here by that same template, which the server tells.
package ollama

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ollama/ollama/api"
	"github.com/ollama/ollama/template"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/internal/wire"
)

// DefaultBaseURL is where Ollama listens unless told otherwise.
const DefaultBaseURL = "http://127.0.0.1:11434"

// DefaultNumCtx is the context length that is asked for, in tokens, prompt and answer together.
const DefaultNumCtx = 4096

// Config says which server and model. Its zero values are useful but for Model.
type Config struct {
	// BaseURL is the server's address; default [DefaultBaseURL].
	BaseURL string
	// Model is its name, such as "qwen3:0.6b"; no tag means "latest".
	Model string
	// PolicyID is the user's own name for the weights, kept beside the digest that Ollama tells.
	PolicyID string
	// NumCtx is the context length in tokens; default [DefaultNumCtx]. It is always sent, because
	// servers differ in their default and cut longer prompts in silence.
	NumCtx int
	// Timeout bounds one call; default [wire.DefaultTimeout], 30 minutes.
	Timeout time.Duration
	// Transport carries the requests; default one that keeps many connections open.
	Transport http.RoundTripper
}

// Backend is one model on one server.
type Backend struct {
	config    Config
	base      *url.URL
	server    wire.Server
	transport *wire.Transport
	http      *http.Client
	client    *api.Client

	model *wire.Once[*model]
}

var (
	_ backends.Backend   = (*Backend)(nil)
	_ backends.Continuer = (*Backend)(nil)
)

// New makes a backend. It asks the server nothing yet; its errors are [backends.ErrConfig].
func New(config Config) (*Backend, error) {
	if config.BaseURL == "" {
		config.BaseURL = DefaultBaseURL
	}
	if config.NumCtx == 0 {
		config.NumCtx = DefaultNumCtx
	}
	base, err := wire.ParseBase("ollama", config.BaseURL)
	if err != nil {
		return nil, err
	}
	b := &Backend{config: config, base: base, model: wire.NewOnce[*model]()}
	b.server = wire.Server{Name: "ollama", Host: base.Host, Start: "is it running? start it with: ollama serve"}
	b.transport = &wire.Transport{Server: b.server, Base: config.Transport, Timeout: config.Timeout, Now: time.Now}
	if b.transport.Base == nil {
		b.transport.Base = wire.NewBase()
	}
	if b.transport.Timeout == 0 {
		b.transport.Timeout = wire.DefaultTimeout
	}
	b.http = &http.Client{Transport: b.transport}
	b.client = api.NewClient(base, b.http)
	return b, nil
}

// Close closes the idle connections. The backend can still be used.
func (b *Backend) Close() { b.transport.CloseIdleConnections() }

// Policy asks the server once for the model's digest and template, and fails with
// [backends.ErrConfig] if it has no such model.
func (b *Backend) Policy(ctx context.Context) (feedbackgen.Policy, error) {
	m, err := b.model.Get(ctx, b.ask)
	if err != nil {
		return feedbackgen.Policy{}, err
	}
	return feedbackgen.Policy{
		Backend: "ollama", Model: b.config.Model, Digest: m.digest, ID: b.config.PolicyID, Template: m.templateDigest,
	}, nil
}

// Continuations are native always, and raw if the server tells a template that renders.
func (b *Backend) Continuations(ctx context.Context) ([]backends.Continuation, error) {
	m, err := b.model.Get(ctx, b.ask)
	if err != nil {
		return nil, err
	}
	if m.template == nil {
		return []backends.Continuation{backends.Native}, nil
	}
	return []backends.Continuation{backends.Native, backends.Raw}, nil
}

// model is what the server tells of a model.
type model struct {
	digest         string
	templateDigest string
	// template renders prompts; nil if the server renders this model's prompts by other means.
	template *template.Template
	// stop holds the model's own stop strings, which ours would otherwise replace.
	stop []string
	// opening are the messages that the server puts before every conversation, and system the
	// system message of conversations that bring none.
	opening []api.Message
	system  string
}

// ask asks the server for the model.
func (b *Backend) ask(ctx context.Context) (*model, error) {
	list, err := b.client.List(ctx)
	if err != nil {
		return nil, b.server.Final(ctx, err)
	}
	listed, err := b.find(list.Models)
	if err != nil {
		return nil, err
	}
	shown, err := b.client.Show(ctx, &api.ShowRequest{Model: b.config.Model})
	if err != nil {
		return nil, b.server.Final(ctx, err)
	}
	sum := sha256.Sum256([]byte(shown.Template + shown.Renderer))
	m := &model{
		digest: listed.Digest, templateDigest: hex.EncodeToString(sum[:]),
		stop: stops(shown.Parameters), opening: shown.Messages, system: shown.System,
	}
	if shown.Renderer == "" && shown.Template != "" {
		if m.template, err = template.Parse(shown.Template); err != nil {
			// The server may know template functions that this build does not; native is left.
			m.template = nil
		}
	}
	return m, nil
}

func (b *Backend) find(models []api.ListModelResponse) (api.ListModelResponse, error) {
	names := make([]string, len(models))
	for i, m := range models {
		if fullName(m.Name) == fullName(b.config.Model) {
			return m, nil
		}
		names[i] = strings.TrimSuffix(m.Name, ":latest")
	}
	remedy := "Pull it with: ollama pull " + b.config.Model
	if b.config.Model == "" {
		remedy = "Choose one with --model"
	}
	return api.ListModelResponse{}, b.server.Unknown(b.config.Model, names, remedy)
}

// fullName is a model's name with its tag, in lower case as Ollama compares names.
func fullName(name string) string {
	name = strings.ToLower(name)
	if !strings.Contains(name[strings.LastIndexByte(name, '/')+1:], ":") {
		name += ":latest"
	}
	return name
}

var stopLine = regexp.MustCompile(`(?m)^stop\s+(".*")\s*$`)

// stops reads the stop strings out of the parameters that Ollama shows, a line each.
func stops(parameters string) []string {
	var found []string
	for _, line := range stopLine.FindAllStringSubmatch(parameters, -1) {
		if stop, err := strconv.Unquote(line[1]); err == nil {
			found = append(found, stop)
		}
	}
	return found
}

// Render is the text that the model sees: the conversation in its own template, up to where the
// answer begins, and then prefix. It may ask the server for the template, once.
func (b *Backend) Render(ctx context.Context, messages []feedbackgen.Message, prefix string) (string, error) {
	m, err := b.model.Get(ctx, b.ask)
	if err != nil {
		return "", err
	}
	text, err := m.render(conversation(messages), prefix)
	if err != nil {
		return "", b.server.Fail(backends.ErrConfig, err.Error(), "only native continuation can be had")
	}
	return text, nil
}

// render is the prompt that the server itself would make of the conversation, and then the prefix.
func (m *model) render(messages []api.Message, prefix string) (string, error) {
	if m.template == nil {
		return "", errors.New("the server does not tell this model's template")
	}
	all := make([]api.Message, 0, len(m.opening)+len(messages)+1)
	if m.system != "" && (len(messages) == 0 || messages[0].Role != feedbackgen.RoleSystem) {
		all = append(all, api.Message{Role: feedbackgen.RoleSystem, Content: m.system})
	}
	all = append(append(all, m.opening...), messages...)
	var text strings.Builder
	if err := m.template.Execute(&text, template.Values{Messages: all}); err != nil {
		return "", fmt.Errorf("render the model's template: %w", err)
	}
	return text.String() + prefix, nil
}
