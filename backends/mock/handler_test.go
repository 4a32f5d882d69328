package mock

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sashabaranov/go-openai"
	"go.uber.org/goleak"
)

const sumPrompt = "Start with 3. Add 4. Multiply by 2. What is the result?"

// client talks to a handler over a real connection.
func client(t testing.TB, h http.Handler) *openai.Client {
	t.Helper()
	server, err := Serve("", h)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	config := openai.DefaultConfig("none")
	config.BaseURL = server.URL + "/v1"
	config.HTTPClient = &http.Client{Transport: transport}
	return openai.NewClientWithConfig(config)
}

func chat(messages ...string) openai.ChatCompletionRequest {
	seed := 5
	req := openai.ChatCompletionRequest{Model: "toy", MaxCompletionTokens: 200, Temperature: 1, Seed: &seed}
	for i, text := range messages {
		role := openai.ChatMessageRoleUser
		if i%2 == 1 {
			role = openai.ChatMessageRoleAssistant
		}
		req.Messages = append(req.Messages, openai.ChatCompletionMessage{Role: role, Content: text})
	}
	return req
}

func TestTheServerSpeaksOpenAI(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	t.Run("chat", func(t *testing.T) {
		c := client(t, NewHandler(&Model{}, Faults{}))
		req := chat(sumPrompt)
		req.N, req.LogProbs = 4, true
		reply, err := c.CreateChatCompletion(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		want := generate(t, &Model{}, request(sumPrompt, "", 5, 4))
		if len(reply.Choices) != 4 {
			t.Fatalf("got %d choices, want 4", len(reply.Choices))
		}
		tokens := 0
		for i, choice := range reply.Choices {
			if choice.Message.Content != want.Samples[i].Text || string(choice.FinishReason) != string(want.Samples[i].Finish) {
				t.Errorf("choice %d is %q (%s), want %+v", i, choice.Message.Content, choice.FinishReason, want.Samples[i])
			}
			if choice.LogProbs == nil || len(choice.LogProbs.Content) != want.Samples[i].Tokens {
				t.Errorf("choice %d lacks log-probabilities", i)
			}
			tokens += want.Samples[i].Tokens
		}
		if reply.Usage.PromptTokens != want.PromptTokens || reply.Usage.CompletionTokens != tokens {
			t.Errorf("usage is %+v", reply.Usage)
		}
	})
	t.Run("a trailing assistant message is continued", func(t *testing.T) {
		c := client(t, NewHandler(faultless, Faults{}))
		req := chat(sumPrompt, "Step 1: 3 + 4 = 9.\n")
		req.Temperature = 0.01
		reply, err := c.CreateChatCompletion(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := reply.Choices[0].Message.Content, "Step 2: 9 * 2 = 18.\nThe answer is 18."; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("stop", func(t *testing.T) {
		c := client(t, NewHandler(faultless, Faults{}))
		req := chat(sumPrompt)
		req.Stop, req.Temperature = []string{"\n"}, 0.01
		reply, err := c.CreateChatCompletion(t.Context(), req)
		if err != nil || reply.Choices[0].Message.Content != "Step 1: 3 + 4 = 7." {
			t.Errorf("got %+v (%v)", reply.Choices, err)
		}
	})
	t.Run("raw text in the template that it tells", func(t *testing.T) {
		c := client(t, NewHandler(faultless, Faults{}))
		reply, err := c.CreateCompletion(t.Context(), openai.CompletionRequest{
			Model:  "toy",
			Prompt: "<|im_start|>user\n" + sumPrompt + "<|im_end|>\n<|im_start|>assistant\nStep 1: 3 + 4 = 9.\n", MaxTokens: 100, LogProbs: 1, Temperature: 0.01,
		})
		if err != nil || reply.Choices[0].Text != "Step 2: 9 * 2 = 18.\nThe answer is 18." || len(reply.Choices[0].LogProbs.Tokens) != reply.Usage.CompletionTokens {
			t.Errorf("got %+v (%v)", reply, err)
		}
	})
	t.Run("models", func(t *testing.T) {
		c := client(t, NewHandler(&Model{Name: "other"}, Faults{}))
		models, err := c.ListModels(t.Context())
		if err != nil || len(models.Models) != 1 || models.Models[0].ID != "other" {
			t.Errorf("got %+v (%v)", models, err)
		}
		_, err = c.CreateChatCompletion(t.Context(), chat(sumPrompt))
		var refused *openai.APIError
		if !errors.As(err, &refused) || refused.HTTPStatusCode != http.StatusNotFound || !strings.Contains(refused.Message, `"other"`) {
			t.Errorf("an unknown model: got %v", err)
		}
	})
}

// post asks a handler without a network, and returns nil if it hung up.
func post(t *testing.T, h http.Handler, body string) (reply *httptest.ResponseRecorder) {
	t.Helper()
	reply = httptest.NewRecorder()
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler { //nolint:errorlint // the very value
				panic(p)
			}
			reply = nil
		}
	}()
	h.ServeHTTP(reply, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/chat/completions", strings.NewReader(body)))
	return reply
}

const plainBody = `{"model":"toy","temperature":1,"seed":1,"n":3,"logprobs":true,"messages":[{"role":"user","content":"Start with 3. Add 4. What is the result?"}]}`

func TestBadRequestsAreRefused(t *testing.T) {
	h := NewHandler(&Model{}, Faults{})
	for _, body := range []string{"", "{", `{"model":"toy"}`, `{"model":"toy","n":0,"messages":[{"role":"user"}]}`, `{"model":"toy","stream":true,"messages":[{"role":"user"}]}`} {
		if reply := post(t, h, body); reply.Code != http.StatusBadRequest || !strings.Contains(reply.Body.String(), `"message"`) {
			t.Errorf("%s: got %d %s", body, reply.Code, reply.Body)
		}
	}
	if len(h.Paid()) > 0 || h.Total() != 5 {
		t.Errorf("refusals are counted as %v paid of %d", h.Paid(), h.Total())
	}
}

func TestContentMayBeStringsOrParts(t *testing.T) {
	whole := post(t, NewHandler(&Model{}, Faults{}), plainBody)
	parts := post(t, NewHandler(&Model{}, Faults{}), strings.Replace(plainBody, `"Start with 3. Add 4. What is the result?"`,
		`[{"type":"text","text":"Start with 3. Add 4."},{"type":"text","text":" What is the result?"}]`, 1))
	if whole.Code != http.StatusOK || whole.Body.String() != parts.Body.String() {
		t.Errorf("got %s, want %s", parts.Body, whole.Body)
	}
}

func TestEachFaultStrikesAndPasses(t *testing.T) {
	status := func(want int) func(*httptest.ResponseRecorder) bool {
		return func(r *httptest.ResponseRecorder) bool { return r != nil && r.Code == want }
	}
	for name, test := range map[string]struct {
		faults Faults
		struck func(*httptest.ResponseRecorder) bool
	}{
		"throttle":    {Faults{PThrottle: 1}, status(429)},
		"unavailable": {Faults{PUnavailable: 1}, status(503)},
		"internal":    {Faults{PInternal: 1}, status(500)},
		"reset":       {Faults{PReset: 1}, func(r *httptest.ResponseRecorder) bool { return r == nil }},
		"truncate":    {Faults{PTruncate: 1}, func(r *httptest.ResponseRecorder) bool { return r == nil || !json.Valid(r.Body.Bytes()) }},
		"empty":       {Faults{PEmpty: 1}, func(r *httptest.ResponseRecorder) bool { return strings.Contains(r.Body.String(), `"choices":[]`) }},
	} {
		t.Run(name, func(t *testing.T) {
			h := NewHandler(&Model{}, test.faults)
			for i := range 3 {
				if reply := post(t, h, plainBody); !test.struck(reply) {
					t.Fatalf("request %d: got %+v", i, reply)
				}
			}
			if len(h.Paid()) > 0 {
				t.Error("a failed request counts as paid")
			}
			reply := post(t, h, plainBody)
			if reply == nil || reply.Code != http.StatusOK || strings.Count(reply.Body.String(), `"index"`) != 3 {
				t.Fatalf("after three in a row: got %+v", reply)
			}
			for content, paid := range h.Paid() {
				if paid != 1 || h.Requests()[content] != 4 {
					t.Errorf("%d paid of %d requests", paid, h.Requests()[content])
				}
			}
		})
	}
}

func TestFaultsStrikeAtTheirRateWhateverTheOrder(t *testing.T) {
	faults := Faults{Seed: 3, PThrottle: 0.1, PReset: 0.2, PEmpty: 0.3}
	counts := map[fault]int{}
	for i := range 10000 {
		content := strings.Repeat("x", i%100) + string(rune('a'+i/100))
		struck := faults.strike(content, 0, i+1, time.Second)
		counts[struck]++
		if again := faults.strike(content, 0, 1, time.Hour); again != struck {
			t.Fatalf("the same request meets %v, then %v", struck, again)
		}
	}
	for kind, want := range map[fault]int{noFault: 4000, throttle: 1000, reset: 2000, empty: 3000} {
		if got := counts[kind]; got < want-250 || got > want+250 {
			t.Errorf("fault %d struck %d of 10000, want %d", kind, got, want)
		}
	}
}

func TestQuirks(t *testing.T) {
	choices := func(t *testing.T, h *Handler, body string) (texts []string, logprobs int) {
		t.Helper()
		var reply completion
		if err := json.Unmarshal(post(t, h, body).Body.Bytes(), &reply); err != nil {
			t.Fatal(err)
		}
		for _, c := range reply.Choices {
			texts = append(texts, c.Message.Content)
			if c.Logprobs != nil {
				logprobs++
			}
		}
		return texts, logprobs
	}
	whole, logprobs := choices(t, NewHandler(&Model{}, Faults{}), plainBody)
	if len(whole) != 3 || logprobs != 3 {
		t.Fatalf("undisturbed: %d choices and %d logprobs", len(whole), logprobs)
	}
	if got, _ := choices(t, NewHandler(&Model{}, Faults{IgnoreN: true}), plainBody); !reflect.DeepEqual(got, whole[:1]) {
		t.Errorf("ignoring n: %q", got)
	}
	sizes := map[int]bool{}
	h := NewHandler(&Model{}, Faults{PShortN: 1})
	for range 50 {
		got, _ := choices(t, h, plainBody)
		if !reflect.DeepEqual(got, whole[:len(got)]) {
			t.Errorf("short of n: %q, want a beginning of %q", got, whole)
		}
		sizes[len(got)] = true
	}
	if len(sizes) != 3 {
		t.Errorf("short of n: sizes %v, want 1, 2 and 3", sizes)
	}
	if got, logprobs := choices(t, NewHandler(&Model{}, Faults{NullLogprobs: true}), plainBody); logprobs != 0 || len(got) != 3 {
		t.Errorf("null logprobs: %d of %d", logprobs, len(got))
	}
	prefilled := `{"model":"toy","temperature":0,"seed":1,"messages":[{"role":"user","content":"Start with 3. Add 4. What is the result?"},{"role":"assistant","content":"Step 1: 3"}]}`
	for want, faults := range map[string]Faults{
		" + 4 = 7.\nThe answer is 7.":          {},
		"Step 1: 3 + 4 = 7.\nThe answer is 7.": {EchoPrefill: true},
	} {
		if got, _ := choices(t, NewHandler(faultless, faults), prefilled); got[0] != want {
			t.Errorf("%+v: got %q, want %q", faults, got[0], want)
		}
	}
	if got, _ := choices(t, NewHandler(faultless, Faults{NoPrefill: true}), prefilled); !strings.HasPrefix(got[0], "Step 1: 3 + 4 = 7.") {
		t.Errorf("without prefill: got %q", got[0])
	}
	drawn := map[string]bool{}
	h = NewHandler(&Model{ErrorRate: 0.9}, Faults{IgnoreSeed: true, IgnoreN: true})
	for range 20 {
		got, _ := choices(t, h, strings.Replace(plainBody, "Add 4.", "Add 4. Add 5.", 1))
		drawn[got[0]] = true
	}
	if len(drawn) < 2 {
		t.Error("ignoring the seed: 20 draws are equal")
	}
}

func TestThrottlingEndsAndTellsWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHandler(&Model{}, Faults{ThrottleFor: 10 * time.Second, ThrottleRequests: []int{4}, RetryAfter: 1500 * time.Millisecond})
		for i, want := range []int{429, 429, 200, 429, 200} {
			reply := post(t, h, plainBody)
			if reply.Code != want {
				t.Errorf("request %d after %d s: got %d, want %d", i+1, 5*i, reply.Code, want)
			}
			if after := reply.Header().Get("Retry-After"); (want == 429) != (after == "2") {
				t.Errorf("request %d: Retry-After is %q", i+1, after)
			}
			time.Sleep(5 * time.Second)
		}
		dated := NewHandler(&Model{}, Faults{LoadFor: time.Second, RetryAfter: 1500 * time.Millisecond, RetryAfterDate: true})
		reply := post(t, dated, plainBody)
		at, err := http.ParseTime(reply.Header().Get("Retry-After"))
		if wait := time.Until(at); reply.Code != 503 || err != nil || wait < 1500*time.Millisecond || wait >= 2500*time.Millisecond {
			t.Errorf("got %d, to come back in %v (%v)", reply.Code, wait, err)
		}
	})
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHandler(&Model{}, Faults{Latency: time.Second, Jitter: time.Second})
		took := map[time.Duration]bool{}
		for range 5 {
			start := time.Now()
			post(t, h, plainBody)
			took[time.Since(start)] = true
			if d := time.Since(start); d < time.Second || d >= 2*time.Second {
				t.Errorf("it took %v", d)
			}
		}
		if len(took) < 2 {
			t.Error("the latency does not vary")
		}
	})
}

