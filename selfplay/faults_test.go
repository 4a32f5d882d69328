package selfplay_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/mock"
	"github.com/feedbackgen/feedbackgen/selfplay"
	"github.com/feedbackgen/feedbackgen/selfplay/judge"
)

// A judge that goes bad later ends the loop, and also judges no replay of the skills written before.
func TestAnUnusableJudgeChoosesNoSkills(t *testing.T) {
	later := func(text string) bool { // the anchors of the second round
		for i := 8; i < 16; i++ {
			if strings.Contains(text, fmt.Sprintf("compare with:\n%d\n", 500+13*i)) {
				return true
			}
		}
		return false
	}
	cfg := grounded()
	cfg.Tasks, cfg.Rounds = 48, 2
	backend := &mock.Library{Solver: mock.Solves(0.4, 0.5), Judge: func(text string, rng *rand.Rand) string {
		if later(text) && !strings.Contains(text, "A, B or tie") {
			return `["yes", "yes"]`
		}
		return mock.Judges(0)(text, rng)
	}}
	result := playDocument(t, cfg, backend)
	if c := result.Counts; c["alarms.judge"] != 1 || c["rounds.good"] != 1 || c["replay_calls"] != 0 {
		t.Errorf("counts: %v", c)
	}
	for _, s := range of[feedbackgen.Skills](result) {
		if s.Feedback.Round > 1 {
			t.Errorf("%s: version %d comes from the round in which the judge failed", s.Feedback.Side, s.Feedback.Version)
		}
		if s.Feedback.Chosen && (s.Feedback.Version != 0 || !strings.Contains(s.Feedback.Reason, "judge")) {
			t.Errorf("%s: version %d is chosen: %s", s.Feedback.Side, s.Feedback.Version, s.Feedback.Reason)
		}
	}
}

// A task of which nobody knows whether it is solved with the document, because no judge answers, is not
// known to be impossible.
func TestUnjudgedIsNotUnsolved(t *testing.T) {
	cfg := grounded()
	cfg.Rounds, cfg.Tasks, cfg.Grounding.ClosedBook = 1, 8, true
	lamps := "I read it.\nThe answer is 3 lamps."
	backend := &mock.Library{Solver: func(text string, rng *rand.Rand) string {
		if strings.Contains(text, "Above is a document") {
			return lamps
		}
		return mock.Solves(0, 0)(text, rng)
	}}
	backend.Before = func(_ context.Context, req backends.Request) error {
		if req.Role == judge.Role && strings.Contains(req.Messages[0].Content, lamps) {
			return backends.ErrRefused
		}
		return nil
	}
	result := playDocument(t, cfg, backend)
	if c := result.Counts; c["tasks.invalid.unsolved"] > 0 || c["tasks.deferred"] == 0 {
		t.Errorf("counts: %v", c)
	}
}

// Tasks that nobody solves with the document are invalid in the health of a round, too.
func TestUnsolvedTasksAreNoValidOnes(t *testing.T) {
	cfg := grounded()
	cfg.Rounds = 1
	result := playDocument(t, cfg, &mock.Library{Solver: mock.Solves(0, 0)})
	detail, _ := health(t, result)
	if len(detail.Ended) != 1 || fmt.Sprint(detail.Ended[0].Alarms) != "[valid]" {
		t.Errorf("ended: %+v", detail.Ended)
	}
	if r := detail.Rounds[0]; r.Posed != 0 || fmt.Sprint(r.Alarms) != "[valid]" {
		t.Errorf("health: %+v", r)
	}
}

// The report says the same of a round as the alarms of the only chain.
func TestReportsRepeatTheAlarmsOfAChain(t *testing.T) {
	cfg := grounded()
	cfg.Rounds = 1
	result := playDocument(t, cfg, &mock.Library{Challenger: func(string, *rand.Rand) string {
		return `{"task":"How many lamps does crate 3 hold?","answer":"1111","quote":"Crate 3 of the Oriel depot surely holds 1111 lamps","rubrics":["It says 1111."]}`
	}})
	detail, _ := health(t, result)
	if len(detail.Ended) != 1 || fmt.Sprint(detail.Ended[0].Alarms) != fmt.Sprint(detail.Rounds[0].Alarms) {
		t.Errorf("the chain's alarms are %+v, the report's %v", detail.Ended, detail.Rounds[0].Alarms)
	}
}

// What a proposer says is bounded where people read it.
func TestProposalsAreToldInFewWords(t *testing.T) {
	cfg := grounded()
	cfg.Rounds, cfg.Tasks = 1, 8
	key, _ := json.Marshal(strings.Repeat("Z", 100_000))
	result := playDocument(t, cfg, &mock.Library{Proposer: func(string, *rand.Rand) string { return fmt.Sprintf(`{"edits":[],%s:1}`, key) }})
	for _, r := range of[feedbackgen.Round](result) {
		for _, p := range r.Feedback.Proposals {
			if len(p) > 600 {
				t.Errorf("a note of %d bytes: %.80s", len(p), p)
			}
		}
	}
}

// The estimate is not below what a chain takes whose judge spends all its votes on every solution.
func TestEstimatesKnowTheVotes(t *testing.T) {
	for _, votes := range []int{1, 3, 9} {
		model, err := judge.New(judge.Config{Votes: votes})
		if err != nil {
			t.Fatal(err)
		}
		cfg := grounded()
		cfg.Grounding.Judge, cfg.Grounding.NoSkills = model, true
		m, err := selfplay.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		cfg = m.Config()
		solutions := cfg.Rounds * cfg.Tasks * cfg.Gate.Last
		anchors := cfg.Rounds * 8 * (3*votes + 2) // right, wrong, planted, and both ways round
		samples := 0
		for _, c := range m.Costs() {
			samples += c.Samples
		}
		if most := solutions*(1+votes) + anchors; samples < most {
			t.Errorf("%d votes: %d samples, but it may take %d", votes, samples, most)
		}
	}
}

