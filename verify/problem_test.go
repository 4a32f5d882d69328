package verify_test

import (
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/verify"
)

func TestMajority(t *testing.T) {
	rule := verify.Auto("4")
	for _, c := range []struct {
		answers []string
		share   float64
		want    string
		ok      bool
	}{
		{[]string{"4", "4.0", "5"}, 0.5, "4", true},
		{[]string{"4", "4", "5", "5"}, 0.5, "", false},
		{[]string{"4"}, 0, "", false},
		{[]string{"4", "4", "5", "6", "7"}, 0.5, "", false},
		{[]string{"4", "4", "5", "6", "7"}, 0.4, "4", true},
		{nil, 0, "", false},
	} {
		if got, ok := verify.Majority(rule, c.answers, c.share); got != c.want || ok != c.ok {
			t.Errorf("%v at %g: %q, %v; want %q, %v", c.answers, c.share, got, ok, c.want, c.ok)
		}
	}
}

// What the problem says wins over the default, and a program's own rule over both.
func TestForTakesTheNearestRule(t *testing.T) {
	own := verify.Auto("x")
	number := feedbackgen.Problem{ID: "p", Answer: "B"}
	named := number
	named.Verifier = "exact"
	for _, c := range []struct {
		problem feedbackgen.Problem
		name    string
		rule    verify.Verifier
		want    string
	}{
		{number, "", nil, "choice"},
		{number, "number", nil, "number"},
		{named, "number", nil, "exact"},
		{named, "number", own, own.Name()},
	} {
		got, err := verify.For(c.problem, c.name, c.rule)
		if err != nil || got.Name() != c.want {
			t.Errorf("%+v, default %q: %v, %v; want %s", c.problem, c.name, got, err, c.want)
		}
	}
	if _, err := verify.For(number, "guesswork", nil); err == nil {
		t.Error("an unknown rule is accepted")
	}
}
