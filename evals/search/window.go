package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/samber/lo"
	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/mock"
	"github.com/feedbackgen/feedbackgen/backends/openai"
	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/measure/interval"
)

// windowSimulations and wideWindow are the comparison: as wide as the search allows.
const (
	windowSimulations = 64
	wideWindow        = windowSimulations / 4
	windowLatency     = 50 * time.Millisecond
	// windowSeeds is how many searches a problem's regret is the mean of, to tell it from their luck.
	windowSeeds = 4
)

// windows compares a window of 16 with one of 1: by regret on toy problems whose values are known, and
// by the time that one problem takes on a server that answers in 50 ms.
//
// The regret of a search is the chance to end right of the best steps there are, less that of the steps
// of the best path that it writes; where it writes none, less that of steps by luck.
func windows(ctx context.Context, w io.Writer, selections []mcts.Selection, problems int, seed int64) error {
	_, err := fmt.Fprintf(w, "%d toy problems, %d searches of each, %d simulations, seeds from %d\n\n", problems, windowSeeds, windowSimulations, seed)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(table, "regret\twindow %d\twindow 1\tdifference\tupper end at most .03\n", wideWindow) // Flush tells
	for _, selection := range selections {
		wide, err := regrets(ctx, selection, wideWindow, problems, seed)
		if err != nil {
			return err
		}
		narrow, err := regrets(ctx, selection, 1, problems, seed)
		if err != nil {
			return err
		}
		d, err := interval.OfDifference(interval.Default(), wide, narrow, func(regrets []float64) (float64, bool) {
			return lo.Mean(regrets), len(regrets) > 0
		})
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(table, "%s\t%.4f\t%.4f\t%+.4f [%+.4f, %+.4f]\t%s\n", selection, d.A, d.B, d.Value, d.Low, d.High, verdict(d.High <= 0.03))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	wide, err := wallTime(ctx, wideWindow)
	if err != nil {
		return err
	}
	narrow, err := wallTime(ctx, 1)
	if err != nil {
		return err
	}
	share := float64(wide) / float64(narrow)
	_, err = fmt.Fprintf(w, "\none problem at a time, a server that answers in %s: %s with window %d, %s with 1, 1/%.1f of it (at most 1/10: %s)\n",
		windowLatency, wide.Round(time.Millisecond), wideWindow, narrow.Round(time.Millisecond), 1/share, verdict(share <= 0.1))
	return err
}

func verdict(met bool) string { return map[bool]string{true: "met", false: "MISSED"}[met] }

func windowed(selection mcts.Selection, window int, seed int64, policy feedbackgen.Policy) (*mcts.Search, error) {
	return mcts.New(mcts.Config{
		Simulations: windowSimulations, Window: window, NoGate: true, Selection: selection,
		Continuation: backends.Native, Logprobs: true, Policy: policy, Sampling: sampling(seed),
	})
}

// regrets are by problem, each the mean over the seeds.
func regrets(ctx context.Context, selection mcts.Selection, window, problems int, seed int64) ([]float64, error) {
	means := make([]float64, problems)
	for i := range windowSeeds {
		all, err := regretsOf(ctx, selection, window, problems, seed+int64(i))
		if err != nil {
			return nil, err
		}
		for problem, regret := range all {
			means[problem] += regret / windowSeeds
		}
	}
	return means, nil
}

func regretsOf(ctx context.Context, selection mcts.Selection, window, problems int, seed int64) ([]float64, error) {
	search, err := windowed(selection, window, seed, feedbackgen.Policy{})
	if err != nil {
		return nil, err
	}
	all := make([]float64, problems)
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(problemsInFlight)
	for i := range all {
		work.Go(func() error {
			id := fmt.Sprintf("toy-%d", i)
			result, err := search.Run(ctx, toy{}, feedbackgen.Problem{ID: id, Prompt: []feedbackgen.Message{feedbackgen.User(id)}, Answer: "1"})
			if err != nil {
				return err
			}
			best, chosen := toyBest(id)
			for _, record := range result.Records {
				if path, ok := record.(feedbackgen.SFT); ok {
					text := path.Completion.Messages[0].Content
					chosen = toyChance(id, text[:strings.LastIndexByte(text, '\n')+1])
				}
			}
			all[i] = best - chosen
			return nil
		})
	}
	return all, work.Wait()
}

// wallTime is the mean time that a problem takes.
func wallTime(ctx context.Context, window int) (_ time.Duration, err error) {
	server, err := mock.Serve("", mock.NewHandler(&mock.Model{}, mock.Faults{Latency: windowLatency}))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	client, err := openai.New(openai.Config{BaseURL: server.URL + "/v1", Model: "toy"})
	if err != nil {
		return 0, err
	}
	defer client.Close()
	search, err := windowed(mcts.Racing, window, 1, feedbackgen.Policy{})
	if err != nil {
		return 0, err
	}
	var times []time.Duration
	for _, problem := range mock.Problems(5, 1) {
		start := time.Now()
		if _, err := search.Run(ctx, backends.FanOut(client, true), problem); err != nil {
			return 0, err
		}
		times = append(times, time.Since(start))
	}
	return lo.Mean(times), nil
}
