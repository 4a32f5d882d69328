// Search, as a library, with a verifier of one's own.
//
// The task is one that no built-in rule checks: write a sum of two numbers that makes twelve. Run
// it against any OpenAI-compatible server:
//
//	go run ./examples/search -base-url http://127.0.0.1:8000/v1 -model my-model
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"regexp"
	"strconv"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/openai"
	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/verify"
)

// makes is the verifier: the last "a + b" of a completion must make the number asked for.
type makes struct{}

var sum = regexp.MustCompile(`(\d{1,6})\s*\+\s*(\d{1,6})`)

func (makes) Name() string { return "makes" }

// Extract returns the last sum, without its spaces.
func (makes) Extract(completion string) (string, bool) {
	all := sum.FindAllStringSubmatch(completion, -1)
	if len(all) == 0 {
		return "", false
	}
	last := all[len(all)-1]
	return last[1] + "+" + last[2], true
}

// Verify: a completion without a sum, or one that was cut off, is invalid; it is not wrong.
func (m makes) Verify(completion string, truncated bool, gold string) verify.Verdict {
	answer, ok := m.Extract(completion)
	switch {
	case truncated:
		return verify.Verdict{Outcome: feedbackgen.Invalid, Reason: verify.ReasonTruncated}
	case !ok:
		return verify.Verdict{Outcome: feedbackgen.Invalid, Reason: verify.ReasonNone}
	case m.Equal(answer, gold):
		return verify.Verdict{Outcome: feedbackgen.Pass, Answer: answer}
	}
	return verify.Verdict{Outcome: feedbackgen.Fail, Answer: answer}
}

// Equal compares what two answers come to; either may be a bare number.
func (makes) Equal(a, b string) bool { return total(a) == total(b) }

// CheckGold wants a number.
func (makes) CheckGold(gold string) error {
	_, err := strconv.Atoi(gold)
	return err
}

func total(answer string) int {
	if m := sum.FindStringSubmatch(answer); m != nil {
		a, _ := strconv.Atoi(m[1]) // the expression lets only digits through
		b, _ := strconv.Atoi(m[2])
		return a + b
	}
	n, err := strconv.Atoi(answer)
	if err != nil {
		return -1
	}
	return n
}

func main() {
	baseURL := flag.String("base-url", "http://127.0.0.1:8000/v1", "an OpenAI-compatible server")
	model := flag.String("model", "", "the model's name there")
	flag.Parse()
	if err := search(context.Background(), *baseURL, *model); err != nil {
		log.Fatal(err)
	}
}

func search(ctx context.Context, baseURL, model string) error {
	server, err := openai.New(openai.Config{BaseURL: baseURL, Model: model})
	if err != nil {
		return err
	}
	found, err := backends.Probe(ctx, server)
	if err != nil {
		return err
	}
	policy, err := server.Policy(ctx)
	if err != nil {
		return err
	}
	tree, err := mcts.New(mcts.Config{
		Simulations:  24,
		Rule:         makes{},
		Policy:       policy,
		Continuation: found.Continuation,
		Sampling:     feedbackgen.Sampling{Temperature: 1, TopP: 1, MaxTokens: 128, Seed: 1},
	})
	if err != nil {
		return err
	}
	problem := feedbackgen.Problem{
		ID: "twelve", Plain: true, Answer: "12",
		Prompt: []feedbackgen.Message{feedbackgen.User("Write a sum of two numbers above 3 that makes 12, such as 1 + 2.")},
	}
	result, err := tree.Run(ctx, backends.FanOut(backends.Retry(server, backends.RetryConfig{}), found.N), problem)
	if err != nil {
		return err
	}
	for _, record := range result.Records {
		line, err := json.Marshal(record)
		if err != nil {
			return err
		}
		fmt.Printf("%s\t%s\n", record.Kind(), line)
	}
	fmt.Println(result.Counts)
	return nil
}
