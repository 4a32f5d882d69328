package selfplay_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/mock"
	"github.com/feedbackgen/feedbackgen/selfplay"
	"github.com/feedbackgen/feedbackgen/selfplay/judge"
)

// known are anchors in the same words.
func known() []judge.Known {
	all, err := judge.LoadKnown(bytes.NewReader(mock.FactAnchors(24)), "anchors")
	if err != nil {
		panic(err)
	}
	return all
}

// watch notes the requests that are made.
func watch(b *mock.Library) *watched {
	w := &watched{}
	b.Before = func(_ context.Context, req backends.Request) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.seen = append(w.seen, req)
		return nil
	}
	return w
}

type watched struct {
	mu   sync.Mutex
	seen []backends.Request
}

func grounded() selfplay.Config {
	return selfplay.Config{
		Mode: selfplay.Grounded, Tasks: 24, Sampling: feedbackgen.Sampling{Seed: 3, MaxTokens: 200},
		Grounding: selfplay.Grounding{Anchors: known(), Replay: 64},
	}
}

func document() feedbackgen.Problem {
	return feedbackgen.Problem{ID: "depot", Prompt: []feedbackgen.Message{feedbackgen.User(mock.Facts(60))}, Plain: true}
}

func playDocument(t testing.TB, cfg selfplay.Config, backend backends.Backend) feedbackgen.Result {
	t.Helper()
	m, err := selfplay.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(document()); err != nil {
		t.Fatal(err)
	}
	result, err := m.Run(context.Background(), backend, document())
	if err != nil {
		t.Fatal(err)
	}
	if err := result.Counts.Check(); err != nil {
		t.Fatal(err)
	}
	return result
}

func TestADocumentLeavesAllItsRecords(t *testing.T) {
	backend := &mock.Library{}
	result := playDocument(t, grounded(), backend)
	kinds := map[feedbackgen.Kind]int{}
	for _, r := range result.Records {
		kinds[r.Kind()]++
	}
	for _, kind := range []feedbackgen.Kind{
		feedbackgen.KindTask, feedbackgen.KindChallenge, feedbackgen.KindPreference, feedbackgen.KindGroup, feedbackgen.KindSFT,
		feedbackgen.KindVerdict, feedbackgen.KindRLPrompt, feedbackgen.KindRound, feedbackgen.KindSkills,
	} {
		if kinds[kind] == 0 {
			t.Errorf("no %s: %v, %v", kind, kinds, result.Counts)
		}
	}
	if result.Counts["rounds.good"] != 3 {
		t.Errorf("counts: %v", result.Counts)
	}
	for _, p := range of[feedbackgen.Preference](result) {
		if p.Feedback.Probability < .95 || p.Feedback.Probability >= 1 {
			t.Errorf("a judge's word has probability %v", p.Feedback.Probability)
		}
		if p.Feedback.Chosen.Answer == p.Feedback.Rejected.Answer || !strings.Contains(p.Prompt.Messages[0].Content, "Crate 17 of") {
			t.Errorf("no right against wrong about the document: %+v", p.Feedback)
		}
	}
	for _, task := range of[feedbackgen.Task](result) {
		if !strings.Contains(document().Prompt[0].Content, task.Feedback.Quote) || !strings.Contains(task.Feedback.Quote, task.Answer) || len(task.Feedback.Rubrics) != 2 {
			t.Errorf("a task without its proof: %+v", task)
		}
	}
	for _, round := range of[feedbackgen.Round](result) {
		if f := round.Feedback; f.Kappa < .9 || f.Unusable != "" || f.Position != 1 || len(f.Proposals) != 2 || f.Anchors != 24*f.Round {
			t.Errorf("round %d: %+v", f.Round, f)
		}
	}
	// The second round's solver has the skills of the first in its prompt, and its records say so.
	digests := map[int]string{}
	for _, v := range of[feedbackgen.Verdict](result) {
		digests[v.Feedback.Round] = v.Feedback.Skills
		if has := strings.Contains(v.Prompt.Messages[0].Content, "Read the row twice"); has != (v.Feedback.Skills != "") {
			t.Errorf("round %d: skills in the prompt: %v, in the record: %q", v.Feedback.Round, has, v.Feedback.Skills)
		}
	}
	if digests[1] != "" || digests[2] == "" {
		t.Errorf("skills by round: %v", digests)
	}
}

