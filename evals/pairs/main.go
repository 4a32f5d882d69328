// Command pairs judges a run's step preferences by fresh rollouts: from the state after each side's
// step it draws new solutions, and calls a pair right if the chosen side ends right more often.
//
//	go run ./cmd/feedbackgen mcts --out out
//	go run ./evals/pairs --run out
//
// The run has to be one of the embedded model; its draws here have seeds of their own.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/embedded"
	"github.com/feedbackgen/feedbackgen/verify"
)

func main() {
	dir := flag.String("run", "", "the run's directory")
	problems := flag.String("problems", "", "the run's problems (default: the bundled ones)")
	rollouts := flag.Int("rollouts", 256, "fresh rollouts for each side of a pair")
	seed := flag.Int64("seed", 1_000_003, "where the seeds of the fresh rollouts begin")
	verbose := flag.Bool("verbose", false, "show the pairs that are not right")
	flag.Parse()
	if err := judge(context.Background(), os.Stdout, *dir, *problems, *rollouts, *seed, *verbose); err != nil {
		log.Fatal(err)
	}
}

// tally counts pairs by how they turned out.
type tally struct {
	pairs, right, tied int
	stated             float64
}

func judge(ctx context.Context, w io.Writer, dir, problemFile string, rollouts int, seed int64, verbose bool) (err error) {
	gold, err := answers(ctx, problemFile)
	if err != nil {
		return err
	}
	pairs, err := preferences(filepath.Join(dir, "preferences.jsonl"))
	if err != nil {
		return err
	}
	backend, err := embedded.Default()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, backend.Close()) }()

	rule, err := verify.New("number")
	if err != nil {
		return err
	}
	values := make([][2]float64, len(pairs))
	var work errgroup.Group
	work.SetLimit(16)
	for i, p := range pairs {
		answer, ok := gold[p.Feedback.Problem]
		if !ok {
			return fmt.Errorf("%s is not among the problems: name the run's own with --problems", p.Feedback.Problem)
		}
		for side, message := range []feedbackgen.Content{p.Chosen, p.Rejected} {
			step := []feedbackgen.Side{p.Feedback.Chosen, p.Feedback.Rejected}[side]
			whole := message.Messages[0].Content
			state := whole[:p.Feedback.SharedBytes+len(step.Step)]
			if state == whole { // the step ends the solution: its value is its outcome
				if step.Outcome == feedbackgen.Pass {
					values[i][side] = 1
				}
				continue
			}
			work.Go(func() error {
				sampling := p.Feedback.Sampling
				sampling.Seed = seed + int64(2*i+side)*int64(rollouts)
				response, err := backend.Generate(ctx, backends.Request{
					Messages: p.Prompt.Messages, Prefix: state, Continue: backends.Native, N: rollouts, Sampling: sampling,
				})
				if err != nil {
					return err
				}
				passed, judged := 0, 0
				for _, sample := range response.Samples {
					outcome := rule.Verify(state+sample.Text, sample.Finish != backends.FinishStop, answer).Outcome
					if outcome.IsLabel() {
						judged++
					}
					if outcome == feedbackgen.Pass {
						passed++
					}
				}
				values[i][side] = float64(passed) / float64(max(judged, 1))
				return nil
			})
		}
	}
	if err := work.Wait(); err != nil {
		return err
	}
	var open, finished tally
	ids := map[string]bool{}
	for i, p := range pairs {
		ids[p.Feedback.Problem] = true
		t := &finished
		for side, content := range []feedbackgen.Content{p.Chosen, p.Rejected} {
			step := []feedbackgen.Side{p.Feedback.Chosen, p.Feedback.Rejected}[side]
			if p.Feedback.SharedBytes+len(step.Step) < len(content.Messages[0].Content) {
				t = &open
			}
		}
		t.add(float64(p.Feedback.Probability), values[i])
		if verbose && values[i][0] <= values[i][1] {
			_, err := fmt.Fprintf(w, "wrong: %s node %s: %q %d/%d, fresh %.3f; over %q %d/%d, fresh %.3f; stated %.3f\n", p.Feedback.Problem, p.Feedback.Node,
				p.Feedback.Chosen.Step, p.Feedback.Chosen.Passes, p.Feedback.Chosen.Rollouts, values[i][0],
				p.Feedback.Rejected.Step, p.Feedback.Rejected.Passes, p.Feedback.Rejected.Rollouts, values[i][1], p.Feedback.Probability)
			if err != nil {
				return err
			}
		}
	}
	_, err = fmt.Fprintf(w, "%d preferences over %d problems\n%s%s", len(pairs), len(ids),
		open.line("pairs with an unfinished side", rollouts), finished.line("pairs of finished solutions", rollouts))
	return err
}

func (t *tally) add(stated float64, values [2]float64) {
	t.pairs++
	t.stated += stated
	switch {
	case values[0] > values[1]:
		t.right++
	case values[0] == values[1]:
		t.tied++
	}
}

func (t *tally) line(name string, rollouts int) string {
	if t.pairs == 0 {
		return name + ": none\n"
	}
	n := float64(t.pairs)
	return fmt.Sprintf("%s: %d, stated probability %.3f, right by %d fresh rollouts a side %.3f, ties %d\n",
		name, t.pairs, t.stated/n, rollouts, float64(t.right)/n, t.tied)
}

func answers(ctx context.Context, path string) (map[string]string, error) {
	open := func() (io.ReadCloser, error) { return os.Open(path) }
	if path == "" {
		path = "bundled problems"
		open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(embedded.Problems())), nil }
	}
	set, err := feedbackgen.CheckProblems(ctx, path, open)
	if err != nil {
		return nil, err
	}
	gold := map[string]string{}
	for p, err := range set.All(ctx) {
		if err != nil {
			return nil, err
		}
		gold[p.ID] = p.Answer
	}
	return gold, nil
}

func preferences(path string) ([]feedbackgen.Preference, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	var all []feedbackgen.Preference
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var p feedbackgen.Preference
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, lines.Err()
}
