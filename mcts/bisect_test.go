package mcts_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
)

// planted is a model of 15 steps and an answer. Half of its solutions slip at one step, after which
// nothing ends right; it never slips again, and otherwise ends right.
type planted struct {
	slip   int
	broken bool // and refuses to go on from partial solutions
	mu     sync.Mutex
	seen   []backends.Request
}

func (b *planted) Policy(context.Context) (feedbackgen.Policy, error) {
	return feedbackgen.Policy{Backend: "planted"}, nil
}

func (b *planted) Generate(_ context.Context, req backends.Request) (backends.Response, error) {
	b.mu.Lock()
	b.seen = append(b.seen, req)
	b.mu.Unlock()
	if b.broken && req.Prefix != "" {
		return backends.Response{}, &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrRefused, Cause: errors.New("no")}}
	}
	var res backends.Response
	for i := range req.N {
		text := req.Prefix
		slips := i%2 == 1
		for step := strings.Count(text, "\n") + 1; step <= 15; step++ {
			if step == b.slip && slips {
				text += "a slip\n"
			} else {
				text += fmt.Sprintf("step %d\n", step)
			}
		}
		answer := 4
		if strings.Contains(text, "slip") {
			answer = 5
		}
		text += fmt.Sprintf("The answer is %d.", answer)
		res.Samples = append(res.Samples, backends.Sample{Text: text[len(req.Prefix):], Finish: backends.FinishStop, Tokens: 50})
	}
	return res, nil
}

// The first wrong step is found in about log2 of the steps, each tried by one call, and the draws are
// in the tree: the beginning before it is solved now and then, the one with it never.
func TestBisectionFindsTheSlip(t *testing.T) {
	for slip := 1; slip <= 15; slip++ {
		backend := &planted{slip: slip}
		cfg := mcts.Config{Simulations: 60, Group: 8, NoGate: true, Continuation: backends.Native, Bisect: 3, Window: 1, MinProbability: 0.8}
		result := search(t, cfg, backend, problem("4"))
		if result.Counts["bisections"] != 1 || result.Counts["bisections.found"] != 1 {
			t.Fatalf("slip at %d: %v", slip, result.Counts)
		}
		calls := 0
		longestRight, shortestWrong := 0, 99
		for _, req := range backend.seen {
			if req.N != 8 || req.Prefix == "" {
				continue
			}
			calls++
			steps := strings.Count(req.Prefix, "\n")
			if strings.Contains(req.Prefix, "slip") {
				shortestWrong = min(shortestWrong, steps)
			} else {
				longestRight = max(longestRight, steps)
			}
		}
		if most := int(math.Ceil(math.Log2(16))); calls > most {
			t.Errorf("slip at %d: %d probes of a solution of 16 steps", slip, calls)
		}
		if shortestWrong != slip {
			t.Errorf("slip at %d: the shortest beginning that was probed and fails has %d steps", slip, shortestWrong)
		}
		if longestRight >= slip {
			t.Errorf("slip at %d: %d right steps", slip, longestRight)
		}
		if total := result.Counts["rollouts"]; total != 60 {
			t.Errorf("%d rollouts of 60 simulations", total)
		}
		paired := false
		for _, record := range result.Records {
			if p, ok := record.(feedbackgen.Preference); ok && p.Feedback.Rejected.Step == "a slip\n" {
				paired = paired || p.Feedback.Rejected.Rollouts >= 12 && p.Feedback.Rejected.Passes == 0
			}
		}
		if !paired {
			t.Errorf("slip at %d: no step pair rejects the slip with the group's and the probe's draws", slip)
		}
	}
}

// Probes are simulations: where they run out, it stops, and says so.
func TestBisectionStaysWithinTheSimulations(t *testing.T) {
	backend := &planted{slip: 9}
	cfg := mcts.Config{Simulations: 17, Group: 8, NoGate: true, Continuation: backends.Native, Bisect: 1}
	counts := search(t, cfg, backend, problem("4")).Counts
	if counts["rollouts"] != 17 || counts["bisections.out_of_simulations"] != 1 {
		t.Errorf("%v", counts)
	}
}

// What a server refuses says nothing about a step.
func TestRefusedProbesFindNothing(t *testing.T) {
	backend := &planted{slip: 9, broken: true}
	cfg := mcts.Config{Simulations: 40, Group: 8, NoGate: true, Continuation: backends.Native, Bisect: 1}
	counts := search(t, cfg, backend, problem("4")).Counts
	if counts["bisections.unjudged"] != 1 || counts["rollouts.error"] < 8 || counts["rollouts"] != 40 {
		t.Errorf("%v", counts)
	}
}

// The states of a tree are those of the search that Run makes, bisections included.
func TestStatesAreThoseOfTheSearch(t *testing.T) {
	cfg := continuing
	cfg.Simulations, cfg.Bisect, cfg.NoGate = 120, 3, true
	result := search(t, cfg, &toy{}, problem("4"))
	if result.Counts["bisections"] == 0 {
		t.Fatalf("nothing was bisected: %v", result.Counts)
	}
	s, err := mcts.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	states, err := s.States(t.Context(), &toy{}, problem("4"))
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(states)) != result.Counts["nodes"] || states[0].Visits != cfg.Simulations {
		t.Errorf("%d states, %d visits of the root; the search has %d nodes", len(states), states[0].Visits, result.Counts["nodes"])
	}
}
