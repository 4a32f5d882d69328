package selfplay_test

import (
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
	"github.com/feedbackgen/feedbackgen/selfplay"
	"github.com/feedbackgen/feedbackgen/selfplay/judge"
)

// facts is a document of many sentences, each with a number that nothing else tells.
func facts(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "Crate %d of the Oriel depot holds %d lamps and stands in row %d.\n\n", i, 1000+37*i, i%7+1)
	}
	return text.String()
}

// library plays all roles about such a document. What it says depends on the request alone. The solver
// is right with the probability of the crate's row, or more if its skills say so.
type library struct {
	before func(ctx context.Context, req backends.Request) error
	// Each, if given, replaces what a role says.
	challenger, solver, judge, proposer func(text string, rng *rand.Rand) string

	mu   sync.Mutex
	seen []backends.Request
}

func (b *library) Policy(context.Context) (feedbackgen.Policy, error) {
	return feedbackgen.Policy{Backend: "toy", Model: "library"}, nil
}

func (b *library) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	b.mu.Lock()
	b.seen = append(b.seen, req)
	b.mu.Unlock()
	if b.before != nil {
		if err := b.before(ctx, req); err != nil {
			return backends.Response{}, err
		}
	}
	var res backends.Response
	for i := range req.N {
		seed := req.Sampling.Seed + int64(i)
		rng := rand.New(rand.NewPCG(uint64(seed), 5))
		res.Samples = append(res.Samples, backends.Sample{Text: b.text(req, rng), Finish: backends.FinishStop, Seed: seed, Tokens: 9})
	}
	return res, nil
}

func (b *library) text(req backends.Request, rng *rand.Rand) string {
	text := req.Messages[len(req.Messages)-1].Content
	says := map[backends.Role]func(string, *rand.Rand) string{
		selfplay.ChallengerRole: b.challenger, "": b.solver, judge.Role: b.judge, selfplay.ProposerRole: b.proposer,
	}[req.Role]
	if says == nil {
		says = map[backends.Role]func(string, *rand.Rand) string{
			selfplay.ChallengerRole: writes, "": solves(0.5, 0), judge.Role: judges(0), selfplay.ProposerRole: proposes,
		}[req.Role]
	}
	return says(text, rng)
}

var crate = regexp.MustCompile(`Crate (\d+) of the Oriel depot holds (\d+) lamps`)

// writes asks about a random crate of the part.
func writes(text string, rng *rand.Rand) string {
	_, part, _ := strings.Cut(text, `"""`)
	all := crate.FindAllStringSubmatch(part, -1)
	c := all[rng.IntN(len(all))]
	reply, _ := json.Marshal(map[string]any{
		"task":   fmt.Sprintf("How many lamps does crate %s of the depot hold, variant %d, as counted in week %d?", c[1], rng.IntN(1e6), rng.IntN(1e6)),
		"answer": c[2], "quote": c[0], "rubrics": []string{"It says " + c[2] + ".", "It is about crate " + c[1] + "."},
	})
	return string(reply)
}

var asked = regexp.MustCompile(`How many lamps does crate (\d+) `)

// solves is right with probability p, and with the bonus more where the prompt has the skill.
func solves(p, bonus float64) func(string, *rand.Rand) string {
	return func(text string, rng *rand.Rand) string {
		c := asked.FindStringSubmatch(text)
		chance := p
		if strings.Contains(text, "Read the row twice") {
			chance += bonus
		}
		var n int
		_, _ = fmt.Sscan(c[1], &n)
		said := 1000 + 37*n
		if rng.Float64() >= chance {
			said += 1 + rng.IntN(30)
		}
		return fmt.Sprintf("I looked it up %d times.\nConfidence: %d%%\nThe answer is %d.", rng.IntN(9), rng.IntN(100), said)
	}
}

var graded = regexp.MustCompile(`(?s)right answer, for you to compare with:\n(.*?)\n.*answer-\w+\n(.*)\nanswer-`)

