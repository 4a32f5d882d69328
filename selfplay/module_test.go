package selfplay_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/guard/difficulty"
	"github.com/feedbackgen/feedbackgen/selfplay"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script is a model that writes sums and solves them, right about half the time. What it says depends
// on the request alone.
type script struct {
	before func(ctx context.Context, req backends.Request) error
	// write and solve, if given, replace what it says; the rng is the draw's.
	write func(difficulty int, rng *rand.Rand) string
	solve func(problem string, rng *rand.Rand) string

	mu   sync.Mutex
	seen []backends.Request
}

func (b *script) Policy(context.Context) (feedbackgen.Policy, error) {
	return feedbackgen.Policy{Backend: "toy", Model: "toy"}, nil
}

func (b *script) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
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
		res.Samples = append(res.Samples, backends.Sample{Text: b.text(req, seed), Finish: backends.FinishStop, Seed: seed, Tokens: 5})
	}
	return res, nil
}

var askedFor = regexp.MustCompile(`It has to take (\d) step`)

func (b *script) text(req backends.Request, seed int64) string {
	rng := rand.New(rand.NewPCG(uint64(seed), 3))
	last := req.Messages[len(req.Messages)-1].Content
	if asked := askedFor.FindStringSubmatch(last); asked != nil {
		difficulty, _ := strconv.Atoi(asked[1])
		if b.write != nil {
			return b.write(difficulty, rng)
		}
		return sum(difficulty, rng)
	}
	problem, _, _ := strings.Cut(last, "\n")
	if b.solve != nil {
		return b.solve(problem, rng)
	}
	return answer(problem, .5, rng)
}

func sum(steps int, rng *rand.Rand) string {
	numbers := []string{}
	for range steps + 1 {
		numbers = append(numbers, fmt.Sprint(rng.IntN(90)+10))
	}
	return fmt.Sprintf("Count %s together.\nExpression: %s", strings.Join(numbers, " and "), strings.Join(numbers, " + "))
}

var digits = regexp.MustCompile(`\d+`)

// answer is right with probability p.
func answer(problem string, p float64, rng *rand.Rand) string {
	total := 0
	for _, n := range digits.FindAllString(problem, -1) {
		x, _ := strconv.Atoi(n)
		total += x
	}
	if rng.Float64() >= p {
		total += 1 + rng.IntN(9)
	}
	return fmt.Sprintf("Way %d: I add all up.\nThe answer is %d.", rng.IntN(5), total)
}

func beginning(id string) feedbackgen.Problem {
	return feedbackgen.Problem{ID: id, Prompt: []feedbackgen.Message{feedbackgen.User("Ann has 3 apples and 4 pears. How many fruits?")}, Plain: true}
}

var small = selfplay.Config{Tasks: 16, Sampling: feedbackgen.Sampling{Seed: 1}}

