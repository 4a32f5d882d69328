package openai_test

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/openai"
)

func undecided() backends.Request {
	req := request()
	req.Logprobs, req.Entropies = true, true
	return req
}

// chatTold and textTold are replies of one token " 5", and with it these alternatives' members.
func chatTold(alternatives string) reply {
	return reply{body: `{"choices":[{"message":{"role":"assistant","content":" 5"},"finish_reason":"stop",` +
		`"logprobs":{"content":[{"token":" 5","logprob":-0.7,"top_logprobs":[` + alternatives + `]}]}}]}`}
}

func textTold(alternatives string) reply {
	return reply{body: `{"choices":[{"text":" 5","finish_reason":"stop",` +
		`"logprobs":{"tokens":[" 5"],"token_logprobs":[-0.7],"top_logprobs":[` + alternatives + `]}}]}`}
}

// A half, a quarter, an eighth, and an eighth left: all but the last are looked at.
const (
	chatHalves = `{"token":" 6","logprob":-1.3862943611},{"token":" 5","logprob":-0.6931471806},{"token":" 7","logprob":-2.0794415417},{"token":"!","logprob":-30}`
	textHalves = `{" 6":-1.3862943611," 5":-0.6931471806," 7":-2.0794415417,"!":-30}`
	halves     = 1.75 * math.Ln2
)

func TestEntropiesAreReadFromAlternatives(t *testing.T) {
	for name, c := range map[string]struct {
		reply reply
		raw   bool
		known bool
	}{
		"chats":                     {chatTold(chatHalves), false, true},
		"texts":                     {textTold(textHalves), true, true},
		"chats without":             {chatTold(""), false, false},
		"texts without":             {textTold(""), true, false},
		"texts with null":           {textTold("null"), true, false},
		"chats with the drawn one":  {chatTold(`{"token":" 5","logprob":-0.7}`), false, false},
		"an alternative of nothing": {chatTold(chatHalves + `,{"token":"x","logprob":null}`), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, req := serve(t, c.reply), undecided()
			if c.raw {
				req.Continue = backends.Raw
			}
			got, err := s.open(t, openai.Config{Template: load(t, "chatml")}).Generate(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			sample := got.Samples[0]
			if len(sample.Logprobs) != 1 {
				t.Errorf("the log-probabilities are %v", sample.Logprobs)
			}
			switch {
			case !c.known && sample.Entropies != nil:
				t.Errorf("entropies are made up: %v", sample.Entropies)
			case c.known && (len(sample.Entropies) != 1 || math.Abs(sample.Entropies[0]-halves) > 1e-6):
				t.Errorf("got %v, want %g", sample.Entropies, halves)
			}
			field := map[bool]string{false: "top_logprobs", true: "logprobs"}[c.raw]
			if s.asked[0][field] != 20.0 {
				t.Errorf("asked for %v alternatives", s.asked[0][field])
			}
		})
	}
}

func TestEntropiesNobodyAskedForAreNotRead(t *testing.T) {
	s, req := serve(t, chatTold(chatHalves)), request()
	req.Logprobs = true
	got, err := s.open(t, openai.Config{}).Generate(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if got.Samples[0].Entropies != nil || s.asked[0]["top_logprobs"] != 1.0 {
		t.Errorf("got %v for %v alternatives", got.Samples[0].Entropies, s.asked[0]["top_logprobs"])
	}
}

// Calls that are refused at the same time all go on with fewer, and later ones ask for those at once.
func TestAServerThatTellsFewAlternativesIsAskedForFewer(t *testing.T) {
	const callers = 4
	var arrived sync.WaitGroup
	arrived.Add(callers)
	s := newStrict(t, func() { arrived.Done(); arrived.Wait() })
	b := open(t, openai.Config{BaseURL: s.URL + "/v1", Model: "m"})
	var calls sync.WaitGroup
	for range callers {
		calls.Go(func() {
			got, err := b.Generate(t.Context(), undecided())
			if err != nil || len(got.Samples[0].Entropies) != 1 {
				t.Errorf("got %+v (%v)", got, err)
			}
		})
	}
	calls.Wait()
	if _, err := b.Generate(t.Context(), undecided()); err != nil {
		t.Fatal(err)
	}
	if s.many != callers || s.few != callers+1 {
		t.Errorf("asked %d times for 20 and %d times for 5", s.many, s.few)
	}
}

func TestAServerThatRefusesLogprobsSaysSo(t *testing.T) {
	s := serve(t, reply{status: 400, body: `{"error":{"message":"logprobs are not available for this model"}}`})
	b := s.open(t, openai.Config{})
	_, err := b.Generate(t.Context(), undecided())
	if !errors.Is(err, backends.ErrRefused) || !strings.Contains(err.Error(), "not available") {
		t.Errorf("got %v", err)
	}
	if len(s.asked) != 2 {
		t.Errorf("asked %d times", len(s.asked))
	}
}

// strict takes at most 5 alternatives, and holds back refusals until refused returns.
type strict struct {
	*httptest.Server
	mu        sync.Mutex
	many, few int
}

func newStrict(t *testing.T, refused func()) *strict {
	s := &strict{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Alternatives int `json:"top_logprobs"`
		}
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			t.Error(err)
		}
		if s.takes(asked.Alternatives) {
			_, _ = io.WriteString(w, chatTold(chatHalves).body)
			return
		}
		refused()
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":{"message":"Requested sample logprobs of 20, which is greater than max allowed: 5"}}`)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *strict) takes(alternatives int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if alternatives > 5 {
		s.many++
		return false
	}
	s.few++
	return true
}
