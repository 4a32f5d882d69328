package judge_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/selfplay/judge"
)

// scripted is a backend whose replies a function of the request makes.
type scripted func(req backends.Request) (string, error)

var _ backends.Backend = scripted(nil)

func (s scripted) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	if err := context.Cause(ctx); err != nil {
		return backends.Response{}, err
	}
	text, err := s(req)
	if err != nil {
		return backends.Response{}, err
	}
	return backends.Response{Samples: []backends.Sample{{Text: text, Finish: backends.FinishStop, Seed: req.Sampling.Seed}}}, nil
}

func (s scripted) Policy(context.Context) (feedbackgen.Policy, error) {
	return feedbackgen.Policy{Backend: "scripted"}, nil
}

func refused() error {
	return &backends.Error{Failure: feedbackgen.Failure{Kind: backends.ErrRefused, Cause: errors.New("content filter")}}
}

var (
	answerOf   = regexp.MustCompile(`(?s)\nanswer-([0-9a-f]{12})\n(.*)\nanswer-[0-9a-f]{12}\n`)
	sidesOf    = regexp.MustCompile(`(?s)\nanswer-[0-9a-f]{12} A\n(.*)\nanswer-[0-9a-f]{12} B\n(.*)\nanswer-[0-9a-f]{12}\n`)
	numberedOf = regexp.MustCompile(`(?m)^\d+\. (.*)$`)
)

// question is what a prompt of verdict.tmpl asks.
func question(req backends.Request) (answer string, rubrics []string) {
	text := req.Messages[0].Content
	if found := answerOf.FindStringSubmatch(text); found != nil {
		answer = found[2]
	}
	_, list, _ := strings.Cut(text[strings.LastIndex(text, "\nanswer-"):], "Requirements:\n")
	for _, line := range numberedOf.FindAllStringSubmatch(list, -1) {
		rubrics = append(rubrics, line[1])
	}
	return answer, rubrics
}

// list spells verdicts as the prompt wants them.
func list(said []bool) string {
	words := make([]string, len(said))
	for i, yes := range said {
		words[i] = map[bool]string{true: "yes", false: "no"}[yes]
	}
	text, err := json.Marshal(words)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// honest meets a rubric "says X" where the answer holds the word X and no rubric; it prefers the
// answer that meets more.
func honest(req backends.Request) (string, error) {
	if sides := sidesOf.FindStringSubmatch(req.Messages[0].Content); sides != nil {
		a, b := strings.Contains(sides[1], "word"), strings.Contains(sides[2], "word")
		switch {
		case a && !b:
			return "A", nil
		case b && !a:
			return "B", nil
		}
		return "tie", nil
	}
	answer, rubrics := question(req)
	said := make([]bool, len(rubrics))
	for i, rubric := range rubrics {
		word := strings.TrimPrefix(rubric, "says ")
		said[i] = strings.Contains(answer, word) && !strings.Contains(answer, rubric)
	}
	return list(said), nil
}

func alwaysYes(req backends.Request) (string, error) {
	if strings.Contains(req.Messages[0].Content, "A, B or tie") {
		return "A", nil
	}
	_, rubrics := question(req)
	said := make([]bool, len(rubrics))
	for i := range said {
		said[i] = true
	}
	return list(said), nil
}

// sometimes has fault happen in a share of calls, by the seed of the call.
func sometimes(share float64, fault scripted, other scripted) scripted {
	return func(req backends.Request) (string, error) {
		if rand.New(rand.NewPCG(uint64(req.Sampling.Seed), 7)).Float64() < share {
			return fault(req)
		}
		return other(req)
	}
}

// lying says the opposite of what is honest.
func lying(req backends.Request) (string, error) {
	text, err := honest(req)
	if text == list([]bool{true, true}) {
		return list([]bool{false, true}), err
	}
	return alwaysYes(req)
}

// known are n tasks, each with two rubrics, a right and a wrong answer.
func known(n int) []judge.Known {
	var tasks []judge.Known
	for i := range n {
		first, second := fmt.Sprintf("word%03da", i), fmt.Sprintf("word%03db", i)
		tasks = append(tasks, judge.Known{
			Task: judge.Task{
				ID: fmt.Sprintf("t%d", i), Text: "Say two words.",
				Rubrics: []string{"says " + first, "says " + second}, Reference: first + " and " + second,
			},
			Right: []string{first + " and " + second, second + " then " + first},
			Wrong: []string{"only half of it"},
		})
	}
	return tasks
}

func newModel(t testing.TB, cfg judge.Config) *judge.Model {
	t.Helper()
	m, err := judge.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