func play(t testing.TB, cfg selfplay.Config, backend backends.Backend) feedbackgen.Result {
	t.Helper()
	m, err := selfplay.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(beginning("c")); err != nil {
		t.Fatal(err)
	}
	result, err := m.Run(context.Background(), backend, beginning("c"))
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

func of[T feedbackgen.Record](result feedbackgen.Result) []T {
	var all []T
	for _, record := range result.Records {
		if r, ok := record.(T); ok {
			all = append(all, r)
		}
	}
	return all
}

// trains are the kinds that a solver is trained on.
func trains(result feedbackgen.Result) int {
	return len(of[feedbackgen.Preference](result)) + len(of[feedbackgen.Group](result)) + len(of[feedbackgen.SFT](result))
}

func TestARunLeavesAllItsRecords(t *testing.T) {
	result := play(t, small, &script{})
	kinds := map[feedbackgen.Kind]int{}
	for _, r := range result.Records {
		kinds[r.Kind()]++
	}
	for _, kind := range []feedbackgen.Kind{feedbackgen.KindTask, feedbackgen.KindChallenge, feedbackgen.KindPreference, feedbackgen.KindGroup, feedbackgen.KindSFT} {
		if kinds[kind] == 0 {
			t.Errorf("no %s: %v", kind, kinds)
		}
	}
	if got := result.Counts["tasks"]; got != 48 {
		t.Errorf("%d tasks in 3 rounds of 16", got)
	}
	if got := len(of[feedbackgen.Task](result)); int64(got) != result.Counts["tasks"]-result.Counts["tasks.invalid"] {
		t.Errorf("%d lines of tasks, but the counts are %v", got, result.Counts)
	}
	active := map[string]feedbackgen.Task{}
	for _, task := range of[feedbackgen.Task](result) {
		if task.Feedback.State == "active" {
			active[task.Feedback.Problem] = task
		}
		if task.Feedback.Judged > task.Feedback.Drawn || task.Feedback.Passes > task.Feedback.Judged {
			t.Errorf("counts do not nest: %+v", task.Feedback)
		}
	}
	for _, pair := range of[feedbackgen.Preference](result) {
		f := pair.Feedback
		task, ok := active[f.Problem]
		if !ok || f.Chosen.Answer != task.Answer || f.Rejected.Answer == task.Answer || f.Chosen.Outcome != feedbackgen.Pass || f.Rejected.Outcome != feedbackgen.Fail {
			t.Errorf("no right against wrong of an active task: %+v", f)
		}
		if f.ProblemRollouts != task.Feedback.Judged || f.ProblemPasses != task.Feedback.Passes {
			t.Errorf("%s: %d of %d, but its task says %d of %d", f.Problem, f.ProblemPasses, f.ProblemRollouts, task.Feedback.Passes, task.Feedback.Judged)
		}
	}
	for _, example := range of[feedbackgen.SFT](result) {
		if task, ok := active[example.Feedback.Problem]; !ok || example.Feedback.Answer != task.Answer {
			t.Errorf("an example of what is not active or not right: %+v", example.Feedback)
		}
	}
	for _, c := range of[feedbackgen.Challenge](result) {
		total := feedbackgen.Real(0)
		for _, a := range c.Advantages {
			total += a
		}
		if total < -1e-9 || total > 1e-9 || len(c.Rewards) != len(c.Completions) || len(c.Feedback.Tasks) != len(c.Rewards) {
			t.Errorf("advantages sum to %v over %d rewards of %d completions", total, len(c.Rewards), len(c.Completions))
		}
	}
}

// Nothing that the solver is shown says the answer or the expression, and the seeds of all draws differ.
func TestTheSolverIsToldNothing(t *testing.T) {
	backend := &script{}
	play(t, small, backend)
	seeds := map[int64]bool{}
	for _, req := range backend.seen {
		if text := req.Messages[0].Content; !askedFor.MatchString(text) && strings.Contains(text, "Expression") {
			t.Errorf("the solver is shown %q", text)
		}
		for i := range req.N {
			if seed := req.Sampling.Seed + int64(i); seeds[seed] {
				t.Errorf("seed %d is drawn from twice", seed)
			} else {
				seeds[seed] = true
			}
		}
	}
}

func TestDelaysChangeNothing(t *testing.T) {
	want := lines(t, play(t, small, &script{}))
	for range 3 {
		synctest.Test(t, func(t *testing.T) {
			slow := &script{before: func(context.Context, backends.Request) error {
				time.Sleep(rand.N(time.Second))
				return nil
			}}
			if got := lines(t, play(t, small, slow)); got != want {
				t.Error("delays changed the records")
			}
		})
	}
}

// No solver waits for another one, nor for another challenge: with any latency, a round takes as long as
// the longest task, one challenge and six batches.
func TestARoundHasNoBarriers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		play(t, small, &script{before: func(context.Context, backends.Request) error {
			time.Sleep(time.Second)
			return nil
		}})
		if took := time.Since(start); took > 3*7*time.Second {
			t.Errorf("three rounds took %v", took)
		}
	})
}

func TestSeededChainsShowTheirProblem(t *testing.T) {
	for mode, want := range map[selfplay.Mode]bool{selfplay.Open: false, selfplay.Seeded: true} {
		cfg := small
		cfg.Mode, cfg.Rounds = mode, 1
		backend := &script{}
		play(t, cfg, backend)
		for _, req := range backend.seen {
			if text := req.Messages[0].Content; askedFor.MatchString(text) && strings.Contains(text, "3 apples and 4 pears") != want {
				t.Errorf("%s: the challenger is asked %q", mode, text)
			}
		}
	}
}

