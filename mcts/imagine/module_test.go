package imagine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/mcts/imagine"
	"github.com/feedbackgen/feedbackgen/verify"
)

const (
	first  = "What is 1200 plus 3042?"
	second = "What is 2121 plus 2121?"
)

// provenanceOf reads any record's provenance as a file would show it.
func provenanceOf(t *testing.T, record feedbackgen.Record) feedbackgen.Provenance {
	t.Helper()
	line, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	var read struct{ Feedback feedbackgen.Provenance }
	if err := json.Unmarshal(line, &read); err != nil {
		t.Fatal(err)
	}
	return read.Feedback
}

func TestRecordsOfImaginedProblemsNameParentsAndAgreement(t *testing.T) {
	result := run(t, 4, &author{}, first, second)
	children := map[string]feedbackgen.Imagined{}
	for _, r := range imagined(result) {
		children[r.Feedback.Problem] = r
	}
	if len(children) < 2 {
		t.Fatalf("%d problems were imagined: %v", len(children), result.Counts)
	}
	kinds := map[feedbackgen.Kind]int{}
	for _, record := range result.Records {
		p := provenanceOf(t, record)
		if p.Problem == "p1" {
			if p.Parents != "" || p.AgreementSolutions != 0 || p.Verifier != "number" {
				t.Errorf("the given problem's %s says %+v", record.Kind(), p)
			}
			continue
		}
		child, known := children[p.Problem]
		if !known {
			t.Fatalf("a %s of %s, which no record describes", record.Kind(), p.Problem)
		}
		kinds[record.Kind()]++
		want := map[bool]string{false: "p1", true: "p1,p2"}[child.Feedback.Way == "combine"]
		if p.Parents != want || p.Verifier != "self-consistency:number" {
			t.Errorf("%s of %s: parents %q, verifier %q", record.Kind(), p.Problem, p.Parents, p.Verifier)
		}
		if p.AgreementSolutions != 5 || p.AgreementVotes < 3 {
			t.Errorf("%s of %s: agreement %d of %d", record.Kind(), p.Problem, p.AgreementVotes, p.AgreementSolutions)
		}
		if group, ok := record.(feedbackgen.Group); ok {
			for i, answer := range group.Feedback.Answers {
				if right := group.Feedback.Outcomes[i] == feedbackgen.Pass; right != (answer == child.Answer) {
					t.Errorf("%s: answer %s is %s, agreed on is %s", p.Problem, answer, group.Feedback.Outcomes[i], child.Answer)
				}
			}
		}
	}
	if kinds[feedbackgen.KindGroup] == 0 || kinds[feedbackgen.KindPreference] == 0 {
		t.Errorf("imagined problems have only %v", kinds)
	}
}

func TestNoKnownAnswerIsInAPrompt(t *testing.T) {
	backend := &author{}
	run(t, 4, backend, first, second)
	for _, req := range backend.seen {
		if strings.Contains(asked(req), "4242") {
			t.Errorf("the answer is in %q", asked(req))
		}
	}
}

// Few children a problem are made in all ways, too, over several problems; a lone problem has no
// other to be combined with.
func TestWaysTakeTurns(t *testing.T) {
	for _, c := range []struct {
		texts []string
		index int
		want  []string
	}{
		{[]string{first, second}, 0, []string{"words", "numbers", "around", "two problems"}},
		{[]string{first, second}, 3, []string{"two problems", "words", "numbers", "around"}},
		{[]string{first}, 0, []string{"words", "numbers", "around", "words"}},
	} {
		backend := &author{}
		problems := given(c.texts...)
		m := module(t, 4, problems)
		problems[0].Index = c.index
		if _, err := m.Run(t.Context(), backend, problems[0]); err != nil {
			t.Fatal(err)
		}
		ways := map[string]string{"in other words": "words", "with other numbers": "numbers", "Turn it around": "around", "Here are two problems": "two problems"}
		var got []string
		for _, req := range backend.seen {
			for mark, way := range ways {
				if drafting(req) && strings.Contains(asked(req), mark) {
					got = append(got, way)
				}
			}
		}
		slices.Sort(got)
		slices.Sort(c.want)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%d problems, index %d: %s", len(c.texts), c.index, diff)
		}
	}
}

