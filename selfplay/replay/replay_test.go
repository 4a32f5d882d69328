package replay_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/selfplay/replay"
)

func names(prefix string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s-%d", prefix, i)
	}
	return all
}

func config(candidates ...string) replay.Config {
	return replay.Config{Candidates: candidates, Hard: names("hard", 20), Easy: names("easy", 8), Budget: 400, Z: replay.Strict}
}

// play runs a race to its end, in the order of its calls.
func play(t *testing.T, cfg replay.Config, outcome func(replay.Call) feedbackgen.Outcome) replay.Choice {
	t.Helper()
	r, err := replay.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for !r.Done() {
		call, ok := r.Next()
		if !ok {
			t.Fatal("the race is stuck")
		}
		if err := r.Observe(call, outcome(call)); err != nil {
			t.Fatal(err)
		}
	}
	choice, _ := r.Choice()
	return choice
}

// chance is an outcome that depends on the call alone.
func chance(seed int, call replay.Call, rate float64) feedbackgen.Outcome {
	key := uint64(seed)
	for _, b := range []byte(fmt.Sprint(call)) {
		key = key*1099511628211 ^ uint64(b)
	}
	if rand.New(rand.NewPCG(key, 0)).Float64() < rate {
		return feedbackgen.Pass
	}
	return feedbackgen.Fail
}

func isEasy(call replay.Call) bool { return strings.HasPrefix(call.Probe, "easy") }

func TestClearGainWins(t *testing.T) {
	choice := play(t, config("a", "b", "c"), func(call replay.Call) feedbackgen.Outcome {
		if isEasy(call) {
			return feedbackgen.Pass
		}
		return chance(1, call, map[string]float64{"a": .3, "b": .8, "c": .4, replay.None: .3}[call.Candidate])
	})
	if choice.Candidate != "b" || choice.Kept {
		t.Errorf("%+v", choice)
	}
}

func TestIncumbentStaysWithoutProof(t *testing.T) {
	for name, outcome := range map[string]func(replay.Call) feedbackgen.Outcome{
		"all alike": func(replay.Call) feedbackgen.Outcome { return feedbackgen.Pass },
		"one lucky probe": func(call replay.Call) feedbackgen.Outcome {
			if call.Candidate == "a" && call.Probe == "hard-3" {
				return feedbackgen.Pass
			}
			return feedbackgen.Fail
		},
		"the server is down":       func(replay.Call) feedbackgen.Outcome { return feedbackgen.Error },
		"the judge has no opinion": func(replay.Call) feedbackgen.Outcome { return feedbackgen.Abstain },
		"only the challenger is served": func(call replay.Call) feedbackgen.Outcome {
			if call.Candidate == replay.None {
				return feedbackgen.Error
			}
			return feedbackgen.Pass
		},
	} {
		choice := play(t, config("a", "b"), outcome)
		if choice.Candidate != replay.None || !choice.Kept || choice.Reason == "" {
			t.Errorf("%s: %+v", name, choice)
		}
	}
}

func TestErrorsAreNoEvidence(t *testing.T) {
	// Half of the better candidate's calls fail: were they failures, it would lose.
	choice := play(t, config("a"), func(call replay.Call) feedbackgen.Outcome {
		switch {
		case isEasy(call):
			return feedbackgen.Pass
		case call.Candidate == "a" && call.Draw%2 == 1:
			return feedbackgen.Error
		}
		return chance(2, call, map[string]float64{"a": .8, replay.None: .5}[call.Candidate])
	})
	if choice.Candidate != "a" {
		t.Errorf("%+v", choice)
	}
}

func TestVetoes(t *testing.T) {
	for name, tt := range map[string]struct {
		spoilt func(replay.Call) (feedbackgen.Outcome, bool)
		reason string
	}{
		"easy probes": {func(call replay.Call) (feedbackgen.Outcome, bool) { return feedbackgen.Fail, isEasy(call) }, "easy probes"},
		"format": {func(call replay.Call) (feedbackgen.Outcome, bool) {
			return feedbackgen.Invalid, call.Draw%2 == 1
		}, "parsed"},
	} {
		choice := play(t, config("a"), func(call replay.Call) feedbackgen.Outcome {
			if call.Candidate != "a" {
				if isEasy(call) {
					return feedbackgen.Pass
				}
				return feedbackgen.Fail
			}
			if outcome, spoilt := tt.spoilt(call); spoilt {
				return outcome
			}
			return feedbackgen.Pass
		})
		if !choice.Kept || !strings.Contains(choice.Reason, "veto") || !strings.Contains(choice.Reason, tt.reason) {
			t.Errorf("%s: %+v", name, choice)
		}
	}
}

