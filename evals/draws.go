package evals

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/passk"
	"github.com/feedbackgen/feedbackgen/store"
)

const passkHint = `a row is {"problem":"p1","n":16,"c":3}, a group of groups.jsonl, or another record of a run`

// Draws are what one model drew for each problem.
type Draws struct {
	// Problems are in the order in which they first appear; Counts has one entry for each.
	Problems []string
	Counts   []passk.Counts
	// MixedOnly says that they come from a file of groups, which has no problem whose draws are all
	// alike: always solved, or never.
	MixedOnly bool
	// Silent problems were worked on, but left no record that says how they went. They are in no number.
	Silent Silent
	// OfRun says that they are all of a run's.
	OfRun bool
	// AfterGuards says that they come from a file of records, without the problems whose records were
	// all refused or that had none.
	AfterGuards bool
}

// ReadDraws counts each problem's judged draws and those that passed. A row gives them as "n" and
// "c"; a group as its outcomes, groups of one problem adding up; any other record of a run as its
// problem's passes and rollouts, which are the same in every record of a problem.
func ReadDraws(rows iter.Seq2[Row, error]) (Draws, error) {
	var d Draws
	index, given, grouped := map[string]int{}, map[string]string{}, map[string]bool{}
	for row, err := range rows {
		if err != nil {
			return Draws{}, err
		}
		row = row.asking(passkHint)
		problem, ok := row.problem()
		if !ok {
			return Draws{}, row.missing("problem")
		}
		i, known := index[problem]
		if !known {
			i = len(d.Problems)
			index[problem] = i
			d.Problems, d.Counts = append(d.Problems, problem), append(d.Counts, passk.Counts{})
		}
		switch {
		case row.has("completions") && row.has("feedback.outcomes"):
			outcomes, err := row.outcomes("feedback.outcomes")
			if err != nil {
				return Draws{}, err
			}
			if !grouped[problem] { // groups are draws one by one, and count in place of a sum
				d.Counts[i], grouped[problem] = passk.Counts{}, true
			}
			d.MixedOnly = true
			d.Counts[i].N += lo.CountBy(outcomes, feedbackgen.Outcome.IsLabel)
			d.Counts[i].C += lo.Count(outcomes, feedbackgen.Pass)
		case row.has("feedback.problem_rollouts"):
			d.AfterGuards = true
			if grouped[problem] {
				continue
			}
			if d.Counts[i], err = row.counts("feedback.problem_rollouts", "feedback.problem_passes"); err != nil {
				return Draws{}, err
			}
		default:
			if where, twice := given[problem]; twice {
				return Draws{}, row.bad("problem %q is there twice, first at %s", problem, where)
			}
			given[problem] = row.Where
			if d.Counts[i], err = row.counts("n", "c"); err != nil {
				return Draws{}, err
			}
		}
	}
	return d, nil
}

func (r Row) counts(n, c string) (counts passk.Counts, err error) {
	if counts.N, err = r.whole(n); err != nil {
		return counts, err
	}
	if counts.C, err = r.whole(c); err != nil {
		return counts, err
	}
	if counts.C > counts.N {
		return counts, r.bad("%d of %d draws passed, which cannot be", counts.C, counts.N)
	}
	return counts, nil
}

// Silent are finished problems without records.
type Silent struct {
	Problems int `json:"problems"`
	// Difficulty counts them by the state in which the difficulty gate left them, where it was asked.
	Difficulty map[string]int64 `json:"difficulty"`
}

// WholeRun says that the draws are those of a run's store. Every record of a problem says how its
// draws went, alike or not, so nothing is missing but the problems without any.
func (d Draws) WholeRun(silent Silent) Draws {
	d.MixedOnly, d.AfterGuards, d.OfRun, d.Silent = false, false, true, silent
	return d
}

// FindSilent finds a run's finished problems without records.
func FindSilent(ctx context.Context, run *store.Reader) (Silent, error) {
	s := Silent{Difficulty: map[string]int64{}}
	for job, err := range run.Jobs(ctx, 0) {
		if err != nil {
			return Silent{}, err
		}
		if job.Status != store.Done || lo.Sum(lo.Values(job.Lines)) > 0 {
			continue
		}
		s.Problems++
		for name, n := range job.Counts {
			if state, ok := strings.CutPrefix(name, "difficulty."); ok && n > 0 {
				s.Difficulty[state] += n
			}
		}
	}
	return s, nil
}

// String lists the states, such as "9 deferred, 12 retired".
func (s Silent) String() string {
	var states []string
	for _, state := range slices.Sorted(maps.Keys(s.Difficulty)) {
		states = append(states, fmt.Sprintf("%d %s", s.Difficulty[state], state))
	}
	return strings.Join(states, ", ")
}