// Neither rubrics nor reference are shown to the solver, and nobody but the judge sees the answers that
// it grades.
func TestTheSolverOfDocumentsIsToldNothing(t *testing.T) {
	backend := &mock.Library{}
	watched := watch(backend)
	cfg := grounded()
	cfg.Rounds, cfg.Tasks = 2, 8
	playDocument(t, cfg, backend)
	for _, req := range watched.seen {
		text := req.Messages[0].Content
		if req.Role == "" && (strings.Contains(text, "It is about crate") || strings.Contains(text, "rubric")) {
			t.Fatalf("the solver is shown %q", text)
		}
	}
}

func TestDelaysChangeNothingAboutDocuments(t *testing.T) {
	cfg := grounded()
	cfg.Rounds, cfg.Tasks = 2, 12
	want := lines(t, playDocument(t, cfg, &mock.Library{}))
	synctest.Test(t, func(t *testing.T) {
		slow := &mock.Library{Before: func(context.Context, backends.Request) error {
			time.Sleep(rand.N(time.Second))
			return nil
		}}
		if got := lines(t, playDocument(t, cfg, slow)); got != want {
			t.Error("delays changed the records")
		}
	})
}

// A skill that helps is chosen, one that does not is not: no skills stand then.
func TestReplayChoosesWhatHelps(t *testing.T) {
	chosen := func(bonus float64) (int, string) {
		cfg := grounded()
		cfg.Rounds, cfg.Tasks, cfg.Grounding.Replay = 2, 48, 240
		result := playDocument(t, cfg, &mock.Library{Solver: mock.Solves(0.4, bonus)})
		for _, s := range of[feedbackgen.Skills](result) {
			if s.Feedback.Side == "solver" && s.Feedback.Chosen {
				return s.Feedback.Version, s.Feedback.Reason
			}
		}
		t.Fatal("nothing is chosen")
		return 0, ""
	}
	if version, reason := chosen(0.5); version == 0 {
		t.Errorf("a skill that helps is not chosen: %s", reason)
	}
	if version, reason := chosen(-0.3); version != 0 {
		t.Errorf("a skill that harms is chosen: %s", reason)
	}
}

// The five faults of a loop: each raises its alarm or is told, and none becomes a label, a skill or a
// probe.
func TestFaultsAboutDocuments(t *testing.T) {
	for name, tt := range map[string]struct {
		backend *mock.Library
		alarm   string
	}{
		"a judge that errs on a fifth of its calls": {&mock.Library{Judge: mock.Judges(0.2)}, selfplay.AlarmJudge},
		"a judge that always says yes": {&mock.Library{Judge: func(text string, _ *rand.Rand) string {
			if strings.Contains(text, "A, B or tie") {
				return "A"
			}
			return `["yes", "yes"]`
		}}, selfplay.AlarmJudge},
		"a challenger that repeats itself": {&mock.Library{Challenger: func(string, *rand.Rand) string {
			return `{"task":"How many lamps does crate 3 hold?","answer":"1111","quote":"Crate 3 of the Oriel depot holds 1111 lamps","rubrics":["It says 1111."]}`
		}}, selfplay.AlarmDistinct},
		"a challenger that makes quotes up": {&mock.Library{Challenger: func(text string, rng *rand.Rand) string {
			return strings.Replace(mock.Writes(text, rng), "Oriel depot holds", "Oriel depot surely holds", 1)
		}}, selfplay.AlarmValid},
		"a solver that stops formatting": {&mock.Library{Solver: func(string, *rand.Rand) string {
			return "Lamps there are,\nand many of them,\nI am sure"
		}}, selfplay.AlarmParsed},
	} {
		t.Run(name, func(t *testing.T) {
			result := playDocument(t, grounded(), tt.backend)
			detail, report := health(t, result)
			if len(detail.Ended) != 1 || !slices.Contains(detail.Ended[0].Alarms, tt.alarm) {
				t.Fatalf("ended: %+v; counts %v; notes: %q", detail.Ended, result.Counts, report.Notes)
			}
			rolledBack := detail.Ended[0].Round
			for _, r := range result.Records {
				switch r := r.(type) {
				case feedbackgen.Preference, feedbackgen.Group, feedbackgen.SFT, feedbackgen.RLPrompt:
					line, _ := json.Marshal(r)
					if strings.Contains(string(line), fmt.Sprintf(`"node":"%d.`, rolledBack)) {
						t.Errorf("a record of the round that was rolled back: %.200s", line)
					}
				case feedbackgen.Verdict:
					if r.Feedback.Round == rolledBack {
						t.Error("a verdict of the round that was rolled back")
					}
				case feedbackgen.Skills:
					if r.Feedback.Round >= rolledBack && r.Feedback.Version > 0 {
						t.Error("skills were written from a round that was rolled back")
					}
				}
			}
		})
	}
	for name, rubbish := range map[string]string{
		"words":            "I would suggest to be more careful.",
		"an unknown id":    `{"edits":[{"action":"delete","id":"../../etc"}]}`,
		"an unknown field": `{"edits":[],"run":"rm"}`,
		"too long":         `{"edits":[{"action":"add","name":"x","description":"y","body":"` + strings.Repeat("word ", 3000) + `"}]}`,
	} {
		t.Run("a proposer that returns "+name, func(t *testing.T) {
			cfg := grounded()
			cfg.Rounds, cfg.Tasks = 2, 8
			result := playDocument(t, cfg, &mock.Library{Proposer: func(string, *rand.Rand) string { return rubbish }})
			if c := result.Counts; c["proposals.solver.unusable"] != 2 || c["proposals.challenger.unusable"] != 2 || c["rounds.good"] != 2 {
				t.Errorf("counts: %v", c)
			}
			for _, s := range of[feedbackgen.Skills](result) {
				if s.Feedback.Version > 0 {
					t.Errorf("rubbish became skills: %+v", s.Feedback)
				}
			}
			_, report := health(t, result)
			if !strings.Contains(strings.Join(report.Notes, "\n"), "solver: ") {
				t.Errorf("nobody is told: %q", report.Notes)
			}
		})
	}
}

