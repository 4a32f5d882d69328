package mcts_test

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/mcts/critic"
)

// critical is a toy that is asked about its steps, too: it says yes to good ones nine times of ten.
type critical struct {
	toy
	verdict func(question string, seed int64) (string, error)
}

func (b *critical) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	question := req.Messages[0].Content
	if !strings.Contains(question, "yes or no.") {
		return b.toy.Generate(ctx, req)
	}
	if b.before != nil {
		if err := b.before(ctx, 0, req); err != nil {
			return backends.Response{}, err
		}
	}
	var reply backends.Response
	for i := range req.N {
		word, err := b.verdict(question, req.Sampling.Seed+int64(i))
		if err != nil {
			return backends.Response{}, err
		}
		reply.Samples = append(reply.Samples, backends.Sample{Text: word, Finish: backends.FinishStop, Tokens: 1})
	}
	return reply, nil
}

func mostlyRight(question string, seed int64) (string, error) {
	good := !strings.Contains(question, "bad step")
	if rand.New(rand.NewPCG(uint64(seed), 3)).Float64() < 0.1 {
		good = !good
	}
	return map[bool]string{true: "yes", false: "No."}[good], nil
}

func withCritics(t testing.TB, list string) mcts.Config {
	t.Helper()
	cfg := continuing
	cfg.NoGate = true
	var err error
	if cfg.Critics, err = critic.NewPanel(list, critic.Config{Seed: cfg.Sampling.Seed, Rollouts: critic.RolloutConfig{Continuation: cfg.Continuation}}); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// mostlyWrong misleads, which no search can overlook.
func mostlyWrong(question string, seed int64) (string, error) {
	word, err := mostlyRight(question, seed)
	return map[string]string{"yes": "no", "No.": "yes"}[word], err
}

// Critics change where a search looks, and nothing else does: a critic that always abstains changes no
// record, and no score is in one.
func TestCriticsOnlySayWhereToLook(t *testing.T) {
	plain := withCritics(t, "")
	for _, selection := range []mcts.Selection{mcts.UCT, mcts.Thompson, mcts.Frontier, mcts.Balanced, mcts.Racing} {
		advised := withCritics(t, "value:0.5,process")
		plain.Selection, advised.Selection = selection, selection
		want := lines(t, search(t, plain, &toy{}, problem("4")))

		silent := search(t, advised, &critical{verdict: func(string, int64) (string, error) { return "perhaps", nil }}, problem("4"))
		if got := lines(t, silent); got != want {
			t.Errorf("%s: critics that abstain change the records", selection)
		}
		if silent.Counts["critics.value.abstained.unreadable"] == 0 || silent.Counts["critics.value.spoke"] != 0 {
			t.Errorf("%s: %v", selection, silent.Counts)
		}
		heard := search(t, advised, &critical{verdict: mostlyWrong}, problem("4"))
		if lines(t, heard) == want {
			t.Errorf("%s: critics have no effect", selection)
		}
		if heard.Counts["critics.process.spoke"] == 0 || heard.Counts["critics.process.abstained"] != 0 {
			t.Errorf("%s: %v", selection, heard.Counts)
		}
	}
}

// A critic whose calls are refused abstains; one whose server is down ends the search, as a rollout would.
func TestFailingCritics(t *testing.T) {
	cfg := withCritics(t, "value")
	refused := &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrRefused, Cause: errors.New("too long")}}
	result := search(t, cfg, &critical{verdict: func(string, int64) (string, error) { return "", refused }}, problem("4"))
	if result.Counts["critics.value.abstained.refused"] == 0 || result.Counts["rollouts.error"] != 0 || result.Counts["rollouts"] != 48 {
		t.Errorf("%v", result.Counts)
	}
	s, err := mcts.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	down := &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrTransient}}
	_, err = s.Run(t.Context(), &critical{verdict: func(string, int64) (string, error) { return "", down }}, problem("4"))
	if !errors.Is(err, backends.ErrTransient) {
		t.Errorf("%v", err)
	}
}

// Every state is asked about once, whatever the timing, and scores are counted beside what became of the
// rollouts that led there.
func TestStatesAreAskedAboutOnce(t *testing.T) {
	asked := map[string]int{}
	backend := &critical{verdict: mostlyRight}
	cfg := withCritics(t, "value,outcome")
	backend.before = func(_ context.Context, _ int, req backends.Request) error {
		backend.mu.Lock()
		defer backend.mu.Unlock()
		if question := req.Messages[0].Content; strings.Contains(question, "yes or no.") {
			asked[question]++
		}
		return nil
	}
	result := search(t, cfg, backend, problem("4"))
	for question, times := range asked {
		if times != 1 {
			t.Errorf("asked %d times: %s", times, question)
		}
	}
	if n := result.Counts["critics.value"]; n != int64(len(asked)) || n == 0 {
		t.Errorf("%d scores of %d questions", n, len(asked))
	}
	if wrong := result.Counts["critics.outcome.spoke.100.fail"] + result.Counts["critics.outcome.spoke.000.pass"]; wrong != 0 {
		t.Errorf("the rule contradicts itself %d times", wrong)
	}
	calibration := critic.NewCalibration()
	calibration.Add(maps.Clone(result.Counts))
	if got := calibration.Calibrated(); len(got) != 2 || got[1].Before == nil || *got[1].Before.AUROC < 0.6 {
		t.Errorf("%+v", got)
	}
}

// Where no answer is known, the group's answers are what the outcome critic goes by.
func TestOutcomeWithoutAnswerGoesByAgreement(t *testing.T) {
	backend := &critical{verdict: func(string, int64) (string, error) { return "", errors.New("nobody should ask") }}
	result := search(t, withCritics(t, "outcome"), backend, problem(""))
	if result.Counts["critics.outcome.spoke"] == 0 {
		t.Errorf("%v", result.Counts)
	}
}
