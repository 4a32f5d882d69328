package replay

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/feedbackgen/feedbackgen"
)

// Task is a task that was tried while the skills were written.
type Task struct {
	ID string `json:"id"`
	// Passed and Failed count the labels among its draws. Abstentions, invalid draws and errors are
	// no labels and are counted nowhere here.
	Passed int `json:"passed"`
	Failed int `json:"failed"`
}

// posterior is the mean pass rate under Jeffreys' prior.
func (t Task) posterior() float64 {
	return (float64(t.Passed) + 0.5) / float64(t.Passed+t.Failed+1)
}

// Bounds of what may become a probe.
const (
	// Draws is how many labels a task needs.
	Draws = 4
	// Boundary is the posterior mean below which a task counts as a failure.
	Boundary = 0.5
	// Easy is the posterior mean from which a task counts as solved.
	Easy = 0.8
)

// Probes are tasks to run the candidates on, and what became of all the others: each task is counted
// once.
type Probes struct {
	// Hard are failures, the nearest to the boundary first; Easy are solved, the surest first.
	Hard []string `json:"hard"`
	Easy []string `json:"easy"`
	// Wrote counts the tasks that wrote a skill, Unmeasured those with too few labels, Impossible those
	// that were never solved: they may be ill-posed. Between lie between [Boundary] and [Easy], and
	// Spare are good ones that were not needed.
	Wrote      int `json:"wrote"`
	Unmeasured int `json:"unmeasured"`
	Impossible int `json:"impossible"`
	Between    int `json:"between"`
	Spare      int `json:"spare"`
}

// Select takes up to hard and up to easy probes from the tasks, none of which wrote a skill of any
// candidate. Ties go by id.
func Select(tasks []Task, wrote []string, hard, easy int) (Probes, error) {
	if hard < 0 || easy < 0 {
		return Probes{}, badInput(fmt.Errorf("%d hard and %d easy probes", hard, easy), "give no negative number")
	}
	writers := map[string]bool{}
	for _, id := range wrote {
		writers[id] = true
	}
	p := Probes{}
	var failures, solved []Task
	seen := map[string]bool{}
	for _, t := range tasks {
		if t.ID == "" || seen[t.ID] || t.Passed < 0 || t.Failed < 0 {
			return Probes{}, badInput(fmt.Errorf("task %q: no id, met twice or negative counts", t.ID), "give every task once, with its counts")
		}
		seen[t.ID] = true
		switch mean := t.posterior(); {
		case writers[t.ID]:
			p.Wrote++
		case t.Passed+t.Failed < Draws:
			p.Unmeasured++
		case t.Passed == 0:
			p.Impossible++
		case mean < Boundary:
			failures = append(failures, t)
		case mean >= Easy:
			solved = append(solved, t)
		default:
			p.Between++
		}
	}
	p.Hard = surest(failures, hard)
	p.Easy = surest(solved, easy)
	p.Spare = len(failures) - len(p.Hard) + len(solved) - len(p.Easy)
	return p, nil
}

// surest are the ids of those with the greatest posterior mean, at most n: among failures the nearest
// to the boundary.
func surest(tasks []Task, n int) []string {
	slices.SortFunc(tasks, func(a, b Task) int {
		return cmp.Or(cmp.Compare(b.posterior(), a.posterior()), cmp.Compare(a.ID, b.ID))
	})
	ids := make([]string, min(n, len(tasks)))
	for i := range ids {
		ids[i] = tasks[i].ID
	}
	return ids
}

func badInput(cause error, hint string) error {
	if cause == nil {
		cause = errors.New("bad plan")
	}
	return &feedbackgen.Failure{Op: "choose a snapshot", Cause: cause, Hint: hint, Kind: feedbackgen.ErrInput}
}
