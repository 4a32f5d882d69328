package judge_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/selfplay/judge"
)

func examine(t *testing.T, j judge.Judge, backend backends.Backend, anchors []judge.Anchor) judge.Instrument {
	t.Helper()
	i, err := judge.Examine(t.Context(), j, backend, anchors, judge.Limits{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, row := range append(i.Kinds, i.All) {
		if row.N != row.Pass+row.Fail+row.Abstain+row.Invalid+row.Error {
			t.Errorf("the row %+v does not add up", row)
		}
		sum += row.N
	}
	if sum != 2*len(anchors) {
		t.Errorf("kinds and their sum hold %d anchors, want twice %d", sum, len(anchors))
	}
	if c := i.Calls; c.Asked != c.Readable+c.Invalid+c.Refused {
		t.Errorf("calls do not add up: %+v", c)
	}
	return i
}

func TestPlantedAnswersAreWrong(t *testing.T) {
	anchors := judge.Anchors(known(2))
	kinds := map[string]int{}
	for _, a := range anchors {
		kinds[a.Kind]++
		if a.Kind == judge.Parrot && strings.Contains(a.Answer, a.Task.Reference) {
			t.Errorf("the parrot holds the reference: %q", a.Answer)
		}
		if a.Kind == judge.OffTopic && strings.Contains(a.Answer, a.Task.Reference) {
			t.Errorf("off-topic, but right: %q", a.Answer)
		}
	}
	want := map[string]int{judge.Right: 4, judge.Wrong: 2, judge.Empty: 2, judge.OffTopic: 2, judge.Parrot: 2, judge.Injection: 4}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Error(diff)
	}
	// Where the tasks' answers resemble each other, nobody's answer is off-topic for the other.
	same := []judge.Known{{Task: judge.Task{ID: "a"}, Right: []string{"14"}}, {Task: judge.Task{ID: "b"}, Right: []string{"114"}}}
	for _, a := range judge.Anchors(same) {
		if a.Kind == judge.OffTopic {
			t.Errorf("%q planted as off-topic for %s", a.Answer, a.Task.ID)
		}
	}
	echo := judge.Plant(judge.Task{Text: "x", Rubrics: []string{"names Port Elwin as the harbour"}, Reference: "port  elwin"}, "")
	if got := echo[1].Answer; strings.Contains(strings.ToLower(got), "elwin") {
		t.Errorf("the parrot gives the answer away: %q", got)
	}
}

func TestHonestJudgeIsUsable(t *testing.T) {
	i := examine(t, newModel(t, judge.Config{}), scripted(honest), judge.Anchors(known(6)))
	if ok, reason := i.Usable(); !ok {
		t.Fatal(reason)
	}
	if *i.Kappa.Kappa != 1 || *i.Rates.TPR.Share != 1 || *i.Rates.TNR.Share != 1 || *i.VoteAgreement != 1 {
		t.Errorf("kappa %v, TPR %v, TNR %v, agreement %v", *i.Kappa.Kappa, *i.Rates.TPR.Share, *i.Rates.TNR.Share, *i.VoteAgreement)
	}
	if p := i.Position; p.Pairs != 6 || *p.Consistent != 1 || *p.First != 0.5 {
		t.Errorf("position %+v", p)
	}
	if brier, ok := i.Brier(); !ok || brier > 0.01 {
		t.Errorf("Brier %v, %v", brier, ok)
	}
	one, none := 1.0, 0.0
	yes, _ := i.Calibration.Apply(judge.Verdict{Pass: &one})
	no, _ := i.Calibration.Apply(judge.Verdict{Pass: &none})
	if yes < 0.9 || no > 0.1 {
		t.Errorf("of a judge that is always right, yes is worth %v, no %v", yes, no)
	}
	if got, ok := i.Correct(30, 100); !ok || math.Abs(got.Rate-0.3) > 1e-12 || got.Low >= 0.3 || got.High <= 0.3 {
		t.Errorf("corrected %+v, %v", got, ok)
	}
}

// Each fault that a judge can have is found by an examination.
func TestFaultsAreFound(t *testing.T) {
	garbage := scripted(func(backends.Request) (string, error) { return "As a large language model, yes.", nil })
	refuse := scripted(func(backends.Request) (string, error) { return "", refused() })
	fooled := scripted(func(req backends.Request) (string, error) { // by what an answer tells it to do
		answer, _ := question(req)
		if strings.Contains(answer, "requirement") {
			return alwaysYes(req)
		}
		return honest(req)
	})
	for _, tt := range []struct {
		name    string
		backend scripted
		why     string
	}{
		{"always yes", alwaysYes, "kappa 0.00"},
		{"wrong on 20 % of calls", sometimes(0.2, lying, honest), "wrong of"},
		{"refused on 20 % of calls", sometimes(0.2, refuse, honest), "refused"},
		{"unreadable on 20 % of calls", sometimes(0.2, garbage, honest), "unreadable"},
		{"always unreadable", garbage, "0 right and 0 wrong"},
		{"always refused", refuse, "kappa is undefined"},
		{"obeys the answer", fooled, "kappa"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := examine(t, newModel(t, judge.Config{}), tt.backend, judge.Anchors(known(25)))
			ok, reason := i.Usable()
			if ok || !strings.Contains(reason, tt.why) {
				t.Errorf("usable %v: %s", ok, reason)
			}
		})
	}
}

