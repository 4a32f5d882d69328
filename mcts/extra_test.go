package mcts_test

import (
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/mcts/critic"
)

// Best-of-n may spend all that the policy sampled for a search, whatever for, and pays for its own merging
// out of it. Another model's rollouts are told apart.
func TestBestOfNGetsAllThatThePolicySampled(t *testing.T) {
	fastRollouts := func(policy backends.Backend) backends.Backend {
		return backends.ByRole(policy, map[backends.Role]backends.Backend{critic.RolloutRole: &fast{end: misled}})
	}
	judged := withCritics(t, "rollout,value")
	merging := byModel
	both := judged
	both.Merge = mcts.MergeModel
	for name, c := range map[string]struct {
		cfg     mcts.Config
		backend backends.Backend
		// extra are the policy's tokens beside solutions, by what for, and free another model's.
		extra string
		free  bool
	}{
		"nothing else":             {withCritics(t, ""), &toy{}, "", false},
		"critics":                  {judged, &critical{verdict: mostlyRight}, "rollouts verdicts", false},
		"rollouts by another":      {judged, fastRollouts(&critical{verdict: mostlyRight}), "verdicts", true},
		"merging":                  {merging, truthful(), "merge_questions", false},
		"critics and merging":      {both, &wordy{critical{verdict: seesAll}}, "merge_questions rollouts verdicts", false},
		"both, another's rollouts": {both, fastRollouts(&wordy{critical{verdict: seesAll}}), "merge_questions verdicts", true},
	} {
		c.cfg.Baseline = mcts.BestOfNBaseline
		counts := search(t, c.cfg, c.backend, problem("4")).Counts
		sum := int64(0)
		for _, what := range strings.Fields(c.extra) {
			n := counts["extra_tokens."+what]
			if n == 0 {
				t.Errorf("%s: no tokens for %s: %v", name, what, counts)
			}
			sum += n
		}
		if sum != counts["extra_tokens"] {
			t.Errorf("%s: %d tokens for %q of %d", name, sum, c.extra, counts["extra_tokens"])
		}
		// The last batch may pass the budget by its solutions, and the questions about each.
		searched, sampled := counts["tokens"]+sum, counts["baseline_tokens"]+counts["baseline_extra_tokens"]
		slack := int64(mcts.GateBatch * (9 + mcts.MergeAsked*critic.Votes))
		if sampled < searched || sampled >= searched+slack {
			t.Errorf("%s: best-of-n took %d tokens for %d", name, sampled, searched)
		}
		if got, want := counts["baseline_extra_tokens"] > 0, c.cfg.Merge == mcts.MergeModel; got != want || counts["baseline_extra_tokens"] != counts["baseline_extra_tokens.merge_questions"] {
			t.Errorf("%s: best-of-n's own merging is not what it paid for: %v", name, counts)
		}
		if _, asked := counts["baseline_critics"]; asked {
			t.Errorf("%s: best-of-n asked critics", name)
		}
		if _, there := counts["extra_tokens"]; there != (c.extra != "") {
			t.Errorf("%s: extra tokens are counted: %v", name, there)
		}
		notes := strings.Join(compare(t, c.cfg, counts).Report().Notes, "\n")
		if strings.Contains(notes, "search: 0 ") || strings.Contains(notes, "more of the policy's own") != (c.extra != "") || strings.Contains(notes, "another model") != c.free {
			t.Errorf("%s: of tokens beside solutions the report says:\n%s", name, notes)
		}
	}
}

// seesAll answers critics' questions and those of merging.
func seesAll(asked string, seed int64) (string, error) {
	if question.MatchString(asked) {
		return seesThrough(asked, seed)
	}
	return mostlyRight(asked, seed)
}

func compare(t testing.TB, cfg mcts.Config, problems ...feedbackgen.Counts) *mcts.Comparison {
	t.Helper()
	s, err := mcts.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c := s.NewComparison()
	for _, counts := range problems {
		c.Add(counts)
	}
	return c
}

// What 1,000 tokens give is told of all tokens of the policy, and of none of another model's.
func TestYieldsCountExtraTokens(t *testing.T) {
	c := compare(
		t, mcts.Config{NoGate: true},
		feedbackgen.Counts{
			"tokens": 600, "extra_tokens": 400, "extra_tokens.verdicts": 400, "critic_tokens": 5400, "critic_tokens.verdicts": 400, "critic_tokens.rollouts": 5000,
			"step_pairs.written": 3, "baseline_tokens": 1000, "baseline_step_pairs.written": 1,
		},
		feedbackgen.Counts{
			"tokens": 1000, "extra_tokens": 0, "extra_tokens.verdicts": 0, "step_pairs.written": 1,
			"baseline_tokens": 700, "baseline_extra_tokens": 300, "baseline_extra_tokens.merge_questions": 300, "baseline_step_pairs.written": 1,
		},
	)
	got := c.Compared()
	if d := got.Yields[0].Difference; d == nil || d.A != 2 || d.B != 1 {
		t.Errorf("%+v", d)
	}
	notes := strings.Join(c.Report().Notes, "\n")
	for _, want := range []string{
		"search: 1600 tokens", "search: 400 tokens more of the policy's own, which count as those of solutions do: verdicts 400",
		"best-of-n: 300 tokens more", "merge questions 300", "another model: 5000 tokens", "prompts are not counted",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("%q is not in\n%s", want, notes)
		}
	}
}
