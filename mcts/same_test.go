package mcts_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
)

// wordy is a toy that puts each step in one of four ways, and says which of them say the same.
type wordy struct{ critical }

func (b *wordy) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	reply, err := b.critical.Generate(ctx, req)
	if isQuestion(req) {
		return reply, err
	}
	for i := range reply.Samples {
		s := &reply.Samples[i]
		rng := rand.New(rand.NewPCG(uint64(s.Seed), 11))
		s.Text = wording.ReplaceAllStringFunc(s.Text, func(step string) string {
			return []string{"A ", "Now a rather ", "Then comes one more ", "One "}[rng.IntN(4)] + step
		})
	}
	return reply, err
}

func isQuestion(req backends.Request) bool {
	return strings.Contains(req.Messages[0].Content, "yes or no.")
}

var (
	wording  = regexp.MustCompile(`(?m)^(good|bad) step`)
	question = regexp.MustCompile(`\nA: (.*)\nB: (.*)\n`)
)

// seesThrough says yes where both steps are good ones, or both bad ones.
func seesThrough(asked string, _ int64) (string, error) {
	steps := question.FindStringSubmatch(asked)
	if strings.Contains(steps[1], "bad") == strings.Contains(steps[2], "bad") {
		return "Yes.", nil
	}
	return "no", nil
}

func truthful() *wordy { return &wordy{critical{verdict: seesThrough}} }

var byModel = mcts.Config{
	Simulations: 48, Continuation: backends.Native, NoGate: true, Merge: mcts.MergeModel,
	Sampling: feedbackgen.Sampling{Seed: 3, Temperature: 1, TopP: 1},
}

func states(t testing.TB, cfg mcts.Config, backend backends.Backend) []mcts.State {
	t.Helper()
	s, err := mcts.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.States(t.Context(), backend, problem("4"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Steps of which the model says that they are the same are one node, which has the draws of all.
func TestModelMergesWhatItSaysIsTheSame(t *testing.T) {
	exact := byModel
	exact.Merge = "exact"
	for _, continuation := range []backends.Continuation{backends.Native, backends.None} {
		exact.Continuation = continuation
		merging := exact
		merging.Merge = mcts.MergeModel
		parents := map[int]map[bool]int{}
		all := states(t, merging, truthful())
		for _, s := range all[1:] {
			if s.Terminal {
				continue
			}
			if parents[s.Parent] == nil {
				parents[s.Parent] = map[bool]int{}
			}
			lines := strings.Split(strings.TrimSpace(s.Text), "\n")
			bad := strings.Contains(lines[len(lines)-1], "bad")
			if parents[s.Parent][bad]++; parents[s.Parent][bad] > 1 {
				t.Errorf("%s: %q is the second of its kind", continuation, s.Text)
			}
		}
		arrived := 0
		for _, s := range all {
			if s.Parent == 0 && s.Depth == 1 {
				arrived += s.Arrived.Rollouts
			}
		}
		if arrived != all[0].Own.Rollouts {
			t.Errorf("%s: %d draws arrived below the root, %d were drawn there", continuation, arrived, all[0].Own.Rollouts)
		}
		if plain := states(t, exact, truthful()); len(plain) <= len(all) {
			t.Errorf("%s: %d nodes without merging, %d with it", continuation, len(plain), len(all))
		}
	}
}

// No two texts after one beginning are asked about twice, in either order, and counts say what came of it.
func TestEachQuestionIsAskedOnce(t *testing.T) {
	asked := map[string]int{}
	backend := truthful()
	backend.before = func(_ context.Context, _ int, req backends.Request) error {
		if isQuestion(req) {
			backend.mu.Lock()
			defer backend.mu.Unlock()
			text := req.Messages[0].Content
			asked[text]++
			if steps := question.FindStringSubmatch(text); steps[1] >= steps[2] {
				t.Errorf("%q is asked about before %q", steps[1], steps[2])
			}
		}
		return nil
	}
	result := search(t, byModel, backend, problem("4"))
	for text, times := range asked {
		if times != 1 {
			t.Errorf("asked %d times: %s", times, text)
		}
	}
	counts := result.Counts
	if n := counts["merge_questions"]; n != int64(len(asked)) || counts["merge_questions.same"] == 0 || counts["merge_questions.different"] == 0 {
		t.Errorf("%d questions, counted as %v", len(asked), counts)
	}
}

// Where the model cannot say, by a word or because it may not be asked, nothing merges and the run goes on.
func TestWithoutAVerdictNothingMerges(t *testing.T) {
	exact := byModel
	exact.Merge = "exact"
	want := lines(t, search(t, exact, truthful(), problem("4")))
	refused := &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrRefused, Cause: errors.New("too long")}}
	for count, verdict := range map[string]func(string, int64) (string, error){
		"unreadable": func(string, int64) (string, error) { return "perhaps", nil },
		"refused":    func(string, int64) (string, error) { return "", refused },
		"different":  func(string, int64) (string, error) { return "No.", nil },
	} {
		result := search(t, byModel, &wordy{critical{verdict: verdict}}, problem("4"))
		if got := lines(t, result); got != want {
			t.Errorf("%s: the records differ from those of exact merging", count)
		}
		if n := result.Counts["merge_questions"]; n == 0 || result.Counts["merge_questions."+count] != n || result.Counts["rollouts.error"] != 0 {
			t.Errorf("%s: %v", count, result.Counts)
		}
	}
}

// Most draws have to say yes, whatever the others say.
func TestHowYesIsToldFromNo(t *testing.T) {
	for votes, want := range map[string]string{
		"Yes. no yes": "same", "yes hm YES": "same", "yes yes yes": "same",
		"yes no no": "different", "Yes. no hm": "different", "no hm no": "different",
		"yes hm hm": "unreadable", "hm no hm": "unreadable", "yesterday nobody hm": "unreadable",
	} {
		backend := &ballot{votes: strings.Fields(votes)}
		result := search(t, byModel, backend, problem("4"))
		if n := result.Counts["merge_questions"]; n == 0 || result.Counts["merge_questions."+want] != n {
			t.Errorf("%s: %v", votes, result.Counts)
		}
	}
}

// ballot answers every question with the same votes.
type ballot struct {
	wordy
	votes []string
}

func (b *ballot) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	if !isQuestion(req) {
		return b.wordy.Generate(ctx, req)
	}
	var reply backends.Response
	for i := range req.N {
		reply.Samples = append(reply.Samples, backends.Sample{Text: b.votes[i], Finish: backends.FinishStop, Tokens: 1})
	}
	return reply, nil
}

