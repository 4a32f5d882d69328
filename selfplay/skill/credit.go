package skill

import (
	"fmt"

	"github.com/feedbackgen/feedbackgen/measure/interval"
)

// LeastTasks is how many tasks must have labels on both sides before a skill is credited.
const LeastTasks = 8

// Score is how often a task was solved: Passed of Labels draws. Abstentions, invalid draws and errors
// are no labels.
type Score struct {
	Passed int `json:"passed"`
	Labels int `json:"labels"`
}

// Credit is what a skill earns: how much the pass rate falls when it is left out.
type Credit struct {
	ID string `json:"id"`
	// Gain is the mean over tasks of the pass rate with all skills less that without this one, with its
	// interval over tasks. It is nil with fewer than [LeastTasks] tasks.
	Gain *interval.Estimate `json:"gain"`
	// Tasks had labels with and without it.
	Tasks int `json:"tasks"`
	// Idle says that the skill earns nothing: the gain's upper bound is not above zero.
	Idle bool `json:"idle"`
}

// LeaveOneOut credits every skill of the set. All are the scores by task with the whole set; without
// gives those of the same tasks, in the same order, with the set less one skill. Tasks should be probes,
// which wrote no skill.
func LeaveOneOut(set Set, all []Score, without func(id string, rest Set) ([]Score, error)) ([]Credit, error) {
	credits := make([]Credit, 0, set.Len())
	for _, k := range set.skills {
		scores, err := without(k.ID, set.Without(k.ID))
		if err != nil {
			return nil, fmt.Errorf("credit of skill %s: %w", k.ID, err)
		}
		c, err := credit(k.ID, all, scores)
		if err != nil {
			return nil, err
		}
		credits = append(credits, c)
	}
	return credits, nil
}

func credit(id string, with, without []Score) (Credit, error) {
	if len(with) != len(without) {
		return Credit{}, refuse(id, fmt.Errorf("%d tasks with it, %d without", len(with), len(without)), "score the same tasks")
	}
	var gains []float64
	for i := range with {
		a, b := with[i], without[i]
		for _, s := range []Score{a, b} {
			if s.Passed < 0 || s.Passed > s.Labels {
				return Credit{}, refuse(id, fmt.Errorf("task %d: %d of %d passed", i+1, s.Passed, s.Labels), "")
			}
		}
		if a.Labels > 0 && b.Labels > 0 {
			gains = append(gains, float64(a.Passed)/float64(a.Labels)-float64(b.Passed)/float64(b.Labels))
		}
	}
	c := Credit{ID: id, Tasks: len(gains)}
	if c.Tasks < LeastTasks {
		return c, nil
	}
	gain, err := interval.Of(interval.Default(), gains, mean)
	if err != nil {
		return Credit{}, err
	}
	c.Gain = &gain
	c.Idle = gain.High <= 0
	return c, nil
}

func mean(values []float64) (float64, bool) {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values)), len(values) > 0
}

// Prune is the set without the idle skill of the least gain, the last of equals, and that skill's id;
// without an idle one it is the set itself. One goes at a time: of two skills that say the same, each
// is idle while the other is there.
func Prune(set Set, credits []Credit) (after Set, pruned string) {
	least := 0.0
	for _, c := range credits {
		if _, there := set.Get(c.ID); there && c.Idle && c.Gain.Value <= least {
			least, pruned = c.Gain.Value, c.ID
		}
	}
	if pruned == "" {
		return set, ""
	}
	return set.Without(pruned), pruned
}
