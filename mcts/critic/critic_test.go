package critic_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts/critic"
	"github.com/feedbackgen/feedbackgen/verify"
)

// scripted answers every draw with the next of its words, with or without log-probabilities.
type scripted struct {
	words   []string
	logprob float64 // of each word; 0 for none
	err     error
	mu      sync.Mutex
	asked   []backends.Request
}

func (*scripted) Policy(context.Context) (feedbackgen.Policy, error) {
	return feedbackgen.Policy{}, nil
}

func (s *scripted) Generate(_ context.Context, req backends.Request) (backends.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, req)
	if s.err != nil {
		return backends.Response{}, s.err
	}
	var reply backends.Response
	for i := range req.N {
		sample := backends.Sample{Text: s.words[i%len(s.words)], Finish: backends.FinishStop}
		if s.logprob < 0 {
			sample.Logprobs = []backends.TokenLogprob{{Token: sample.Text, Logprob: s.logprob}}
		}
		reply.Samples = append(reply.Samples, sample)
	}
	return reply, nil
}

func refused() error {
	return &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrRefused, Cause: errors.New("too long")}}
}

var state = critic.State{
	Problem: feedbackgen.Problem{ID: "p", Prompt: []feedbackgen.Message{feedbackgen.User("How much is 40+2?")}, Plain: true, Answer: "4217"},
	Before:  "First I add.\n", Step: "40 and 2 make 42.\n", Whole: "First I add.\n40 and 2 make 42.\nThe answer is 42.", Rule: verify.Auto("4217"),
}

