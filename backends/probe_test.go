package backends_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// subject is a server of which each ability can be taken away.
type subject struct {
	n, seed, logprobs, entropies, schema, reasoning bool
	slots                                           int
	// native and raw say what becomes of a prefix: it goes on, it is answered afresh, it is echoed,
	// it is refused, or the model, too weak, mumbles on.
	native, raw behaviour
	fail        error
	calls       int
}

type behaviour string

const (
	goesOn  behaviour = "goes on"
	afresh  behaviour = "answers afresh"
	echoes  behaviour = "echoes"
	refuses behaviour = "refuses"
	mumbles behaviour = "mumbles"
)

func (s *subject) Policy(context.Context) (feedbackgen.Policy, error) {
	return feedbackgen.Policy{}, nil
}

func (s *subject) Slots(context.Context) (int, error) { return s.slots, nil }

func (s *subject) Continuations(context.Context) ([]backends.Continuation, error) {
	if s.raw == "" {
		return []backends.Continuation{backends.Native}, nil
	}
	return []backends.Continuation{backends.Native, backends.Raw}, nil
}

func (s *subject) Generate(_ context.Context, req backends.Request) (backends.Response, error) {
	s.calls++
	if s.fail != nil {
		return backends.Response{}, s.fail
	}
	n := 1
	if s.n {
		n = req.N
	}
	var response backends.Response
	for i := range n {
		sample, err := s.sample(req, req.Sampling.Seed+int64(i))
		if err != nil {
			return backends.Response{}, err
		}
		response.Samples = append(response.Samples, sample)
	}
	return response, nil
}

func (s *subject) sample(req backends.Request, seed int64) (backends.Sample, error) {
	sample := backends.Sample{Text: fmt.Sprint("a story of draw ", s.calls)}
	if s.seed {
		sample.Text = fmt.Sprint("a story of seed ", seed)
	}
	if s.reasoning {
		sample.Thinking = "hm"
	}
	if s.logprobs && req.Logprobs {
		sample.Logprobs = []backends.TokenLogprob{{Token: "a", Logprob: -1}}
	}
	if s.entropies && req.Logprobs && req.Entropies {
		sample.Entropies = []float64{1}
	}
	if req.Schema != nil && s.schema {
		sample.Text = `{"odd":true,"even":false}`
	}
	if req.Prefix == "" {
		return sample, nil
	}
	_, sentence, _ := strings.Cut(req.Messages[0].Content, ": ")
	switch (map[backends.Continuation]behaviour{backends.Native: s.native, backends.Raw: s.raw})[req.Continue] {
	case goesOn:
		sample.Text = strings.TrimPrefix(sentence, req.Prefix)
	case echoes:
		sample.Text = sentence
	case mumbles:
		sample.Text = " mumble " + req.Prefix[:4]
	case refuses:
		return sample, &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrRefused, Cause: errors.New("the last message must be a user's")}}
	default:
		sample.Text = "Sure! " + sentence
	}
	return sample, nil
}

func TestProbeFindsWhatThereIs(t *testing.T) {
	all := &subject{n: true, seed: true, logprobs: true, entropies: true, schema: true, reasoning: true, slots: 4, native: goesOn}
	found, err := backends.Probe(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	if !found.N || !found.Seed || !found.Logprobs || !found.Entropies || !found.Schema || !found.Reasoning || found.Slots != 4 || found.Continuation != backends.Native {
		t.Errorf("found %+v", found)
	}
	found, err = backends.Probe(t.Context(), &subject{native: afresh})
	if err != nil {
		t.Fatal(err)
	}
	if found.N || found.Seed || found.Logprobs || found.Entropies || found.Schema || found.Reasoning || found.Slots != 0 || found.Continuation != backends.None {
		t.Errorf("found %+v in a server that does nothing", found)
	}
	for _, topic := range []string{"n:", "seed:", "logprobs:", "schema:", "reasoning:", "slots:", "native continuation:", "continuation:"} {
		if !strings.Contains(strings.Join(found.Notes, "\n"), topic) {
			t.Errorf("no note on %q in %q", topic, found.Notes)
		}
	}
}

func TestProbeNoticesMissingEntropies(t *testing.T) {
	found, err := backends.Probe(t.Context(), &subject{logprobs: true, native: goesOn})
	if err != nil {
		t.Fatal(err)
	}
	if !found.Logprobs || found.Entropies || !strings.Contains(strings.Join(found.Notes, "\n"), "entropies: none") {
		t.Errorf("found %+v in a server that tells only of the tokens drawn", found)
	}
}

func TestProbeTrustsOnlyContinuationsThatAreProven(t *testing.T) {
	for _, c := range []struct {
		native, raw behaviour
		want        backends.Continuation
	}{
		{goesOn, "", backends.Native},
		{goesOn, afresh, backends.Native},
		{afresh, "", backends.None},
		{echoes, "", backends.None},
		{refuses, "", backends.None},
		{mumbles, "", backends.None},
		{afresh, goesOn, backends.Raw},
		{echoes, goesOn, backends.Raw},
		{refuses, goesOn, backends.Raw},
		{mumbles, mumbles, backends.Native},
		{afresh, mumbles, backends.Raw},
		{refuses, mumbles, backends.Raw},
		{refuses, refuses, backends.None},
		{afresh, echoes, backends.None},
	} {
		s := &subject{seed: true, native: c.native, raw: c.raw}
		found, err := backends.Probe(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if found.Continuation != c.want {
			t.Errorf("native %s, raw %s: found %s, want %s; %q", c.native, c.raw, found.Continuation, c.want, found.Notes)
		}
		if s.calls > 10 {
			t.Errorf("native %s, raw %s: %d calls", c.native, c.raw, s.calls)
		}
	}
}

func TestProbeNoticesASeedThatIsIgnored(t *testing.T) {
	found, err := backends.Probe(t.Context(), constant{&subject{}})
	if err != nil {
		t.Fatal(err)
	}
	if found.Seed || found.N || found.Continuation != backends.None {
		t.Errorf("found %+v in a server that always says the same", found)
	}
}

// constant is a server that always says the same, as often as asked.
type constant struct{ *subject }

func (constant) Generate(_ context.Context, req backends.Request) (backends.Response, error) {
	return backends.Response{Samples: make([]backends.Sample, req.N)}, nil
}

func TestProbeEndsWithAFailureThatSaysNothing(t *testing.T) {
	down := errors.New("down")
	_, err := backends.Probe(t.Context(), &subject{fail: &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrUnavailable, Cause: down}}})
	if !errors.Is(err, down) || !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}
