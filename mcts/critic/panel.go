package critic

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/samber/lo"
	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// Panel is several critics, each with a weight.
type Panel []Weighted

// Weighted is a critic with how much its score counts, above 0.
type Weighted struct {
	Critic Critic
	Weight float64
}

// NewPanel makes the critics of a list such as "value:0.5,process,outcome", where a weight left out is
// 1. No list is no panel.
func NewPanel(list string, cfg Config) (Panel, error) {
	if strings.TrimSpace(list) == "" {
		return nil, nil
	}
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	all := []Critic{Value{cfg}, Process{cfg}, Outcome{cfg}, Rollout{cfg}}
	var panel Panel
	for entry := range strings.SplitSeq(list, ",") {
		name, text, weighted := strings.Cut(strings.TrimSpace(entry), ":")
		critic, known := lo.Find(all, func(c Critic) bool { return c.Name() == name })
		weight := 1.0
		if weighted {
			if weight, err = strconv.ParseFloat(text, 64); err != nil || !(weight > 0) || math.IsInf(weight, 0) {
				return nil, bad(fmt.Errorf("%q: a weight is a number above 0", entry))
			}
		}
		switch {
		case !known:
			return nil, bad(fmt.Errorf("unknown critic %q; there are %s", name, strings.Join(Names(), ", ")))
		case panel.Has(name):
			return nil, bad(fmt.Errorf("critic %q is named twice", name))
		}
		panel = append(panel, Weighted{critic, weight})
	}
	return panel, nil
}

// Names lists what [NewPanel] accepts.
func Names() []string {
	return []string{Value{}.Name(), Process{}.Name(), Outcome{}.Name(), Rollout{}.Name()}
}

func bad(cause error) error {
	return feedbackgen.BadInput("critic", cause, "such as value:0.5,process,outcome")
}

// Has reports whether a critic of that name is in the panel.
func (p Panel) Has(critic string) bool {
	return lo.ContainsBy(p, func(w Weighted) bool { return w.Critic.Name() == critic })
}

// String is the list that makes the panel, in full: it identifies what a run asks.
func (p Panel) String() string {
	return strings.Join(lo.Map(p, func(w Weighted, _ int) string {
		return w.Critic.Name() + ":" + strconv.FormatFloat(w.Weight, 'g', -1, 64)
	}), ",")
}

// Opinion is what a panel makes of a state.
type Opinion struct {
	// Value is the weighted mean over the critics that spoke, in [0, 1]; it has no meaning where none
	// did.
	Value float64
	Spoke bool
	// Scores are the critics' own, in the panel's order.
	Scores []Score
}

// Score asks all critics at once. Failures are returned, in the panel's order, when all calls
// have.
func (p Panel) Score(ctx context.Context, backend backends.Backend, state State) (Opinion, error) {
	scores, failures := make([]Score, len(p)), make([]error, len(p))
	var calls errgroup.Group
	for i, w := range p {
		calls.Go(func() error {
			scores[i], failures[i] = w.Critic.Score(ctx, backend, state)
			return nil
		})
	}
	_ = calls.Wait() // failures are told in order
	if err := errors.Join(failures...); err != nil {
		return Opinion{}, err
	}
	return p.mean(scores), nil
}

// mean leaves out those that abstain.
func (p Panel) mean(scores []Score) Opinion {
	o := Opinion{Scores: scores}
	sum, weight := 0.0, 0.0
	for i, s := range scores {
		if s.Spoke() {
			sum += p[i].Weight * s.Value
			weight += p[i].Weight
		}
	}
	if weight > 0 {
		o.Value, o.Spoke = min(sum/weight, 1), true
	}
	return o
}