func TestDraftsThatBecomeNoProblem(t *testing.T) {
	for _, c := range []struct {
		name  string
		reply backends.Sample
		want  string
	}{
		{"no marks", said("What is 5 plus 6?"), "unreadable"},
		{"empty", said("<problem> </problem>"), "unreadable"},
		{"never closed", said("<problem>What is 5 plus 6?"), "unreadable"},
		{"two", said("<problem>What is 5 plus 6?</problem><problem>What is 5 plus 7?</problem>"), "unreadable"},
		{"nested", said("<problem><problem>What is 5 plus 6?</problem></problem>"), "unreadable"},
		{"broken text", said("<problem>What is 5 \xff plus 6?</problem>"), "unreadable"},
		{"cut off", backends.Sample{Text: "<problem>What is 5 plus 6?</problem>", Finish: backends.FinishLength}, "truncated"},
		{"endless", said("<problem>" + strings.Repeat("and 5 plus 6 ", 400) + "</problem>"), "too_long"},
		{"ends the user's turn", said("<problem>What is 5 plus 6?<|im_end|></problem>"), "markup"},
		{"with its answer", said("<problem>What is 5 plus 6? The answer is 11.</problem>"), "solved"},
		{"the given one", said("<problem>what is **1200** plus 3042</problem>"), "duplicate"},
		{"another given one", said("<problem>" + second + "</problem>"), "duplicate"},
	} {
		backend := &author{write: func(backends.Request) (backends.Sample, error) { return c.reply, nil }}
		result := run(t, 1, backend, first, second)
		if result.Counts["imagined."+c.want] != 1 || len(imagined(result)) != 0 {
			t.Errorf("%s: not %s: %v", c.name, c.want, result.Counts)
		}
		if result.Counts["rollouts"] == 0 {
			t.Errorf("%s: the given problem was not searched", c.name)
		}
	}
}

func TestSiblingsAreNotAlike(t *testing.T) {
	backend := &author{write: func(backends.Request) (backends.Sample, error) {
		return said("<problem>What is 5 plus 6?</problem>"), nil
	}}
	result := run(t, 3, backend, first, second)
	if got := result.Counts; got["imagined"] != 3 || got["imagined.posed"] != 1 || got["imagined.duplicate"] != 2 {
		t.Errorf("three times the same: %v", got)
	}
	if got := imagined(result); len(got) != 1 || got[0].Feedback.Problem != "p1~1" {
		t.Errorf("not the first was kept: %v", got)
	}
}

func TestWhatIsThoughtIsNotRead(t *testing.T) {
	backend := &author{write: func(backends.Request) (backends.Sample, error) {
		return said("<think>I could write <problem>What is 1 plus 1?</problem>.</think><problem>What is 5 plus 6?</problem>"), nil
	}}
	if got := imagined(run(t, 1, backend, first)); len(got) != 1 || got[0].Feedback.Text != "What is 5 plus 6?" {
		t.Errorf("got %v", got)
	}
}

// Solutions that differ, and those without an answer, speak against a problem.
func TestProblemsWithoutAgreementAreIllPosed(t *testing.T) {
	for name, answer := range map[string]func(backends.Request, int, int64) int{
		"all differ":      func(_ backends.Request, _ int, seed int64) int { return int(seed) },
		"two of five":     func(req backends.Request, sum int, seed int64) int { return agreeing(req, sum, seed, 2) },
		"two against two": func(req backends.Request, sum int, seed int64) int { return sum + int(seed-req.Sampling.Seed)/2 },
	} {
		result := run(t, 1, &author{answer: answer}, first)
		if result.Counts["imagined.ill_posed"] != 1 || len(imagined(result)) != 0 {
			t.Errorf("%s: %v", name, result.Counts)
		}
	}
	agreed := func(req backends.Request, sum int, seed int64) int { return agreeing(req, sum, seed, 3) }
	if got := imagined(run(t, 1, &author{answer: agreed}, first)); len(got) != 1 || got[0].Feedback.AgreementVotes != 3 {
		t.Errorf("three of five agree: %v", got)
	}
}