// A proposal that tells a held-out task is refused.
func TestSkillsDoNotLeakProbes(t *testing.T) {
	backend := &mock.Library{}
	watched := watch(backend)
	var tasks []string
	backend.Proposer = func(text string, rng *rand.Rand) string {
		if !strings.Contains(text, `{"edits"`) {
			return "Remember the questions."
		}
		watched.mu.Lock()
		defer watched.mu.Unlock()
		for _, req := range watched.seen {
			if req.Role == "" {
				if i := strings.Index(req.Messages[0].Content, "How many lamps"); i >= 0 {
					tasks = append(tasks, strings.SplitN(req.Messages[0].Content[i:], "\n", 2)[0])
				}
			}
		}
		slices.Sort(tasks)
		tasks = slices.Compact(tasks)
		body, _ := json.Marshal(strings.Join(tasks, " "))
		return fmt.Sprintf(`{"edits":[{"action":"add","name":"x","description":"y","body":%s}]}`, body)
	}
	cfg := grounded()
	cfg.Tasks, cfg.Rounds, cfg.Grounding.Rules.SkillTokens, cfg.Grounding.Rules.SetTokens = 8, 1, 5000, 9000
	if c := playDocument(t, cfg, backend).Counts; c["proposals.solver.leak"] != 1 {
		t.Errorf("counts: %v", c)
	}
}

// A proposal that tells the sentence which proves a held-out task is refused: with it in the prompt, a probe
// would measure what the solver was told.
func TestSkillsDoNotLeakTheProofsOfProbes(t *testing.T) {
	cfg := grounded()
	cfg.Tasks, cfg.Rounds, cfg.Grounding.Rules.SkillTokens, cfg.Grounding.Rules.SetTokens = 8, 1, 5000, 9000
	body, _ := json.Marshal(strings.Join(strings.Fields(mock.Facts(60)), " "))
	backend := &mock.Library{Proposer: func(string, *rand.Rand) string {
		return fmt.Sprintf(`{"edits":[{"action":"add","name":"facts","description":"What is known.","body":%s}]}`, body)
	}}
	if c := playDocument(t, cfg, backend).Counts; c["proposals.solver.leak"] != 1 {
		t.Errorf("counts: %v", c)
	}
}

// With a closed book, what is never solved without the document is a gap if it is solved with it, and
// invalid if it is not.
func TestClosedBookTellsGapsFromImpossibleTasks(t *testing.T) {
	cfg := grounded()
	cfg.Rounds, cfg.Grounding.ClosedBook = 1, true
	even := regexp.MustCompile(`crate \d*[02468] of`)
	backend := &mock.Library{Solver: func(text string, rng *rand.Rand) string {
		if strings.Contains(text, "Above is a document") && even.MatchString(text[strings.Index(text, "How many"):]) {
			return mock.Solves(1, 0)(text, rng)
		}
		return mock.Solves(0, 0)(text, rng)
	}}
	result := playDocument(t, cfg, backend)
	if c := result.Counts; c["tasks.gap"] == 0 || c["tasks.invalid.unsolved"] == 0 || c["tasks.hard"] > 0 {
		t.Errorf("counts: %v", c)
	}
	for _, task := range of[feedbackgen.Task](result) {
		want := "unsolved"
		if even.MatchString(task.Feedback.Text) {
			want = "gap"
		}
		if task.Feedback.State != want {
			t.Errorf("%q is %s, want %s", task.Feedback.Text, task.Feedback.State, want)
		}
	}
}

