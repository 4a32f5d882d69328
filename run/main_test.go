package run_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/run"
	"github.com/feedbackgen/feedbackgen/store"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		childRuns(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// server is a backend in memory whose replies depend on the request alone.
type server struct {
	// Before is called before each call is answered; an error is the answer.
	Before func(ctx context.Context, req backends.Request) error
	// Most bounds the samples of a reply, where it is not 0.
	Most int

	calls atomic.Int64
	mu    sync.Mutex
	paid  map[string]int
}

var _ backends.Backend = (*server)(nil)

func (s *server) Policy(context.Context) (feedbackgen.Policy, error) { return policy, nil }

func (s *server) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	s.calls.Add(1)
	if s.Before != nil {
		if err := s.Before(ctx, req); err != nil {
			return backends.Response{}, err
		}
	}
	if s.Most > 0 {
		req.N = min(req.N, s.Most)
	}
	s.mu.Lock()
	if s.paid == nil {
		s.paid = map[string]int{}
	}
	s.paid[callName(req)]++
	s.mu.Unlock()
	reply := backends.Response{PromptTokens: 10}
	for i := range req.N {
		seed := req.Sampling.Seed + int64(i)
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", req.Messages[0].Content, seed))
		reply.Samples = append(reply.Samples, backends.Sample{
			Text: fmt.Sprintf("<%x> & so on", sum[:4]), Finish: backends.FinishStop, Tokens: 5, Seed: seed,
		})
	}
	return reply, nil
}

// most is how often the call was paid for that was paid for most.
func (s *server) most() int {
	most := 0
	for _, n := range s.paid {
		most = max(most, n)
	}
	return most
}

func callName(req backends.Request) string {
	return fmt.Sprintf("%s/%d/%d", req.Messages[0].Content, req.Sampling.Seed, req.N)
}

// refuse is a failure of a call.
func failed(kind error, text string) error {
	return &backends.Error{Failure: feedbackgen.Failure{Kind: kind, Op: "generate", Cause: errors.New(text)}}
}

// sampler is a module that draws a group of three, and then one sample for each of them, at once.
type sampler struct {
	// Then is called with what came out.
	Then func(p feedbackgen.Problem, r *feedbackgen.Result) error
}

func (sampler) Name() string { return "sampler" }

func (m sampler) Run(ctx context.Context, b backends.Backend, p feedbackgen.Problem) (feedbackgen.Result, error) {
	group, err := b.Generate(ctx, backends.Request{Messages: p.Prompt, N: 3, Sampling: feedbackgen.Sampling{Seed: seedOf(p.ID)}})
	if err != nil {
		return feedbackgen.Result{}, fmt.Errorf("group: %w", err)
	}
	var all sync.WaitGroup
	errs := make([]error, len(group.Samples))
	texts := make([]string, len(group.Samples))
	for i, sample := range group.Samples {
		all.Go(func() {
			reply, err := b.Generate(ctx, backends.Request{
				Messages: append(p.Prompt, feedbackgen.Assistant(sample.Text)), N: 1,
				Sampling: feedbackgen.Sampling{Seed: seedOf(p.ID, sample.Text)},
			})
			if errs[i] = err; err == nil {
				texts[i] = reply.Samples[0].Text
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return feedbackgen.Result{}, fmt.Errorf("continue: %w", err)
	}
	result := feedbackgen.Result{Counts: feedbackgen.Counts{"rollouts": 3, "rollouts.pass": 1, "rollouts.fail": 2}}
	for i, text := range texts {
		result.Records = append(result.Records, feedbackgen.SFT{
			Prompt: feedbackgen.Conversation(p.Prompt...), Completion: feedbackgen.Conversation(feedbackgen.Assistant(text)),
			Feedback: feedbackgen.SFTFeedback{
				Provenance: feedbackgen.Provenance{Problem: p.ID, Module: "sampler", Node: fmt.Sprintf("0.%d", i), Policy: policy},
				Outcome:    feedbackgen.Pass, Seed: group.Samples[i].Seed,
			},
		})
	}
	if m.Then != nil {
		err = m.Then(p, &result)
	}
	return result, err
}

func seedOf(parts ...string) int64 {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return int64(binary.BigEndian.Uint32(sum[:]))
}

var policy = feedbackgen.Policy{Backend: "test", Model: "m", Digest: "d1"}

func problems(n int) iter.Seq2[feedbackgen.Problem, error] {
	return func(yield func(feedbackgen.Problem, error) bool) {
		for i := range n {
			p := feedbackgen.Problem{
				ID: fmt.Sprintf("p%d", i), Index: i, Plain: true,
				Prompt: []feedbackgen.Message{feedbackgen.User(fmt.Sprintf("problem %d", i))},
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

// config is a run of n problems, to be given a store by start.
func config(dir string, b backends.Backend, n int) run.Config {
	return run.Config{
		Dir: dir, Module: sampler{}, Backend: b, Policy: policy,
		Identity: run.Identity{{Name: "seed", Value: "1"}, {Name: "model", Value: "m"}},
		Problems: problems(n), Total: n, Resolved: []byte("seed: 1\n"), Status: &run.Status{},
	}
}

// start runs once, in a process's life.
func start(ctx context.Context, t testing.TB, cfg run.Config) (run.Summary, error) {
	t.Helper()
	s, err := store.Open(context.Background(), cfg.Dir)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Store = s
	summary, ended := run.Run(ctx, cfg)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return summary, ended
}

// finished runs and wants everything done; it returns the files.
func finished(t testing.TB, cfg run.Config) map[string]string {
	t.Helper()
	if _, err := start(t.Context(), t, cfg); err != nil {
		t.Fatal(err)
	}
	return files(t, cfg.Dir)
}

// files are the finished files of a run.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range []string{"*.jsonl", "*.md", "*.json", "*.yaml", ".*.tmp"} {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			found[filepath.Base(path)] = string(text)
		}
	}
	return found
}
