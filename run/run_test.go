package run_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/run"
	"github.com/feedbackgen/feedbackgen/store"
)

func same(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

// slow answers after a random time of up to a second.
func slow(context.Context, backends.Request) error {
	time.Sleep(rand.N(time.Second))
	return nil
}

func TestTheFilesDoNotDependOnConcurrencyNorOnTheServersTimingOrN(t *testing.T) {
	want := finished(t, config(t.TempDir(), &server{}, 40))
	for _, name := range []string{"sft.jsonl", "README.md", "report.json", "config.yaml"} {
		if want[name] == "" {
			t.Errorf("%s is missing or empty", name)
		}
	}
	for _, active := range []int{1, 32} {
		for _, native := range []bool{false, true} {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				cfg := config(dir, &server{Before: slow, Most: 2}, 40)
				cfg.Active = active
				cfg.Capabilities.N = native
				got := finished(t, cfg)
				for _, name := range []string{"sft.jsonl", "README.md"} {
					same(t, fmt.Sprintf("%s with %d at once, native n %v", name, active, native), want[name], got[name])
				}
			})
		}
	}
}

// picky refuses the records of one problem.
type picky struct{ problem string }

func (picky) Name() string { return "picky" }

func (p picky) Judge(c *guard.Case) {
	for r := range c.Live() {
		if r.Problem == p.problem {
			r.Refuse("picky", "named", "the problem is %s", p.problem)
			continue
		}
		r.Pass("picky")
	}
}

func (picky) Report() guard.Report { return guard.Report{} }

