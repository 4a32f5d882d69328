package judge

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// Graded is an anchor with what the judge made of it.
type Graded struct {
	Anchor  Anchor
	Verdict Verdict
}

// Examine has a judge grade every anchor, and, if it is a [Comparer], compare the first right with the
// first wrong answer of each task that has both; planted answers are wrong ones where no other is
// known. It is [Grade] and [Measure] in one.
func Examine(ctx context.Context, judge Judge, backend backends.Backend, anchors []Anchor, limits Limits, seed int64) (Instrument, error) {
	if _, err := limits.withDefaults(); err != nil {
		return Instrument{}, err
	}
	graded, compared, err := Grade(ctx, judge, backend, anchors, seed)
	if err != nil {
		return Instrument{}, err
	}
	return Measure(judge.Name(), graded, compared, limits)
}

// Grade is the calls of an examination: all are made at once; the backend's limits bound how many are
// in flight. Anchors that are no anchors (of an unknown kind, or without any right or any wrong one
// among them) are [feedbackgen.ErrInput]; errors of the backend are as in [Judge].
func Grade(ctx context.Context, judge Judge, backend backends.Backend, anchors []Anchor, seed int64) ([]Graded, []Comparison, error) {
	if err := checkAnchors(anchors); err != nil {
		return nil, nil, err
	}
	graded := make([]Graded, len(anchors))
	pairs := pairsOf(anchors)
	comparer, compares := judge.(Comparer)
	if !compares {
		pairs = nil
	}
	compared := make([]Comparison, len(pairs))

	group, ctx := errgroup.WithContext(ctx)
	for i, anchor := range anchors {
		group.Go(func() error {
			verdict, err := judge.Judge(ctx, backend, anchor.Task, anchor.Answer, anchorSeed(seed, anchor, i))
			graded[i] = Graded{anchor, verdict}
			return err
		})
	}
	for i, p := range pairs {
		group.Go(func() (err error) {
			// Every other pair has the wrong answer first, so that neither place is always right.
			first, second := p.right, p.wrong
			if i%2 == 1 {
				first, second = second, first
			}
			compared[i], err = comparer.Compare(ctx, backend, p.task, first, second, backends.DrawSeed(seed, p.task.ID, strconv.Itoa(i), "examine-pair", 0))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	return graded, compared, nil
}

// Measure is what graded anchors and comparisons, perhaps of several examinations, say of the judge of
// that name. It makes no calls.
func Measure(name string, graded []Graded, compared []Comparison, limits Limits) (Instrument, error) {
	limits, err := limits.withDefaults()
	if err != nil {
		return Instrument{}, err
	}
	i := measure(graded, limits)
	i.Judge = name
	i.Position = position(compared)
	return i, nil
}

func anchorSeed(seed int64, anchor Anchor, i int) int64 {
	return backends.DrawSeed(seed, anchor.Task.ID, strconv.Itoa(i), "examine", 0)
}

func checkAnchors(anchors []Anchor) error {
	right, wrong := 0, 0
	for i, a := range anchors {
		switch a.Kind {
		case Right:
			right++
		case Wrong, Empty, OffTopic, Parrot, Injection:
			wrong++
		default:
			return feedbackgen.BadInput(fmt.Sprintf("anchor %d", i+1), fmt.Errorf("unknown kind %q", a.Kind), "")
		}
	}
	if right == 0 || wrong == 0 {
		return feedbackgen.BadInput("anchors", errors.New("there are no right answers, or no wrong ones"), "give a reference answer with the tasks: wrong answers are planted by code")
	}
	return nil
}

// pair is a right and a wrong answer to one task.
type pair struct {
	task         Task
	right, wrong string
}

func pairsOf(anchors []Anchor) []pair {
	type found struct{ right, wrong, planted int }
	var order []string
	tasks := map[string]*found{}
	for i, a := range anchors {
		f, seen := tasks[a.Task.ID]
		if !seen {
			f = &found{-1, -1, -1}
			tasks[a.Task.ID] = f
			order = append(order, a.Task.ID)
		}
		slot := &f.planted
		switch a.Kind {
		case Right:
			slot = &f.right
		case Wrong:
			slot = &f.wrong
		case Empty:
			continue // an empty answer makes the comparison too easy
		}
		if *slot < 0 {
			*slot = i
		}
	}
	var pairs []pair
	for _, id := range order {
		f := tasks[id]
		if f.wrong < 0 {
			f.wrong = f.planted
		}
		if f.right >= 0 && f.wrong >= 0 {
			pairs = append(pairs, pair{anchors[f.right].Task, anchors[f.right].Answer, anchors[f.wrong].Answer})
		}
	}
	return pairs
}
