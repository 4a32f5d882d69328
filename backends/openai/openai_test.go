package openai_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/openai"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server answers each request with the next of its replies, the last one forever, and keeps what
// it was asked.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	replies []reply
	asked   []map[string]any
	paths   []string
}

type reply struct {
	status int
	body   string
}

func serve(t *testing.T, replies ...reply) *server {
	s := &server{replies: replies}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var asked map[string]any
		_ = json.Unmarshal(body, &asked)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked, s.paths = append(s.asked, asked), append(s.paths, r.URL.Path)
		next := s.replies[min(len(s.asked), len(s.replies))-1]
		w.WriteHeader(max(next.status, 200))
		_, _ = io.WriteString(w, next.body)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) open(t *testing.T, config openai.Config) *openai.Backend {
	t.Helper()
	config.BaseURL = s.URL + "/v1"
	if config.Model == "" {
		config.Model = "m"
	}
	return open(t, config)
}

const fine = `{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2}}`

func request() backends.Request {
	return backends.Request{
		Messages: []feedbackgen.Message{feedbackgen.User("2+3?")}, N: 1,
		Sampling: feedbackgen.Sampling{TopP: 1, MaxTokens: 64, Seed: 5, Stop: []string{"\n\n"}},
	}
}

func TestEverythingIsSentExplicitly(t *testing.T) {
	s := serve(t, reply{body: fine})
	b := s.open(t, openai.Config{Model: "o3-like \"model\"", Extra: map[string]any{"chat_template_kwargs": map[string]any{"enable_thinking": false}}})
	req := request()
	req.Logprobs = true
	req.Sampling.Seed = -1
	req.Prefix = "It is"
	got, err := b.Generate(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if s := got.Samples[0]; s.Text != "hi" || s.Tokens != 2 || s.Finish != backends.FinishStop || s.Seed != -1 || got.PromptTokens != 5 {
		t.Errorf("got %+v", got)
	}
	asked := fmt.Sprint(s.asked[0])
	for _, want := range []string{
		`model:o3-like "model"`, "temperature:0", "top_p:1", "top_k:0", "min_p:0", "max_tokens:64", "seed:2.147483647e+09",
		"repeat_penalty:1", "repetition_penalty:1", "n:1", "logprobs:true", "continue_final_message:true", "add_generation_prompt:false",
		"map[content:It is role:assistant]", "chat_template_kwargs:map[enable_thinking:false]",
	} {
		if !strings.Contains(asked, want) {
			t.Errorf("the request lacks %q: %s", want, asked)
		}
	}
}

func TestRawSendsTheRenderedPrompt(t *testing.T) {
	s := serve(t, reply{body: `{"choices":[{"index":0,"text":" 5.","finish_reason":"stop","logprobs":{"tokens":[" 5","."],"token_logprobs":[-0.1,-0.2]}}],"usage":{"prompt_tokens":9,"completion_tokens":2}}`})
	req := request()
	req.Prefix, req.Continue, req.Logprobs = "It is", backends.Raw, true
	got, err := s.open(t, openai.Config{Template: load(t, "chatml")}).Generate(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if s.paths[0] != "/v1/completions" || s.asked[0]["prompt"] != "<|im_start|>user\n2+3?<|im_end|>\n<|im_start|>assistant\nIt is" {
		t.Errorf("asked %s for %v", s.paths[0], s.asked[0])
	}
	if stop := fmt.Sprintf("%q", s.asked[0]["stop"]); stop != `["\n\n" "<|im_end|>"]` {
		t.Errorf("stops at %s", stop)
	}
	if s := got.Samples[0]; s.Text != " 5." || len(s.Logprobs) != 2 || s.Logprobs[1].Logprob != -0.2 {
		t.Errorf("got %+v", s)
	}
	if _, err := s.open(t, openai.Config{}).Generate(t.Context(), req); !errors.Is(err, backends.ErrConfig) {
		t.Errorf("without a template: got %v", err)
	}
}

func TestRepliesAreReadAsTheyAreMeant(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		kind error
		want backends.Sample
	}{
		"vLLM's reasoning": {
			body: `{"choices":[{"message":{"role":"assistant","reasoning":"hm","content":"5"},"finish_reason":"stop"}]}`,
			want: backends.Sample{Text: "5", Thinking: "hm", Finish: backends.FinishStop},
		},
		"llama.cpp's reasoning": {
			body: `{"choices":[{"message":{"role":"assistant","reasoning_content":"hm","content":null},"finish_reason":"length"}]}`,
			want: backends.Sample{Thinking: "hm", Finish: backends.FinishLength},
		},
		"null log-probabilities": {
			body: `{"choices":[{"message":{"role":"assistant","content":"5"},"logprobs":null,"finish_reason":"stop"}]}`,
			want: backends.Sample{Text: "5", Finish: backends.FinishStop},
		},
		"a null log-probability": {
			body: `{"choices":[{"message":{"role":"assistant","content":"5"},"logprobs":{"content":[{"token":"5","logprob":null}]},"finish_reason":"stop"}]}`,
			want: backends.Sample{Text: "5", Finish: backends.FinishStop},
		},
		"an empty answer": {
			body: `{"choices":[{"message":{"role":"assistant","content":""},"finish_reason":"stop"}]}`,
			want: backends.Sample{Finish: backends.FinishStop},
		},
		"no finish, but all tokens used": {
			body: `{"choices":[{"message":{"role":"assistant","content":"so"},"finish_reason":null}],"usage":{"completion_tokens":64}}`,
			want: backends.Sample{Text: "so", Finish: backends.FinishLength, Tokens: 64},
		},
		"no choices":           {body: `{"choices":[]}`, kind: backends.ErrTransient},
		"null choices":         {body: `{"choices":null}`, kind: backends.ErrTransient},
		"an empty choice":      {body: `{"choices":[{}]}`, kind: backends.ErrTransient},
		"a null message":       {body: `{"choices":[{"message":null,"finish_reason":"stop"}]}`, kind: backends.ErrTransient},
		"an error with 200":    {body: `{"error":{"message":"upstream broke"}}`, kind: backends.ErrTransient},
		"half a reply":         {body: fine[:60], kind: backends.ErrTransient},
		"an empty body":        {body: ``, kind: backends.ErrTransient},
		"a page":               {body: `<html></html>`, kind: backends.ErrTransient},
		"a broken-off answer":  {body: `{"choices":[{"message":{"role":"assistant","content":"5"},"finish_reason":"error"}]}`, kind: backends.ErrTransient},
		"a withheld answer":    {body: `{"choices":[{"message":{"role":"assistant","content":""},"finish_reason":"content_filter"}]}`, kind: backends.ErrRefused},
		"choices of odd types": {body: `{"choices":[{"message":{"role":"assistant","content":5},"finish_reason":"stop"}]}`, kind: backends.ErrTransient},
	} {
		t.Run(name, func(t *testing.T) {
			req := request()
			req.Logprobs = true
			got, err := serve(t, reply{body: c.body}).open(t, openai.Config{}).Generate(t.Context(), req)
			if c.kind != nil {
				if !errors.Is(err, c.kind) {
					t.Fatalf("got %+v, %v, want %q", got, err, c.kind)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			c.want.Seed = req.Sampling.Seed
			if s := got.Samples[0]; s.Text != c.want.Text || s.Thinking != c.want.Thinking || s.Finish != c.want.Finish || s.Tokens != c.want.Tokens || s.Logprobs != nil {
				t.Errorf("got %+v, want %+v", s, c.want)
			}
		})
	}
}

func TestSeveralSamplesShareTheirTokens(t *testing.T) {
	s := serve(t, reply{body: `{"choices":[
		{"index":1,"message":{"role":"assistant","content":"bbbbbb"},"finish_reason":"stop"},
		{"index":0,"message":{"role":"assistant","content":"aa"},"finish_reason":"stop"},
		{"index":2,"message":{"role":"assistant","content":""},"finish_reason":"content_filter"}],
		"usage":{"prompt_tokens":5,"completion_tokens":9}}`})
	req := request()
	req.N = 3
	got, err := s.open(t, openai.Config{}).Generate(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Samples) != 2 || got.Samples[0].Text != "aa" || got.Samples[1].Text != "bbbbbb" || got.Samples[1].Seed != 6 {
		t.Fatalf("got %+v", got.Samples)
	}
	if total := got.Samples[0].Tokens + got.Samples[1].Tokens; total != 9 {
		t.Errorf("%d tokens of 9 are accounted for", total)
	}
}

func TestAServerThatRefusesSeveralSamplesIsAskedForOne(t *testing.T) {
	s := serve(t, reply{400, `{"error":{"message":"'n' : number must be at most 1"}}`}, reply{body: fine})
	b := s.open(t, openai.Config{})
	req := request()
	req.N = 4
	for range 2 {
		if got, err := b.Generate(t.Context(), req); err != nil || len(got.Samples) != 1 {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
	if n := []any{s.asked[0]["n"], s.asked[1]["n"], s.asked[2]["n"]}; fmt.Sprint(n) != "[4 1 1]" {
		t.Errorf("asked for %v samples", n)
	}
}

func TestAWithheldAnswerIsNotAskedForAgain(t *testing.T) {
	s := serve(t, reply{body: `{"choices":[{"message":{"role":"assistant"},"finish_reason":"content_filter"}]}`})
	req := request()
	req.N = 2
	if _, err := s.open(t, openai.Config{}).Generate(t.Context(), req); !errors.Is(err, backends.ErrRefused) || len(s.asked) != 1 {
		t.Errorf("got %v after %d calls", err, len(s.asked))
	}
}

func TestAStrictServerIsSpokenToPlainly(t *testing.T) {
	refusal := reply{400, `{"error":{"message":"Unrecognized request argument supplied: min_p"}}`}
	s := serve(t, refusal, reply{body: fine})
	b := s.open(t, openai.Config{})
	for range 2 {
		if _, err := b.Generate(t.Context(), request()); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.asked) != 3 {
		t.Fatalf("asked %d times, want 3", len(s.asked))
	}
	for _, asked := range s.asked[1:] {
		if _, sent := asked["min_p"]; sent {
			t.Errorf("still sends min_p: %v", asked)
		}
	}
	// A top_k that matters is not dropped in silence.
	s = serve(t, refusal, reply{body: fine})
	req := request()
	req.Sampling.MinP = 0.1
	if _, err := s.open(t, openai.Config{}).Generate(t.Context(), req); !errors.Is(err, backends.ErrRefused) {
		t.Errorf("got %v", err)
	}
}

func TestTheServersKindIsLearntFromItsModels(t *testing.T) {
	s := serve(t, reply{body: `{"data":[{"id":"m","owned_by":"vllm"}]}`}, reply{body: fine})
	b := s.open(t, openai.Config{PolicyID: "step-100", Template: load(t, "gemma")})
	policy, err := b.Policy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := feedbackgen.Policy{Backend: "openai", Model: "m", ID: "step-100", Template: load(t, "gemma").Digest()}
	if policy != want {
		t.Errorf("got %+v, want %+v", policy, want)
	}
	if _, err := b.Generate(t.Context(), request()); err != nil {
		t.Fatal(err)
	}
	if s.asked[1]["top_k"] != -1.0 || s.asked[1]["repeat_penalty"] != nil {
		t.Errorf("vLLM was asked %v", s.asked[1])
	}
}

func TestModelsThatCannotBeListedAreBelieved(t *testing.T) {
	for _, body := range []reply{{404, `{"detail":"Not Found"}`}, {200, `not JSON`}, {200, `[1]`}, {200, `{"data":[]}`}} {
		if _, err := serve(t, body).open(t, openai.Config{}).Policy(t.Context()); err != nil {
			t.Errorf("%v: %v", body, err)
		}
	}
	_, err := serve(t, reply{401, `{"error":{"message":"bad key sk-123"}}`}).open(t, openai.Config{APIKey: "sk-123"}).Policy(t.Context())
	if !errors.Is(err, backends.ErrConfig) || strings.Contains(err.Error(), "sk-123") {
		t.Errorf("got %v", err)
	}
}

func TestAnUnknownModelIsAnsweredByTheKnownOnes(t *testing.T) {
	s := serve(t, reply{body: `{"data":[{"id":"qwen"},{"id":"gemma"}]}`})
	_, err := s.open(t, openai.Config{Model: "gwen"}).Policy(t.Context())
	if !errors.Is(err, backends.ErrConfig) || !strings.Contains(err.Error(), `has no model "gwen"; it has: qwen, gemma. `) {
		t.Errorf("got %v", err)
	}
}

func TestSlots(t *testing.T) {
	s := serve(t, reply{body: `{"total_slots":6}`}, reply{404, ``}, reply{body: `<html>`}, reply{body: `[]`})
	b := s.open(t, openai.Config{})
	first, err := b.Slots(t.Context())
	if err != nil || first != 6 || s.paths[0] != "/props" {
		t.Errorf("got %d, %v from %s", first, err, s.paths[0])
	}
	for range 3 {
		if none, err := b.Slots(t.Context()); err != nil || none != 0 {
			t.Errorf("got %d, %v", none, err)
		}
	}
}

func TestSchemas(t *testing.T) {
	for vendor, want := range map[openai.Vendor]string{
		openai.Auto:           "map[json_schema:map[name:reply schema:map[type:object] strict:true] type:json_schema]",
		openai.LlamaCppPython: "map[schema:map[type:object] type:json_object]",
	} {
		s := serve(t, reply{body: fine})
		req := request()
		req.Schema = json.RawMessage(`{"type":"object"}`)
		if _, err := s.open(t, openai.Config{Vendor: vendor}).Generate(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(s.asked[0]["response_format"]); got != want {
			t.Errorf("%q asks for %s, want %s", vendor, got, want)
		}
		req.Continue = backends.Raw
		if _, err := s.open(t, openai.Config{Vendor: vendor, Template: load(t, "chatml")}).Generate(t.Context(), req); !errors.Is(err, backends.ErrRefused) {
			t.Errorf("a raw completion with a schema: got %v", err)
		}
	}
}

func TestBadConfigurationsAreRefused(t *testing.T) {
	for _, config := range []openai.Config{
		{BaseURL: ""},
		{BaseURL: "http://h", Vendor: "acme"},
		{BaseURL: "http://h", Extra: map[string]any{"temperature": 1}},
		{BaseURL: "http://h", Extra: map[string]any{"f": func() {}}},
	} {
		if _, err := openai.New(config); !errors.Is(err, backends.ErrConfig) {
			t.Errorf("%+v: got %v", config.BaseURL, err)
		}
	}
}

func TestContinuationsDependOnATemplate(t *testing.T) {
	for _, c := range []struct {
		config openai.Config
		want   []backends.Continuation
	}{
		{openai.Config{BaseURL: "http://h"}, []backends.Continuation{backends.Native}},
		{openai.Config{BaseURL: "http://h", Template: load(t, "chatml")}, []backends.Continuation{backends.Native, backends.Raw}},
	} {
		got, err := open(t, c.config).Continuations(t.Context())
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("got %v, %v", got, err)
		}
	}
}
