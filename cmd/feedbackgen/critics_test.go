package main

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen/backends/mock"
)

// Whoever makes rollouts, and however few at a time, files do not depend on concurrency; what its server
// can do is asked once.
func TestRolloutsOfAnotherServer(t *testing.T) {
	problems := problemFile(t, 4)
	_, policy := mockServer(t, mock.Faults{})
	var want map[string]string
	for name, faults := range map[string]mock.Faults{"many samples a request": {}, "one": {IgnoreN: true}} {
		for _, concurrency := range []string{"1", "16"} {
			other, url := mockServer(t, faults)
			out := filepath.Join(t.TempDir(), "out")
			args := mctsArgs(policy, problems, out, "--concurrency", concurrency, "--critic", "rollout", "--role", "rollout,model=toy,base-url="+url)
			if got := command(t, nil, args...); got.code != 0 {
				t.Fatalf("%s: %d %s", name, got.code, got.stderr)
			}
			got := recordFiles(t, out)
			if want == nil {
				want = got
			}
			if !maps.Equal(got, want) {
				t.Errorf("%s, %s at a time: other files", name, concurrency)
			}
			asked := other.Total()
			if got := command(t, nil, args...); got.code != 0 || other.Total() != asked || asked == 0 {
				t.Errorf("%s: the same run again: %d %s, %d requests after %d", name, got.code, got.stderr, other.Total(), asked)
			}
		}
	}
}

// Rollouts take servers that go on from partial solutions, on both sides; that is found out before the
// first problem.
func TestRolloutsTakeServersThatGoOn(t *testing.T) {
	problems := problemFile(t, 2)
	_, able := mockServer(t, mock.Faults{})
	_, unable := mockServer(t, mock.Faults{NoPrefill: true})
	for name, c := range map[string]struct {
		policy, other string
		want          string
	}{
		"the other":  {able, unable, "role rollout: toy does not go on from partial solutions: give its chat template with template=FILE"},
		"the policy": {unable, able, "critic: rollout says from where to go on, and this server does not"},
	} {
		out := filepath.Join(t.TempDir(), "out")
		got := command(t, nil, mctsArgs(c.policy, problems, out, "--critic", "rollout", "--role", "rollout,model=toy,base-url="+c.other)...)
		if got.code != exitUsage || !strings.Contains(got.stderr, c.want) {
			t.Errorf("%s: %d %s", name, got.code, got.stderr)
		}
	}
}