// What a guard refuses is not in the files, but beside them with the reason, and comes back when
// the same run is asked again without the guard.
func TestGuardsDecideWhatGetsIntoTheFiles(t *testing.T) {
	dir := t.TempDir()
	cfg := config(dir, &server{}, 3)
	cfg.Guards = guard.NewChain([]guard.Guard{picky{"p2"}}, []string{"other"})
	summary, err := start(t.Context(), t, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if summary.Records["sft"] != 6 || summary.Dropped != 3 || summary.Guards[0].Refused != 3 || summary.Guards[0].Judged != 9 {
		t.Errorf("records %v, dropped %d, guards %+v", summary.Records, summary.Dropped, summary.Guards)
	}
	got := files(t, dir)
	if strings.Contains(got["sft.jsonl"], `"problem":"p2"`) || strings.Count(got["sft.jsonl"], `"guards":"picky"`) != 6 {
		t.Errorf("sft.jsonl holds what it should not, or does not say what it passed:\n%s", got["sft.jsonl"])
	}
	for _, want := range []string{`{"kind":"sft","problem":"p2"`, `"reason":"the problem is p2"`, `"record":{"prompt"`} {
		if strings.Count(got["dropped.jsonl"], want) != 3 {
			t.Errorf("dropped.jsonl does not hold %s three times:\n%s", want, got["dropped.jsonl"])
		}
	}
	if !strings.Contains(got["README.md"], "`picky` refused 3 of the 9") || !strings.Contains(got["README.md"], "turned off: other") {
		t.Errorf("README.md does not tell of the guards:\n%s", got["README.md"])
	}
	cfg = config(dir, &server{}, 3)
	if summary, err = start(t.Context(), t, cfg); err != nil || summary.Records["sft"] != 9 {
		t.Errorf("without the guard: %v, %v", summary.Records, err)
	}
	if again := files(t, dir); again["dropped.jsonl"] != "" || summary.Usage.Calls != 18 {
		t.Errorf("nothing is dropped, but dropped.jsonl is there, or calls were made again (%d)", summary.Usage.Calls)
	}
}

func TestARunIsWhatItSays(t *testing.T) {
	dir := t.TempDir()
	cfg := config(dir, &server{}, 3)
	summary, err := start(t.Context(), t, cfg)
	if err != nil {
		t.Fatal(err)
	}
	want := run.Summary{
		Module: "sampler", Problems: run.Problems{Total: 3, Done: 3},
		Counts:  feedbackgen.Counts{"rollouts": 9, "rollouts.pass": 3, "rollouts.fail": 6},
		Records: map[feedbackgen.Kind]int{"sft": 9},
		Usage:   store.Usage{Calls: 18, PromptTokens: 180, Tokens: 90},
		Guards:  []guard.Report{}, GuardsOff: []string{},
		Policy: policy, Failures: []run.Failure{},
	}
	same(t, "summary", want, summary)
	var report run.Summary
	if err := json.Unmarshal([]byte(files(t, dir)["report.json"]), &report); err != nil {
		t.Fatal(err)
	}
	same(t, "report", want, report)
	if done, records, active := cfg.Status.Done.Load(), cfg.Status.Records.Load(), cfg.Status.Active.Load(); done != 3 || records != 9 || active != 0 {
		t.Errorf("status: %d done, %d records, %d active", done, records, active)
	}
}

// Stopped at any call, whether the server or the user stops it, a run that is started again has the
// files of an undisturbed one, and pays for no call twice.
func TestAStoppedRunGoesOnWhereItStopped(t *testing.T) {
	undisturbed := &server{}
	want := finished(t, config(t.TempDir(), undisturbed, 12))
	halt := errors.New("interrupted by the user")
	for name, stopping := range map[string]func(stop func(error)) error{
		"budget": func(func(error)) error { return failed(backends.ErrBudget, "stopped at some calls") },
		"gone":   func(func(error)) error { return failed(backends.ErrUnavailable, "nobody listens") },
		"user":   func(stop func(error)) error { stop(halt); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			all := &server{}
			starts := 0
			for left := 1; left > 0; starts++ {
				if starts > 50 {
					t.Fatal("it does not come to an end")
				}
				ctx, stop := backends.Drainable(t.Context())
				var calls atomic.Int64
				all.Before = func(context.Context, backends.Request) error {
					if calls.Add(1) >= 7 {
						return stopping(stop)
					}
					return nil
				}
				cfg := config(dir, all, 12)
				cfg.Active = 2
				summary, err := start(ctx, t, cfg)
				stop(nil)
				left = summary.Problems.Pending
				if left > 0 && !errors.Is(err, run.ErrStopped) || left == 0 && err != nil {
					t.Fatalf("with %d problems pending: %v", left, err)
				}
				if left > 0 && name == "user" && (!errors.Is(err, halt) || !strings.Contains(err.Error(), "run the same command again")) {
					t.Errorf("stopped by the user: %v", err)
				}
				if (summary.Stopped != nil) != (left > 0) || summary.Problems.Total != 12 {
					t.Errorf("summary: %+v", summary)
				}
			}
			if starts < 3 {
				t.Errorf("stopped %d times, so that this tests little", starts-1)
			}
			same(t, "files", want, files(t, dir))
			if all.most() != 1 || len(all.paid) != len(undisturbed.paid) {
				t.Errorf("%d calls were paid for up to %d times, want %d once", len(all.paid), all.most(), len(undisturbed.paid))
			}
		})
	}
}

func TestWhatIsInFlightWhenTheRunStopsIsLogged(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := backends.Drainable(t.Context())
		s := &server{Before: func(context.Context, backends.Request) error { time.Sleep(time.Second); return nil }}
		go func() {
			time.Sleep(time.Second / 2)
			stop(errors.New("enough"))
		}()
		summary, err := start(ctx, t, config(dir, s, 30))
		if !errors.Is(err, run.ErrStopped) || summary.Problems.Pending != 30 {
			t.Fatalf("%v %+v", err, summary.Problems)
		}
		if sent := s.calls.Load(); sent == 0 || summary.Usage.Calls != sent {
			t.Errorf("%d calls were in flight, %d are logged", sent, summary.Usage.Calls)
		}
	})
}

func TestATransientFailureSuspendsItsProblemOnly(t *testing.T) {
	want := finished(t, config(t.TempDir(), &server{}, 5))
	dir := t.TempDir()
	s := &server{Before: func(_ context.Context, req backends.Request) error {
		if req.Messages[0].Content == "problem 2" && len(req.Messages) > 1 {
			return failed(backends.ErrTransient, "connection reset")
		}
		return nil
	}}
	cfg := config(dir, s, 5)
	summary, err := start(t.Context(), t, cfg)
	if !errors.Is(err, run.ErrSomeFailed) || !strings.Contains(err.Error(), "1 of 5") || !strings.Contains(err.Error(), "p2") {
		t.Errorf("got %v", err)
	}
	same(t, "problems", run.Problems{Total: 5, Done: 4, Suspended: 1}, summary.Problems)
	same(t, "status", int64(1), cfg.Status.Suspended.Load())
	if len(summary.Failures) != 1 || summary.Failures[0].Problem != "p2" || !strings.Contains(summary.Failures[0].Reason, "connection reset") {
		t.Errorf("failures: %+v", summary.Failures)
	}
	s.Before = nil
	same(t, "files after the next start", want, finished(t, config(dir, s, 5)))
	if s.most() != 1 {
		t.Errorf("a call was paid for %d times", s.most())
	}
}