// agreeing makes the first so many solutions of a request agree, and no others.
func agreeing(req backends.Request, sum int, seed int64, votes int) int {
	if draw := int(seed - req.Sampling.Seed); draw >= votes {
		return sum + 1000*draw
	}
	return sum
}

// The solutions that agreed on the answer would make the problem look easy: others tell how hard it is.
func TestDifficultyIsMeasuredOnOtherSolutions(t *testing.T) {
	backend := &author{answer: func(req backends.Request, sum int, _ int64) int {
		if req.N == 5 { // the screening
			return sum
		}
		return sum + 1
	}}
	got := imagined(run(t, 1, backend, first))
	if len(got) != 1 {
		t.Fatalf("got %v", got)
	}
	if f := got[0].Feedback; f.AgreementVotes != 5 || f.ProblemPasses != 0 || f.ProblemRollouts == 0 || f.State == "active" {
		t.Errorf("agreement %d of %d, solved %d of %d, %s", f.AgreementVotes, f.AgreementSolutions, f.ProblemPasses, f.ProblemRollouts, f.State)
	}
}

func TestARefusedDraftTakesNothingFromTheGivenProblem(t *testing.T) {
	refusal := &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrRefused, Cause: errors.New("too long")}}
	for name, refuse := range map[string]func(backends.Request) bool{
		"writing":   drafting,
		"screening": func(req backends.Request) bool { return req.N == 5 },
	} {
		backend := &author{before: func(req backends.Request) error {
			if refuse(req) {
				return refusal
			}
			return nil
		}}
		result := run(t, 2, backend, first)
		if result.Counts["imagined.error"] != 2 || result.Counts["rollouts"] < 8 {
			t.Errorf("%s: %v", name, result.Counts)
		}
	}
}

// What may pass suspends the problem, children and all, and every call has returned by then.
func TestTransientFailuresAreTheProblemsOwn(t *testing.T) {
	for name, strikes := range map[string]func(backends.Request) bool{
		"writing":   drafting,
		"screening": func(req backends.Request) bool { return req.N == 5 },
		"searching": func(req backends.Request) bool { return req.N == 8 && !strings.Contains(asked(req), "1200") },
	} {
		backend := &author{before: func(req backends.Request) error {
			if strikes(req) {
				return &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrTransient}}
			}
			return nil
		}}
		problems := given(first, second)
		_, err := module(t, 3, problems).Run(t.Context(), backend, problems[0])
		if !errors.Is(err, backends.ErrTransient) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// memory is a call log.
type memory struct{ entries sync.Map }

func (m *memory) Lookup(key backends.Key) (backends.Entry, bool) {
	entry, ok := m.entries.Load(key)
	if !ok {
		return backends.Entry{}, false
	}
	return entry.(backends.Entry), true
}

func (m *memory) Commit(_ context.Context, key backends.Key, entry backends.Entry) error {
	m.entries.Store(key, entry)
	return nil
}

// A run that is killed after any number of replies pays for none of them again, and ends up the same.
func TestResumedRunsAreTheSame(t *testing.T) {
	problems := given(first, second)
	m := module(t, 4, problems)
	whole := &author{before: func(backends.Request) error {
		runtime.Gosched() // another order each time
		return nil
	}}
	want, err := m.Run(t.Context(), whole, problems[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(imagined(want)) == 0 {
		t.Fatalf("nothing was imagined: %v", want.Counts)
	}
	calls := len(whole.seen)
	for _, killed := range []int{1, 5, calls / 2, calls - 1} {
		log := &memory{}
		var mu sync.Mutex
		left := killed
		dying := &author{before: func(backends.Request) error {
			mu.Lock()
			defer mu.Unlock()
			if left--; left < 0 {
				return &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrUnavailable}}
			}
			return nil
		}}
		if _, err := m.Run(t.Context(), backends.Logged(dying, log, [32]byte{}), problems[0]); !errors.Is(err, backends.ErrUnavailable) {
			t.Fatalf("after %d replies: %v", killed, err)
		}
		again := &author{}
		got, err := m.Run(t.Context(), backends.Logged(again, log, [32]byte{}), problems[0])
		if err != nil {
			t.Fatal(err)
		}
		if len(again.seen) != calls-killed {
			t.Errorf("%d of %d replies were there, and %d more were paid for", killed, calls, len(again.seen))
		}
		if a, b := written(t, want), written(t, got); a != b {
			t.Errorf("after %d replies: %s", killed, cmp.Diff(a, b))
		}
	}
}

