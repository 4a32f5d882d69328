package mcts_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// toy is a model of three steps and an answer. A good step keeps the solution on track, a bad one
// all but ruins it; what it says depends on prefix and seed alone.
type toy struct {
	before func(ctx context.Context, call int, req backends.Request) error
	silent bool // about log-probabilities
	mu     sync.Mutex
	seen   []backends.Request
}

func (b *toy) Policy(context.Context) (feedbackgen.Policy, error) {
	return feedbackgen.Policy{Backend: "toy", Model: "toy"}, nil
}

func (b *toy) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	b.mu.Lock()
	call := len(b.seen)
	b.seen = append(b.seen, req)
	b.mu.Unlock()
	if b.before != nil {
		if err := b.before(ctx, call, req); err != nil {
			return backends.Response{}, err
		}
	}
	var res backends.Response
	for i := range req.N {
		seed := req.Sampling.Seed + int64(i)
		sample := backends.Sample{Text: solve(req.Prefix, seed), Finish: backends.FinishStop, Seed: seed, Tokens: 9}
		if req.Logprobs && !b.silent {
			for word := range strings.SplitAfterSeq(sample.Text, " ") {
				sample.Logprobs = append(sample.Logprobs, backends.TokenLogprob{Token: word, Logprob: -0.5 - float64(len(word))/10})
			}
		}
		res.Samples = append(res.Samples, sample)
	}
	return res, nil
}

func solve(prefix string, seed int64) string {
	rng := rand.New(rand.NewPCG(uint64(seed), 7))
	text := prefix
	for step := strings.Count(prefix, "\n") + 1; step <= 3; step++ {
		if rng.Float64() < 0.7 {
			text += fmt.Sprintf("good step %d\n", step)
		} else {
			text += fmt.Sprintf("bad step %d\n", step)
		}
	}
	answer := 4
	if strings.Contains(text, "bad") && rng.Float64() < 0.9 {
		answer = 5 + rng.IntN(3)
	}
	return fmt.Sprintf("%sThe answer is %d.", text, answer)[len(prefix):]
}

func problem(answer string) feedbackgen.Problem {
	return feedbackgen.Problem{ID: "p1", Prompt: []feedbackgen.Message{feedbackgen.User("2+2?")}, Plain: true, Answer: answer}
}

func search(t testing.TB, cfg mcts.Config, backend backends.Backend, p feedbackgen.Problem) feedbackgen.Result {
	t.Helper()
	s, err := mcts.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	result, err := s.Run(context.Background(), backend, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := result.Counts.Check(); err != nil {
		t.Fatal(err)
	}
	return result
}

func lines(t testing.TB, result feedbackgen.Result) string {
	t.Helper()
	var all strings.Builder
	for _, record := range result.Records {
		line, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s %s\n", record.Kind(), line)
	}
	return all.String()
}

var continuing = mcts.Config{Simulations: 48, Continuation: backends.Native, Sampling: feedbackgen.Sampling{Seed: 3, Temperature: 1, TopP: 1}}

func TestSearchFindsTheBadStep(t *testing.T) {
	result := search(t, continuing, &toy{}, problem("4"))
	siblings := 0
	for _, record := range result.Records {
		p, ok := record.(feedbackgen.Preference)
		if !ok || p.Feedback.Type != feedbackgen.SiblingPair {
			continue
		}
		if strings.HasPrefix(p.Feedback.Chosen.Step, "The answer") {
			continue // one ended right from the same state, the other wrong
		}
		siblings++
		if !strings.HasPrefix(p.Feedback.Chosen.Step, "good") || !strings.HasPrefix(p.Feedback.Rejected.Step, "bad") {
			t.Errorf("chose %q over %q", p.Feedback.Chosen.Step, p.Feedback.Rejected.Step)
		}
	}
	if siblings == 0 {
		t.Error("48 simulations of a model with a clear bad step gave no step pair")
	}
}

// The tree depends on the replies, not on when they come, whatever the rule.
func TestTimingNeverChangesARecord(t *testing.T) {
	seen := map[string]mcts.Selection{}
	for _, selection := range mcts.Selections {
		cfg := continuing
		cfg.Selection, cfg.Logprobs = selection, true
		want := steady(t, cfg)
		if other, ok := seen[want]; ok {
			t.Errorf("%s and %s make the same records", selection, other)
		}
		seen[want] = selection
	}
}

// Nor with everything on that may change what is drawn.
func TestTimingNeverChangesARecordWithEveryOption(t *testing.T) {
	for _, selection := range mcts.Selections {
		cfg := continuing
		cfg.Selection, cfg.Logprobs = selection, true
		cfg.Simulations, cfg.EarlyStop, cfg.Merge, cfg.Baseline, cfg.Bisect = 120, true, "edit:4", mcts.BestOfNBaseline, 2
		if selection == mcts.UCT || selection == mcts.PUCT || selection == mcts.Balanced {
			cfg.Branching = "adaptive"
		}
		cfg.Critics = withCritics(t, "value,process:2,outcome,rollout").Critics
		steady(t, cfg)
	}
}

// steady returns the records of a search, which are the same whatever the delays.
func steady(t *testing.T, cfg mcts.Config) string {
	t.Helper()
	return steadily(t, cfg, func(before func(context.Context, int, backends.Request) error) backends.Backend {
		return &critical{verdict: mostlyRight, toy: toy{before: before}}
	})
}

// steadily is steady with a backend of the test's own.
func steadily(t *testing.T, cfg mcts.Config, backend func(before func(context.Context, int, backends.Request) error) backends.Backend) string {
	t.Helper()
	first := search(t, cfg, backend(nil), problem("4"))
	want, counts := lines(t, first), first.Counts
	for trial := range uint64(8) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(trial, 1))
			var mu sync.Mutex
			slow := backend(func(context.Context, int, backends.Request) error {
				mu.Lock()
				wait := time.Duration(rng.ExpFloat64() * float64(time.Second))
				mu.Unlock()
				time.Sleep(wait) // the bubble's clock
				return nil
			})
			result := search(t, cfg, slow, problem("4"))
			if got := lines(t, result); got != want {
				t.Fatalf("%s: delays changed the records:\n%s\nwant\n%s", cfg.Selection, got, want)
			}
			if !maps.Equal(result.Counts, counts) {
				t.Fatalf("%s: delays changed the counts: %v, want %v", cfg.Selection, result.Counts, counts)
			}
		})
	}
	return want
}