func TestARefusalIsForGood(t *testing.T) {
	dir := t.TempDir()
	s := &server{Before: func(_ context.Context, req backends.Request) error {
		if req.Messages[0].Content == "problem 1" {
			return failed(backends.ErrRefused, "the prompt does not fit")
		}
		return nil
	}}
	first, err := start(t.Context(), t, config(dir, s, 3))
	if !errors.Is(err, run.ErrSomeFailed) || first.Problems.Failed != 1 {
		t.Fatalf("%v %+v", err, first.Problems)
	}
	calls, before := s.calls.Load(), files(t, dir)
	cfg := config(dir, s, 3)
	again, err := start(t.Context(), t, cfg)
	if !errors.Is(err, run.ErrSomeFailed) || !strings.Contains(err.Error(), "does not fit") {
		t.Errorf("again: %v", err)
	}
	same(t, "summary", first, again)
	same(t, "files", before, files(t, dir))
	if made := s.calls.Load() - calls; made != 0 {
		t.Errorf("the second start made %d calls", made)
	}
	if cfg.Status.Earlier.Load() != 3 || cfg.Status.Failed.Load() != 1 {
		t.Errorf("status: %d earlier, %d failed", cfg.Status.Earlier.Load(), cfg.Status.Failed.Load())
	}
}

