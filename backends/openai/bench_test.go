package openai_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	api "github.com/sashabaranov/go-openai"

	"github.com/feedbackgen/feedbackgen/backends/openai"
)

// instant is a server that answers at once.
func instant(b *testing.B) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, fine)
	}))
	b.Cleanup(server.Close)
	return server.URL + "/v1"
}

// BenchmarkBare is go-openai alone, as fast as it can be had; BenchmarkGenerate is measured against it.
func BenchmarkBare(b *testing.B) {
	settings := api.DefaultConfig("")
	settings.BaseURL = instant(b)
	base := &http.Transport{MaxIdleConnsPerHost: 512}
	defer base.CloseIdleConnections()
	settings.HTTPClient = &http.Client{Transport: base}
	client := api.NewClientWithConfig(settings)
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, err := client.CreateChatCompletion(b.Context(), api.ChatCompletionRequest{
				Model: "m", Messages: []api.ChatCompletionMessage{{Role: "user", Content: "2+3?"}}, MaxCompletionTokens: 64, Temperature: 0.7,
			})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkGenerate(b *testing.B) {
	backend, err := openai.New(openai.Config{BaseURL: instant(b), Model: "m"})
	if err != nil {
		b.Fatal(err)
	}
	defer backend.Close()
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := backend.Generate(b.Context(), request()); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
