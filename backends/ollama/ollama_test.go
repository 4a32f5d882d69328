package ollama_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/ollama"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is an Ollama with the models "smollm2" and "qwen3:0.6b".
type fake struct {
	*httptest.Server
	show string
	// answer is what chat and generate reply, with status if not 0.
	answer string
	status int

	mu    sync.Mutex
	asked []map[string]any
	paths []string
}

const tags = `{"models":[{"name":"smollm2:latest","digest":"d1"},{"name":"qwen3:0.6b","digest":"d2"}]}`

const show = `{"template":"{{ range .Messages }}<{{ .Role }}>{{ .Content }}</s>{{ end }}<assistant>","system":"Be brief.",` +
	`"parameters":"temperature                    0.2\nstop                           \"<|im_end|>\"\nstop    \"say \\\"no\\\"\"",` +
	`"messages":[{"role":"user","content":"opening"}]}`

const answered = `{"message":{"role":"assistant","content":"5"},"response":"5","done":true,"done_reason":"stop","prompt_eval_count":9,"eval_count":2}`

func newFake(t *testing.T) *fake {
	f := &fake{show: show, answer: answered}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch r.URL.Path {
	case "/api/tags":
		_, _ = io.WriteString(w, tags)
	case "/api/show":
		_, _ = io.WriteString(w, f.show)
	default:
		var asked map[string]any
		_ = json.Unmarshal(body, &asked)
		f.mu.Lock()
		defer f.mu.Unlock()
		f.asked, f.paths = append(f.asked, asked), append(f.paths, r.URL.Path)
		w.WriteHeader(max(f.status, 200))
		_, _ = io.WriteString(w, f.answer)
	}
}

func (f *fake) open(t *testing.T, config ollama.Config) *ollama.Backend {
	t.Helper()
	config.BaseURL = f.URL
	if config.Model == "" {
		config.Model = "smollm2"
	}
	return open(t, config)
}

func request() backends.Request {
	return backends.Request{
		Messages: []feedbackgen.Message{feedbackgen.User("2+3?")}, N: 3,
		Sampling: feedbackgen.Sampling{TopP: 1, MaxTokens: 64, Seed: -1, Stop: []string{"\n\n"}},
	}
}