func TestMaxProblemsCanBeRaised(t *testing.T) {
	want := finished(t, config(t.TempDir(), &server{}, 9))
	dir := t.TempDir()
	s := &server{}
	for _, most := range []int{2, 5, 5, 0} {
		cfg := config(dir, s, 9)
		cfg.MaxProblems = most
		summary, err := start(t.Context(), t, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if most > 0 {
			same(t, "problems", run.Problems{Total: most, Done: most}, summary.Problems)
		}
	}
	same(t, "files", want, files(t, dir))
	if s.most() != 1 {
		t.Errorf("a call was paid for %d times", s.most())
	}
}

// What a module's error means, for its problem and the run.
func TestErrorsMeanWhatTheySay(t *testing.T) {
	bug := errors.New("index out of range")
	for name, c := range map[string]struct {
		err, kind error
		job       store.Status
	}{
		"refused":       {failed(backends.ErrRefused, "x"), run.ErrSomeFailed, store.Failed},
		"transient":     {failed(backends.ErrTransient, "x"), run.ErrSomeFailed, store.Suspended},
		"both":          {errors.Join(failed(backends.ErrRefused, "x"), failed(backends.ErrTransient, "x")), run.ErrSomeFailed, store.Suspended},
		"unavailable":   {failed(backends.ErrUnavailable, "x"), run.ErrStopped, ""},
		"budget":        {failed(backends.ErrBudget, "x"), run.ErrStopped, ""},
		"loading":       {failed(backends.ErrLoading, "x"), run.ErrStopped, ""},
		"gone and more": {errors.Join(failed(backends.ErrTransient, "x"), failed(backends.ErrUnavailable, "x")), run.ErrStopped, ""},
		"disk full":     {fmt.Errorf("log: %w", store.ErrFull), run.ErrStopped, ""},
		"configuration": {failed(backends.ErrConfig, "no such model"), feedbackgen.ErrInput, ""},
		"bug":           {bug, bug, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cfg := config(dir, &server{}, 3)
			cfg.Active = 1
			cfg.Module = sampler{Then: func(p feedbackgen.Problem, _ *feedbackgen.Result) error {
				if p.Index == 1 {
					return fmt.Errorf("deep inside: %w", c.err)
				}
				return nil
			}}
			summary, err := start(t.Context(), t, cfg)
			if !errors.Is(err, c.kind) {
				t.Fatalf("got %v, want %v", err, c.kind)
			}
			if name == "bug" {
				for _, kind := range []error{run.ErrStopped, run.ErrSomeFailed, feedbackgen.ErrInput} {
					if errors.Is(err, kind) {
						t.Errorf("a bug passes for %v", kind)
					}
				}
				if !strings.Contains(err.Error(), "problem p1") {
					t.Errorf("the problem is not named: %v", err)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than a line: %v", err)
			}
			want := run.Problems{Total: 3, Done: 1, Pending: 2}
			switch c.job {
			case store.Failed:
				want = run.Problems{Total: 3, Done: 2, Failed: 1}
			case store.Suspended:
				want = run.Problems{Total: 3, Done: 2, Suspended: 1}
			}
			same(t, "problems", want, summary.Problems)
			if files(t, dir)["sft.jsonl"] == "" {
				t.Error("what was finished has no file")
			}
		})
	}
}

func TestCountsThatDoNotAddUpAreABug(t *testing.T) {
	cfg := config(t.TempDir(), &server{}, 2)
	cfg.Active = 1 // p0 is done before p1 ends the run
	cfg.Module = sampler{Then: func(p feedbackgen.Problem, r *feedbackgen.Result) error {
		r.Counts["rollouts.pass"] += int64(p.Index)
		return nil
	}}
	summary, err := start(t.Context(), t, cfg)
	if err == nil || !strings.Contains(err.Error(), "problem p1: sampler: counts do not add up") {
		t.Errorf("got %v", err)
	}
	if errors.Is(err, run.ErrStopped) || summary.Problems.Pending != 1 {
		t.Errorf("got %v, %+v", err, summary.Problems)
	}
}

func TestARunThatIsStoppedBeforeItBeginsIsWhole(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := backends.Drainable(t.Context())
	stop(errors.New("too late"))
	s := &server{}
	summary, err := start(ctx, t, config(dir, s, 3))
	if !errors.Is(err, run.ErrStopped) || s.calls.Load() != 0 || err.Error() != "too late: run the same command again to go on" {
		t.Errorf("%d calls, %v", s.calls.Load(), err)
	}
	same(t, "problems", run.Problems{Total: 3, Pending: 3}, summary.Problems)
	finished(t, config(dir, s, 3))
}

// A message that a server makes up can be anything, but a report stays readable.
func TestReasonsAreBounded(t *testing.T) {
	s := &server{Before: func(context.Context, backends.Request) error {
		return failed(backends.ErrRefused, strings.Repeat("no\n", 100_000))
	}}
	summary, err := start(t.Context(), t, config(t.TempDir(), s, 1))
	if !errors.Is(err, run.ErrSomeFailed) || len(err.Error()) > 2000 || strings.Contains(err.Error(), "\n") {
		t.Errorf("%d bytes: %.100s", len(err.Error()), err)
	}
	if reason := summary.Failures[0].Reason; !strings.HasPrefix(reason, "group: generate: no no") || len(reason) > 1100 {
		t.Errorf("%d bytes: %.100s", len(reason), reason)
	}
}

// A failure while the run drains is told, rather than the stop.
func TestAFailureMattersMoreThanAStop(t *testing.T) {
	ctx, stop := backends.Drainable(t.Context())
	cfg := config(t.TempDir(), &server{}, 1)
	bug := errors.New("a bug")
	cfg.Module = sampler{Then: func(feedbackgen.Problem, *feedbackgen.Result) error {
		stop(errors.New("interrupted"))
		return bug
	}}
	if _, err := start(ctx, t, cfg); !errors.Is(err, bug) || errors.Is(err, run.ErrStopped) {
		t.Errorf("got %v", err)
	}
}

func TestProblemsThatCannotBeReadEndTheRun(t *testing.T) {
	cfg := config(t.TempDir(), &server{}, 2)
	good := cfg.Problems
	cfg.Problems = func(yield func(feedbackgen.Problem, error) bool) {
		good(yield)
		yield(feedbackgen.Problem{}, feedbackgen.BadInput("problems.jsonl", errors.New("changed"), "leave it alone"))
	}
	_, err := start(t.Context(), t, cfg)
	if !errors.Is(err, feedbackgen.ErrInput) || !strings.HasPrefix(err.Error(), "problems.jsonl: changed") {
		t.Errorf("got %v", err)
	}
}

func TestAnotherRunsDirectoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	finished(t, config(dir, &server{}, 1))
	before := files(t, dir)
	for name, c := range map[string]struct {
		change func(*run.Config)
		want   string
	}{
		"setting": {func(c *run.Config) {
			c.Identity = run.Identity{{Name: "model", Value: "m"}, {Name: "seed", Value: "2"}, {Name: "top_p", Value: "0.9"}}
		}, dir + ": it holds a run with other settings: seed: 1 -> 2; top_p: (none) -> 0.9: use the same settings, or another --out"},
		"gone": {func(c *run.Config) { c.Identity = c.Identity[:1] }, "model: m -> (none)"},
		"weights": {
			func(c *run.Config) { c.Policy.Digest = "d2" },
			dir + ": its run was begun with another model: digest: d1 -> d2: serve the same model again, or use another --out",
		},
		"module":       {func(c *run.Config) { c.Module = other{} }, dir + ": it holds a run of sampler, not of other: name a new directory with --out"},
		"capabilities": {func(c *run.Config) { c.Capabilities.N = true }, "n: false"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{}
			cfg := config(dir, s, 1)
			c.change(&cfg)
			_, err := start(t.Context(), t, cfg)
			if !errors.Is(err, feedbackgen.ErrInput) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if s.calls.Load() != 0 {
				t.Error("it made calls")
			}
			same(t, "files", before, files(t, dir))
		})
	}
}

