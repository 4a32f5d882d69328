package postcomp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
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
	"github.com/feedbackgen/feedbackgen/postcomp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// toy is a model that answers 4 or something else, is sure of it in one of three ways, and changes
// its mind now and then. What it says depends on the request alone.
type toy struct {
	before func(ctx context.Context, req backends.Request) error
	// say, if given, replaces what it says after a marker.
	say  func(rng *rand.Rand) string
	mu   sync.Mutex
	seen []backends.Request
}

func (b *toy) Policy(context.Context) (feedbackgen.Policy, error) {
	return feedbackgen.Policy{Backend: "toy", Model: "toy"}, nil
}

func (b *toy) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
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
		sample := backends.Sample{Text: b.text(req, seed), Finish: backends.FinishStop, Seed: seed, Tokens: 5}
		if req.Logprobs {
			sample.Logprobs = []backends.TokenLogprob{{Token: sample.Text, Logprob: math.Log(.75)}}
		}
		res.Samples = append(res.Samples, sample)
	}
	return res, nil
}

func (b *toy) text(req backends.Request, seed int64) string {
	rng := rand.New(rand.NewPCG(uint64(seed), 3))
	last := req.Messages[len(req.Messages)-1].Content
	switch {
	case strings.Contains(req.Prefix, "<assess>"):
		if b.say != nil {
			return b.say(rng)
		}
		return fmt.Sprintf("I looked at it — zweimal 😀.\nconfidence: 0.%d", 7+rng.IntN(3))
	case strings.Contains(last, "Reply with one word"):
		return []string{"yes", "no"}[rng.IntN(2)]
	}
	answer := 4
	if rng.Float64() < .5 {
		answer = 5 + rng.IntN(2)
	}
	text := fmt.Sprintf("Weg %d: 2 + 2 = %d\nThe answer is %d.", rng.IntN(3), answer, answer)
	if req.Continue == "" && strings.Contains(last, "<assess>") { // it writes the marker by itself
		text += "\n<assess>\nSure.\nconfidence: 0.8"
	}
	return text
}

func problem(answer string) feedbackgen.Problem {
	return feedbackgen.Problem{ID: "p1", Prompt: []feedbackgen.Message{feedbackgen.User("2+2?")}, Plain: true, Answer: answer}
}

