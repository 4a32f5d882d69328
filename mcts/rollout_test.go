package mcts_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/mcts/critic"
)

// fast is another model than the policy, that completes solutions in words of its own.
type fast struct {
	toy
	end func(prefix string) string
	err error
}

func (f *fast) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	if f.err != nil {
		return backends.Response{}, f.err
	}
	reply, err := f.toy.Generate(ctx, req)
	for i := range reply.Samples {
		reply.Samples[i].Text, reply.Samples[i].Tokens = f.end(req.Prefix), 2
	}
	return reply, err
}

// misled ends right what began badly, and the other way round, which no search can overlook.
func misled(prefix string) string {
	if strings.Contains(prefix, "bad") {
		return "In short: the answer is 4."
	}
	return "In short: the answer is 6."
}

func babbling(string) string { return "In short: perhaps." }

// Another model's rollouts change where the search looks; no word of theirs is in a record, and those that
// cannot be judged change nothing.
func TestRolloutsOfAnotherModelOnlySayWhereToLook(t *testing.T) {
	want := lines(t, search(t, withCritics(t, ""), &toy{}, problem("4")))
	for name, end := range map[string]func(string) string{"misled": misled, "babbling": babbling} {
		other := &fast{end: end}
		policy := &toy{}
		result := search(t, withCritics(t, "rollout"), backends.ByRole(policy, map[backends.Role]backends.Backend{critic.RolloutRole: other}), problem("4"))
		got := lines(t, result)
		if strings.Contains(got, "In short") {
			t.Errorf("%s: what another model said is in the records", name)
		}
		if (got == want) != (name == "babbling") {
			t.Errorf("%s: records are those of no hint: %v", name, got == want)
		}
		for _, req := range policy.seen {
			if req.Role != "" || strings.Contains(req.Prefix, "In short") {
				t.Fatalf("%s: the policy is asked %+v", name, req)
			}
		}
		states := int64(len(other.seen))
		if c := result.Counts; states == 0 || c["critics.rollout"] != states || c["critic_tokens.rollouts"] != states*critic.Rollouts*2 ||
			c["critic_tokens"] != c["critic_tokens.rollouts"] || c["tokens"] != 48*9 {
			t.Errorf("%s: %d states: %v", name, states, c)
		}
		if none := result.Counts["critics.rollout.abstained.none_judged"]; none != map[bool]int64{true: states}[name == "babbling"] {
			t.Errorf("%s: %d states, none of whose rollouts could be judged", name, none)
		}
	}
}

// A model that refuses is silent and counted; one that is down ends the search, as the policy would.
func TestRolloutsThatNobodyMakes(t *testing.T) {
	want := lines(t, search(t, withCritics(t, ""), &toy{}, problem("4")))
	refused := &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrRefused, Cause: errors.New("too long")}}
	cast := func(err error) backends.Backend {
		return backends.ByRole(&toy{}, map[backends.Role]backends.Backend{critic.RolloutRole: &fast{err: err}})
	}
	result := search(t, withCritics(t, "rollout"), cast(refused), problem("4"))
	if lines(t, result) != want {
		t.Error("refusals change the records")
	}
	if c := result.Counts; c["critics.rollout.abstained.refused"] == 0 || c["critics.rollout.spoke"] != 0 || c["critic_tokens"] != 0 {
		t.Errorf("%v", c)
	}
	s, err := mcts.New(withCritics(t, "rollout"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(t.Context(), cast(&backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrTransient}}), problem("4")); !errors.Is(err, backends.ErrTransient) {
		t.Error(err)
	}
}

// Where no answer is known, rollouts are compared with the group's answers.
func TestRolloutsWithoutAnswerGoByAgreement(t *testing.T) {
	result := search(t, withCritics(t, "rollout"), &toy{}, problem(""))
	if result.Counts["critics.rollout.spoke"] == 0 {
		t.Errorf("%v", result.Counts)
	}
}
