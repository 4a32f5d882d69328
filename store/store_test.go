package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/feedbackgen/feedbackgen"
)

func TestWhatWasWrittenIsThereAfterReopening(t *testing.T) {
	dir := t.TempDir() + "/with space, 100% & a ?#"
	s, err := Open(t.Context(), dir)
	check0(t, err)
	job := Job{
		Index: 3, ID: "p3", Status: Failed, Reason: "refused", Counts: feedbackgen.Counts{"calls": 2},
		Records: []Line{{"preferences", []byte(`{"a":1}`)}, {"sft", []byte(`{"b":2}`)}, {"preferences", []byte(`{"a":3}`)}},
	}
	check0(t, s.Finish(t.Context(), job))
	check0(t, s.SetMeta(t.Context(), map[string][]byte{"policy": []byte("m"), "empty": nil}))
	commit(t, s, 3, 0)
	commit(t, s, 3, 1)
	check0(t, s.Close())
	check0(t, s.Close())

	again := openTest(t, dir)
	got, found, err := again.Job(t.Context(), 3)
	check0(t, err)
	want := job
	want.Records = nil
	want.Lines = map[feedbackgen.Kind]int{"preferences": 2, "sft": 1}
	if diff := cmp.Diff(want, got); !found || diff != "" {
		t.Errorf("job: %s", diff)
	}
	if got := lines(t, again.Reader, "preferences"); !slices.Equal(got, []string{`{"a":1}`, `{"a":3}`}) {
		t.Errorf("preferences: %q", got)
	}
	if got := lines(t, again.Reader, "sft"); !slices.Equal(got, []string{`{"b":2}`}) {
		t.Errorf("sft: %q", got)
	}
	if got := lines(t, again.Reader, "groups"); got != nil {
		t.Errorf("groups: %q", got)
	}
	policy, found, err := again.Meta(t.Context(), "policy")
	if err != nil || !found || string(policy) != "m" {
		t.Errorf("policy: %q %v %v", policy, found, err)
	}
	if empty, found, err := again.Meta(t.Context(), "empty"); err != nil || !found || len(empty) != 0 {
		t.Errorf("empty: %q %v %v", empty, found, err)
	}
	if _, found, err := again.Meta(t.Context(), "nothing"); err != nil || found {
		t.Errorf("nothing: %v %v", found, err)
	}
	log, err := again.Log(t.Context(), 3)
	check0(t, err)
	wantCall(t, log, 3, 0)
	wantCall(t, log, 3, 1)
	if _, found := log.Lookup(key(3, 2)); found {
		t.Error("a call that nobody made is in the log")
	}
	usage, err := again.Usage(t.Context())
	check0(t, err)
	if want := (Usage{Calls: 2, PromptTokens: 1, Tokens: int64(2 * len("reply 0 of job 3"))}); usage != want {
		t.Errorf("usage %+v, want %+v", usage, want)
	}
}

func TestFinishingAgainReplacesAJobAndItsRecordsOnly(t *testing.T) {
	s := openTest(t, t.TempDir())
	for i := range 3 {
		check0(t, s.Finish(t.Context(), Job{
			Index: i, ID: fmt.Sprint(i), Status: Suspended,
			Records: []Line{{"sft", fmt.Appendf(nil, "first %d", i)}, {"steps", []byte("s")}},
		}))
	}
	check0(t, s.Finish(t.Context(), Job{Index: 1, ID: "1", Status: Done, Records: []Line{{"groups", []byte("g")}}}))
	if got := lines(t, s.Reader, "sft"); !slices.Equal(got, []string{"first 0", "first 2"}) {
		t.Errorf("sft: %q", got)
	}
	if got := lines(t, s.Reader, "steps"); len(got) != 2 {
		t.Errorf("steps: %q", got)
	}
	if got := lines(t, s.Reader, "groups"); !slices.Equal(got, []string{"g"}) {
		t.Errorf("groups: %q", got)
	}
	kinds, err := s.Kinds(t.Context())
	check0(t, err)
	if !slices.Equal(kinds, []feedbackgen.Kind{"sft", "steps", "groups"}) {
		t.Errorf("kinds: %q", kinds)
	}
}