func panel(t testing.TB, list string, cfg critic.Config) critic.Panel {
	t.Helper()
	p, err := critic.NewPanel(list, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ExampleNewPanel() {
	model := &scripted{words: []string{"yes", "Yes.", "no"}}
	critics, err := critic.NewPanel("value,process:3", critic.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	opinion, err := critics.Score(context.Background(), model, critic.State{
		Problem: feedbackgen.Problem{ID: "p", Prompt: []feedbackgen.Message{feedbackgen.User("17+25?")}},
		Step:    "17 + 25 is 42.\n",
	})
	fmt.Printf("%s: %.2f %v\n", critics, opinion.Value, err)
	// Output: value:1,process:3: 0.67 <nil>
}

func TestEachCriticAsksItsOwnQuestion(t *testing.T) {
	for name, want := range map[string][2]string{ // a text that is asked about, and one that is not
		"value":   {"First I add.\n40 and 2 make 42.", "The answer is"},
		"process": {"The next step:\n40 and 2 make 42.", "The answer is"},
	} {
		model := &scripted{words: []string{"no"}}
		opinion, err := panel(t, name, critic.Config{}).Score(t.Context(), model, state)
		if err != nil || !opinion.Spoke || opinion.Value != 0 {
			t.Errorf("%s: %+v, %v", name, opinion, err)
		}
		if len(model.asked) != 1 {
			t.Fatalf("%s made %d requests", name, len(model.asked))
		}
		text := model.asked[0].Messages[0].Content
		if !strings.Contains(text, "40+2?") || !strings.Contains(text, want[0]) || strings.Contains(text, want[1]) {
			t.Errorf("%s asks:\n%s", name, text)
		}
		if strings.Contains(text, "4217") {
			t.Errorf("%s tells the right answer:\n%s", name, text)
		}
	}
}

// A critic that fails abstains with its reason; it never scores 0.
func TestCriticsThatFailAbstain(t *testing.T) {
	for name, c := range map[string]struct {
		model *scripted
		cfg   critic.Config
		want  string
	}{
		"refused":              {&scripted{err: refused()}, critic.Config{}, critic.Refused},
		"unreadable":           {&scripted{words: []string{"maybe", ""}}, critic.Config{}, critic.Unreadable},
		"a no among babble":    {&scripted{words: []string{"eh", "no", "eh"}}, critic.Config{}, critic.Unreadable},
		"and its likelihood":   {&scripted{words: []string{"eh", "no", "eh"}, logprob: math.Log(0.01)}, critic.Config{Logprobs: true}, critic.Unreadable},
		"unlikely":             {&scripted{words: []string{"no"}, logprob: math.Log(0.01)}, critic.Config{Logprobs: true}, critic.Unlikely},
		"no log-probabilities": {&scripted{words: []string{"no"}}, critic.Config{Logprobs: true}, critic.NoLogprobs},
	} {
		opinion, err := panel(t, "value,process", c.cfg).Score(t.Context(), c.model, state)
		if err != nil || opinion.Spoke {
			t.Errorf("%s: %+v, %v", name, opinion, err)
			continue
		}
		for _, score := range opinion.Scores {
			if score.Abstained != c.want {
				t.Errorf("%s: abstained for %q, want %q", name, score.Abstained, c.want)
			}
		}
	}
	down := &scripted{err: &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrTransient}}}
	if _, err := panel(t, "value", critic.Config{}).Score(t.Context(), down, state); !errors.Is(err, backends.ErrTransient) {
		t.Errorf("a server that is down is no abstention: %v", err)
	}
}

func TestVerdictsAreScoredByLogprobsOrVotes(t *testing.T) {
	model := &scripted{words: []string{"yes", "no", "yes"}, logprob: math.Log(0.4)}
	for _, logprobs := range []bool{false, true} {
		opinion, err := panel(t, "value", critic.Config{Logprobs: logprobs}).Score(t.Context(), model, state)
		want := map[bool]float64{false: 2.0 / 3, true: 0.5}[logprobs]
		if err != nil || math.Abs(opinion.Value-want) > 1e-9 {
			t.Errorf("log-probabilities %v: %v, %v; want %v", logprobs, opinion.Value, err, want)
		}
	}
}

// What the model only ever called wrong is not scored above the half, however seldom it says so.
func TestNothingButNoIsNeverScoredHigh(t *testing.T) {
	for p, most := range map[float64]float64{0.99: 0.01, 0.5: 0.34, 0.15: 0.5} {
		model := &scripted{words: []string{"no", "no", "perhaps"}, logprob: math.Log(p)}
		opinion, err := panel(t, "value", critic.Config{Logprobs: true}).Score(t.Context(), model, state)
		if err != nil || !opinion.Spoke || opinion.Value > most {
			t.Errorf("P(no) = %v: %+v, %v", p, opinion, err)
		}
	}
}

func TestOutcomeTakesTheBestEvidence(t *testing.T) {
	known, answered, alone := state, state, state
	known.Problem.Answer = "42"
	answered.Problem.Answer, answered.Answers = "", []string{"42", "42.0", "41", "43"}
	alone.Problem.Answer = ""
	partial, empty := state, state
	partial.Whole = ""
	empty.Whole, empty.Problem.Answer = "I do not know.", ""
	for name, c := range map[string]struct {
		state     critic.State
		want      float64
		abstained string
		calls     int
	}{
		"right by rule":          {known, 1, "", 0},
		"wrong by rule":          {state, 0, "", 0},
		"share of others":        {answered, 0.5, "", 0},
		"the model's own":        {alone, 1, "", 1},
		"no whole solution":      {partial, 0, critic.NotWhole, 0},
		"no answer in it":        {empty, 0, critic.NotWhole, 0},
		"no rule to read answer": {critic.State{Whole: "42"}, 0, critic.NotWhole, 0},
	} {
		model := &scripted{words: []string{"yes"}}
		opinion, err := panel(t, "outcome", critic.Config{}).Score(t.Context(), model, c.state)
		if err != nil {
			t.Fatal(err)
		}
		score := opinion.Scores[0]
		if score.Value != c.want || score.Abstained != c.abstained || len(model.asked) != c.calls {
			t.Errorf("%s: %+v after %d calls", name, score, len(model.asked))
		}
	}
}

// The mean is over those that spoke, within what they said, and nobody who abstains moves it.
func TestAbstentionsDoNotMoveTheMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all, spoke critic.Panel
		low, high := 1.0, 0.0
		for i := range rapid.IntRange(1, 5).Draw(t, "critics") {
			c := fixed{name: fmt.Sprint(i)}
			if rapid.Bool().Draw(t, "speaks") {
				c.score.Value = rapid.Float64Range(0, 1).Draw(t, "value")
			} else {
				c.score.Abstained = critic.Unreadable
			}
			w := critic.Weighted{Critic: c, Weight: rapid.Float64Range(0.01, 10).Draw(t, "weight")}
			all = append(all, w)
			if c.score.Spoke() {
				spoke = append(spoke, w)
				low, high = min(low, c.score.Value), max(high, c.score.Value)
			}
		}
		got, _ := all.Score(context.Background(), nil, state)
		want, _ := spoke.Score(context.Background(), nil, state)
		if got.Spoke != (len(spoke) > 0) || got.Value != want.Value {
			t.Fatalf("%+v, without those that abstain %+v", got, want)
		}
		if got.Spoke && (got.Value < low-1e-9 || got.Value > high+1e-9) {
			t.Fatalf("%v is not between %v and %v", got.Value, low, high)
		}
	})
}