func TestEverythingIsSentExplicitly(t *testing.T) {
	f := newFake(t)
	req := request()
	req.Prefix, req.Continue, req.Logprobs = "It is", backends.Native, true
	got, err := f.open(t, ollama.Config{}).Generate(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	want := backends.Sample{Text: "5", Finish: backends.FinishStop, Tokens: 2, Seed: -1}
	if len(got.Samples) != 1 || got.PromptTokens != 9 || got.Samples[0].Text != want.Text || got.Samples[0].Tokens != want.Tokens ||
		got.Samples[0].Seed != want.Seed || got.Samples[0].Logprobs != nil {
		t.Errorf("got %+v", got)
	}
	asked := fmt.Sprintf("%v", f.asked[0])
	for _, want := range []string{
		"stream:false", "truncate:false", "shift:false", "logprobs:true", "temperature:0 ", "top_p:1", "top_k:0", "min_p:0", "num_ctx:4096",
		"num_predict:64", "repeat_penalty:1", "seed:2.147483647e+09", `stop:[` + "\n\n" + ` <|im_end|> say "no"]`, "map[content:It is role:assistant]",
	} {
		if !strings.Contains(asked, want) {
			t.Errorf("the request lacks %q: %s", want, asked)
		}
	}
}

func TestRawIsTheModelsOwnTemplate(t *testing.T) {
	f := newFake(t)
	b := f.open(t, ollama.Config{NumCtx: 512})
	req := request()
	req.Prefix, req.Continue = "It is", backends.Raw
	if _, err := b.Generate(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if f.paths[0] != "/api/generate" || f.asked[0]["raw"] != true {
		t.Errorf("asked %s for %v", f.paths[0], f.asked[0])
	}
	// The server puts the model's system prompt and opening first, and merges neighbouring turns.
	want := "<system>Be brief.</s><user>opening\n\n2+3?</s><assistant>It is"
	if got := f.asked[0]["prompt"]; got != want {
		t.Errorf("rendered %q, want %q", got, want)
	}
}

func TestThePolicyIsTheModelsDigest(t *testing.T) {
	f := newFake(t)
	for name, digest := range map[string]string{"smollm2": "d1", "smollm2:latest": "d1", "SmolLM2": "d1", "qwen3:0.6b": "d2"} {
		policy, err := f.open(t, ollama.Config{Model: name, PolicyID: "mine"}).Policy(t.Context())
		if err != nil || policy.Digest != digest || policy.Model != name || policy.ID != "mine" || policy.Template == "" {
			t.Errorf("%s: got %+v, %v", name, policy, err)
		}
	}
}

func TestAnUnknownModelIsAnsweredByTheKnownOnes(t *testing.T) {
	f := newFake(t)
	_, err := f.open(t, ollama.Config{Model: "qwen3"}).Policy(t.Context())
	host := strings.TrimPrefix(f.URL, "http://")
	want := "ollama at " + host + ` has no model "qwen3"; it has: smollm2, qwen3:0.6b. Pull it with: ollama pull qwen3`
	if !errors.Is(err, backends.ErrConfig) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestModelsWithoutATemplateContinueNatively(t *testing.T) {
	for name, shown := range map[string]string{
		"a renderer":          `{"template":"{{ .Prompt }}","renderer":"qwen3-coder"}`,
		"an unknown function": `{"template":"{{ futureFunction .Prompt }}"}`,
		"nothing":             `{}`,
	} {
		f := newFake(t)
		f.show = shown
		b := f.open(t, ollama.Config{})
		ways, err := b.Continuations(t.Context())
		if err != nil || !slices.Equal(ways, []backends.Continuation{backends.Native}) {
			t.Errorf("%s: got %v, %v", name, ways, err)
		}
		req := request()
		req.Continue = backends.Raw
		if _, err := b.Generate(t.Context(), req); !errors.Is(err, backends.ErrConfig) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAnswersAreReadAsTheyAreMeant(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		status int
		kind   error
		finish backends.Finish
	}{
		"stopped":                    {answer: answered, finish: backends.FinishStop},
		"cut off":                    {answer: strings.Replace(answered, `"stop"`, `"length"`, 1), finish: backends.FinishLength},
		"past the context":           {answer: strings.Replace(answered, `"eval_count":2`, `"eval_count":4090`, 1), finish: backends.FinishLength},
		"a prompt cut in silence":    {answer: strings.Replace(answered, `:9`, `:4096`, 1), kind: backends.ErrRefused},
		"a prompt refused":           {answer: `{"error":"the input length exceeds the context length"}`, status: 400, kind: backends.ErrRefused},
		"broken off":                 {answer: `{"message":{"role":"assistant","content":"5"},"done":false}`, kind: backends.ErrTransient},
		"an error with 200":          {answer: `{"error":"runner crashed"}`, kind: backends.ErrTransient},
		"half a reply":               {answer: answered[:40], kind: backends.ErrTransient},
		"nothing":                    {answer: ``, kind: backends.ErrTransient},
		"a failure without a body":   {answer: ``, status: 500, kind: backends.ErrTransient},
		"busy":                       {answer: `{"error":"server busy, please try again"}`, status: 503, kind: backends.ErrThrottled},
		"an address that is not one": {answer: `404 page not found`, status: 404, kind: backends.ErrConfig},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.answer, f.status = c.answer, c.status
			for _, way := range []backends.Continuation{backends.Native, backends.Raw} {
				req := request()
				req.Continue = way
				got, err := f.open(t, ollama.Config{}).Generate(t.Context(), req)
				if !errors.Is(err, c.kind) {
					t.Errorf("%s: got %v, want %v", way, err, c.kind)
				}
				if err == nil && got.Samples[0].Finish != c.finish {
					t.Errorf("%s: ended by %q, want %q", way, got.Samples[0].Finish, c.finish)
				}
			}
		})
	}
}

func TestThinkingAndLogprobsOfNewerServers(t *testing.T) {
	f := newFake(t)
	f.answer = `{"message":{"role":"assistant","content":"5","thinking":"hm"},"done":true,"done_reason":"stop","logprobs":[{"token":"5","logprob":-0.5}]}`
	got, err := f.open(t, ollama.Config{}).Generate(t.Context(), request())
	if err != nil {
		t.Fatal(err)
	}
	if s := got.Samples[0]; s.Thinking != "hm" || len(s.Logprobs) != 1 || s.Logprobs[0] != (backends.TokenLogprob{Token: "5", Logprob: -0.5}) {
		t.Errorf("got %+v", s)
	}
}

func TestEntropiesOfNewerServers(t *testing.T) {
	const token = `{"token":"5","logprob":-0.7,"top_logprobs":[%s]}`
	halves := fmt.Sprintf(token, `{"token":"6","logprob":-1.3862943611},{"token":"5","logprob":-0.6931471806},{"token":"7","logprob":-2.0794415417},{"token":"!","logprob":-30}`)
	for tokens, want := range map[string][]float64{
		halves + "," + halves:                 {1.75 * math.Ln2, 1.75 * math.Ln2},
		halves + "," + fmt.Sprintf(token, ""): nil, // a server that left some out
		fmt.Sprintf(token, ""):                nil, // one from before there were any
	} {
		f := newFake(t)
		f.answer = `{"message":{"role":"assistant","content":"5"},"done":true,"done_reason":"stop","logprobs":[` + tokens + `]}`
		req := request()
		req.Logprobs, req.Entropies = true, true
		got, err := f.open(t, ollama.Config{}).Generate(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		near := func(a, b float64) bool { return math.Abs(a-b) < 1e-6 }
		if entropies := got.Samples[0].Entropies; !slices.EqualFunc(entropies, want, near) || (want == nil) != (entropies == nil) {
			t.Errorf("got %v, want %v", entropies, want)
		}
		if f.asked[0]["top_logprobs"] != 20.0 {
			t.Errorf("asked for %v alternatives", f.asked[0]["top_logprobs"])
		}
	}
}

func Example() {
	backend, err := ollama.New(ollama.Config{Model: "smollm2", BaseURL: "http://127.0.0.1:1"})
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
	// Output: ollama at 127.0.0.1:1: connection refused: is it running? start it with: ollama serve
}