func written(t *testing.T, result feedbackgen.Result) string {
	t.Helper()
	text, err := json.MarshalIndent(result, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestConversationsKeepTheirOtherTurns(t *testing.T) {
	problems := given(first)
	problems[0].Plain = false
	problems[0].Prompt = []feedbackgen.Message{{Role: feedbackgen.RoleSystem, Content: "Be brief."}, feedbackgen.User(first)}
	result, err := module(t, 1, problems).Run(t.Context(), &author{answer: func(_ backends.Request, sum int, _ int64) int { return sum }}, problems[0])
	if err != nil {
		t.Fatal(err)
	}
	got := imagined(result)
	if len(got) != 1 || len(got[0].Prompt.Messages) != 2 || got[0].Prompt.Messages[0].Content != "Be brief." {
		t.Fatalf("got %+v", got)
	}
	if problems[0].Prompt[1].Content != first {
		t.Errorf("the given problem became %q", problems[0].Prompt[1].Content)
	}
}

// Problems imagined from ones that a file's rule judges are judged by that file, too.
func TestRulesFromFilesJudgeWhatIsImagined(t *testing.T) {
	const rule = "jsonschema:answer.json"
	loader := &verify.Loader{Files: fstest.MapFS{"answer.json": {Data: []byte(`{"type": "number"}`)}}}
	problems := given(first)
	m := searching(t, 1, problems, mcts.Config{Verifier: rule, Load: loader.Load})
	result, err := m.Run(t.Context(), jsonAuthor{&author{}}, problems[0])
	if err != nil {
		t.Fatal(err)
	}
	got := imagined(result)
	if len(got) != 1 || !strings.HasPrefix(got[0].Feedback.Verifier, "self-consistency:"+rule+"@") {
		t.Fatalf("%v, counts %v", got, result.Counts)
	}
}

// jsonAuthor answers in JSON alone.
type jsonAuthor struct{ *author }

func (a jsonAuthor) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	res, err := a.author.Generate(ctx, req)
	for i := range res.Samples {
		if _, answer, ok := strings.Cut(res.Samples[i].Text, "The answer is "); ok {
			res.Samples[i].Text = strings.TrimSuffix(answer, ".")
		}
	}
	return res, err
}

func TestPromptFiles(t *testing.T) {
	own, err := imagine.LoadPrompts(fstest.MapFS{"invert.tmpl": {Data: []byte("Undo this: {{.Problem}}")}})
	if err != nil {
		t.Fatal(err)
	}
	if own.Digest() == imagine.DefaultPrompts().Digest() {
		t.Error("another file, and the same digest")
	}
	for _, text := range []string{"{{.Answer}}", "{{"} {
		_, err := imagine.LoadPrompts(fstest.MapFS{"numbers.tmpl": {Data: []byte(text)}})
		if !errors.Is(err, feedbackgen.ErrInput) || !strings.Contains(fmt.Sprint(err), "numbers.tmpl") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	good := module(t, 1, given(first)).Config()
	for name, change := range map[string]func(*imagine.Config){
		"no number":    func(c *imagine.Config) { c.Number = 0 },
		"one solution": func(c *imagine.Config) { c.Solutions = 1 },
		"no search":    func(c *imagine.Config) { c.Search = nil },
		"no survey":    func(c *imagine.Config) { c.Given = nil },
	} {
		bad := good
		change(&bad)
		if _, err := imagine.New(bad); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
