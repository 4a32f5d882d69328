package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/verify"
)

// freshSeed begins the seeds of fresh rollouts, which no search uses.
const freshSeed = 1_000_003

// fresh judges partial solutions by new rollouts, and keeps what it has drawn in a file.
type fresh struct {
	model    backends.Backend
	rollouts int
	// policy and rollouts tell draws apart that were made otherwise.
	policy string
	mu     sync.Mutex
	drawn  map[string]string
	file   *os.File // nil to keep nothing
}

// drawnLine is one state's draws, as the file keeps them.
type drawnLine struct {
	Key string `json:"key"`
	// Outcomes is a letter a draw: p passed, f failed, - could not be judged.
	Outcomes string `json:"outcomes"`
}

// newFresh draws so many rollouts a state. The file may be empty or hold what an earlier run drew.
func newFresh(ctx context.Context, model backends.Backend, rollouts int, file string) (*fresh, error) {
	policy, err := model.Policy(ctx)
	if err != nil {
		return nil, err
	}
	f := &fresh{model: model, rollouts: rollouts, policy: policy.Digest[:min(16, len(policy.Digest))], drawn: map[string]string{}}
	if file == "" {
		return f, nil
	}
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line drawnLine
		if json.Unmarshal(lines.Bytes(), &line) == nil { // the last one may be cut off
			f.drawn[line.Key] = line.Outcomes
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	f.file, err = os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	return f, err
}

func (f *fresh) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}

// outcomes are a letter for each fresh rollout from a state, in the order of their draws.
func (f *fresh) outcomes(ctx context.Context, rule verify.Verifier, problem feedbackgen.Problem, messages []feedbackgen.Message, text string) (string, error) {
	key := fmt.Sprintf("%s %d %s %q", f.policy, f.rollouts, problem.ID, text)
	f.mu.Lock()
	known, ok := f.drawn[key]
	f.mu.Unlock()
	if ok {
		return known, nil
	}
	sampling := sampling(backends.DrawSeed(freshSeed, problem.ID, text, "fresh", 0))
	reply, err := f.model.Generate(ctx, backends.Request{
		Messages: messages, Prefix: text, Continue: backends.Native, N: f.rollouts, Sampling: sampling,
	})
	if err != nil {
		return "", fmt.Errorf("fresh rollouts of %s: %w", problem.ID, err)
	}
	letters := make([]byte, len(reply.Samples))
	for i, sample := range reply.Samples {
		letters[i] = '-'
		switch rule.Verify(text+sample.Text, sample.Finish != backends.FinishStop, problem.Answer).Outcome {
		case feedbackgen.Pass:
			letters[i] = 'p'
		case feedbackgen.Fail:
			letters[i] = 'f'
		case feedbackgen.Abstain, feedbackgen.Invalid, feedbackgen.Error:
		}
	}
	return string(letters), f.keep(drawnLine{key, string(letters)})
}

func (f *fresh) keep(line drawnLine) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drawn[line.Key] = line.Outcomes
	if f.file == nil {
		return nil
	}
	_, err = f.file.Write(append(text, '\n'))
	return err
}

func sampling(seed int64) feedbackgen.Sampling {
	return feedbackgen.Sampling{Temperature: 1, TopP: 1, MaxTokens: 256, Seed: seed}
}
