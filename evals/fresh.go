package evals

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/measure/interval"
	"github.com/feedbackgen/feedbackgen/measure/preference"
	"github.com/feedbackgen/feedbackgen/verify"
)

// Fresh judges preferences by new rollouts: from the state after each side's step it draws new
// solutions, and calls a pair right if the chosen side ends right more often.
type Fresh struct {
	// Backend has to be the policy that made the pairs, to continue natively, and to return as many
	// samples as it is asked for.
	Backend backends.Backend
	// Answers are the right answers by problem.
	Answers map[string]string
	// Load makes the verifiers that judged the run, by name; default [verify.New].
	Load func(name string) (verify.Verifier, error)
	// Rollouts for each side, at least 1.
	Rollouts int
	// Seed is where the seeds of the rollouts begin: side 0 or 1 of pair i draws from
	// Seed + (2i+side)*Rollouts. It has to be another than the run's.
	Seed int64
	// Active is how many sides are in flight.
	Active int
}

// FreshReport is what fresh rollouts say of preferences.
type FreshReport struct {
	Rollouts int `json:"rollouts"`
	// Open pairs have a side that is not finished, so that there is something to draw. The sides of
	// Finished ones are as good as their outcomes, and nothing was drawn.
	Open     FreshShare `json:"open"`
	Finished FreshShare `json:"finished"`
	// Wrong are the pairs whose chosen side did no better.
	Wrong []FreshPair `json:"not_right"`
}

// FreshShare is the share of pairs that fresh rollouts call right.
type FreshShare struct {
	Pairs  int              `json:"pairs"`
	Right  preference.Share `json:"right"`
	Stated Estimate         `json:"stated_probability"`
}

// FreshPair is one pair, with each side's share of fresh rollouts that ended right; null where none
// could be judged.
type FreshPair struct {
	Problem  string   `json:"problem"`
	Node     string   `json:"node"`
	Stated   float64  `json:"stated_probability"`
	Chosen   *float64 `json:"chosen"`
	Rejected *float64 `json:"rejected"`
}

// state is a side's text up to the end of its step, and whether that ends the solution.
func state(whole string, shared int, side feedbackgen.Side) (text string, finished, ok bool) {
	end := shared + len(side.Step)
	if shared < 0 || end > len(whole) {
		return "", false, false
	}
	return whole[:end], end == len(whole), true
}

// Judge draws and judges. Equal pairs and settings give equal reports where the backend's replies
// depend on the request alone.
func (f Fresh) Judge(ctx context.Context, p Preferences) (FreshReport, error) {
	policy, err := f.Backend.Policy(ctx)
	if err != nil {
		return FreshReport{}, err
	}
	rules, err := f.check(p, policy)
	if err != nil {
		return FreshReport{}, err
	}
	values := make([][2]*float64, len(p.Pairs))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(max(1, f.Active))
	for i, pair := range p.Pairs {
		rule := rules[pair.Feedback.Verifier]
		for side, evidence := range sides(pair) {
			text, finished, _ := state(wholeOf(pair, side), pair.Feedback.SharedBytes, evidence)
			if finished {
				values[i][side] = truth(evidence.Outcome)
				continue
			}
			work.Go(func() error {
				rate, err := f.rate(ctx, pair, text, f.Seed+int64(2*i+side)*int64(f.Rollouts), rule)
				values[i][side] = rate
				return err
			})
		}
	}
	if err := work.Wait(); err != nil {
		return FreshReport{}, err
	}
	return f.report(p, values), nil
}

func sides(pair feedbackgen.Preference) [2]feedbackgen.Side {
	return [2]feedbackgen.Side{pair.Feedback.Chosen, pair.Feedback.Rejected}
}

// wholeOf is what a side's completion says.
func wholeOf(pair feedbackgen.Preference, side int) string {
	content := [2]feedbackgen.Content{pair.Chosen, pair.Rejected}[side]
	if len(content.Messages) > 0 {
		return content.Messages[0].Content
	}
	return content.Text
}