func TestIncumbentMayBeASnapshot(t *testing.T) {
	cfg := config("a", "b")
	cfg.Incumbent = "a"
	rates := map[string]float64{"a": .1, "b": .2, replay.None: .8}
	choice := play(t, cfg, func(call replay.Call) feedbackgen.Outcome {
		if isEasy(call) {
			return feedbackgen.Pass
		}
		return chance(3, call, rates[call.Candidate])
	})
	if choice.Candidate != replay.None || choice.Kept {
		t.Errorf("skills that harm stay: %+v", choice)
	}
}

// Whatever comes back, and in whatever order, the budget is kept, the counts add up, the calls differ,
// every candidate meets the same probes, and the choice is the same.
func TestOrderDoesNotMatter(t *testing.T) {
	outcomes := feedbackgen.Outcomes[:]
	rapid.Check(t, func(t *rapid.T) {
		cfg := replay.Config{
			Candidates: names("c", rapid.IntRange(0, 7).Draw(t, "candidates")),
			Hard:       names("hard", rapid.IntRange(8, 30).Draw(t, "hard")),
			Easy:       names("easy", rapid.IntRange(0, 10).Draw(t, "easy")),
			Budget:     rapid.IntRange(16, 300).Draw(t, "budget"),
			Z:          rapid.SampledFrom([]float64{replay.Lenient, replay.Strict}).Draw(t, "z"),
		}
		seed := rapid.IntRange(0, 1000).Draw(t, "seed")
		run := func(shuffle *rand.Rand) replay.Choice {
			r, err := replay.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			calls := map[replay.Call]bool{}
			for !r.Done() {
				var flight []replay.Call
				for call, ok := r.Next(); ok; call, ok = r.Next() {
					if calls[call] {
						t.Fatalf("%+v comes twice", call)
					}
					calls[call] = true
					flight = append(flight, call)
				}
				if len(flight) == 0 {
					t.Fatal("the race is stuck")
				}
				if shuffle != nil {
					shuffle.Shuffle(len(flight), func(i, j int) { flight[i], flight[j] = flight[j], flight[i] })
				}
				for _, call := range flight {
					outcome := chance(seed, call, .5)
					if chance(seed+1, call, .3) == feedbackgen.Pass {
						outcome = outcomes[(call.Draw+len(call.Probe)+seed)%len(outcomes)]
					}
					if err := r.Observe(call, outcome); err != nil {
						t.Fatal(err)
					}
				}
			}
			if len(calls) > cfg.Budget {
				t.Fatalf("%d calls of %d", len(calls), cfg.Budget)
			}
			for call := range calls {
				call.Candidate = replay.None
				if !calls[call] {
					t.Fatalf("the incumbent never met %+v", call)
				}
			}
			choice, _ := r.Choice()
			sum := 0
			for _, s := range choice.Standings {
				for _, n := range s.Counts {
					sum += n
				}
				if s.Fate == "" {
					t.Fatalf("nobody says what became of %s", s.Candidate)
				}
			}
			if sum != len(calls) || choice.Calls != sum {
				t.Fatalf("%d calls, %d counted, %d said", len(calls), sum, choice.Calls)
			}
			return choice
		}
		if diff := cmp.Diff(run(nil), run(rand.New(rand.NewPCG(uint64(seed), 1)))); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestObservationsMustBeAwaited(t *testing.T) {
	r, err := replay.New(config("a"))
	if err != nil {
		t.Fatal(err)
	}
	call, _ := r.Next()
	if err := r.Observe(call, "perhaps"); err == nil {
		t.Error("an unknown outcome is taken")
	}
	if err := r.Observe(call, feedbackgen.Pass); err != nil {
		t.Error(err)
	}
	if err := r.Observe(call, feedbackgen.Pass); err == nil {
		t.Error("a call is observed twice")
	}
	if err := r.Observe(replay.Call{Candidate: "z", Probe: "z"}, feedbackgen.Pass); err == nil {
		t.Error("a call that nobody gave is observed")
	}
	if _, done := r.Choice(); done || r.Done() {
		t.Error("the race is done after one call")
	}
}

func TestRacesThatCannotBeRun(t *testing.T) {
	for name, change := range map[string]func(*replay.Config){
		"unknown incumbent": func(c *replay.Config) { c.Incumbent = "z" },
		"two of a name":     func(c *replay.Config) { c.Candidates = []string{"a", "a"} },
		"probe twice":       func(c *replay.Config) { c.Easy = c.Hard[:1] },
		"few probes":        func(c *replay.Config) { c.Hard = c.Hard[:replay.LeastProbes-1] },
		"no budget":         func(c *replay.Config) { c.Budget = 3 },
		"negative z":        func(c *replay.Config) { c.Z = -1 },
	} {
		cfg := config("a", "b")
		change(&cfg)
		if _, err := replay.New(cfg); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, err := replay.New(replay.Config{})
	if err != nil || !r.Done() {
		t.Fatalf("no skills against nothing: %v", err)
	}
}

func TestProbesAreFailuresNearTheBoundary(t *testing.T) {
	got, err := replay.Select([]replay.Task{
		{ID: "impossible", Failed: 12},
		{ID: "hardest", Passed: 1, Failed: 11},
		{ID: "near", Passed: 5, Failed: 7},
		{ID: "nearer", Passed: 7, Failed: 8},
		{ID: "writer", Passed: 5, Failed: 7},
		{ID: "even", Passed: 6, Failed: 6},
		{ID: "solved", Passed: 12},
		{ID: "mostly", Passed: 11, Failed: 1},
		{ID: "never ran"},
		{ID: "few", Passed: 1, Failed: 2},
	}, []string{"writer"}, 2, 1)
	want := replay.Probes{
		Hard: []string{"nearer", "near"}, Easy: []string{"solved"},
		Wrote: 1, Unmeasured: 2, Impossible: 1, Between: 1, Spare: 2,
	}
	if err != nil || !cmp.Equal(got, want) {
		t.Error(err, cmp.Diff(want, got))
	}
	for _, bad := range [][]replay.Task{{{}}, {{ID: "a"}, {ID: "a"}}, {{ID: "a", Passed: -1}}} {
		if _, err := replay.Select(bad, nil, 1, 1); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestEveryTaskIsCountedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(t, "tasks")
		tasks := make([]replay.Task, n)
		for i, id := range names("t", n) {
			tasks[i] = replay.Task{ID: id, Passed: rapid.IntRange(0, 9).Draw(t, "passed"), Failed: rapid.IntRange(0, 9).Draw(t, "failed")}
		}
		wrote := names("t", rapid.IntRange(0, 3).Draw(t, "wrote"))
		p, err := replay.Select(tasks, wrote, rapid.IntRange(0, 8).Draw(t, "hard"), rapid.IntRange(0, 8).Draw(t, "easy"))
		if err != nil {
			t.Fatal(err)
		}
		if sum := len(p.Hard) + len(p.Easy) + p.Wrote + p.Unmeasured + p.Impossible + p.Between + p.Spare; sum != n {
			t.Fatalf("%d of %d tasks: %+v", sum, n, p)
		}
	})
}

func Example() {
	probes := make([]string, 10)
	for i := range probes {
		probes[i] = fmt.Sprint("probe ", i)
	}
	race, err := replay.New(replay.Config{Candidates: []string{"round-1"}, Hard: probes, Budget: 40})
	if err != nil {
		fmt.Println(err)
		return
	}
	for !race.Done() {
		call, _ := race.Next() // run it with the candidate's skills, and judge
		outcome := feedbackgen.Fail
		if call.Candidate == "round-1" {
			outcome = feedbackgen.Pass
		}
		if err := race.Observe(call, outcome); err != nil {
			fmt.Println(err)
			return
		}
	}
	choice, _ := race.Choice()
	fmt.Println(choice.Candidate, choice.Calls)
	fmt.Println(choice.Reason)
	// Output:
	// round-1 40
	// its gain over "none" on 10 hard probes is 1.000, at least 0.817
}
