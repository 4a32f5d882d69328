package mcts_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/verify"
)

// A check of the user's needs no known answer, judges in place of agreement, and may abstain or
// never end: all of it is counted, and stops nothing.
func TestChecksJudgeProblemsWithoutAnAnswer(t *testing.T) {
	loader := &verify.Loader{Files: fstest.MapFS{
		"four.star":  {Data: []byte("def check(completion, answer): return completion.endswith('4.')")},
		"none.star":  {Data: []byte("def check(completion, answer): return None")},
		"loops.star": {Data: []byte("def check(completion, answer):\n  while True: pass")},
	}}
	for _, c := range []struct {
		file           string
		pass, fail     int64
		other          string
		preferences    bool
		rollouts, rest int64
	}{
		{"four.star", 16, 16, "", true, 32, 0},
		{"none.star", 0, 0, "rollouts.abstain", false, 32, 32},
		{"loops.star", 0, 0, "rollouts.invalid", false, 32, 32},
	} {
		cfg := mcts.Config{
			Simulations: 32, Window: 1, Continuation: backends.None, NoGate: true,
			Verifier: "starlark:" + c.file, Load: loader.Load,
		}
		result := search(t, cfg, &scripted{script: strings.Repeat("01", 16)}, problem(""))
		if got := result.Counts; got["rollouts.pass"] != c.pass || got["rollouts.fail"] != c.fail || got["rollouts"] != c.rollouts || got[c.other] != c.rest {
			t.Errorf("%s: %v", c.file, got)
		}
		preferences := 0
		for _, record := range result.Records {
			if p, ok := record.(feedbackgen.Preference); ok {
				preferences++
				if !strings.HasPrefix(p.Feedback.Verifier, "starlark:"+c.file+"@") {
					t.Errorf("%s: judged by %q", c.file, p.Feedback.Verifier)
				}
			}
		}
		if (preferences > 0) != c.preferences {
			t.Errorf("%s: %d preferences", c.file, preferences)
		}
	}
}