// Where the step rule never matches, every solution is one step: the counts say so, and the search ends with
// what whole solutions have to say.
func TestAStepRuleThatNeverMatches(t *testing.T) {
	cfg := continuing
	cfg.Step, cfg.NoGate = "regex:ZZZ", true
	result := search(t, cfg, &toy{}, problem("4"))
	c := result.Counts
	if c["whole_solutions.of_one_step"] != c["whole_solutions"] || c["whole_solutions"] != c["rollouts"] || c["rollouts"] != 48 {
		t.Errorf("counts %v, want all solutions whole and of one step", c)
	}
	cfg.Step = "line"
	if c := search(t, cfg, &toy{}, problem("4")).Counts; c["whole_solutions.of_more_steps"] == 0 || c["whole_solutions.of_one_step"] != 0 {
		t.Errorf("counts %v, want all solutions of more steps", c)
	}
	for _, record := range result.Records {
		if p, ok := record.(feedbackgen.Preference); ok && (p.Feedback.SharedBytes != 0 || p.Feedback.Chosen.Outcome != feedbackgen.Pass) {
			t.Errorf("%+v", p.Feedback)
		}
	}
}

// Simulation k sees exactly the results of 1 to k-W: while the first is out, W are dispatched and
// no more, though all others have answered; then exactly one a landing.
func TestWindowWaitsForTheOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := continuing
		cfg.Window, cfg.NoGate = 5, true
		serial := continuing
		serial.Window, serial.NoGate = 1, true
		pilot := &toy{}
		search(t, serial, pilot, problem("4"))
		first := pilot.seen[1].Sampling.Seed // after the group's
		release := make(chan struct{})
		backend := &toy{before: func(_ context.Context, _ int, req backends.Request) error {
			if req.Sampling.Seed == first {
				<-release
			}
			return nil
		}}
		s, err := mcts.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() {
			_, err := s.Run(context.Background(), backend, problem("4"))
			done <- err
		}()
		synctest.Wait()
		if got := len(backend.seen); got != 1+cfg.Window {
			t.Errorf("with the first simulation out, %d calls were made, want the group's and %d", got, cfg.Window)
		}
		close(release)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if got := len(backend.seen); got != 1+48-8 {
			t.Errorf("%d calls in all, want the group's and one for each of 40 simulations", got)
		}
	})
}

func TestRefusedCallsAreCountedAndNeverLabels(t *testing.T) {
	answered := int64(0)
	backend := &toy{before: func(_ context.Context, _ int, req backends.Request) error {
		if req.Prefix != "" {
			return &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrRefused, Cause: errors.New("too long")}}
		}
		answered += int64(req.N)
		return nil
	}}
	cfg := continuing
	cfg.Window = 1
	result := search(t, cfg, backend, problem("4"))
	if got := result.Counts["rollouts.pass"] + result.Counts["rollouts.fail"]; got != answered {
		t.Errorf("%d solutions are judged, %d were answered", got, answered)
	}
	if got := result.Counts["rollouts.error"]; got != 48-answered || got == 0 {
		t.Errorf("%d errors are counted, %d calls were refused", got, 48-answered)
	}
}