// A chain that ends in a round without a single task is told of, too.
func TestChainsThatEndWithoutTasksAreTold(t *testing.T) {
	backend := &mock.Library{Judge: func(string, *rand.Rand) string { return `["yes", "yes"]` }}
	backend.Before = func(_ context.Context, req backends.Request) error {
		if req.Role == selfplay.ChallengerRole {
			return backends.ErrRefused
		}
		return nil
	}
	result := playDocument(t, grounded(), backend)
	detail, _ := health(t, result)
	if len(detail.Ended) != 1 || fmt.Sprint(detail.Ended[0].Alarms) != "[refused judge]" {
		t.Errorf("ended: %+v; counts: %v", detail.Ended, result.Counts)
	}
}

// A challenger that may write nothing ends the chain at once, and what the server said is told: while the run
// goes, and in the report. The rounds before it stand.
func TestARefusedChallengerEndsTheChain(t *testing.T) {
	const prompt = "the prompt of 9000 tokens does not fit into the context of 4096"
	refuse := func(from int32) (func(context.Context, backends.Request) error, *atomic.Int32) {
		var asked atomic.Int32
		return func(_ context.Context, req backends.Request) error {
			if req.Role != selfplay.ChallengerRole || asked.Add(1) <= from {
				return nil
			}
			return &backends.Error{Failure: feedbackgen.Failure{
				Subject: "toy at http://127.0.0.1:9", Cause: errors.New(strings.Replace(prompt, " of", "\nof", 1)), Kind: backends.ErrRefused,
			}}
		}, &asked
	}
	check := func(t *testing.T, result feedbackgen.Result, told []selfplay.Ended, round int) {
		t.Helper()
		detail, report := health(t, result)
		if len(detail.Ended) != 1 || detail.Ended[0].Round != round || fmt.Sprint(detail.Ended[0].Alarms) != "[refused]" || !strings.Contains(detail.Ended[0].Reason, prompt) {
			t.Fatalf("ended: %+v; counts: %v", detail.Ended, result.Counts)
		}
		if diff := cmp.Diff(detail.Ended, told); diff != "" {
			t.Errorf("the report and what was told at once differ:\n%s", diff)
		}
		if notes := strings.Join(report.Notes, "\n"); !strings.Contains(notes, prompt) || strings.Contains(notes, "127.0.0.1") {
			t.Errorf("notes: %q", report.Notes)
		}
		if c := result.Counts; c["rounds.good"] != int64(round-1) || c["rounds.rolled_back"] != 1 || c["rounds.not_played"] != int64(3-round) || c["alarms.refused"] != 1 {
			t.Errorf("counts: %v", c)
		}
	}
	t.Run("about a document", func(t *testing.T) {
		var told []selfplay.Ended
		cfg := grounded()
		cfg.RolledBack = func(e selfplay.Ended) { told = append(told, e) }
		backend := &mock.Library{}
		var asked *atomic.Int32
		backend.Before, asked = refuse(0)
		check(t, playDocument(t, cfg, backend), told, 1)
		if n := asked.Load(); n != 4 {
			t.Errorf("the challenger was asked %d times, want the 4 of one round", n)
		}
	})
	t.Run("in the second round, without a document", func(t *testing.T) {
		var told []selfplay.Ended
		cfg := small
		cfg.RolledBack = func(e selfplay.Ended) { told = append(told, e) }
		before, _ := refuse(4)
		result := play(t, cfg, &script{before: before})
		check(t, result, told, 2)
		if trains(result) == 0 {
			t.Error("the first round does not stand")
		}
	})
	t.Run("in part", func(t *testing.T) {
		before, _ := refuse(1)
		cfg := small
		cfg.Rounds = 1
		if c := play(t, cfg, &script{before: before}).Counts; c["alarms"] != 0 || c["tasks.not_written"] != 12 || c["rounds.good"] != 1 {
			t.Errorf("a challenger that wrote something: %v", c)
		}
	})
}

// A judge that says nothing to be read is no rule that cannot err.
func TestASilentJudgeIsNoRule(t *testing.T) {
	cfg := grounded()
	cfg.Rounds, cfg.Tasks = 1, 8
	_, report := health(t, playDocument(t, cfg, &mock.Library{Judge: func(string, *rand.Rand) string { return "I would rather not." }}))
	if notes := strings.Join(report.Notes, "\n"); strings.Contains(notes, "a rule judges") || !strings.Contains(notes, "kappa on anchors is undefined in all 1 rounds") {
		t.Errorf("notes: %s", notes)
	}
}

// Whatever rings says why, and a round in which all is well has nothing to say.
func TestAlarmsHaveReasons(t *testing.T) {
	for _, backend := range []*script{
		{},
		{write: func(int, *rand.Rand) string { return "I would rather not." }},
		{solve: func(string, *rand.Rand) string { return "The answer is 42." }},
		{solve: func(string, *rand.Rand) string { return "That is that." }},
	} {
		for _, r := range of[feedbackgen.Round](play(t, small, backend)) {
			f := r.Feedback
			if f.RolledBack != (f.Reason != "") || len(f.Alarms) > 0 && len(strings.Split(f.Reason, "; ")) != len(f.Alarms) {
				t.Errorf("alarms %v: %q", f.Alarms, f.Reason)
			}
		}
	}
}
