package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	api "github.com/sashabaranov/go-openai"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/mock"
	"github.com/feedbackgen/feedbackgen/backends/openai"
	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/postcomp"
	"github.com/feedbackgen/feedbackgen/run"
	"github.com/feedbackgen/feedbackgen/selfplay"
	"github.com/feedbackgen/feedbackgen/selfplay/judge"
	"github.com/feedbackgen/feedbackgen/store"
)

// inFlight is how many requests are in flight, in the bare loop and in the pipeline.
const inFlight = 64

// pipelines compares a whole run with a loop that does nothing but call go-openai.
func pipelines(ctx context.Context, scratch string) ([]row, error) {
	reply := "There are 3 apples at first.\nThen 4 more come, so there are 7.\nThe answer is 7."
	instant, err := compare(ctx, filepath.Join(scratch, "instant"), mock.Canned("toy", reply), search, 400, 5)
	if err != nil {
		return nil, err
	}
	model := &mock.Model{}
	slow := mock.NewHandler(model, mock.Faults{Latency: latency})
	steady, err := compare(ctx, filepath.Join(scratch, "steady"), slow, search, 640, 3)
	if err != nil {
		return nil, err
	}
	assessing, err := compare(ctx, filepath.Join(scratch, "assess"), slow, answers(postcomp.Assess), 640, 3)
	if err != nil {
		return nil, err
	}
	correcting, err := compare(ctx, filepath.Join(scratch, "correct"), slow, answers(postcomp.Correct), 640, 3)
	if err != nil {
		return nil, err
	}
	played, err := selfplayed(ctx, filepath.Join(scratch, "selfplay"))
	if err != nil {
		return nil, err
	}
	return []row{
		{"a server that answers at once: go-openai's bare loop", fmt.Sprintf("%.0f requests/s", instant.bare), "", true},
		{"  the whole pipeline", fmt.Sprintf("%.0f requests/s, %s of it", instant.whole, percent(instant.ratio)), "at least 50 %", instant.ratio >= 0.5},
		{"a server that answers in 50 ms, 64 in flight: bare loop", fmt.Sprintf("%.0f requests/s", steady.bare), "", true},
		{"  the whole pipeline", fmt.Sprintf("%.0f requests/s, %s of it", steady.whole, percent(steady.ratio)), "at least 97 %", steady.ratio >= 0.97},
		{"  postcomp, assess: slots kept busy", percent(busy(assessing.calling)), "at least 95 %", busy(assessing.calling) >= 0.95},
		{"  postcomp, correct: slots kept busy", percent(busy(correcting.calling)), "at least 95 %", busy(correcting.calling) >= 0.95},
		{"  selfplay, 40 documents, the whole loop: slots kept busy", percent(busy(played)), "at least 90 %", busy(played) >= 0.90},
	}, nil
}

// latency is the slow server's.
const latency = 50 * time.Millisecond

// busy is the share of slots that so many requests a second keep busy, each for the latency.
func busy(perSecond float64) float64 { return perSecond * latency.Seconds() / inFlight }

// search is a tree search of every problem, however hard.
func search(policy feedbackgen.Policy) (run.Module, error) {
	return mcts.New(mcts.Config{
		Simulations: 32, NoGate: true, Continuation: backends.Native, Policy: policy, Sampling: sampling(),
	})
}

// answers is answers and what follows them, of every problem.
func answers(mode postcomp.Mode) func(feedbackgen.Policy) (run.Module, error) {
	return func(policy feedbackgen.Policy) (run.Module, error) {
		return postcomp.New(postcomp.Config{
			Mode: mode, NoGate: true, Continuation: backends.Native, Policy: policy, Sampling: sampling(),
		})
	}
}

// selfplayed is requests a second of self-play about 40 documents, from the first call to the last reply,
// with judge, skills and replay.
func selfplayed(ctx context.Context, dir string) (perSecond float64, err error) {
	server, err := mock.Serve("", mock.NewHandler(&mock.Library{}, mock.Faults{Latency: latency}))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	var documents []feedbackgen.Problem
	for i := range 40 {
		documents = append(documents, feedbackgen.Problem{
			ID: fmt.Sprintf("depot-%d", i), Index: i, Prompt: []feedbackgen.Message{feedbackgen.User(mock.Facts(40))}, Plain: true,
		})
	}
	got, err := pipeline(ctx, server.URL+"/v1", dir, loopOfRoles, documents, nil)
	return got.calling, err
}

func loopOfRoles(policy feedbackgen.Policy) (run.Module, error) {
	anchors, err := judge.LoadKnown(bytes.NewReader(mock.FactAnchors(24)), "anchors")
	if err != nil {
		return nil, err
	}
	return selfplay.New(selfplay.Config{
		Mode: selfplay.Grounded, Rounds: 2, Tasks: 12, Policy: policy, Sampling: sampling(), Continuation: backends.Native,
		Grounding: selfplay.Grounding{Anchors: anchors},
	})
}

func sampling() feedbackgen.Sampling {
	return feedbackgen.Sampling{Temperature: 1, TopP: 1, MaxTokens: 256, Seed: 1}
}

// comparison holds medians: requests a second, the ratio round by round, and requests a second from
// the first call to the last reply, without the writing of files after it.
type comparison struct{ bare, whole, ratio, calling float64 }