// What decides only what is written may change: what is done is made again without a call, also where that
// was interrupted, and ends as if it had been so from the start.
func TestWhatIsOnlyWrittenIsMadeAgainFromTheLog(t *testing.T) {
	written := func(dir string, b backends.Backend, counted string) run.Config {
		cfg := config(dir, b, 4)
		cfg.Identity = append(cfg.Identity, run.Setting{Name: "counted", Value: counted, Written: true})
		cfg.Module = sampler{Then: func(_ feedbackgen.Problem, r *feedbackgen.Result) error {
			r.Counts[counted] = 1
			return nil
		}}
		return cfg
	}
	want := finished(t, written(t.TempDir(), &server{}, "b"))
	dir, s := t.TempDir(), &server{}
	finished(t, written(dir, s, "a"))
	paid := s.calls.Load()

	ctx, stop := backends.Drainable(t.Context())
	interrupted := written(dir, s, "b")
	module := interrupted.Module.(sampler)
	interrupted.Active = 1
	interrupted.Module = sampler{Then: func(p feedbackgen.Problem, r *feedbackgen.Result) error {
		stop(errors.New("enough"))
		return module.Then(p, r)
	}}
	summary, err := start(ctx, t, interrupted)
	if !errors.Is(err, run.ErrStopped) || summary.Problems.Pending == 0 || summary.Counts["a"] != 0 {
		t.Errorf("interrupted: %+v, %v", summary, err)
	}
	same(t, "files", want, finished(t, written(dir, s, "b")))
	if s.calls.Load() != paid {
		t.Errorf("%d calls were made again", s.calls.Load()-paid)
	}
}

// other is a module of another name.
type other struct{ sampler }

func (other) Name() string { return "other" }

func TestARunRemembersWhatItBeganWith(t *testing.T) {
	dir := t.TempDir()
	cfg := config(dir, &server{}, 1)
	cfg.Capabilities = backends.Capabilities{N: true, Continuation: backends.Raw, Slots: 4, Notes: []string{"n: 3 of 3"}}
	cfg.Others = map[backends.Role]run.Other{
		"judge":   {Policy: feedbackgen.Policy{Model: "big"}},
		"rollout": {Policy: feedbackgen.Policy{Model: "small"}, Capabilities: &backends.Capabilities{Continuation: backends.Native}},
	}
	summary, err := start(t.Context(), t, cfg)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "who played what", cfg.Others, summary.Others)
	r, err := store.OpenReadOnly(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	got, begun, err := run.Load(t.Context(), r)
	if err := errors.Join(err, r.Close()); err != nil || !begun {
		t.Fatal(begun, err)
	}
	same(t, "origin", run.Origin{Module: "sampler", Identity: cfg.Identity, Policy: policy, Capabilities: cfg.Capabilities, Others: cfg.Others}, got)
}
