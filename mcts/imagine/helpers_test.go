package imagine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/mcts/imagine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// author writes problems by script, and solves sums of two numbers, rightly six times of ten: what it
// says depends on the request alone.
type author struct {
	// write is the reply to a request for a draft; nil writes a sum of other numbers.
	write func(req backends.Request) (backends.Sample, error)
	// answer is a solution's answer to a sum; nil is right six times of ten.
	answer func(req backends.Request, sum int, seed int64) int
	// before is called before every reply.
	before func(req backends.Request) error

	mu   sync.Mutex
	seen []backends.Request
}

func (a *author) Policy(context.Context) (feedbackgen.Policy, error) {
	return feedbackgen.Policy{Backend: "scripted", Model: "author"}, nil
}

// drafting tells a request for a draft from one for a solution.
func drafting(req backends.Request) bool {
	return strings.Contains(asked(req), "Do not solve it.")
}

func asked(req backends.Request) string { return req.Messages[len(req.Messages)-1].Content }

var sums = regexp.MustCompile(`(\d+) plus (\d+)`)

func (a *author) Generate(_ context.Context, req backends.Request) (backends.Response, error) {
	a.mu.Lock()
	a.seen = append(a.seen, req)
	a.mu.Unlock()
	if a.before != nil {
		if err := a.before(req); err != nil {
			return backends.Response{}, err
		}
	}
	var res backends.Response
	for i := range req.N {
		seed := req.Sampling.Seed + int64(i)
		if drafting(req) {
			sample, err := a.draft(req, seed)
			if err != nil {
				return backends.Response{}, err
			}
			sample.Seed, sample.Tokens = seed, 7
			res.Samples = append(res.Samples, sample)
			continue
		}
		text := a.solve(req, seed)
		res.Samples = append(res.Samples, backends.Sample{Text: text, Finish: backends.FinishStop, Seed: seed, Tokens: 9})
	}
	return res, nil
}

func (a *author) draft(req backends.Request, seed int64) (backends.Sample, error) {
	if a.write != nil {
		return a.write(req)
	}
	rng := rand.New(rand.NewPCG(uint64(seed), 1))
	return said(fmt.Sprintf("Gladly.\n<problem>\nWhat is %d plus %d?\n</problem>", 100+rng.IntN(800), 100+rng.IntN(800))), nil
}

func (a *author) solve(req backends.Request, seed int64) string {
	found := sums.FindStringSubmatch(asked(req))
	x, _ := strconv.Atoi(found[1])
	y, _ := strconv.Atoi(found[2])
	rng := rand.New(rand.NewPCG(uint64(seed), 2))
	answer := x + y
	switch {
	case a.answer != nil:
		answer = a.answer(req, x+y, seed)
	case rng.Float64() < 0.4:
		answer += 1 + rng.IntN(9)
	}
	return fmt.Sprintf("I add in way %d.\nThe answer is %d.", rng.IntN(3), answer)
}

func said(text string) backends.Sample {
	return backends.Sample{Text: text, Finish: backends.FinishStop}
}

func given(texts ...string) []feedbackgen.Problem {
	var problems []feedbackgen.Problem
	for i, text := range texts {
		problems = append(problems, feedbackgen.Problem{
			ID: fmt.Sprintf("p%d", i+1), Index: i, Prompt: []feedbackgen.Message{feedbackgen.User(text)}, Plain: true, Answer: "4242",
		})
	}
	return problems
}

func module(t *testing.T, number int, problems []feedbackgen.Problem) *imagine.Module {
	t.Helper()
	return searching(t, number, problems, mcts.Config{})
}

// searching is a module whose search is as configured, and else as all are here.
func searching(t *testing.T, number int, problems []feedbackgen.Problem, cfg mcts.Config) *imagine.Module {
	t.Helper()
	cfg.Simulations, cfg.Sampling = 24, feedbackgen.Sampling{Temperature: 1, TopP: 1, MaxTokens: 64, Seed: 3}
	cfg.Policy, cfg.Continuation = feedbackgen.Policy{Backend: "scripted", Model: "author"}, backends.None
	search, err := mcts.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	survey, err := imagine.Survey(func(yield func(feedbackgen.Problem, error) bool) {
		for _, p := range problems {
			if !yield(p, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := imagine.New(imagine.Config{Search: search, Number: number, Solutions: 5, Given: survey})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func run(t *testing.T, number int, backend backends.Backend, texts ...string) feedbackgen.Result {
	t.Helper()
	problems := given(texts...)
	result, err := module(t, number, problems).Run(t.Context(), backend, problems[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := result.Counts.Check(); err != nil {
		t.Error(err)
	}
	return result
}

func imagined(result feedbackgen.Result) []feedbackgen.Imagined {
	var all []feedbackgen.Imagined
	for _, record := range result.Records {
		if r, ok := record.(feedbackgen.Imagined); ok {
			all = append(all, r)
		}
	}
	return all
}