// check refuses what cannot be judged, before anything is drawn, and returns the verifiers by name.
func (f Fresh) check(p Preferences, policy feedbackgen.Policy) (map[string]verify.Verifier, error) {
	rules := map[string]verify.Verifier{}
	for i, pair := range p.Pairs {
		bad := func(hint, format string, args ...any) (map[string]verify.Verifier, error) {
			return nil, feedbackgen.BadInput(p.where[i], fmt.Errorf(format, args...), hint)
		}
		feedback := pair.Feedback
		switch _, answered := f.Answers[feedback.Problem]; {
		case !p.Known[i]:
			return bad("fresh rollouts are for preferences of a run", "it does not say how it was made")
		case feedback.Policy != policy:
			return bad("fresh rollouts are drawn from the policy that made the pairs, which has to be the embedded one", "it was made by %s (%s), not by %s", feedback.Policy.Model, feedback.Policy.Backend, policy.Model)
		case len(pair.Prompt.Messages) == 0:
			return bad("leave out --rollouts", "its prompt is bare text, not a conversation")
		case !answered:
			return bad("name the run's own problems with --problems", "problem %q is not among the problems", feedback.Problem)
		}
		for side, evidence := range sides(pair) {
			if _, _, ok := state(wholeOf(pair, side), feedback.SharedBytes, evidence); !ok {
				return bad("fresh rollouts take whole completions, not segments: leave out --rollouts", "its step is not within its completion")
			}
		}
		if _, known := rules[feedback.Verifier]; known {
			continue
		}
		load := f.Load
		if load == nil {
			load = verify.New
		}
		rule, err := load(feedback.Verifier)
		if err != nil {
			return bad("fresh rollouts are judged by the rule that judged the run: leave out --rollouts", "verifier %q: %w", feedback.Verifier, err)
		}
		rules[feedback.Verifier] = rule
	}
	return rules, nil
}

// rate is the share of fresh rollouts that end right among those that can be judged.
func (f Fresh) rate(ctx context.Context, pair feedbackgen.Preference, text string, seed int64, rule verify.Verifier) (*float64, error) {
	sampling := pair.Feedback.Sampling
	sampling.Seed = seed
	response, err := f.Backend.Generate(ctx, backends.Request{
		Messages: pair.Prompt.Messages, Prefix: text, Continue: backends.Native, N: f.Rollouts, Sampling: sampling,
	})
	if err != nil {
		return nil, fmt.Errorf("draw from %s at %s: %w", pair.Feedback.Problem, pair.Feedback.Node, err)
	}
	passed, judged := 0, 0
	for _, sample := range response.Samples {
		outcome := rule.Verify(text+sample.Text, sample.Finish != backends.FinishStop, f.Answers[pair.Feedback.Problem]).Outcome
		if outcome.IsLabel() {
			judged++
		}
		if outcome == feedbackgen.Pass {
			passed++
		}
	}
	if judged == 0 {
		return nil, nil
	}
	rate := float64(passed) / float64(judged)
	return &rate, nil
}

func (f Fresh) report(p Preferences, values [][2]*float64) FreshReport {
	r := FreshReport{Rollouts: f.Rollouts, Wrong: []FreshPair{}}
	open := make([]bool, len(p.Pairs))
	for i, pair := range p.Pairs {
		for side, evidence := range sides(pair) {
			_, finished, _ := state(wholeOf(pair, side), pair.Feedback.SharedBytes, evidence)
			open[i] = open[i] || !finished
		}
		chosen, rejected := values[i][0], values[i][1]
		if chosen == nil || rejected == nil || *chosen <= *rejected {
			r.Wrong = append(r.Wrong, FreshPair{
				pair.Feedback.Problem, pair.Feedback.Node, float64(pair.Feedback.Probability), chosen, rejected,
			})
		}
	}
	r.Open = freshShare(p, values, open, true)
	r.Finished = freshShare(p, values, open, false)
	return r
}

func freshShare(p Preferences, values [][2]*float64, open []bool, isOpen bool) FreshShare {
	var pairs []preference.Pair
	for i, pair := range p.Pairs {
		if open[i] == isOpen {
			pairs = append(pairs, preference.Pair{
				Problem: pair.Feedback.Problem, Chosen: preference.Side{Truth: values[i][0]}, Rejected: preference.Side{Truth: values[i][1]},
			})
		}
	}
	return FreshShare{
		Pairs: len(pairs), Right: preference.Accuracy(pairs, interval.Level),
		Stated: p.stated(func(i int) bool { return open[i] == isOpen }),
	}
}