func work(t testing.TB, cfg postcomp.Config, backend backends.Backend, p feedbackgen.Problem) feedbackgen.Result {
	t.Helper()
	m, err := postcomp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(p); err != nil {
		t.Fatal(err)
	}
	result, err := m.Run(context.Background(), backend, p)
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

func kinds(result feedbackgen.Result) map[feedbackgen.Kind]int {
	n := map[feedbackgen.Kind]int{}
	for _, record := range result.Records {
		n[record.Kind()]++
	}
	return n
}

var (
	assess  = postcomp.Config{Mode: postcomp.Assess, Samples: 16, NoGate: true, Continuation: backends.Native, Sampling: feedbackgen.Sampling{Seed: 1}}
	correct = postcomp.Config{Mode: postcomp.Correct, Samples: 16, Second: 3, NoGate: true, Corrections: 2, Continuation: backends.Native, Sampling: feedbackgen.Sampling{Seed: 1}}
)

func TestBothModesWriteAllTheirFiles(t *testing.T) {
	got := kinds(work(t, assess, &toy{}, problem("4")))
	for _, kind := range []feedbackgen.Kind{feedbackgen.KindAssessment, feedbackgen.KindEvaluation, feedbackgen.KindGroup, feedbackgen.KindSFT} {
		if got[kind] == 0 {
			t.Errorf("assess: no %s", kind)
		}
	}
	got = kinds(work(t, correct, &toy{}, problem("4")))
	for _, kind := range []feedbackgen.Kind{
		feedbackgen.KindFirstAttempt, feedbackgen.KindEpisode, feedbackgen.KindTurn, feedbackgen.KindPreference, feedbackgen.KindCorrection,
	} {
		if got[kind] == 0 {
			t.Errorf("correct: no %s", kind)
		}
	}
}

// Who answers first changes nothing.
func TestRecordsDoNotDependOnTiming(t *testing.T) {
	for name, cfg := range map[string]postcomp.Config{"assess": assess, "correct": correct} {
		want := lines(t, work(t, cfg, &toy{}, problem("4")))
		synctest.Test(t, func(t *testing.T) {
			slow := &toy{before: func(context.Context, backends.Request) error {
				time.Sleep(rand.N(time.Second))
				return nil
			}}
			if got := lines(t, work(t, cfg, slow, problem("4"))); got != want {
				t.Errorf("%s: delays changed the records", name)
			}
		})
	}
}

// The parts tile the text byte for byte, a marker that was put there is nothing to learn, and what
// the record says of itself is what the text says.
func TestSegmentsTileTheText(t *testing.T) {
	seen := 0
	for _, record := range work(t, assess, &toy{}, problem("4")).Records {
		a, ok := record.(feedbackgen.Assessment)
		if !ok {
			continue
		}
		seen++
		text, at := a.Completion.Messages[0].Content, 0
		var roles []string
		for _, s := range a.Feedback.Segments {
			if s.Start != at {
				t.Fatalf("a gap at byte %d of %q: %+v", at, text, a.Feedback.Segments)
			}
			at = s.End
			roles = append(roles, s.Role)
			if s.Loss == (s.Role == "marker") {
				t.Errorf("segment %s: loss %v", s.Role, s.Loss)
			}
		}
		if at != len(text) || strings.Join(roles, " ") != "answer marker evaluation reward" {
			t.Errorf("segments %v of %q", a.Feedback.Segments, text)
		}
		f := a.Feedback
		c := feedbackgen.Real(0)
		if f.Outcome == feedbackgen.Pass {
			c = 1
		}
		q := f.Confidence
		if want := c - (q-c)*(q-c); math.Abs(float64(f.Calibrated-want)) > 1e-12 || f.MarkerSource != "forced" || f.Truth[0] != c || f.Predicted[0] != q {
			t.Errorf("%s at confidence %v: reward %v, want %v; %+v", f.Outcome, q, f.Calibrated, want, f)
		}
	}
	if seen != 16 {
		t.Errorf("%d assessments, want 16", seen)
	}
}

// A list of stated rewards is taken beside the confidence, each reward by its name.
func TestStatedRewardsAreCompared(t *testing.T) {
	say := func(*rand.Rand) string { return "It may be off.\nreward: [0, 1]\nconfidence: 0.25" }
	for _, record := range work(t, assess, &toy{say: say}, problem("4")).Records {
		a, ok := record.(feedbackgen.Assessment)
		if !ok {
			continue
		}
		f := a.Feedback
		c, want := feedbackgen.Real(0), feedbackgen.Real(1)
		if f.Outcome == feedbackgen.Pass {
			c, want = 1, .5
		}
		if fmt.Sprint(f.RewardNames, f.Predicted, f.Truth) != fmt.Sprint([]string{"accuracy", "format"}, []feedbackgen.Real{0, 1}, []feedbackgen.Real{c, 1}) || f.Consistency != want {
			t.Errorf("%s: %v predicted %v, true %v, consistency %v", f.Outcome, f.RewardNames, f.Predicted, f.Truth, f.Consistency)
		}
	}
}

// An assessment that nobody can read is no label: it has the format's 0 and no place among the
// evaluations to learn.
func TestUnreadableAssessmentsAreNoLabels(t *testing.T) {
	say := func(rng *rand.Rand) string {
		return []string{"confidence: 150 %", "confidence: NaN", "reward: [__import__('os').system('x')]\nconfidence: 1", "<assess>\nconfidence: 1", "no idea", ""}[rng.IntN(6)]
	}
	result := work(t, assess, &toy{say: say}, problem("4"))
	for _, record := range result.Records {
		switch r := record.(type) {
		case feedbackgen.Assessment:
			if r.Feedback.Parsed || r.Feedback.Invalid == "" || len(r.Feedback.Truth) != 0 {
				t.Errorf("%q is taken for an assessment: %+v", r.Completion.Messages[0].Content, r.Feedback)
			}
		case feedbackgen.Evaluation:
			t.Errorf("%q is to be learnt", r.Completion.Messages[0].Content)
		}
	}
	if result.Counts["evaluations.invalid"] != 16 || result.Counts["evaluations.parsed"] != 0 {
		t.Errorf("counts %v", result.Counts)
	}
}

// Where the server cannot continue, the model has to write the marker itself, and learns to.
func TestWithoutContinuationTheModelWritesTheMarker(t *testing.T) {
	cfg := assess
	cfg.Continuation = backends.None
	result := work(t, cfg, &toy{}, problem("4"))
	for _, record := range result.Records {
		if a, ok := record.(feedbackgen.Assessment); ok {
			if a.Feedback.MarkerSource != "sampled" || !a.Feedback.Parsed || a.Feedback.Confidence != .8 || !a.Feedback.Segments[1].Loss {
				t.Errorf("%+v", a.Feedback)
			}
		}
	}
	if result.Counts["evaluations.parsed"] != 16 {
		t.Errorf("counts %v", result.Counts)
	}
}

// A server that does not stop at the marker says nothing of it: what it adds is cut off, and the
// answer holds no marker.
func TestAServerThatRunsOnIsCutOff(t *testing.T) {
	backend := &toy{}
	running := &runsOn{toy: backend}
	for _, record := range work(t, assess, running, problem("4")).Records {
		if a, ok := record.(feedbackgen.Assessment); ok {
			if strings.Count(a.Completion.Messages[0].Content, "<assess>") != 1 || strings.Contains(a.Completion.Messages[0].Content, "made up") {
				t.Errorf("text %q", a.Completion.Messages[0].Content)
			}
		}
	}
}

type runsOn struct{ *toy }

func (b *runsOn) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	res, err := b.toy.Generate(ctx, req)
	if req.Prefix == "" {
		for i := range res.Samples {
			res.Samples[i].Text += "\n<assess>\nmade up\nconfidence: 1"
		}
	}
	return res, err
}

