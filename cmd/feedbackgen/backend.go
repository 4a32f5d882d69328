package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/embedded"
	"github.com/feedbackgen/feedbackgen/backends/ollama"
	"github.com/feedbackgen/feedbackgen/backends/openai"
	"github.com/feedbackgen/feedbackgen/backends/template"
)

// backendNames are the values of --backend.
var backendNames = []string{"embedded", "ollama", "openai"}

// renderer renders messages and the beginning of an answer with a model's chat template.
type renderer = func(ctx context.Context, messages []feedbackgen.Message, prefix string) (string, error)

// server is the chosen backend with what belongs to it.
type server struct {
	backends.Backend
	// render renders a prompt with the model's template, where that is known.
	render renderer
	close  func()
	// greeting tells who answers, where the user has not said so.
	greeting string
}

// Unwrap lets [backends.As] find what the backend can do.
func (s server) Unwrap() backends.Backend { return s.Backend }

// open makes the backend that the flags choose. It asks the server nothing yet.
func (f *backendFlags) open(getenv func(string) string) (server, error) {
	var chat *template.Template
	if f.template != "" {
		var err error
		if chat, err = template.Load(f.template); err != nil {
			return server{}, &exit{exitUsage, err}
		}
	}
	if !slices.Contains(backendNames, f.backend) {
		return server{}, usage("unknown backend %q: there are embedded, ollama, and openai for any OpenAI-compatible server", f.backend)
	}
	if f.model == "" && f.backend != "embedded" {
		return server{}, usage("--model is missing: name a model that the server has, such as --model qwen3:0.6b")
	}
	switch f.backend {
	case "embedded":
		return f.openEmbedded()
	case "ollama":
		b, err := ollama.New(ollama.Config{
			BaseURL: cmp.Or(f.baseURL, hostURL(getenv("OLLAMA_HOST"))), Model: f.model, PolicyID: f.policyID,
			NumCtx: f.contextLength, Timeout: f.timeout,
		})
		if err != nil {
			return server{}, err
		}
		return server{Backend: b, render: b.Render, close: b.Close}, nil
	default:
		b, err := openai.New(openai.Config{
			BaseURL: cmp.Or(f.baseURL, getenv("OPENAI_BASE_URL"), "http://127.0.0.1:8000/v1"), Model: f.model,
			APIKey: getenv("OPENAI_API_KEY"), PolicyID: f.policyID, Template: chat, Timeout: f.timeout,
		})
		if err != nil {
			return server{}, err
		}
		s := server{Backend: b, close: b.Close}
		if chat != nil {
			s.render = func(_ context.Context, messages []feedbackgen.Message, prefix string) (string, error) {
				return chat.Render(messages, prefix)
			}
		}
		return s, nil
	}
}

// openEmbedded opens the model in a GGUF file, or the one that ships inside the binary.
func (f *backendFlags) openEmbedded() (server, error) {
	var s server
	if f.model == "" {
		s.greeting = "abacus answers, a small model inside this binary that does sums; for your own: --backend ollama|openai --model NAME, or --model FILE.gguf"
	}
	b, err := embedded.Open(embedded.Config{Path: f.model, PolicyID: f.policyID, Context: f.contextLength})
	if err != nil {
		return server{}, err
	}
	s.Backend, s.render, s.close = b, b.Render, func() { _ = b.Close() } // it only computes: nothing to lose
	return s, nil
}

// hostURL completes what OLLAMA_HOST holds, which may lack the scheme.
func hostURL(host string) string {
	if host == "" || strings.Contains(host, "://") {
		return host
	}
	return "http://" + host
}

// meet asks the server who it is, and waits for one that is not ready yet: refused connections for
// less than a minute, a model that is loading for as long as patience lasts.
func (f *backendFlags) meet(ctx context.Context, b backends.Backend) (feedbackgen.Policy, error) {
	return backends.Retry(b, backends.RetryConfig{Patience: f.patience, Outage: 10 * time.Second}).Policy(ctx)
}
