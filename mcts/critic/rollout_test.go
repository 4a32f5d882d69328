package critic_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts/critic"
	"github.com/feedbackgen/feedbackgen/verify"
)

// Completions of a sum whose right answer is 42.
var (
	right     = backends.Sample{Text: "The answer is 42.", Finish: backends.FinishStop, Tokens: 5}
	wrong     = backends.Sample{Text: "The answer is 41.", Finish: backends.FinishStop, Tokens: 5}
	truncated = backends.Sample{Text: "The answer is 42.", Finish: backends.FinishLength, Tokens: 5}
	babble    = backends.Sample{Text: "Who knows?", Finish: backends.FinishStop, Tokens: 3}
)

// finisher completes every solution with the same samples.
type finisher struct {
	scripted
	samples []backends.Sample
}

func (f *finisher) Generate(_ context.Context, req backends.Request) (backends.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, req)
	return backends.Response{Samples: f.samples[:min(req.N, len(f.samples))]}, f.err
}

func rollouts(n int) critic.Config {
	return critic.Config{Seed: 3, Rollouts: critic.RolloutConfig{
		N: n, Sampling: feedbackgen.Sampling{Temperature: 0.7, TopP: 1, MaxTokens: 64, Seed: 3}, Continuation: backends.Native,
	}}
}

// sum is a state that begins to add 40 and 2.
func sum(answer string, answers ...string) critic.State {
	return critic.State{
		Problem:  feedbackgen.Problem{ID: "p", Prompt: []feedbackgen.Message{feedbackgen.User("How much is 40+2?")}, Answer: answer},
		Messages: []feedbackgen.Message{feedbackgen.User("Solve: how much is 40+2?")},
		Before:   "First I add.\n", Step: "40 and 2 make\n", Rule: verify.Auto("42"), Answers: answers,
	}
}

func TestRolloutsAreJudgedByHowTheyEnd(t *testing.T) {
	unruled := sum("42")
	unruled.Rule = nil
	for name, c := range map[string]struct {
		state     critic.State
		samples   []backends.Sample
		want      float64
		abstained string
		calls     int
	}{
		"all right":                        {sum("42"), []backends.Sample{right, right}, 1, "", 1},
		"all wrong":                        {sum("42"), []backends.Sample{wrong}, 0, "", 1},
		"one of two":                       {sum("42"), []backends.Sample{right, wrong}, 0.5, "", 1},
		"truncated ones are not judged":    {sum("42"), []backends.Sample{truncated, wrong, truncated}, 0, "", 1},
		"nor are those without an answer":  {sum("42"), []backends.Sample{right, babble, babble}, 1, "", 1},
		"all babble":                       {sum("42"), []backends.Sample{babble, truncated}, 0, critic.NoneJudged, 1},
		"agreement":                        {sum("", "42", "42", "41", "7"), []backends.Sample{right, wrong, babble, truncated}, 0.375, "", 1},
		"no answer and nobody to agree to": {sum(""), []backends.Sample{right}, 0, critic.NoneJudged, 0},
		"no rule":                          {unruled, []backends.Sample{right}, 0, critic.NoneJudged, 0},
	} {
		model := &finisher{samples: c.samples}
		opinion, err := panel(t, "rollout", rollouts(4)).Score(t.Context(), model, c.state)
		if err != nil {
			t.Fatal(err)
		}
		if got := opinion.Scores[0]; got.Value != c.want || got.Abstained != c.abstained || len(model.asked) != c.calls {
			t.Errorf("%s: %+v after %d calls", name, got, len(model.asked))
		}
	}
}

// One request goes on from the state, in another's name, with a seed of its own.
func TestRolloutsGoOnFromTheState(t *testing.T) {
	model := &finisher{samples: []backends.Sample{right}}
	p := panel(t, "rollout", rollouts(0))
	for _, s := range []critic.State{sum("4217"), sum("4217"), {Problem: sum("").Problem, Step: "Other.\n", Rule: verify.Auto("42"), Answers: []string{"42"}}} {
		if _, err := p.Score(t.Context(), model, s); err != nil {
			t.Fatal(err)
		}
	}
	first, again, other := model.asked[0], model.asked[1], model.asked[2]
	if first.Role != critic.RolloutRole || first.N != critic.Rollouts || first.Continue != backends.Native || first.Prefix != "First I add.\n40 and 2 make\n" {
		t.Errorf("%+v", first)
	}
	if got := first.Messages[0].Content; got != "Solve: how much is 40+2?" {
		t.Errorf("asks %q, not as the search does", got)
	}
	if got := other.Messages[0].Content; got != "How much is 40+2?" {
		t.Errorf("asks %q, not as the problem does", got)
	}
	if first.Sampling.Temperature != 0.7 || first.Sampling.MaxTokens != 64 || first.Sampling.Seed == 3 {
		t.Errorf("%+v", first.Sampling)
	}
	if again.Sampling.Seed != first.Sampling.Seed || other.Sampling.Seed == first.Sampling.Seed {
		t.Error("seeds do not go by the state")
	}
	if strings.Contains(fmt.Sprint(first), "4217") {
		t.Error("the right answer is told")
	}
}