// judges compares with the reference, and errs with a probability.
func judges(errs float64) func(string, *rand.Rand) string {
	return func(text string, rng *rand.Rand) string {
		if strings.Contains(text, "A, B or tie") {
			return compares(text)
		}
		m := graded.FindStringSubmatch(text)
		right := m != nil && strings.Contains(lastLine(m[2]), m[1]) && !strings.Contains(m[2], "requirement")
		if rng.Float64() < errs {
			right = !right
		}
		n := strings.Count(text[strings.LastIndex(text, "Requirements:"):strings.LastIndex(text, "For each requirement")], "\n") - 1
		word := map[bool]string{true: `"yes"`, false: `"no"`}[right]
		return "[" + strings.TrimSuffix(strings.Repeat(word+", ", n-1), ", ") + "]"
	}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

var compared = regexp.MustCompile(`(?s)right answer, for you to compare with:\n(.*?)\n.*answer-\w+ A\n(.*)\nanswer-\w+ B\n(.*)\nanswer-`)

func compares(text string) string {
	m := compared.FindStringSubmatch(text)
	a, b := strings.Contains(lastLine(m[2]), m[1]), strings.Contains(lastLine(m[3]), m[1])
	switch {
	case a && !b:
		return "A"
	case b && !a:
		return "B"
	}
	return "tie"
}

// proposes a skill, or another body for it.
func proposes(text string, rng *rand.Rand) string {
	if !strings.Contains(text, `{"edits"`) {
		return "Numbers are confused with those of other rows. Add a skill about that."
	}
	body := fmt.Sprintf("Read the row twice before you say a number, and look %d lines up.", rng.IntN(5))
	if strings.Contains(text, "## read-twice") {
		return fmt.Sprintf(`{"edits":[{"action":"replace","id":"read-twice","description":"For numbers.","body":%q}]}`, body)
	}
	return fmt.Sprintf(`{"edits":[{"action":"add","name":"read twice","description":"For numbers.","body":%q}]}`, body)
}

// known are anchors in the same words.
func known() []judge.Known {
	var all []judge.Known
	for i := range 24 {
		reference := fmt.Sprint(500 + 13*i)
		all = append(all, judge.Known{
			Task:  judge.Task{ID: fmt.Sprint("anchor-", i), Text: "How many boats are there?", Rubrics: []string{"It says how many.", "It is a number."}, Reference: reference},
			Right: []string{"There are " + reference}, Wrong: []string{"There are " + fmt.Sprint(7000+i)},
		})
	}
	return all
}

func grounded() selfplay.Config {
	return selfplay.Config{
		Mode: selfplay.Grounded, Tasks: 24, Sampling: feedbackgen.Sampling{Seed: 3, MaxTokens: 200},
		Grounding: selfplay.Grounding{Anchors: known(), Replay: 64},
	}
}

func document() feedbackgen.Problem {
	return feedbackgen.Problem{ID: "depot", Prompt: []feedbackgen.Message{feedbackgen.User(facts(60))}, Plain: true}
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
	backend := &library{}
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
	backend := &library{}
	playDocument(t, grounded(), backend)
	for _, req := range backend.seen {
		text := req.Messages[0].Content
		if req.Role == "" && (strings.Contains(text, "It is about crate") || strings.Contains(text, "rubric")) {
			t.Fatalf("the solver is shown %q", text)
		}
	}
}

func TestDelaysChangeNothingAboutDocuments(t *testing.T) {
	want := lines(t, playDocument(t, grounded(), &library{}))
	synctest.Test(t, func(t *testing.T) {
		slow := &library{before: func(context.Context, backends.Request) error {
			time.Sleep(rand.N(time.Second))
			return nil
		}}
		if got := lines(t, playDocument(t, grounded(), slow)); got != want {
			t.Error("delays changed the records")
		}
	})
}

// A skill that helps is chosen, one that does not is not: no skills stand then.
func TestReplayChoosesWhatHelps(t *testing.T) {
	chosen := func(bonus float64) (int, string) {
		cfg := grounded()
		cfg.Rounds, cfg.Tasks, cfg.Grounding.Replay = 2, 48, 240
		result := playDocument(t, cfg, &library{solver: solves(0.4, bonus)})
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
		backend *library
		alarm   string
	}{
		"a judge that errs on a fifth of its calls": {&library{judge: judges(0.2)}, selfplay.AlarmJudge},
		"a judge that always says yes": {&library{judge: func(text string, _ *rand.Rand) string {
			if strings.Contains(text, "A, B or tie") {
				return "A"
			}
			return `["yes", "yes"]`
		}}, selfplay.AlarmJudge},
		"a challenger that repeats itself": {&library{challenger: func(string, *rand.Rand) string {
			return `{"task":"How many lamps does crate 3 hold?","answer":"1111","quote":"Crate 3 of the Oriel depot holds 1111 lamps","rubrics":["It says 1111."]}`
		}}, selfplay.AlarmDistinct},
		"a challenger that makes quotes up": {&library{challenger: func(text string, rng *rand.Rand) string {
			return strings.Replace(writes(text, rng), "Oriel depot holds", "Oriel depot surely holds", 1)
		}}, selfplay.AlarmValid},
		"a solver that stops formatting": {&library{solver: func(string, *rand.Rand) string {
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
			result := playDocument(t, grounded(), &library{proposer: func(string, *rand.Rand) string { return rubbish }})
			if c := result.Counts; c["proposals.solver.unusable"] != 3 || c["proposals.challenger.unusable"] != 3 || c["rounds.good"] != 3 {
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
	backend := &library{}
	var tasks []string
	backend.proposer = func(text string, rng *rand.Rand) string {
		if !strings.Contains(text, `{"edits"`) {
			return "Remember the questions."
		}
		backend.mu.Lock()
		defer backend.mu.Unlock()
		for _, req := range backend.seen {
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

// With a closed book, what is never solved without the document is a gap if it is solved with it, and
// invalid if it is not.
func TestClosedBookTellsGapsFromImpossibleTasks(t *testing.T) {
	cfg := grounded()
	cfg.Rounds, cfg.Grounding.ClosedBook = 1, true
	even := regexp.MustCompile(`crate \d*[02468] of`)
	backend := &library{solver: func(text string, rng *rand.Rand) string {
		if strings.Contains(text, "Above is a document") && even.MatchString(text[strings.Index(text, "How many"):]) {
			return solves(1, 0)(text, rng)
		}
		return solves(0, 0)(text, rng)
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
	backend := &library{}
	result := playDocument(t, cfg, backend)
	for _, req := range backend.seen {
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
	result := playDocument(t, cfg, &library{})
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