func TestAServerThatIsGoneRefusesAndMayComeBack(t *testing.T) {
	h := NewHandler(&Model{}, Faults{})
	server, err := Serve("", h)
	if err != nil {
		t.Fatal(err)
	}
	get := func() error {
		resp, err := http.Get(server.URL + "/health")
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		return errors.Join(err, resp.Body.Close())
	}
	if err := get(); err != nil {
		t.Fatal(err)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if err := get(); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want a refused connection", err)
	}
	if server, err = Serve(server.Addr(), h); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(get(), server.Close()); err != nil {
		t.Errorf("it does not come back: %v", err)
	}
}

func TestCannedRepliesKeepToN(t *testing.T) {
	h := Canned("toy", "The answer is 14.")
	c := client(t, h)
	for _, n := range []int{0, 1, 3, 16} {
		req := chat(`my "n":9 is nothing to you`)
		req.N = n
		reply, err := c.CreateChatCompletion(t.Context(), req)
		if err != nil || len(reply.Choices) != max(1, n) || reply.Choices[0].Message.Content != "The answer is 14." || reply.Usage.CompletionTokens != 5*max(1, n) {
			t.Errorf("n=%d: got %+v (%v)", n, reply, err)
		}
	}
	if models, err := c.ListModels(t.Context()); err != nil || models.Models[0].ID != "toy" {
		t.Errorf("models: %+v (%v)", models, err)
	}
	if h.Total() != 4 {
		t.Errorf("%d chats are counted, want 4", h.Total())
	}
}

// BenchmarkBareClient is the rate of a bare go-openai loop, 64 requests at once, against each kind
// of server: what everything built on top is compared with.
func BenchmarkBareClient(b *testing.B) {
	for name, h := range map[string]http.Handler{
		"canned": Canned("toy", "Step 1: 3 + 4 = 7.\nThe answer is 7."),
		"model":  NewHandler(&Model{}, Faults{}),
	} {
		b.Run(name, func(b *testing.B) {
			c := client(b, h)
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := c.CreateChatCompletion(context.Background(), chat(sumPrompt)); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}