// What fails for now while a step is asked about ends the search without a result, and nothing more is asked.
func TestFailingQuestionsEndTheSearch(t *testing.T) {
	s, err := mcts.New(byModel)
	if err != nil {
		t.Fatal(err)
	}
	questions := 0
	backend := truthful()
	backend.verdict = func(asked string, seed int64) (string, error) {
		backend.mu.Lock()
		defer backend.mu.Unlock()
		if questions++; questions > 12 {
			return "", &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrBudget}}
		}
		return seesThrough(asked, seed)
	}
	result, err := s.Run(t.Context(), backend, problem("4"))
	if !errors.Is(err, backends.ErrBudget) || len(result.Records) > 0 {
		t.Errorf("error %v, %d records", err, len(result.Records))
	}
	if questions > 12+mcts.MergeAsked {
		t.Errorf("%d draws of verdicts: it went on asking after it failed", questions)
	}
}

// The tree depends on the model's verdicts, not on when they come.
func TestTimingNeverChangesWhatMerges(t *testing.T) {
	for _, selection := range []mcts.Selection{mcts.Racing, mcts.UCT, mcts.Thompson} {
		cfg := byModel
		cfg.Selection, cfg.Simulations, cfg.Bisect, cfg.EarlyStop, cfg.Baseline = selection, 80, 1, true, mcts.BestOfNBaseline
		steadily(t, cfg, func(before func(context.Context, int, backends.Request) error) backends.Backend {
			backend := truthful()
			backend.before = before
			return backend
		})
	}
}

// Independent samples merge by the rule that a search goes by.
func TestBestOfNAsksToo(t *testing.T) {
	s, err := mcts.New(byModel)
	if err != nil {
		t.Fatal(err)
	}
	baseline, err := s.BestOfN(t.Context(), truthful(), problem("4"), 400)
	if err != nil {
		t.Fatal(err)
	}
	if baseline.Counts["merge_questions.same"] == 0 {
		t.Errorf("%v", baseline.Counts)
	}
}

// A problem that no answer is known for, and on which solutions do not agree, is not worth a question.
func TestUndecidedProblemsAreNotAskedAbout(t *testing.T) {
	cfg := byModel
	cfg.Agreement = 1
	result := search(t, cfg, truthful(), problem(""))
	if result.Counts["problems_without_answer"] != 1 || result.Counts["merge_questions"] != 0 {
		t.Errorf("%v", result.Counts)
	}
}