// The second turn is the same for right and wrong answers, and no gold answer is in any prompt.
func TestTheSecondTurnDoesNotTell(t *testing.T) {
	words := map[string]bool{}
	for _, record := range work(t, correct, &toy{}, problem("4")).Records {
		f, ok := record.(feedbackgen.FirstAttempt)
		if !ok {
			continue
		}
		last := f.Prompt.Messages[len(f.Prompt.Messages)-1]
		words[last.Content] = true
		if before := f.Prompt.Messages[len(f.Prompt.Messages)-2]; before.Content != f.Feedback.Attempt || before.Role != feedbackgen.RoleAssistant {
			t.Errorf("the second turn follows %+v, not the attempt %q", before, f.Feedback.Attempt)
		}
		if f.Feedback.Gold != "4" || f.Feedback.FirstAttemptSource != feedbackgen.OwnAttempt {
			t.Errorf("%+v", f.Feedback)
		}
	}
	if len(words) != 1 {
		t.Errorf("%d different second turns", len(words))
	}
}

// Credit never crosses turns: what a first turn earns does not depend on the second, and the bonus
// is the second's alone.
func TestCreditStaysInItsTurn(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cfg := correct
		cfg.Sampling.Seed = int64(rapid.IntRange(0, 1000).Draw(rt, "seed"))
		cfg.Alpha = rapid.SampledFrom([]float64{0, 1, 10}).Draw(rt, "alpha") + 1e-9
		first := map[string]feedbackgen.Real{}
		for _, record := range work(t, cfg, &toy{}, problem("4")).Records {
			e, ok := record.(feedbackgen.Episode)
			if !ok {
				continue
			}
			f := e.Feedback
			if f.Shaped[0] != f.Rewards[0] {
				rt.Fatalf("the first turn earns %v for an answer worth %v", f.Shaped[0], f.Rewards[0])
			}
			want := float64(f.Rewards[1]) + cfg.Alpha*float64(f.Rewards[1]-f.Rewards[0])
			if math.Abs(float64(f.Shaped[1])-want) > 1e-9 {
				rt.Fatalf("the second turn earns %v, want %v", f.Shaped[1], want)
			}
			if seen, ok := first[f.Node]; ok && seen != f.Advantages[0] {
				rt.Fatalf("first turn of %s has advantages %v and %v", f.Node, seen, f.Advantages[0])
			}
			first[f.Node] = f.Advantages[0]
			if want := map[bool]string{true: "c", false: "i"}; f.Transition != want[f.Rewards[0] == 1]+want[f.Rewards[1] == 1] {
				rt.Fatalf("transition %s of rewards %v", f.Transition, f.Rewards)
			}
		}
	})
}

// Verdicts and answers are compared with their own kind: the advantages of each role sum to 0.
func TestRolesAreComparedWithThemselves(t *testing.T) {
	sums, turns := map[string]float64{}, map[string]int{}
	for _, record := range work(t, correct, &toy{}, problem("4")).Records {
		if turn, ok := record.(feedbackgen.Turn); ok {
			sums[turn.Feedback.Role] += float64(turn.Feedback.Advantage)
			turns[turn.Feedback.Role]++
			if turn.Feedback.Turn == 2 && turn.Feedback.Role != feedbackgen.RolePolicy {
				t.Errorf("a retry by %s", turn.Feedback.Role)
			}
		}
	}
	for role, sum := range sums {
		if math.Abs(sum) > 1e-9 || turns[role] < 4 {
			t.Errorf("%s: %d turns, advantages sum to %v", role, turns[role], sum)
		}
	}
	if len(sums) != 2 {
		t.Errorf("roles %v", sums)
	}
}