// compare measures both sides in turns; the median of the ratios counts.
func compare(ctx context.Context, dir string, handler http.Handler, module func(feedbackgen.Policy) (run.Module, error), problems, rounds int) (c comparison, err error) {
	server, err := mock.Serve("", handler)
	if err != nil {
		return comparison{}, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	url := server.URL + "/v1"
	recorded := &recorder{}
	if _, err := pipeline(ctx, url, dir+"-first", module, mock.Problems(problems, 1), recorded); err != nil {
		return comparison{}, err
	}
	var bare, whole, ratios, calling []float64
	for round := range rounds {
		w, err := pipeline(ctx, url, fmt.Sprintf("%s-%d", dir, round), module, mock.Problems(problems, 1), nil)
		if err != nil {
			return comparison{}, err
		}
		b, err := loop(ctx, url, recorded.requests)
		if err != nil {
			return comparison{}, err
		}
		bare, whole, ratios = append(bare, b), append(whole, w.whole), append(ratios, w.whole/b)
		calling = append(calling, w.calling)
	}
	return comparison{median(bare), median(whole), median(ratios), median(calling)}, nil
}

// recorder notes the requests that a pipeline makes, so that the bare loop can make the same ones.
type recorder struct {
	backends.Backend
	mu       sync.Mutex
	requests []api.ChatCompletionRequest
}

func (r *recorder) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	same := api.ChatCompletionRequest{
		Model: "toy", N: req.N, MaxCompletionTokens: req.Sampling.MaxTokens, Temperature: float32(req.Sampling.Temperature),
		TopP: float32(req.Sampling.TopP), Seed: new(int(req.Sampling.Seed)),
	}
	for _, m := range req.Messages {
		same.Messages = append(same.Messages, api.ChatCompletionMessage{Role: m.Role, Content: m.Content})
	}
	if req.Prefix != "" {
		same.Messages = append(same.Messages, api.ChatCompletionMessage{Role: feedbackgen.RoleAssistant, Content: req.Prefix})
	}
	r.mu.Lock()
	r.requests = append(r.requests, same)
	r.mu.Unlock()
	return r.Backend.Generate(ctx, req)
}

// loop makes the requests with go-openai alone, and returns requests a second.
func loop(ctx context.Context, url string, requests []api.ChatCompletionRequest) (float64, error) {
	config := api.DefaultConfig("")
	config.BaseURL = url
	config.HTTPClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: inFlight}}
	client := api.NewClientWithConfig(config)
	var next atomic.Int64
	failures := make(chan error, inFlight)
	var callers sync.WaitGroup
	start := time.Now()
	for range inFlight {
		callers.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(requests); i = next.Add(1) - 1 {
				if _, err := client.CreateChatCompletion(ctx, requests[i]); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	callers.Wait()
	elapsed := time.Since(start)
	config.HTTPClient.(*http.Client).CloseIdleConnections()
	select {
	case err := <-failures:
		return 0, err
	default:
		return float64(len(requests)) / elapsed.Seconds(), nil
	}
}

// pipeline is a whole run of a module: store, call log, retry, limit, meter, records, files. A recorder, if given, notes the requests.
func pipeline(ctx context.Context, url, dir string, build func(feedbackgen.Policy) (run.Module, error), problems []feedbackgen.Problem, recorded *recorder) (got rates, err error) {
	server, err := openai.New(openai.Config{BaseURL: url, Model: "toy"})
	if err != nil {
		return got, err
	}
	defer server.Close()
	policy, err := server.Policy(ctx)
	if err != nil {
		return got, err
	}
	module, err := build(policy)
	if err != nil {
		return got, err
	}
	to, err := store.Open(ctx, dir)
	if err != nil {
		return got, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	var wire backends.Backend = server
	if recorded != nil {
		recorded.Backend = server
		wire = recorded
	}
	last := &lastReply{Backend: wire}
	meter := backends.Meter(last, backends.Prices{}, backends.Budget{}, backends.Usage{})
	start := time.Now()
	_, err = run.Run(ctx, run.Config{
		Dir: dir, Store: to, Module: module, Policy: policy, Active: inFlight, Total: len(problems),
		Capabilities: backends.Capabilities{N: true, Continuation: backends.Native},
		Backend:      backends.Retry(backends.Limit(meter, inFlight), backends.RetryConfig{}),
		Problems: func(yield func(feedbackgen.Problem, error) bool) {
			for _, p := range problems {
				if !yield(p, nil) {
					return
				}
			}
		},
	})
	if err != nil {
		return got, err
	}
	calls := float64(meter.Snapshot().Calls)
	return rates{calls / time.Since(start).Seconds(), calls / time.Unix(0, last.at.Load()).Sub(start).Seconds()}, nil
}

// rates are requests a second, over the whole run and until the last reply.
type rates struct{ whole, calling float64 }

// lastReply notes when the last reply came.
type lastReply struct {
	backends.Backend
	at atomic.Int64
}

func (l *lastReply) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	res, err := l.Backend.Generate(ctx, req)
	l.at.Store(time.Now().UnixNano())
	return res, err
}

func median[T float64 | time.Duration](of []T) T {
	slices.Sort(of)
	return of[len(of)/2]
}
