package backends_test

import (
	"context"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

type named string

func (n named) Policy(context.Context) (feedbackgen.Policy, error) {
	return feedbackgen.Policy{Model: string(n)}, nil
}

func (n named) Generate(context.Context, backends.Request) (backends.Response, error) {
	return backends.Response{Samples: []backends.Sample{{Text: string(n)}}}, nil
}

func TestRequestsGoToTheirRole(t *testing.T) {
	b := backends.ByRole(named("policy"), map[backends.Role]backends.Backend{"judge": named("other")})
	for role, want := range map[backends.Role]string{"": "policy", "judge": "other", "challenger": "policy"} {
		res, err := b.Generate(context.Background(), backends.Request{Role: role, N: 1})
		if err != nil || res.Samples[0].Text != want {
			t.Errorf("role %q: %q, %v", role, res.Samples[0].Text, err)
		}
	}
	for role, want := range map[backends.Role]bool{"": true, "judge": false, "challenger": true} {
		if got := backends.OfPolicy(backends.FanOut(b, false), role); got != want {
			t.Errorf("role %q is the policy's: %v", role, got)
		}
	}
	if !backends.OfPolicy(named("policy"), "judge") {
		t.Error("without a cast the policy plays every role")
	}
	if policy, err := b.Policy(context.Background()); err != nil || policy.Model != "policy" {
		t.Errorf("the policy is %+v, %v", policy, err)
	}
	if _, ok := backends.As[named](b); !ok {
		t.Error("what the policy's backend can do is not found")
	}
	if _, wrapped := backends.ByRole(named("policy"), nil).(named); !wrapped {
		t.Error("without other roles there is nothing to wrap")
	}
}