type fixed struct {
	name  string
	score critic.Score
}

func (f fixed) Name() string { return f.name }

func (f fixed) Score(context.Context, backends.Backend, critic.State) (critic.Score, error) {
	return f.score, nil
}

func TestPanelsAreNamedOrRefused(t *testing.T) {
	if got := panel(t, " value:0.5, outcome", critic.Config{}).String(); got != "value:0.5,outcome:1" {
		t.Error(got)
	}
	if got := panel(t, "", critic.Config{}); got != nil {
		t.Error(got)
	}
	for _, list := range []string{"values", "value:0", "value:-1", "value:x", "value:", "value,value", "value,,process", "value:inf", "value:NaN"} {
		if _, err := critic.NewPanel(list, critic.Config{}); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%q: %v", list, err)
		}
	}
	if _, err := critic.NewPanel("value", critic.Config{Votes: 100}); !errors.Is(err, feedbackgen.ErrInput) {
		t.Error(err)
	}
}

func FuzzNewPanel(f *testing.F) {
	f.Add("value:0.5,process")
	f.Fuzz(func(t *testing.T, list string) {
		p, err := critic.NewPanel(list, critic.Config{})
		if err != nil {
			return
		}
		again, err := critic.NewPanel(p.String(), critic.Config{})
		if err != nil || again.String() != p.String() {
			t.Errorf("%q makes %s, which makes %s, %v", list, p, again, err)
		}
	})
}

// However many ask at once, an equal request is sent once, a refused one, too.
func TestEqualRequestsAreSentOnce(t *testing.T) {
	for _, failure := range []error{nil, refused()} {
		model := &scripted{words: []string{"yes"}, err: failure}
		backend := critic.Once(model)
		var calls sync.WaitGroup
		for range 20 {
			calls.Go(func() {
				for seed := range int64(3) {
					_, err := backend.Generate(t.Context(), backends.Request{N: 1, Sampling: feedbackgen.Sampling{Seed: seed}})
					if (err == nil) != (failure == nil) {
						t.Error(err)
					}
				}
			})
		}
		calls.Wait()
		if len(model.asked) != 3 {
			t.Errorf("%d requests for 3 different ones", len(model.asked))
		}
	}
}

func TestPromptsAreFiles(t *testing.T) {
	own, err := critic.LoadPrompts(fstest.MapFS{"value.tmpl": {Data: []byte("Fine? {{.Solution}}")}})
	if err != nil {
		t.Fatal(err)
	}
	if own.Digest() == critic.DefaultPrompts("").Digest() || critic.DefaultPrompts("abacus").Digest() == critic.DefaultPrompts("").Digest() {
		t.Error("other prompts have the same digest")
	}
	model := &scripted{words: []string{"yes"}}
	if _, err := panel(t, "value", critic.Config{Prompts: own}).Score(t.Context(), model, state); err != nil {
		t.Fatal(err)
	}
	if got := model.asked[0].Messages[0].Content; !strings.HasPrefix(got, "Fine? First I add.") {
		t.Error(got)
	}
	for _, text := range []string{"{{.Answer}}", "{{"} {
		if _, err := critic.LoadPrompts(fstest.MapFS{"process.tmpl": {Data: []byte(text)}}); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
