package backendtest

import (
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

const storyPrompt = "Tell me a story about an animal of your choice."

func testSamples(t *testing.T, b backends.Backend, _ Options) {
	req := drawn(storyPrompt, 40)
	req.N = 3
	response := generate(t, b, req)
	for i, s := range response.Samples {
		if s.Text == "" && s.Thinking == "" {
			t.Errorf("sample %d is empty", i)
		}
		if s.Finish != backends.FinishStop && s.Finish != backends.FinishLength {
			t.Errorf("sample %d ended by %q", i, s.Finish)
		}
		if s.Seed != req.Sampling.Seed+int64(i) {
			t.Errorf("sample %d says it is the draw of seed %d, want %d", i, s.Seed, req.Sampling.Seed+int64(i))
		}
		if s.Tokens < 0 || s.Tokens > req.Sampling.MaxTokens {
			t.Errorf("sample %d counts %d tokens of at most %d", i, s.Tokens, req.Sampling.MaxTokens)
		}
	}
	if response.PromptTokens < 0 {
		t.Errorf("%d prompt tokens", response.PromptTokens)
	}
}

func testSeeds(t *testing.T, b backends.Backend, opts Options) {
	first := one(t, b, drawn(storyPrompt, 1)).Text
	again := one(t, b, drawn(storyPrompt, 1)).Text
	// Large seeds, as hashes are, have to be kept apart as well.
	large := one(t, b, drawn(storyPrompt, 1<<62+1<<40+2)).Text
	next := one(t, b, drawn(storyPrompt, 1<<62+1<<40+3)).Text
	if !opts.Seeds {
		t.Log("seeds: nothing is expected of this backend")
		return
	}
	if first != again {
		t.Errorf("one seed drew %q and then %q", first, again)
	}
	if first == large || large == next {
		t.Errorf("different seeds drew the same: %q, %q, %q", first, large, next)
	}
}

// Equal greedy requests may differ on real servers, where a cached prompt changes the last bits, so
// the stop string is one that hardly any answer lacks: the letter that the model uses most.
func testStop(t *testing.T, b backends.Backend, _ Options) {
	req := ask(storyPrompt)
	req.Sampling.MaxTokens = 32
	whole := one(t, b, req).Text
	for _, stop := range []string{commonest(whole), middle(whole)} {
		req.Sampling.Stop = []string{"never \u2603 said", stop}
		got := one(t, b, req)
		if strings.Contains(got.Text, stop) {
			t.Errorf("%q holds the stop string %q", got.Text, stop)
		}
		if len(stop) == 1 && got.Finish != backends.FinishStop {
			t.Errorf("with stop string %q, %q ended by %q, want %q", stop, got.Text, got.Finish, backends.FinishStop)
		}
	}
}

// commonest is the letter that occurs most often.
func commonest(text string) string {
	letters := strings.Split("etaoinsrhldcumfpgwybvkxjqz", "")
	return slices.MaxFunc(letters, func(a, b string) int { return strings.Count(text, a) - strings.Count(text, b) })
}

// middle is a word from the middle of a text, with the space before it.
func middle(text string) string {
	words := strings.Fields(text)
	if len(words) == 0 {
		return "anything"
	}
	return " " + words[len(words)/2]
}

func testLength(t *testing.T, b backends.Backend, _ Options) {
	req := ask(storyPrompt)
	req.Sampling.MaxTokens = 3
	got := one(t, b, req)
	if got.Finish != backends.FinishLength {
		t.Errorf("a story of 3 tokens %q ended by %q, want %q", got.Text, got.Finish, backends.FinishLength)
	}
	if got.Tokens > 3 {
		t.Errorf("%d tokens were counted, 3 asked for", got.Tokens)
	}
}

// A greedy continuation has one property whatever the model: if a prefix goes on with "a b", then
// the prefix with "a" goes on with "b". Whoever closes the turn and starts afresh lacks it.
func testContinuation(t *testing.T, b backends.Backend, opts Options) {
	if len(opts.Continuations) == 0 {
		t.Log("continuation: nothing is expected of this backend")
	}
	for _, way := range opts.Continuations {
		t.Run(string(way), func(t *testing.T) {
			req := ask("Write the numbers from 1 to 20.")
			req.Continue = way
			req.Prefix = "1, 2, 3, 4, 5, 6,"
			first := one(t, b, req).Text
			if first == "" || strings.HasPrefix(strings.TrimSpace(first), req.Prefix) {
				t.Fatalf("%q was continued by %q", req.Prefix, first)
			}
			half, rest, found := cutAtSpace(first)
			if !found {
				t.Fatalf("the continuation %q is a single word", first)
			}
			req.Prefix += half
			second := one(t, b, req).Text
			if !strings.HasPrefix(second, rest) {
				t.Errorf("%q goes on with %q, but then %q goes on with %q", "1, 2, 3, 4, 5, 6,", first, req.Prefix, second)
			}
		})
	}
}

// cutAtSpace cuts before a space or a line's end near the middle, where tokens begin.
func cutAtSpace(text string) (half, rest string, found bool) {
	for i := len(text) / 2; i > 0; i-- {
		if text[i] == ' ' || text[i] == '\n' {
			return text[:i], text[i:], true
		}
	}
	return "", "", false
}

func testTemplate(t *testing.T, b backends.Backend, opts Options) {
	if !opts.SameTemplate {
		t.Log("templates: nothing is expected of this backend")
		return
	}
	for _, messages := range [][]feedbackgen.Message{
		{feedbackgen.User("What is 2+3?")},
		{{Role: feedbackgen.RoleSystem, Content: "Be brief."}, feedbackgen.User("Hi"), feedbackgen.Assistant("Hello."), feedbackgen.User("2+3?")},
	} {
		req := ask("")
		req.Messages = messages
		server := generate(t, b, req)
		req.Continue = backends.Raw
		ours := generate(t, b, req)
		if server.PromptTokens == 0 || server.PromptTokens != ours.PromptTokens {
			t.Errorf("the server's prompt has %d tokens, the one rendered here %d", server.PromptTokens, ours.PromptTokens)
		}
	}
}

func testConversation(t *testing.T, b backends.Backend, _ Options) {
	req := ask("")
	req.Messages = []feedbackgen.Message{
		{Role: feedbackgen.RoleSystem, Content: "You are a helpful assistant."},
		feedbackgen.User("My name is Ada."),
		feedbackgen.Assistant("Nice to meet you, Ada!"),
		feedbackgen.User("Tell me about my name."),
	}
	before := append([]feedbackgen.Message(nil), req.Messages...)
	generate(t, b, req)
	for i, m := range before {
		if req.Messages[i] != m {
			t.Errorf("Generate changed the caller's message %d to %+v", i, req.Messages[i])
		}
	}
}

func testUnicode(t *testing.T, b backends.Backend, _ Options) {
	for _, prompt := range []string{
		"Repeat: na\u00efve \u4e16\u754c \U0001F642 \u05e9\u05dc\u05d5\u05dd",
		"Quotes \" and \\ and </s> <|im_end|> {{ .System }} \u2028 \t end",
	} {
		got := one(t, b, ask(prompt))
		if !utf8.ValidString(got.Text) {
			t.Errorf("the answer to %q is not valid UTF-8: %q", prompt, got.Text)
		}
	}
}

func testThinking(t *testing.T, b backends.Backend, _ Options) {
	got := one(t, b, ask("What is 17 times 3?"))
	for _, tag := range []string{"<think>", "</think>"} {
		if strings.Contains(got.Text, tag) {
			t.Errorf("the content holds thinking: %q", got.Text)
		}
	}
}

func testLogprobs(t *testing.T, b backends.Backend, opts Options) {
	req := ask("Hello")
	req.Logprobs = true
	response, err := b.Generate(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	got := response.Samples[0].Logprobs
	if got == nil {
		if opts.Logprobs {
			t.Error("no log-probabilities came")
		}
		t.Log("log-probabilities: none came")
		return
	}
	checkLogprobs(t, got)
}

// testEntropies draws the first tokens of several answers: what is likely there is the same for all.
func testEntropies(t *testing.T, b backends.Backend, opts Options) {
	req := drawn("Hello", 0)
	req.Logprobs, req.Entropies, req.Sampling.MaxTokens = true, true, 4
	firsts := map[string]bool{}
	var known []float64
	for req.Sampling.Seed = 1; req.Sampling.Seed <= 6; req.Sampling.Seed++ {
		got := one(t, b, req)
		if got.Entropies == nil && !opts.Entropies {
			t.Log("entropies: none came")
			return
		}
		checkEntropies(t, got)
		if t.Failed() || len(got.Logprobs) == 0 {
			return
		}
		firsts[got.Logprobs[0].Token] = true
		known = append(known, got.Entropies[0])
	}
	t.Logf("first tokens: %d different ones; entropy before them: %g nats", len(firsts), known[0])
	for _, nats := range known {
		if math.Abs(nats-known[0]) > 0.02 { // servers' arithmetic depends on what they have cached
			t.Errorf("the entropy before the first token depends on which it was: %v", known)
			break
		}
	}
}

// checkEntropies holds each against what the drawn token's probability says of the distribution: it
// has the least entropy if all others are one token, and the most if all others are alike. A likely
// token is among those that a server tells, so that a lower bound knows of it.
func checkEntropies(t *testing.T, got backends.Sample) {
	t.Helper()
	if len(got.Entropies) != len(got.Logprobs) {
		t.Errorf("%d entropies came for %d tokens", len(got.Entropies), len(got.Logprobs))
		return
	}
	const vocabulary, slack = 1 << 20, 0.01
	for i, nats := range got.Entropies {
		p := min(1, math.Exp(got.Logprobs[i].Logprob))
		two := 0.0
		if p > 0 && p < 1 {
			two = -p*math.Log(p) - (1-p)*math.Log(1-p)
		}
		if nats < 0 || math.IsNaN(nats) || nats > two+(1-p)*math.Log(vocabulary)+slack {
			t.Errorf("the entropy before %q, drawn with probability %g, is %g", got.Logprobs[i].Token, p, nats)
		}
		if p > 0.5 && nats < two-slack {
			t.Errorf("the entropy before %q, drawn with probability %g, is %g, and at least %g", got.Logprobs[i].Token, p, nats, two)
		}
	}
}

func checkLogprobs(t *testing.T, got []backends.TokenLogprob) {
	t.Helper()
	sum := 0.0
	for _, token := range got {
		if token.Logprob > 0 {
			t.Errorf("the log-probability of %q is %g", token.Token, token.Logprob)
		}
		sum += token.Logprob
	}
	if len(got) > 3 && sum == 0 {
		t.Errorf("all log-probabilities are 0: %v", got)
	}
}
