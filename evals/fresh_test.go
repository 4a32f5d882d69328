package evals_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/evals"
)

// solver is a model of which every second draw after "good" is right, and none after anything else.
type solver struct {
	mu    sync.Mutex
	seeds map[int64]string
	fail  error
}

var policy = feedbackgen.Policy{Backend: "embedded", Model: "solver"}

func (*solver) Policy(context.Context) (feedbackgen.Policy, error) { return policy, nil }

func (s *solver) Generate(_ context.Context, req backends.Request) (backends.Response, error) {
	if s.fail != nil {
		return backends.Response{}, s.fail
	}
	var response backends.Response
	for i := range req.N {
		if err := s.draw(req.Sampling.Seed+int64(i), req.Prefix); err != nil {
			return response, err
		}
		text, finish := "The answer is 5.", backends.FinishStop
		if strings.HasSuffix(req.Prefix, "good\n") {
			switch i % 3 {
			case 1:
				text = "The answer is 4."
			case 2:
				finish = backends.FinishLength // truncated: neither right nor wrong
			}
		}
		response.Samples = append(response.Samples, backends.Sample{Text: text, Finish: finish})
	}
	return response, nil
}

// draw refuses a seed that was used before.
func (s *solver) draw(seed int64, prefix string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if before, twice := s.seeds[seed]; twice {
		return fmt.Errorf("one seed draws from %q and %q", before, prefix)
	}
	s.seeds[seed] = prefix
	return nil
}

// pair prefers one first step over another; the second step ends the solution.
func pair(problem, chosen, rejected string, open bool) feedbackgen.Preference {
	side := func(step, answer string, outcome feedbackgen.Outcome) (feedbackgen.Content, feedbackgen.Side) {
		whole := step + "\nThe answer is " + answer + "."
		evidence := feedbackgen.Side{Step: whole, Outcome: outcome}
		if open {
			evidence.Step = step + "\n"
		}
		return feedbackgen.Conversation(feedbackgen.Assistant(whole)), evidence
	}
	p := feedbackgen.Preference{Prompt: feedbackgen.Conversation(feedbackgen.User("2+2?"))}
	p.Feedback.Problem, p.Feedback.Policy, p.Feedback.Verifier, p.Feedback.Probability = problem, policy, "number", 0.97
	p.Chosen, p.Feedback.Chosen = side(chosen, "4", feedbackgen.Pass)
	p.Rejected, p.Feedback.Rejected = side(rejected, "5", feedbackgen.Fail)
	return p
}

func preferences(t *testing.T, pairs ...feedbackgen.Preference) evals.Preferences {
	t.Helper()
	var text strings.Builder
	for _, p := range pairs {
		line, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(append(line, '\n'))
	}
	read, err := evals.ReadPreferences(lines(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func fresh(model backends.Backend) evals.Fresh {
	return evals.Fresh{Backend: model, Answers: map[string]string{"a": "4", "b": "4"}, Rollouts: 6, Seed: 1000, Active: 4}
}

func TestFreshRolloutsJudgeStates(t *testing.T) {
	defer goleak.VerifyNone(t)
	model := &solver{seeds: map[int64]string{}}
	read := preferences(t,
		pair("a", "good", "bad", true), pair("b", "bad", "good", true), pair("b", "bad", "worse", true),
		pair("a", "good", "bad", false),
	)
	report, err := fresh(model).Judge(t.Context(), read)
	if err != nil {
		t.Fatal(err)
	}
	if r := report.Open.Right; r.Hits != 1 || r.Counted != 2 || r.Tied != 1 {
		t.Errorf("open pairs: %d of %d right, %d tied; want 1 of 2, and 1", r.Hits, r.Counted, r.Tied)
	}
	if r := report.Finished.Right; r.Hits != 1 || r.Counted != 1 {
		t.Errorf("finished pairs: %d of %d right, want 1 of 1", r.Hits, r.Counted)
	}
	half, none := 0.5, 0.0
	want := []evals.FreshPair{{Problem: "b", Stated: 0.97, Chosen: &none, Rejected: &half}, {Problem: "b", Stated: 0.97, Chosen: &none, Rejected: &none}}
	if diff := cmp.Diff(want, report.Wrong); diff != "" {
		t.Error(diff)
	}
	if want := 3 * 2 * 6; len(model.seeds) != want {
		t.Errorf("%d draws, want %d: finished sides cost nothing", len(model.seeds), want)
	}
	if table := evals.EvalPairs(read, &report).String(); !strings.Contains(table, "6 new rollouts a side") {
		t.Errorf("the table says nothing of fresh rollouts:\n%s", table)
	}
}

// What another policy made, or what cannot be judged, is refused before anything is drawn.
func TestFreshRolloutsAreOnPolicy(t *testing.T) {
	for name, spoil := range map[string]func(*feedbackgen.Preference){
		"not by solver":               func(p *feedbackgen.Preference) { p.Feedback.Policy.Digest = "other weights" },
		`"z" is not among`:            func(p *feedbackgen.Preference) { p.Feedback.Problem = "z" },
		"not within its completion":   func(p *feedbackgen.Preference) { p.Feedback.SharedBytes = 1000 },
		"bare text":                   func(p *feedbackgen.Preference) { p.Prompt = feedbackgen.Text("2+2?") },
		`verifier "self-consistency"`: func(p *feedbackgen.Preference) { p.Feedback.Verifier = "self-consistency" },
	} {
		good, bad := pair("a", "good", "bad", true), pair("b", "good", "bad", true)
		spoil(&bad)
		model := &solver{seeds: map[int64]string{}}
		_, err := fresh(model).Judge(t.Context(), preferences(t, good, bad))
		if !errors.Is(err, feedbackgen.ErrInput) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "rows.jsonl:2") {
			t.Errorf("%s: %v", name, err)
		}
		if len(model.seeds) > 0 {
			t.Errorf("%s: %d draws were made", name, len(model.seeds))
		}
	}
}

// A draw that fails is no label.
func TestFreshRolloutsThatFail(t *testing.T) {
	defer goleak.VerifyNone(t)
	_, err := fresh(&solver{fail: backends.ErrUnavailable}).Judge(t.Context(), preferences(t, pair("a", "good", "bad", true)))
	if !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("a server that is gone judged pairs: %v", err)
	}
}

func TestPlacesInATree(t *testing.T) {
	early, late := pair("a", "good", "bad", false), pair("b", "good", "bad", false)
	early.Feedback.Chosen.Node, early.Feedback.Rejected.Node = "0.2", "0.10"
	late.Feedback.Chosen.Node, late.Feedback.Rejected.Node = "0.10.1", "0.9"
	report := evals.EvalPairs(preferences(t, early, late), nil)
	if first := report.Outcomes.First; first.Hits != 1 || first.Counted != 2 {
		t.Errorf("the chosen side came first in %d of %d pairs, want 1 of 2: 10 comes after 9", first.Hits, first.Counted)
	}
	if report.Outcomes.Accuracy.Hits != 2 || *report.Stated.Value != 0.97 || len(report.Types) != 1 {
		t.Errorf("right %d, stated %v, types %v", report.Outcomes.Accuracy.Hits, report.Stated, report.Types)
	}
}