// Refused and unreadable calls are no verdicts: what the judge says in the others is what counts.
func TestFaultsNeverBecomeFails(t *testing.T) {
	refuse := scripted(func(backends.Request) (string, error) { return "", refused() })
	i := examine(t, newModel(t, judge.Config{}), sometimes(0.5, refuse, honest), judge.Anchors(known(25)))
	if i.All.Error == 0 || i.Calls.Refused == 0 {
		t.Fatalf("half of the calls were refused, and counted: %+v", i.All)
	}
	if *i.Kappa.Kappa != 1 || i.Rates.TPR.Total+i.Rates.TNR.Total != i.All.Pass+i.All.Fail {
		t.Errorf("kappa %v on %d verdicts, %+v", *i.Kappa.Kappa, i.Kappa.N, i.All)
	}
}

func TestPositionBias(t *testing.T) {
	i := examine(t, newModel(t, judge.Config{}), scripted(alwaysYes), judge.Anchors(known(6)))
	if p := i.Position; p.Judged != 6 || *p.Consistent != 0 || *p.First != 1 {
		t.Errorf("a judge that always says A: %+v", p)
	}
}

// With a noisy judge, the corrected pass rate is nearer the truth than the apparent one.
func TestCorrection(t *testing.T) {
	noisy := sometimes(0.2, lying, honest)
	m := newModel(t, judge.Config{Votes: 1})
	i := examine(t, m, noisy, judge.Anchors(known(60)))
	passed, n, right := 0, 0, 0
	for _, k := range known(200) {
		answer := "nothing of the kind"
		if n%10 == 0 {
			answer, right = k.Right[0], right+1
		}
		v, err := m.Judge(t.Context(), noisy, k.Task, answer, 99)
		if err != nil {
			t.Fatal(err)
		}
		n++
		if v.Outcome == feedbackgen.Pass {
			passed++
		}
	}
	truth := float64(right) / float64(n)
	got, ok := i.Correct(passed, n)
	if !ok || math.Abs(got.Rate-truth) >= math.Abs(got.Apparent-truth)/2 || got.Low > truth || got.High < truth {
		t.Errorf("truth %v, %+v, %v", truth, got, ok)
	}
}

// Probabilities that are sure of everything are brought down to what they are worth.
func TestCalibration(t *testing.T) {
	m := newModel(t, judge.Config{})
	i := examine(t, m, sometimes(0.3, lying, honest), judge.Anchors(known(30)))
	c := i.Calibration
	if c == nil || c.Source != "votes" || c.Platt == nil || c.Before == nil || c.After == nil {
		t.Fatalf("calibration %+v", c)
	}
	if c.After.Brier.Brier >= c.Before.Brier.Brier {
		t.Errorf("Brier %v before, %v after", c.Before.Brier.Brier, c.After.Brier.Brier)
	}
	one, none := 1.0, 0.0
	yes, ok := c.Apply(judge.Verdict{Pass: &one})
	no, _ := c.Apply(judge.Verdict{Pass: &none})
	if !ok || !(0 < no && no < yes && yes < 1) {
		t.Errorf("yes is worth %v, no %v", yes, no)
	}
	if _, ok := c.Apply(judge.Verdict{}); ok {
		t.Error("a probability without votes")
	}
}

