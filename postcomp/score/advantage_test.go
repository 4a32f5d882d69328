package score_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen/postcomp/score"
)

func TestAdvantages(t *testing.T) {
	lone := []float64{1, 0, 0, 0, 0, 0, 0, 0}
	for _, tt := range []struct {
		rewards []float64
		norm    score.Norm
		limit   float64
		first   float64
	}{
		{lone, score.NormNone, 0, 0.875},
		{lone, score.NormStd, 0, 2.5},
		{lone, score.NormStd, math.Inf(1), math.Sqrt(7)},
		{lone, score.NormNone, 0.5, 0.5},
		{[]float64{-9, 9}, score.NormNone, 0, -2.5},
		{[]float64{-1, 1}, score.NormStd, 0, -1},
		{[]float64{0, 1e-12}, score.NormStd, 0, 0}, // rounding is no reward
		{[]float64{0, 1e-6}, score.NormStd, 0, -1},
		{[]float64{0.7}, score.NormStd, 0, 0},
		{[]float64{1e100, -1e100}, score.NormStd, 0, 1},
	} {
		got, err := score.Advantages(tt.rewards, tt.norm, tt.limit)
		if err != nil || math.Abs(got[0]-tt.first) > 1e-12 {
			t.Errorf("%v by %s: %v, %v; want %v first", tt.rewards, tt.norm, got, err, tt.first)
		}
	}
	if got, err := score.Advantages(nil, score.NormNone, 0); err != nil || len(got) != 0 {
		t.Errorf("no group: %v, %v", got, err)
	}
}

func TestAdvantagesAreRefused(t *testing.T) {
	ok := []float64{0, 1}
	for _, tt := range []struct {
		rewards []float64
		norm    score.Norm
		limit   float64
		want    string
	}{
		{[]float64{0, math.NaN()}, score.NormNone, 0, "reward 1 is NaN"},
		{[]float64{math.Inf(1)}, score.NormNone, 0, "reward 0"},
		{[]float64{1e200, 0}, score.NormNone, 0, "reward 0"},
		{ok, "", 0, "none or std"},
		{ok, score.NormStd, -1, "cap"},
		{ok, score.NormStd, math.NaN(), "cap"},
	} {
		if got, err := score.Advantages(tt.rewards, tt.norm, tt.limit); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, %q, %v: %v, %v; want %q", tt.rewards, tt.norm, tt.limit, got, err, tt.want)
		}
	}
}

// Advantages keep the rewards' order, stay within the cap, vanish for equals, and sum to 0 unless capped.
func TestAdvantagesHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rewards := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(-2, 2), rapid.SampledFrom([]float64{0, 1})), 1, 16).Draw(t, "rewards")
		norm := rapid.SampledFrom([]score.Norm{score.NormNone, score.NormStd}).Draw(t, "norm")
		advantages, err := score.Advantages(rewards, norm, math.Inf(1))
		if err != nil {
			t.Fatal(err)
		}
		capped, err := score.Advantages(rewards, norm, 0)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, a := range advantages {
			sum += a
			if math.IsNaN(a) || capped[i] != max(-score.DefaultCap, min(score.DefaultCap, a)) {
				t.Fatalf("advantage %d is %v, capped %v", i, a, capped[i])
			}
			for k := range rewards {
				if rewards[i] < rewards[k] && a > advantages[k] {
					t.Fatalf("reward %v has %v, reward %v has %v", rewards[i], a, rewards[k], advantages[k])
				}
			}
		}
		if math.Abs(sum) > 1e-4 {
			t.Fatalf("advantages sum to %v", sum)
		}
		for i := range rewards {
			rewards[i] = rewards[0]
		}
		equal, err := score.Advantages(rewards, norm, 0)
		if err != nil || !cmp.Equal(equal, make([]float64, len(rewards))) {
			t.Fatalf("equals have %v, %v", equal, err)
		}
	})
}

// Each role's advantages are those of a group that holds this role alone.
func TestRoleAdvantagesKeepRolesApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var turns []score.RoleReward
		alone := map[string][]float64{}
		for range rapid.IntRange(0, 12).Draw(t, "turns") {
			turn := score.RoleReward{Role: rapid.SampledFrom([]string{"policy", "verifier"}).Draw(t, "role"), Reward: rapid.Float64Range(0, 1).Draw(t, "reward")}
			turns = append(turns, turn)
			alone[turn.Role] = append(alone[turn.Role], turn.Reward)
		}
		got, err := score.RoleAdvantages(turns, score.NormStd, 0)
		if err != nil {
			t.Fatal(err)
		}
		apart := map[string][]float64{}
		for i, turn := range turns {
			apart[turn.Role] = append(apart[turn.Role], got[i])
		}
		for role, rewards := range alone {
			want, err := score.Advantages(rewards, score.NormStd, 0)
			if err != nil || !cmp.Equal(apart[role], want) {
				t.Fatalf("%s: %v, want %v (%v)", role, apart[role], want, err)
			}
		}
	})
	_, err := score.RoleAdvantages([]score.RoleReward{{"policy", 1}, {"verifier", math.NaN()}}, score.NormNone, 0)
	if err == nil || !strings.Contains(err.Error(), "role verifier") {
		t.Errorf("a verdict without a reward: %v", err)
	}
}