// A server that would draw the same completion N times is asked N times.
func TestRolloutsAreDrawnApartWhereTheyHaveTo(t *testing.T) {
	model := &finisher{samples: []backends.Sample{right}}
	cfg := rollouts(3)
	cfg.Rollouts.Apart = true
	if _, err := panel(t, "rollout", cfg).Score(t.Context(), model, sum("42")); err != nil {
		t.Fatal(err)
	}
	var seeds []int64
	for _, req := range model.asked {
		if req.N != 1 {
			t.Errorf("a request for %d", req.N)
		}
		seeds = append(seeds, req.Sampling.Seed)
	}
	slices.Sort(seeds)
	if len(seeds) != 3 || seeds[1] != seeds[0]+1 || seeds[2] != seeds[0]+2 {
		t.Errorf("seeds %v", seeds)
	}
}

// What fails says nothing of the state: a refusal abstains, anything else is an error.
func TestRolloutsThatFailScoreNothing(t *testing.T) {
	p := panel(t, "rollout", rollouts(4))
	opinion, err := p.Score(t.Context(), &finisher{scripted: scripted{err: refused()}}, sum("42"))
	if err != nil || opinion.Spoke || opinion.Scores[0].Abstained != critic.Refused {
		t.Errorf("%+v, %v", opinion, err)
	}
	down := &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrTransient}}
	if _, err := p.Score(t.Context(), &finisher{scripted: scripted{err: down}}, sum("42")); !errors.Is(err, backends.ErrTransient) {
		t.Error(err)
	}
	model := &finisher{samples: []backends.Sample{right}}
	opinion, err = panel(t, "rollout", critic.Config{}).Score(t.Context(), model, sum("42"))
	if err != nil || opinion.Scores[0].Abstained != critic.NotContinued || len(model.asked) != 0 {
		t.Errorf("%+v, %v after %d calls", opinion, err, len(model.asked))
	}
	for _, n := range []int{-1, 100} {
		if _, err := critic.NewPanel("rollout", rollouts(n)); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%d rollouts: %v", n, err)
		}
	}
}

// Whatever comes back, the score is the share of right ones among those that are right or wrong.
func TestRolloutsCountWhatIsJudged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := rapid.SliceOfN(rapid.SampledFrom([]backends.Sample{right, wrong, truncated, babble}), 1, 12).Draw(t, "samples")
		passes, judged := 0, 0
		for _, s := range samples {
			switch s.Text + string(s.Finish) {
			case right.Text + string(right.Finish):
				passes++
				judged++
			case wrong.Text + string(wrong.Finish):
				judged++
			}
		}
		p, err := critic.NewPanel("rollout", rollouts(len(samples)))
		if err != nil {
			t.Fatal(err)
		}
		opinion, err := p.Score(context.Background(), &finisher{samples: samples}, sum("42"))
		if err != nil || opinion.Spoke != (judged > 0) {
			t.Fatalf("%+v, %v for %d judged", opinion, err, judged)
		}
		if judged > 0 && math.Abs(opinion.Value-float64(passes)/float64(judged)) > 1e-12 {
			t.Fatalf("%v for %d of %d", opinion.Value, passes, judged)
		}
	})
}

// Tokens are counted by who asked, those of an equal request once.
func TestTokensAreCountedByRole(t *testing.T) {
	asked := critic.Once(&finisher{samples: []backends.Sample{right, babble}})
	for range 3 {
		for _, role := range []backends.Role{"", critic.RolloutRole} {
			n := 1
			if role == critic.RolloutRole {
				n = 2
			}
			if _, err := asked.Generate(t.Context(), backends.Request{N: n, Role: role}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if own, other := asked.Tokens(""), asked.Tokens(critic.RolloutRole); own != 5 || other != 8 {
		t.Errorf("%d tokens, and %d of rollouts", own, other)
	}
}
