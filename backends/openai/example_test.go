package openai_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/openai"
)

func Example() {
	// Any server that speaks the API will do; this one knows a single answer.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"choices":[{"message":{"role":"assistant","content":"2+3 is 5."},"finish_reason":"stop"}]}`)
	}))
	defer server.Close()

	backend, err := openai.New(openai.Config{BaseURL: server.URL + "/v1", Model: "any"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer backend.Close()
	reply, err := backend.Generate(context.Background(), backends.Request{
		Messages: []feedbackgen.Message{feedbackgen.User("What is 2+3?")},
		N:        1,
		Sampling: feedbackgen.Sampling{Temperature: 0.7, TopP: 1, MaxTokens: 64, Seed: 1},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(reply.Samples[0].Text)
	// Output: 2+3 is 5.
}