// What fails for now ends the search without a result: nothing that is missing is guessed.
func TestTransientFailureGivesNoResult(t *testing.T) {
	cfg := continuing
	for _, kind := range []error{backends.ErrTransient, backends.ErrUnavailable, backends.ErrBudget} {
		backend := &toy{before: func(_ context.Context, call int, _ backends.Request) error {
			if call == 7 {
				return &backends.Error{Failure: feedbackgen.Failure{Kind: kind}}
			}
			return nil
		}}
		s, err := mcts.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		result, err := s.Run(context.Background(), backend, problem("4"))
		if !errors.Is(err, kind) || len(result.Records) > 0 {
			t.Errorf("%v: error %v, %d records", kind, err, len(result.Records))
		}
	}
}

func TestWithoutAnAnswerTheGroupsAgreementJudges(t *testing.T) {
	result := search(t, continuing, &toy{}, problem(""))
	if len(result.Records) == 0 {
		t.Fatal("most solutions say 4, yet there is no record")
	}
	for _, record := range result.Records {
		if p, ok := record.(feedbackgen.Preference); ok {
			if p.Feedback.Verifier != "self-consistency:number" || p.Feedback.Chosen.Answer != "4" {
				t.Errorf("judged by %s, chose the answer %q", p.Feedback.Verifier, p.Feedback.Chosen.Answer)
			}
		}
	}
}

func TestNoAgreementNoLabel(t *testing.T) {
	cfg := continuing
	cfg.Agreement = 1
	backend := &toy{}
	result := search(t, cfg, backend, problem(""))
	if len(result.Records) != 0 || result.Counts["rollouts.abstain"] == 0 {
		t.Errorf("%d records, counts %v: want none, and abstentions", len(result.Records), result.Counts)
	}
	if saved := result.Counts["simulations_saved"]; saved != 40 {
		t.Errorf("%d simulations saved, want the 40 after the group", saved)
	}
	if len(backend.seen) != 1 {
		t.Errorf("%d calls: after the group there is nothing to check more draws against", len(backend.seen))
	}
}

// Whatever the problem, seed and settings: both sides of a pair begin with what they share, go on
// with their own steps, and end as they should; no list is longer than another.
func TestRecordsHold(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		simulations := rapid.IntRange(4, 80).Draw(rt, "simulations")
		cfg := mcts.Config{
			Simulations: simulations, Group: rapid.IntRange(1, simulations).Draw(rt, "group"),
			Width:        rapid.IntRange(1, 6).Draw(rt, "width"),
			Step:         rapid.SampledFrom([]string{"line", "sentence", "tokens:3"}).Draw(rt, "step"),
			Selection:    rapid.SampledFrom([]mcts.Selection{mcts.UCT, mcts.Thompson, mcts.Frontier, mcts.Balanced, mcts.Racing}).Draw(rt, "selection"),
			Continuation: rapid.SampledFrom([]backends.Continuation{backends.Native, backends.None}).Draw(rt, "continuation"),
			Sampling:     feedbackgen.Sampling{Seed: int64(rapid.IntRange(0, 1000).Draw(rt, "seed"))},
		}
		cfg.NoGate = rapid.Bool().Draw(rt, "no gate")
		if cfg.Continuation == backends.Native {
			cfg.Bisect = rapid.IntRange(0, 3).Draw(rt, "bisect")
		}
		cfg.EarlyStop = rapid.Bool().Draw(rt, "early stop")
		cfg.Merge = rapid.SampledFrom([]string{"exact", "edit:4", "answer", "model"}).Draw(rt, "merge")
		if cfg.Selection == mcts.UCT || cfg.Selection == mcts.Balanced {
			cfg.Branching = rapid.SampledFrom([]string{"fixed", "adaptive"}).Draw(rt, "branching")
		}
		result := search(t, cfg, &toy{}, problem(rapid.SampledFrom([]string{"4", ""}).Draw(rt, "answer")))
		for _, record := range result.Records {
			switch r := record.(type) {
			case feedbackgen.Preference:
				f := r.Feedback
				chosen, rejected := r.Chosen.Messages[0].Content, r.Rejected.Messages[0].Content
				if chosen == rejected || chosen[:f.SharedBytes] != rejected[:f.SharedBytes] {
					rt.Fatalf("sides share no %d bytes, or all:\n%q\n%q", f.SharedBytes, chosen, rejected)
				}
				if !strings.HasPrefix(chosen[f.SharedBytes:], f.Chosen.Step) || !strings.HasPrefix(rejected[f.SharedBytes:], f.Rejected.Step) {
					rt.Fatalf("sides do not go on with their steps: %+v", f)
				}
				if f.Chosen.Outcome != feedbackgen.Pass || f.Rejected.Outcome != feedbackgen.Fail || f.Probability < 0.95 {
					rt.Fatalf("a pair of %s and %s at %v", f.Chosen.Outcome, f.Rejected.Outcome, f.Probability)
				}
			case feedbackgen.Stepwise:
				n := len(r.Completions)
				f := r.Feedback
				if n == 0 || len(r.Labels) != n || len(r.SoftLabels) != n || len(f.Passes) != n || len(f.Rollouts) != n {
					rt.Fatalf("lists of different length: %+v", r)
				}
			case feedbackgen.Group:
				n := len(r.Completions)
				sum := 0.0
				for _, a := range r.Advantages {
					sum += float64(a)
				}
				if len(r.Rewards) != n || len(r.Advantages) != n || len(r.Feedback.Outcomes) != n || sum > 1e-9 || sum < -1e-9 {
					rt.Fatalf("a group of %d with advantages that sum to %v", n, sum)
				}
			case feedbackgen.SFT:
				if r.Feedback.Outcome != feedbackgen.Pass {
					rt.Fatalf("a best path that is %s", r.Feedback.Outcome)
				}
			}
		}
		total := result.Counts["rollouts"] + result.Counts["simulations_saved"]
		if total != int64(simulations) {
			rt.Fatalf("%d rollouts and saved ones of %d simulations", total, simulations)
		}
	})
}

