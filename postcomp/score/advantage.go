package score

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/feedbackgen/feedbackgen"
)

// Norm is how a group's rewards become advantages.
type Norm string

const (
	// NormNone subtracts the group's mean, as RLCR does. It is the default of all modules: a lone lucky
	// success in a group of N would otherwise get sqrt(N-1).
	NormNone Norm = "none"
	// NormStd divides by the group's population standard deviation as well, as GRPO does.
	NormStd Norm = "std"
)

// DefaultCap bounds an advantage's size: a lone success among 8 has 2.65 under [NormStd].
const DefaultCap = 2.5

// sameReward is how far the rewards of a group may lie apart and still count as equal, so that
// rounding never becomes an advantage.
const sameReward = 1e-9

// Advantages says how much better each completion of one prompt is than its group: r - mean, divided
// as norm says, and clipped to [-limit, limit]; a limit of 0 is [DefaultCap]. A group whose rewards
// are equal gives zeros. A reward that is not a finite number is refused: a completion that has none
// is to be left out, not counted as 0.
func Advantages(rewards []float64, norm Norm, limit float64) ([]float64, error) {
	if limit == 0 {
		limit = DefaultCap
	}
	switch {
	case norm != NormNone && norm != NormStd:
		return nil, refuse("norm", fmt.Errorf("%q is unknown", norm), "it is none or std")
	case !(limit > 0):
		return nil, refuse("cap", fmt.Errorf("%v is not above 0", limit), fmt.Sprintf("such as %v", DefaultCap))
	}
	for i, r := range rewards {
		// The bound keeps sums and squares finite.
		if !(math.Abs(r) <= 1e100) {
			return nil, refuse(fmt.Sprintf("reward %d is %v", i, r), errNotFinite, "leave out completions that have no reward")
		}
	}
	advantages := make([]float64, len(rewards))
	if len(rewards) == 0 || slices.Max(rewards)-slices.Min(rewards) <= sameReward {
		return advantages, nil
	}
	mean, deviation := stat.PopMeanStdDev(rewards, nil)
	if norm == NormNone {
		deviation = 1
	}
	for i, r := range rewards {
		advantages[i] = max(-limit, min(limit, (r-mean)/deviation))
	}
	return advantages, nil
}

// RoleReward is what one turn earned in its role, such as "policy" or "verifier".
type RoleReward struct {
	Role   string
	Reward float64
}

// RoleAdvantages are [Advantages] among the turns of the same role, in the order of the turns (PAG,
// arXiv:2506.10406): answers compete with answers and verdicts with verdicts, because a verdict is
// easier to get right and would lift every answer's baseline.
func RoleAdvantages(turns []RoleReward, norm Norm, limit float64) ([]float64, error) {
	places := map[string][]int{}
	for i, turn := range turns {
		places[turn.Role] = append(places[turn.Role], i)
	}
	advantages := make([]float64, len(turns))
	for _, role := range slices.Sorted(maps.Keys(places)) {
		rewards := make([]float64, 0, len(places[role]))
		for _, i := range places[role] {
			rewards = append(rewards, turns[i].Reward)
		}
		group, err := Advantages(rewards, norm, limit)
		if err != nil {
			return nil, &feedbackgen.Failure{Subject: "role " + role, Cause: err}
		}
		for k, i := range places[role] {
			advantages[i] = group[k]
		}
	}
	return advantages, nil
}

func refuse(subject string, cause error, hint string) error {
	return &feedbackgen.Failure{Op: "advantages", Subject: subject, Cause: cause, Hint: hint}
}