// What was in the band is asked for more: here only three steps are.
func TestDifficultyFollowsTheBand(t *testing.T) {
	backend := &script{solve: func(problem string, rng *rand.Rand) string {
		if len(digits.FindAllString(problem, -1)) == 4 {
			return answer(problem, .5, rng)
		}
		return answer(problem, 1, rng)
	}}
	asked := map[int]map[int]int{}
	for _, task := range of[feedbackgen.Task](play(t, small, backend)) {
		if asked[task.Feedback.Round] == nil {
			asked[task.Feedback.Round] = map[int]int{}
		}
		asked[task.Feedback.Round][task.Feedback.Asked]++
	}
	if got := asked[1]; !maps.Equal(got, map[int]int{1: 4, 2: 4, 3: 4, 4: 4}) {
		t.Errorf("round 1 asks for %v", got)
	}
	if got := asked[3]; got[3] < 7 || got[1] < 1 || got[2] < 1 || got[4] < 1 {
		t.Errorf("round 3 asks for %v", got)
	}
}

func TestEarlierProblemsAreNotWrittenAgain(t *testing.T) {
	first := play(t, small, &script{})
	cfg := small
	for _, task := range of[feedbackgen.Task](first) {
		cfg.Memory = append(cfg.Memory, task.Feedback.Text)
	}
	// The same seed writes the same first round, of which nothing is new.
	again := play(t, cfg, &script{})
	if got := again.Counts["tasks.invalid.duplicate"]; got != 16 {
		t.Errorf("%d of 16 repeated problems were noticed", got)
	}
	if trains(again) > 0 {
		t.Error("what was written before trains again")
	}
}

// health asks the measuring guard.
func health(t testing.TB, result feedbackgen.Result) (selfplay.Detail, guard.Report) {
	t.Helper()
	kase := &guard.Case{Problem: "c"}
	for _, record := range result.Records {
		line, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		r, err := guard.Read(record.Kind(), line)
		if err != nil {
			t.Fatal(err)
		}
		kase.Records = append(kase.Records, r)
	}
	gate := difficulty.Default()
	measure := selfplay.NewMeasure(&gate)
	measure.Judge(kase)
	report := measure.Report()
	return report.Detail.(selfplay.Detail), report
}

// Each fault raises its alarm, undoes its round, and leaves nothing that trains; what came before it
// stands.
func TestFaultsRingAndTrainNobody(t *testing.T) {
	rubbish := func(int, *rand.Rand) string { return "As a language model, I would rather not." }
	for name, tt := range map[string]struct {
		backend *script
		alarm   string
	}{
		"the challenger writes rubbish": {&script{write: rubbish}, selfplay.AlarmValid},
		"the challenger repeats itself": {&script{write: func(int, *rand.Rand) string {
			return "Ann has 31 apples and 45 pears. How many fruits are there?\nExpression: 31 + 45"
		}}, selfplay.AlarmDistinct},
		"expressions that do not compute": {&script{write: func(d int, rng *rand.Rand) string {
			return sum(d, rng) + " / 0"
		}}, selfplay.AlarmValid},
		"the solver stops formatting": {&script{solve: func(string, *rand.Rand) string { return "I add them up, and that is that." }}, selfplay.AlarmParsed},
		"the solver says the same to all": {&script{solve: func(string, *rand.Rand) string {
			return "The answer is 42."
		}}, selfplay.AlarmRepetition},
		"the solver is always right": {&script{solve: func(p string, rng *rand.Rand) string { return answer(p, 1, rng) }}, selfplay.AlarmInBand},
	} {
		t.Run(name, func(t *testing.T) {
			result := play(t, small, tt.backend)
			detail, report := health(t, result)
			if len(detail.Ended) != 1 || detail.Ended[0].Round != 1 || !slices.Contains(detail.Ended[0].Alarms, tt.alarm) {
				t.Fatalf("ended: %+v; notes: %q", detail.Ended, report.Notes)
			}
			if !strings.Contains(strings.Join(report.Notes, "\n"), "ALARM, ") {
				t.Errorf("the notes say nothing: %q", report.Notes)
			}
			if n := trains(result); n > 0 {
				t.Errorf("%d records train", n)
			}
			for _, c := range of[feedbackgen.Challenge](result) {
				for _, a := range c.Advantages {
					if a != 0 {
						t.Errorf("an advantage of %v in a round that was rolled back", a)
					}
				}
			}
			if c := result.Counts; c["rounds.rolled_back"] != 1 || c["rounds.not_played"] != 2 || c["alarms."+tt.alarm] != 1 {
				t.Errorf("counts: %v", c)
			}
		})
	}
}