// More jobs than a page, finished out of order, come in order; and from the middle.
func TestJobsComeInOrder(t *testing.T) {
	s := openTest(t, t.TempDir())
	var all sync.WaitGroup
	for i := range 1200 {
		all.Go(func() {
			if err := s.Finish(t.Context(), Job{Index: 2 * i, ID: fmt.Sprint(i), Status: Done}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, from := range []int{0, 601, 1024, 2398, 2399} {
		want := from + from%2
		for job, err := range s.Jobs(t.Context(), from) {
			check0(t, err)
			if job.Index != want {
				t.Fatalf("from %d: job %d, want %d", from, job.Index, want)
			}
			want += 2
		}
		if want != 2400 {
			t.Errorf("from %d: ended before job %d", from, want)
		}
	}
	if _, found, err := s.Job(t.Context(), 7); found || err != nil {
		t.Errorf("job 7: %v %v", found, err)
	}
}

func TestAReaderSeesARunThatIsBeingWritten(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	check0(t, s.Finish(t.Context(), Job{ID: "a", Status: Done, Records: []Line{{"sft", []byte("1")}}}))
	r, err := OpenReadOnly(t.Context(), dir)
	check0(t, err)
	for line, err := range r.Records(t.Context(), "sft") {
		check0(t, err)
		// A snapshot that is being read keeps nobody from writing, and does not change.
		check0(t, s.Finish(t.Context(), Job{Index: 1, ID: "b", Status: Done, Records: []Line{{"sft", []byte("2")}}}))
		if string(line) != "1" {
			t.Errorf("line %q", line)
		}
	}
	if got := lines(t, r, "sft"); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("sft: %q", got)
	}
	for _, err := range r.Records(t.Context(), "sft") {
		check0(t, err)
		break // leaving early leaves nothing open, or Close would wait
	}
	check0(t, r.Close())
}

func TestTheFirstReplyToACallCounts(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	log, err := s.Log(t.Context(), 0)
	check0(t, err)
	check0(t, log.Commit(t.Context(), key(0, 0), entry(0, 0)))
	check0(t, log.Commit(t.Context(), key(0, 0), entry(0, 1)))
	wantCall(t, log, 0, 0)
	fresh, err := s.Log(t.Context(), 0)
	check0(t, err)
	wantCall(t, fresh, 0, 0)
	usage, err := s.Usage(t.Context())
	check0(t, err)
	if usage.Calls != 2 {
		t.Errorf("%d calls were paid for, usage says %d", 2, usage.Calls)
	}
}

func TestAPaidReplyIsWrittenEvenIfNobodyWaits(t *testing.T) {
	s := openTest(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	log, err := s.Log(t.Context(), 0)
	check0(t, err)
	check0(t, log.Commit(ctx, key(0, 0), entry(0, 0)))
	fresh, err := s.Log(t.Context(), 0)
	check0(t, err)
	wantCall(t, fresh, 0, 0)
}

// Whatever waits while a transaction runs shares the next one, and is committed before Close ends.
func TestWaitingWritesShareATransactionAndCloseDrains(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), dir)
		check0(t, err)
		gate := make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			if err := s.submit(t.Context(), func(*writer) error { <-gate; return nil }); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		var widest int64
		for n := range 100 {
			all.Go(func() {
				err := s.submit(t.Context(), func(w *writer) error {
					defer func() { widest = max(widest, w.usage.Calls) }()
					return w.call(0, key(0, n), entry(0, n))
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		all.Go(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		close(gate)
		all.Wait()
		if widest != 100 {
			t.Errorf("100 waiting writes: at most %d shared a transaction", widest)
		}
		if err := s.SetMeta(t.Context(), nil); !errors.Is(err, ErrClosed) {
			t.Errorf("writing after Close: %v", err)
		}
	})
	log, err := openTest(t, dir).Log(t.Context(), 0)
	check0(t, err)
	for n := range 100 {
		wantCall(t, log, 0, n)
	}
}

// A caller that would have to wait for a place in the queue can give up.
func TestAFullQueueCanBeLeft(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), dir)
		check0(t, err)
		gate := make(chan struct{})
		var all sync.WaitGroup
		for range queued + together {
			all.Go(func() {
				if err := s.submit(t.Context(), func(*writer) error { <-gate; return nil }); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		full := errors.New("waited long enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(full)
		if err := s.SetMeta(ctx, nil); len(s.queue) == queued && !errors.Is(err, full) {
			t.Errorf("with a full queue and an ended context: %v", err)
		}
		if len(s.queue) != queued {
			t.Errorf("the queue holds %d, so that this tests nothing", len(s.queue))
		}
		close(gate)
		all.Wait()
		check0(t, s.Close())
	})
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	s := openTest(t, t.TempDir())
	for name, job := range map[string]Job{
		"negative":  {Index: -1, Status: Done},
		"too high":  {Index: MaxJob + 1, Status: Done},
		"no status": {Index: 1},
		"too many":  {Index: 1, Status: Done, Records: make([]Line, MaxLines+1)},
	} {
		if err := s.Finish(t.Context(), job); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := s.Log(t.Context(), -1); err == nil {
		t.Error("a log of job -1")
	}
	check0(t, s.Finish(t.Context(), Job{Index: MaxJob, ID: "last", Status: Done, Records: []Line{{"sft", []byte("x")}}}))
	check0(t, s.Finish(t.Context(), Job{Index: 0, ID: "first", Status: Done, Records: []Line{{"steps", []byte("y")}}}))
	if got := lines(t, s.Reader, "sft"); !slices.Equal(got, []string{"x"}) {
		t.Errorf("sft: %q", got)
	}
	if got := lines(t, s.Reader, "steps"); !slices.Equal(got, []string{"y"}) {
		t.Errorf("steps: %q", got)
	}
}