// Foreign first attempts are used as they are, and every record of them says whose they are.
func TestForeignAttemptsSaySo(t *testing.T) {
	cfg := correct
	cfg.Foreign = map[string][]string{"p1": {"Somebody thought of 9.\nThe answer is 9.", "no answer at all"}}
	result := work(t, cfg, &toy{}, problem("4"))
	seen := map[feedbackgen.Kind]bool{}
	for _, record := range result.Records {
		line, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(line), "Somebody") {
			continue
		}
		seen[record.Kind()] = true
		// A preference's own feedback has no source; it is off-policy like the others.
		if !strings.Contains(string(line), `"off_policy":true`) || record.Kind() != feedbackgen.KindPreference && !strings.Contains(string(line), `"first_attempt_source":"fixed"`) {
			t.Errorf("%s does not say whose first attempt it is: %s", record.Kind(), line)
		}
	}
	for _, kind := range []feedbackgen.Kind{feedbackgen.KindFirstAttempt, feedbackgen.KindEpisode, feedbackgen.KindTurn} {
		if !seen[kind] {
			t.Errorf("no %s from the foreign attempt", kind)
		}
	}
	if result.Counts["foreign.invalid"] != 1 || result.Counts["foreign.fail"] != 1 {
		t.Errorf("counts %v", result.Counts)
	}
}

// A call that is refused for good is an error and no label; any other failure is the problem's.
func TestFailuresAreNoLabels(t *testing.T) {
	refuse := func(kind error) func(context.Context, backends.Request) error {
		return func(_ context.Context, req backends.Request) error {
			if strings.Contains(req.Prefix, "<assess>") {
				return &backends.Error{Failure: feedbackgen.Failure{Kind: kind, Cause: errors.New("no")}}
			}
			return nil
		}
	}
	result := work(t, assess, &toy{before: refuse(backends.ErrRefused)}, problem("4"))
	if result.Counts["evaluations.error"] != 16 || len(result.Records) != 0 && kinds(result)[feedbackgen.KindAssessment] != 0 {
		t.Errorf("counts %v, %d records", result.Counts, len(result.Records))
	}
	m, err := postcomp.New(assess)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Run(t.Context(), &toy{before: refuse(backends.ErrTransient)}, problem("4")); !errors.Is(err, backends.ErrTransient) {
		t.Errorf("error %v, want the transient one", err)
	}
}

// A problem that does not suit training costs its answers alone.
func TestTheGateSparesWhatFollows(t *testing.T) {
	cfg := assess
	cfg.NoGate = false
	backend := &toy{}
	result := work(t, cfg, backend, problem("77"))
	if len(result.Records) != 0 || len(backend.seen) != 1 || result.Counts["difficulty.deferred"] != 1 {
		t.Errorf("%d records, %d calls, counts %v", len(result.Records), len(backend.seen), result.Counts)
	}
}

func TestBadSettingsAreTheUsersToMend(t *testing.T) {
	for name, cfg := range map[string]postcomp.Config{
		"mode":    {Mode: "dream"},
		"samples": {Samples: 1},
		"marker":  {Marker: "two\nlines"},
		"norm":    {Norm: "max"},
		"alpha":   {Alpha: -1},
		"foreign": {Foreign: map[string][]string{"p": {"x"}}},
	} {
		if _, err := postcomp.New(cfg); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%s: error %v, want bad input", name, err)
		}
	}
}

func ExampleModule() {
	module, err := postcomp.New(postcomp.Config{Mode: postcomp.Assess, Samples: 8, NoGate: true, Continuation: backends.Native})
	if err != nil {
		panic(err)
	}
	result, err := module.Run(context.Background(), backends.FanOut(&toy{}, true), problem("4"))
	if err != nil {
		panic(err)
	}
	fmt.Println(result.Counts["answers"], "answers,", result.Counts["evaluations.parsed"], "assessed")
	// Output: 8 answers, 8 assessed
}

// Without a known answer, records say how many of the answers agree on what stands for it.
func TestRecordsSayHowLargeTheAgreementIs(t *testing.T) {
	seen := 0
	for _, record := range work(t, assess, &toy{}, problem("")).Records {
		if a, ok := record.(feedbackgen.Assessment); ok {
			seen++
			if votes, of := a.Feedback.AgreementVotes, a.Feedback.AgreementSolutions; of != 16 || 2*votes < of || votes > of {
				t.Errorf("%d of %d answers agree", votes, of)
			}
		}
	}
	if seen == 0 {
		t.Error("no assessment: do the answers agree at all?")
	}
}