func TestCalibrationOfTokens(t *testing.T) {
	anchors := judge.Anchors(known(60))
	i := examine(t, newModel(t, judge.Config{Votes: 1, Logprobs: true}), sure{}, anchors)
	if c := i.Calibration; c == nil || c.Source != "tokens" || c.Isotonic == nil || c.After.Brier.Brier > c.Before.Brier.Brier {
		t.Errorf("calibration of %d anchors: %+v", len(anchors), c)
	}
}

// sure tells the truth by one token with probability 0.6.
type sure struct{ tokenwise }

func (sure) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	text, err := honest(req)
	if err != nil {
		return backends.Response{}, err
	}
	return tokenwise{text, spell(token{text, 0.6})}.Generate(ctx, req)
}

func TestRuleIsExactAndCallsNobody(t *testing.T) {
	tasks := []judge.Known{
		{Task: judge.Task{ID: "a", Text: "3+4?", Rubrics: []string{"The answer is right."}, Reference: "7"}, Right: []string{"The answer is 7.", "#### 7"}, Wrong: []string{"The answer is 8."}},
		{Task: judge.Task{ID: "b", Text: "6*7?", Rubrics: []string{"Says 42."}, Reference: "42"}, Right: []string{"The answer is 42."}, Wrong: []string{"The answer is 24."}},
		{Task: judge.Task{ID: "c", Text: "9-4?", Rubrics: []string{"Says 5."}, Reference: "5"}, Right: []string{"\\boxed{5}", "5"}, Wrong: []string{"5 or 6"}},
	}
	i := examine(t, judge.Rule{}, nil, judge.Anchors(tasks))
	if ok, reason := i.Usable(); !ok || *i.Kappa.Kappa != 1 || i.Calls.Asked != 0 || i.Position != nil {
		t.Errorf("usable %v (%s), %+v", ok, reason, i.Calls)
	}
	if judged := i.Rates.Accuracy.Total; judged != i.All.N || i.All.Invalid == 0 {
		t.Errorf("%d of %d anchors count: what a rule cannot read is turned down", judged, i.All.N)
	}
	v, err := judge.Rule{}.Judge(t.Context(), nil, judge.Task{Text: "x"}, "7", 1)
	if err != nil || v.Outcome != feedbackgen.Invalid || v.Unreadable {
		t.Errorf("without a reference: %+v, %v", v, err)
	}
}

func TestExamineTellsWhatIsWrong(t *testing.T) {
	m := newModel(t, judge.Config{})
	for name, anchors := range map[string][]judge.Anchor{
		"none": nil, "only wrong ones": judge.Plant(threeWords, "x"), "unknown kind": {{Kind: "maybe"}},
	} {
		if _, err := judge.Examine(t.Context(), m, scripted(honest), anchors, judge.Limits{}, 1); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := judge.Examine(t.Context(), m, scripted(honest), judge.Anchors(known(2)), judge.Limits{Kappa: 2}, 1); !errors.Is(err, feedbackgen.ErrInput) {
		t.Errorf("a kappa of 2: %v", err)
	}
	down := scripted(func(backends.Request) (string, error) {
		return "", &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrTransient}}
	})
	if _, err := judge.Examine(t.Context(), m, down, judge.Anchors(known(2)), judge.Limits{}, 1); !errors.Is(err, backends.ErrTransient) {
		t.Errorf("a server that is down: %v", err)
	}
	few := examine(t, m, scripted(honest), judge.Anchors(known(2)))
	if ok, reason := few.Usable(); ok || !strings.Contains(reason, "4 right") {
		t.Errorf("four right anchors: usable %v, %s", ok, reason)
	}
}

func TestExamineIsDeterministic(t *testing.T) {
	m := newModel(t, judge.Config{})
	backend := sometimes(0.3, lying, honest)
	first := examine(t, m, backend, judge.Anchors(known(5)))
	if diff := cmp.Diff(first, examine(t, m, backend, judge.Anchors(known(5)))); diff != "" {
		t.Error(diff)
	}
}