// A request continues exactly the text of its node, and never asks in words to go on.
func TestContinuationIsAPrefix(t *testing.T) {
	backend := &toy{}
	search(t, continuing, backend, problem("4"))
	prefixes := 0
	seeds := map[int64]bool{}
	for _, req := range backend.seen {
		if len(req.Messages) != 1 || req.Messages[0] != backend.seen[0].Messages[0] {
			t.Fatalf("the conversation changed: %+v", req.Messages)
		}
		if req.Prefix != "" {
			prefixes++
			if req.Continue != backends.Native || !strings.HasSuffix(req.Prefix, "\n") {
				t.Errorf("prefix %q, continued %q", req.Prefix, req.Continue)
			}
		}
		if seeds[req.Sampling.Seed] {
			t.Errorf("seed %d was used twice", req.Sampling.Seed)
		}
		seeds[req.Sampling.Seed] = true
	}
	if prefixes == 0 {
		t.Error("no simulation started below the root")
	}
}

func TestSegmentsAreRenderedPrefixesAndBareSteps(t *testing.T) {
	cfg := continuing
	cfg.Segments = true
	cfg.Render = func(_ context.Context, messages []feedbackgen.Message, prefix string) (string, error) {
		return "<user>" + messages[0].Content + "<assistant>" + prefix, nil
	}
	for _, record := range search(t, cfg, &toy{}, problem("4")).Records {
		p, ok := record.(feedbackgen.Preference)
		if !ok || p.Feedback.Type != feedbackgen.SiblingPair {
			continue
		}
		if !strings.HasPrefix(p.Prompt.Text, "<user>2+2?") || p.Chosen.Text != p.Feedback.Chosen.Step || p.Chosen.Messages != nil {
			t.Errorf("prompt %q, chosen %q", p.Prompt.Text, p.Chosen.Text)
		}
	}
}

func TestBadSettingsAreTheUsersToMend(t *testing.T) {
	for name, cfg := range map[string]mcts.Config{
		"window":   {Simulations: 32, Window: 9},
		"group":    {Simulations: 4, Group: 5},
		"segments": {Segments: true},
		"gate":     {MinProbability: 1},
		"step":     {Step: "words"},
		"rule":     {Selection: "best"},
		"puct":     {Selection: mcts.PUCT},
		"baseline": {Baseline: "beam"},
		"branches": {Selection: mcts.UCT, Branching: "adaptive:-1"},
		"walk":     {Branching: "adaptive"},
		"merge":    {Merge: "edit:0"},
		"bisect":   {Bisect: 1, Continuation: backends.None},
	} {
		if _, err := mcts.New(cfg); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%s: error %v, want bad input", name, err)
		}
	}
}

func ExampleSearch() {
	search, err := mcts.New(mcts.Config{Simulations: 16, Continuation: backends.Native})
	if err != nil {
		panic(err)
	}
	result, err := search.Run(context.Background(), backends.FanOut(&toy{}, true), problem("4"))
	if err != nil {
		panic(err)
	}
	fmt.Println(result.Counts["rollouts"], "solutions,", result.Counts["rollouts.pass"]+result.Counts["rollouts.fail"], "judged")
	// Output: 16 solutions, 16 judged
}