// A loop that goes wrong later keeps its good rounds.
func TestRollbackKeepsTheRoundsBefore(t *testing.T) {
	good := play(t, small, &script{})
	var challenges atomic.Int64
	backend := &script{
		before: func(_ context.Context, req backends.Request) error {
			if askedFor.MatchString(req.Messages[0].Content) {
				challenges.Add(1)
			}
			return nil
		},
		solve: func(problem string, rng *rand.Rand) string {
			if challenges.Load() > 4 { // four challenges a round
				return "no idea"
			}
			return answer(problem, .5, rng)
		},
	}
	result := play(t, small, backend)
	if result.Counts["rounds.good"] != 1 || result.Counts["rounds.rolled_back"] != 1 || result.Counts["rounds.not_played"] != 1 {
		t.Fatalf("counts: %v", result.Counts)
	}
	want := 0
	for _, g := range of[feedbackgen.Group](good) {
		if strings.HasPrefix(g.Feedback.Node, "1.") {
			want++
		}
	}
	if got := len(of[feedbackgen.Group](result)); got != want || want == 0 {
		t.Errorf("%d groups, want the %d of round 1", got, want)
	}
	for _, task := range of[feedbackgen.Task](result) {
		if task.Feedback.RolledBack != (task.Feedback.Round == 2) {
			t.Errorf("round %d, rolled back %v", task.Feedback.Round, task.Feedback.RolledBack)
		}
	}
}

// Calls that are refused for good are counted, and say nothing about anybody; others end the chain.
func TestErrorsAreNoLabels(t *testing.T) {
	refused := &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrRefused}}
	result := play(t, small, &script{before: func(_ context.Context, req backends.Request) error {
		if !askedFor.MatchString(req.Messages[0].Content) {
			return refused
		}
		return nil
	}})
	if result.Counts["tasks.error"] != 48 || result.Counts["solutions"] != 0 || result.Counts["alarms"] != 0 || trains(result) > 0 {
		t.Errorf("a solver that is refused: %v", result.Counts)
	}
	if n := len(of[feedbackgen.Challenge](result)); n > 0 {
		t.Errorf("%d challenges have rewards that nobody can know", n)
	}
	result = play(t, small, &script{before: func(context.Context, backends.Request) error { return refused }})
	if result.Counts["tasks.not_written"] != 16 || len(result.Records) != len(of[feedbackgen.Round](result)) {
		t.Errorf("a challenger that is refused: %v", result.Counts)
	}
	m, err := selfplay.New(small)
	if err != nil {
		t.Fatal(err)
	}
	gone := &script{before: func(context.Context, backends.Request) error {
		return &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrUnavailable}}
	}}
	if result, err := m.Run(context.Background(), gone, beginning("c")); err == nil || len(result.Records) > 0 {
		t.Errorf("a server that is gone: %v, %d records", err, len(result.Records))
	}
}

func TestWrongSettingsAreRefused(t *testing.T) {
	for name, cfg := range map[string]selfplay.Config{
		"mode":   {Mode: "dream"},
		"rounds": {Rounds: -1},
		"tasks":  {Tasks: 3},
	} {
		if _, err := selfplay.New(cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The report holds the gate's exact table: that of shared statistics, with solutions in batches of 4.
func TestTheReportHoldsTheGate(t *testing.T) {
	detail, _ := health(t, play(t, small, &script{}))
	want := map[float64]float64{.05: .0002, .1: .007, .2: .153, .3: .496, .5: .845}
	for _, point := range detail.Gate {
		if w, ok := want[point.PassRate]; ok && (point.Admitted < w-.03 || point.Admitted > w+.03) {
			t.Errorf("a pass rate of %g is admitted with %.4f, want about %.4f", point.PassRate, point.Admitted, w)
		}
		delete(want, point.PassRate)
	}
	if len(want) > 0 {
		t.Errorf("not in the table: %v", want)
	}
}