// A rule judges by the reference, without a call.
func TestARuleMayJudge(t *testing.T) {
	cfg := grounded()
	cfg.Grounding.Judge, cfg.Grounding.Anchors = judge.Rule{}, nil
	cfg.Tasks = 12
	backend := &mock.Library{}
	watched := watch(backend)
	result := playDocument(t, cfg, backend)
	for _, req := range watched.seen {
		if req.Role == judge.Role {
			t.Fatal("the judge is asked")
		}
	}
	if result.Counts["rounds.good"] != 3 || trains(result) == 0 {
		t.Errorf("counts: %v", result.Counts)
	}
	for _, p := range of[feedbackgen.Preference](result) {
		if p.Feedback.Probability != 1 {
			t.Errorf("a rule is %v sure", p.Feedback.Probability)
		}
	}
}

func TestRolesKeepTheirPolicies(t *testing.T) {
	cfg := grounded()
	cfg.Rounds = 1
	other := feedbackgen.Policy{Backend: "toy", Model: "other"}
	cfg.Others = map[backends.Role]feedbackgen.Policy{selfplay.ChallengerRole: other, judge.Role: other}
	result := playDocument(t, cfg, &mock.Library{})
	for _, c := range of[feedbackgen.Challenge](result) {
		if c.Feedback.Policy != other {
			t.Errorf("a challenge is by %+v", c.Feedback.Policy)
		}
	}
	for _, p := range of[feedbackgen.Preference](result) {
		if p.Feedback.Policy == other || p.Feedback.Verifier != "judge:other" {
			t.Errorf("a preference is by %+v, judged by %s", p.Feedback.Policy, p.Feedback.Verifier)
		}
	}
}

func TestEmptyDocumentsAreRefused(t *testing.T) {
	m, err := selfplay.New(grounded())
	if err != nil {
		t.Fatal(err)
	}
	empty := feedbackgen.Problem{ID: "void", Prompt: []feedbackgen.Message{feedbackgen.User(" \n ")}}
	if err := m.Check(empty); err == nil || !strings.Contains(err.Error(), "void") {
		t.Errorf("an empty document: %v", err)
	}
}

// Skills that make the challenger write one task in the band again and again are not chosen: a task counts
// once.
func TestReplayPaysARepeatedTaskOnce(t *testing.T) {
	same := mock.Facts(4)
	same = strings.TrimSpace(same[strings.LastIndex(strings.TrimSpace(same), "\n"):])
	cfg := grounded()
	cfg.Rounds, cfg.Grounding.Replay = 2, 240
	backend := &mock.Library{
		Challenger: func(text string, rng *rand.Rand) string {
			if !strings.Contains(text, "Read the row twice") {
				return mock.Writes(text, rng)
			}
			return `{"task":"How many lamps does crate 3 of the depot hold?","answer":"1111","quote":"` + same + `","rubrics":["It says 1111."]}`
		},
		Solver: func(text string, rng *rand.Rand) string {
			if strings.Contains(text, "How many lamps does crate 3 of the depot hold?") {
				return mock.Solves(0.5, 0)(text, rng)
			}
			return mock.Solves(0.75, 0)(text, rng)
		},
	}
	result := playDocument(t, cfg, backend)
	if c := result.Counts; c["rounds.good"] != 1 || c["alarms.distinct"] != 1 {
		t.Errorf("counts: %v", c)
	}
	for _, s := range of[feedbackgen.Skills](result) {
		if s.Feedback.Side == "challenger" && s.Feedback.Chosen && s.Feedback.Version != 0 {
			t.Errorf("version %d: %s", s.Feedback.Version, s.Feedback.Reason)
		}
		// The only round that it was played in is undone; it was written from the one before, and has its chance.
		if s.Feedback.Side == "challenger" && s.Feedback.Version > 0 && (s.Feedback.Round != 1 || s.Feedback.Fate == "") {
			t.Errorf("version %d of round %d: %q", s.Feedback.Version, s.Feedback.Round, s.Feedback.Fate)
		}
	}
}
